"""Signing in with Etsy to this server's own pages, for owners whose account has no password."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client

from accounts.models import User
from accounts.tests.people import totp_of, with_two_factor
from printshop.models import EtsySignIn

pytestmark = pytest.mark.django_db

BOARD, URL = "/printshop/board/", "/printshop/sign-in/etsy/"
BACK = f"{URL}back"


@pytest.fixture(autouse=True)
def offered(settings):
    settings.SIGN_IN_PAGES = {"Etsy": "etsy_sign_in"}


def sent_back(client, target=BOARD) -> dict[str, str]:
    """What Etsy sends the owner back with, once they agreed."""
    there = client.post(URL, {"next": target})["Location"]
    back = urlsplit(requests.get(there, allow_redirects=False, timeout=5).headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"http://localhost:8000{BACK}"
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def is_in(client) -> bool:
    return client.get(BOARD).status_code == 200


def test_an_owner_signs_in_with_etsy(etsy, shop, alice, client):
    page = client.get("/sign-in/", {"next": BOARD}).content.decode()
    assert f'action="{URL}"' in page and "Sign in with Etsy" in page

    answer = client.get(BACK, sent_back(client))

    assert (answer.status_code, answer["Location"]) == (302, BOARD)
    assert "no-store" in answer["Cache-Control"]
    assert is_in(client) and User.objects.get(pk=client.session["_auth_user_id"]) == alice
    assert "etsy_sign_in" not in client.session


def test_with_a_second_factor_etsy_alone_is_not_enough(etsy, shop, alice, client):
    device = with_two_factor(alice)

    page = client.get(BACK, sent_back(client)).content.decode()

    assert not is_in(client)
    assert 'action="/sign-in/"' in page and "Sign in with Etsy" not in page
    token = re.search(r'name="session_token" value="([^"]+)"', page)[1]
    done = client.post("/sign-in/", {"session_token": token, "code": totp_of(device.secret), "next": BOARD})
    assert done["Location"] == BOARD and is_in(client)


def test_another_browser_is_not_signed_in_by_it(etsy, shop, client):
    """Nor is somebody who follows the address that a stranger was sent back to."""
    sent, other = sent_back(client), Client()

    assert other.get(BACK, sent).status_code == 400
    sent_back(other)
    assert other.get(BACK, sent).status_code == 400
    assert not is_in(other)
    assert client.get(BACK, sent | {"state": "ü"}).status_code == 400
    assert client.get(BACK, sent).status_code == 400  # the first answer counts
    assert not is_in(client)


@pytest.mark.parametrize("sent", [{}, {"error": "access_denied"}, {"code": "x\0"}])
def test_what_is_no_sign_in_is_refused_in_words(etsy, shop, client, sent):
    state = sent_back(client)["state"]

    answer = client.get(BACK, sent | {"state": state})

    assert answer.status_code == 400 and 'role="alert"' in answer.content.decode()
    assert not is_in(client)


def test_it_leads_to_a_page_of_this_server(etsy, shop, client):
    assert client.get(BACK, sent_back(client, "https://evil.example/"))["Location"] == "/"


def test_it_is_begun_by_the_page_alone(etsy, settings):
    assert Client().get(URL).status_code == 405
    assert Client(enforce_csrf_checks=True).post(URL).status_code == 403
    settings.ETSY_CLIENT_ID = ""
    assert Client().post(URL).status_code == 400
    assert not EtsySignIn.objects.exists()
    settings.SIGN_IN_PAGES = {}
    assert "Etsy" not in Client().get("/sign-in/").content.decode()

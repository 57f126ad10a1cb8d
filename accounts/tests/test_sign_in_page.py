"""The sign-in page of people who are no staff: password, second factor, the lock on guessing, and where it leads."""

import re

import pytest
from django.test import Client

from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.people import totp_of, with_two_factor

pytestmark = pytest.mark.django_db
URL = "/sign-in/"


@pytest.fixture
def alice():
    return UserFactory(username="alice")


def sign_in(client: Client, **changes: str):
    return client.post(URL, {"username": "alice", "password": PASSWORD, "next": "/printshop/board/"} | changes)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_password_is_enough_without_a_second_factor(client, alice):
    page = client.get(URL, {"next": "/printshop/board/"})
    assert (page.status_code, "no-store" in page["Cache-Control"]) == (200, True)
    assert 'name="next" value="/printshop/board/"' in page.content.decode()
    before = client.session.session_key
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/printshop/board/")
    assert is_in(client)
    assert client.session.session_key != before
    alice.refresh_from_db()
    assert alice.last_login is not None
    assert client.get(URL, {"next": "/x"})["Location"] == "/x"


def test_by_the_address_too(client, alice):
    assert sign_in(client, username="ALICE@example.com").status_code == 302


@pytest.mark.parametrize(
    "changes",
    [{"password": "wrong"}, {"username": "nobody"}, {"username": ""}, {"password": ""}, {"username": "ali\0ce\0"}],
)
def test_what_is_wrong_does_not_let_in(client, alice, changes):
    if "\0" in changes.get("username", ""):
        changes = {"username": "bob\0"}
    answer = sign_in(client, **changes)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not is_in(client)


def test_with_a_second_factor_the_password_alone_is_not_enough(client, alice):
    device = with_two_factor(alice)
    asked = sign_in(client)
    assert asked.status_code == 200
    assert not is_in(client)
    token = re.search(r'name="session_token" value="([^"]+)"', asked.content.decode())[1]
    wrong = client.post(URL, {"session_token": token, "code": "000000", "next": "/printshop/board/"})
    assert wrong.status_code == 400
    assert token in wrong.content.decode()
    assert not is_in(client)
    right = client.post(URL, {"session_token": token, "code": totp_of(device.secret), "next": "/printshop/board/"})
    assert (right.status_code, right["Location"]) == (302, "/printshop/board/")
    assert is_in(client)
    again = Client().post(URL, {"session_token": token, "code": totp_of(device.secret)})
    assert again.status_code == 400
    assert 'name="password"' in again.content.decode()


def test_guessing_is_locked(client, alice):
    for _ in range(5):
        sign_in(client, password="wrong")
    answer = sign_in(client)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert not is_in(client)


def test_who_is_banned_is_not_let_in(client, alice):
    alice.is_active = False
    alice.save()
    assert sign_in(client).status_code == 400
    assert not is_in(client)


@pytest.mark.parametrize(
    "target", ["https://example.com/", "//example.com", "javascript:alert(1)", "/\\example.com", "", "http:///x"]
)
def test_it_leads_to_this_server_alone(client, alice, target):
    assert sign_in(client, next=target)["Location"] == "/"


def test_no_other_site_signs_somebody_in_or_out(alice):
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client).status_code == 403
    client.force_login(alice)
    assert client.post("/sign-out/").status_code == 403
    assert is_in(client)


def test_signing_out(client, alice):
    client.force_login(alice)
    assert client.get("/sign-out/").status_code == 405
    answer = client.post("/sign-out/")
    assert answer["Location"] == URL
    assert not is_in(client)

"""Other sites, other hosts."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.sockets import origin_allowed
from tests.roles.requests.cultureup import REGISTRATION
from tests.services import clean_environ

pytestmark = pytest.mark.django_db


def settings_of(folder, **variables):
    """What a process with these variables makes of them."""
    secrets = {"SECRET_KEY": "x" * 60, "FIELD_ENCRYPTION_KEY": "y" * 40, "ALLOWED_HOSTS": "x.example"}
    shown = "{'origins': s.CORS_ALLOWED_ORIGINS, 'patterns': s.CORS_ALLOWED_ORIGIN_REGEXES, 'anybody': s.CORS_ANYBODY}"
    done = subprocess.run(
        [sys.executable, "-c", f"import json; from config import settings as s; print(json.dumps({shown}))"],
        cwd=settings.BASE_DIR,
        env=clean_environ() | secrets | {"DATA_DIR": str(folder), "HOME": os.environ.get("HOME", "/")} | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_other_sites_are_not_let_in(world):
    for origin in ("https://evil.example", "null", f"{settings.FRONTEND_URL}.evil.example", "http://localhost:3001"):
        answer = Client().get("/api/categories/", HTTP_ORIGIN=origin)
        assert "Access-Control-Allow-Origin" not in answer, origin
        asked = Client().options("/api/orders/", HTTP_ORIGIN=origin, HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST")
        assert "Access-Control-Allow-Origin" not in asked, origin


def test_our_own_front_end_is(world):
    asked = Client().options(
        "/api/orders/",
        HTTP_ORIGIN=settings.FRONTEND_URL,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization, idempotency-key, content-type",
    )
    assert asked["Access-Control-Allow-Origin"] == settings.FRONTEND_URL
    assert {"authorization", "idempotency-key"} <= set(asked["Access-Control-Allow-Headers"].split(", "))
    # A refusal is readable there as well.
    refused = Client().get("/api/auth/profile/", HTTP_ORIGIN=settings.FRONTEND_URL)
    assert (refused.status_code, refused["Access-Control-Allow-Origin"]) == (401, settings.FRONTEND_URL)


def test_production_answers_the_front_end_and_those_named_beside_it(tmp_path):
    named = "https://app.example:443/shop,https://B.example"
    printed = settings_of(tmp_path, FRONTEND_URL="https://shop.example/start", CORS_ALLOWED_ORIGINS=named)
    assert printed == {
        "origins": ["https://shop.example", "https://app.example", "https://b.example"],
        "patterns": [],
        "anybody": False,
    }


LOCAL = (
    "http://localhost:5173",
    "https://localhost",
    "http://127.0.0.1:8080",
    "http://[::1]:3",
    "http://app.localhost:1",
)
STRANGE = ("https://evil.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "null", "http://[")


@pytest.fixture
def development(settings, tmp_path):
    printed = settings_of(tmp_path, DEBUG="1")
    settings.CORS_ALLOWED_ORIGIN_REGEXES, settings.CORS_ANYBODY = printed["patterns"], printed["anybody"]
    return printed


@pytest.mark.parametrize(
    "path", ["/api/categories/", "/api/v1/commerce/designs", "/media/nothing.glb", "/files/nothing"]
)
def test_in_development_strangers_are_answered_without_credentials(world, development, path):
    asking = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET", "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "authorization"}
    for origin in (*STRANGE[:-1], *LOCAL, settings.FRONTEND_URL):
        for answer in (Client().get(path, HTTP_ORIGIN=origin), Client().options(path, HTTP_ORIGIN=origin, **asking)):
            local = origin not in STRANGE
            assert answer["Access-Control-Allow-Origin"] == (origin if local else "*"), origin
            assert answer.get("Access-Control-Allow-Credentials") == ("true" if local else None), origin
            assert "origin" in answer["Vary"].lower()
        assert "authorization" in answer["Access-Control-Allow-Headers"]


def test_sockets_are_for_front_ends_alone_also_in_development(development, settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert all(origin_allowed(origin, "localhost:8000") for origin in (*LOCAL, settings.FRONTEND_URL, None))
    assert not any(origin_allowed(origin, "localhost:8000") for origin in STRANGE)
    assert not origin_allowed("http://evil.example", "evil.example")  # a name of theirs that leads here


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "", "a b"])
def test_an_unknown_host_is_refused(world, host):
    address = "/api/auth/register/"
    answer = Client(raise_request_exception=False).post(address, REGISTRATION, "application/json", HTTP_HOST=host)
    assert answer.status_code == 400
    assert b"evil.example" not in answer.content
    assert not User.objects.filter(username="newcomer").exists()


def test_links_do_not_follow_a_forwarded_host(world, bob):
    evil = {
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_FORWARDED": "host=evil.example",
        "HTTP_X_HOST": "evil.example",
    }
    shown = bob.get(f"/api/artworks/{world.artwork.pk}/", **evil)
    page = bob.get("/api/artworks/", {"page_size": 1}, **evil)
    step = bob.post(
        f"/api/payments/{world.payment.pk}/confirm/",
        {"payment_method_id": "pm_card_threeDSecure2Required"},
        format="json",
        **evil,
    )
    for answer in (shown, page, step):
        assert answer.status_code == 200
        assert b"evil.example" not in answer.content


def test_every_answer_tells_browsers_to_be_careful(world):
    for address in ("/api/categories/", "/api/categories", "/admin/login/", "/api/nothing"):
        answer = Client().get(address)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == "same-origin"

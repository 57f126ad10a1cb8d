"""Other sites, other hosts."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from tests.roles.requests.cultureup import REGISTRATION

pytestmark = pytest.mark.django_db


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

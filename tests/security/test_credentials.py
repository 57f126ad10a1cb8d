"""Nothing but a real credential, in its header, opens anything."""

import jwt
import pytest
from django.conf import settings
from django.test import Client
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.models import User
from accounts.services.sessions import token_issue
from marketplace.choices import Status
from marketplace.models import Artwork

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["token", "access_token", "Authorization", "authorization", "jwt", "auth_token"])
def test_a_token_in_the_address_is_none(world, name):
    for credential in (token_issue(world.people["buyer"]), access_token(world.people["buyer"])):
        for value in (credential, f"Token {credential}", f"Bearer {credential}"):
            assert APIClient().get("/api/auth/profile/", {name: value}).status_code == 401
            assert APIClient().get("/api/users/me", {name: value}).status_code == 401


def forged_tokens(person: User) -> dict[str, str]:
    real = access_token(person)
    claims = jwt.decode(real, options={"verify_signature": False})
    header, _claims, signature = real.split(".")
    stranger = jwt.encode(claims | {"sub": str(person.pk + 1)}, "another key that is long enough for it", "HS256")
    return {
        "unsigned": jwt.encode(claims, "", algorithm="none"),
        "signed with another key": jwt.encode(claims, "another key that is long enough for it", algorithm="HS256"),
        "another person under the old signature": f"{header}.{stranger.split('.')[1]}.{signature}",
        "without a signature": real.rpartition(".")[0] + ".",
        "expired": jwt.encode(claims | {"exp": 1}, settings.SECRET_KEY, algorithm="HS256"),
        "another kind": jwt.encode(claims | {"token_type": "refresh"}, settings.SECRET_KEY, algorithm="HS256"),
        "of an earlier version": jwt.encode(claims | {"ver": 0}, settings.SECRET_KEY, algorithm="HS256"),
        "of nobody": jwt.encode(claims | {"sub": "' OR 1=1 --"}, settings.SECRET_KEY, algorithm="HS256"),
        "with NUL characters": jwt.encode(claims | {"sub": "1\0", "jti": "\0"}, settings.SECRET_KEY, algorithm="HS256"),
    }


def test_forged_tokens_open_nothing(world):
    for what, token in forged_tokens(world.people["superuser"]).items():
        client = APIClient(HTTP_AUTHORIZATION=f"Bearer {token}")
        answers = [client.get(address).status_code for address in ("/api/auth/profile/", "/api/users/me")]
        assert (what, answers) == (what, [401, 401])
    for credential in (
        "Token",
        "Token a b",
        "Token \xff",
        f"Token {'0' * 64}",
        "Basic Ym9iOmI=",
        "Bearer",
        "Bearer a.b.c",
    ):
        assert APIClient(HTTP_AUTHORIZATION=credential).get("/api/auth/profile/").status_code == 401


def test_a_deactivated_person_is_out_at_once(world, bob):
    by_token = world.client("buyer")
    User.objects.filter(username="bob").update(is_active=False)
    assert [client.get("/api/auth/profile/").status_code for client in (bob, by_token)] == [401, 401]


def test_a_browsers_session_opens_no_api(world):
    """So a page of another site, whose requests carry its cookies, has nothing to forge."""
    browser = Client()
    browser.force_login(world.people["superuser"])
    assert browser.get("/api/auth/profile/").status_code == 401
    assert browser.post("/api/orders/", "{}", content_type="application/json").status_code == 401


def test_no_header_turns_a_read_into_a_write(world, alice):
    for name in ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_METHOD_OVERRIDE"):
        assert alice.get(f"/api/artworks/{world.artwork.pk}/", **{name: "DELETE"}).status_code == 200
        alice.post(f"/api/artworks/{world.artwork.pk}/", {"_method": "DELETE"}, format="json", **{name: "DELETE"})
    assert Artwork.objects.filter(pk=world.artwork.pk, status=Status.APPROVED).exists()

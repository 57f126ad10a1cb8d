"""Nexus's social login over HTTP, at a provider on this machine."""

import pytest
from rest_framework.test import APIClient

from accounts.choices import SocialProvider
from accounts.models import User
from accounts.tests.factories import UserFactory
from accounts.tests.people import as_bearer, with_two_factor
from tests.stand_ins.social import SocialStandIn

pytestmark = pytest.mark.django_db
JANE = {
    "sub": "42", "id": "42", "email": "jane@example.com", "email_verified": True, "verified": True, "login": "jane",
}  # fmt: skip


@pytest.fixture(scope="module")
def server():
    with SocialStandIn() as stand_in:
        stand_in.emails = [{"email": "jane@example.com", "verified": True, "primary": True}]
        yield stand_in


@pytest.fixture
def provider(server, settings):
    settings.OAUTH_CLIENTS = {name.value: server.client() for name in SocialProvider}
    return server


def flow(provider, client, start, **person):
    begun = client.get(start).json()
    code = provider.consents(begun["authorization_url"], **(person or JANE))
    return {"code": code, "state": begun["state"], "code_verifier": begun["code_verifier"]}


@pytest.mark.operation("nexus.auth.oauth.google")
@pytest.mark.operation("nexus.auth.oauth.github")
@pytest.mark.operation("nexus.auth.oauth.discord")
@pytest.mark.operation("nexus.auth.oauth.start")
@pytest.mark.parametrize("name", SocialProvider.values)
def test_signing_in_and_again(provider, name):
    client = APIClient(HTTP_AUTHORIZATION="Bearer of.a.session.that.ended")
    for is_new in (True, False):
        sent = flow(provider, client, f"/api/auth/oauth/{name}/start")
        response = client.post(f"/api/auth/oauth/{name}", sent)
        body = response.json()
        assert response.status_code == 200, body
        assert set(body) == {"access_token", "refresh_token", "token_type", "expires_in", "is_new_user", "user"}
        assert (body["is_new_user"], body["user"][f"{name}_id"], body["user"]["email_verified"]) == (is_new, "42", True)
        me = APIClient(HTTP_AUTHORIZATION=f"Bearer {body['access_token']}").get("/api/users/me").json()
        assert me == body["user"]


def test_as_the_document_has_it(provider):
    page = "http://localhost:3000/auth/callback/google"
    code = provider.consents(redirect_uri=page, **JANE)

    first = APIClient().post("/api/auth/oauth/google", {"code": code, "redirect_uri": page})
    used = APIClient().post("/api/auth/oauth/google", {"code": code, "redirect_uri": page})

    assert (first.status_code, first.json()["is_new_user"]) == (200, True)
    assert (used.status_code, used.json()) == (400, {"detail": "OAuth authentication failed"})
    assert APIClient().post("/api/auth/oauth/google", {}).json()["detail"][0]["loc"] == ["body", "code"]


def test_refusals(provider, settings):
    sent = flow(provider, APIClient(), "/api/auth/oauth/google/start")
    user = UserFactory.create(email="jane@example.com", is_active=False)
    disabled = APIClient().post("/api/auth/oauth/google", sent)
    User.objects.filter(pk=user.pk).update(is_active=True, email_verified_at=None)
    sent = flow(provider, APIClient(), "/api/auth/oauth/google/start")
    first = APIClient().post("/api/auth/oauth/google", sent)
    settings.OAUTH_CLIENTS = {"google": {"client_id": "", "client_secret": ""}}

    assert (disabled.status_code, disabled.json()) == (403, {"detail": "Account is disabled"})
    assert first.status_code == 409
    missing = APIClient().post("/api/auth/oauth/google", {"code": "a-code"})
    assert (missing.status_code, missing.json()) == (400, {"detail": "Google sign-in is not configured"})


def test_a_second_factor_is_asked_for(provider):
    user = UserFactory.create(email="jane@example.com")
    with_two_factor(user)

    sent = flow(provider, APIClient(), "/api/auth/oauth/google/start")
    body = APIClient().post("/api/auth/oauth/google", sent).json()

    assert set(body) == {"requires_2fa", "session_token"}


def test_codes_go_to_the_front_end_alone(provider):
    for page in ("https://evil.example/", "http://localhost:3000.evil.example/", "javascript:alert(1)"):
        answer = APIClient().get("/api/auth/oauth/google/start", {"redirect_uri": page})
        assert answer.status_code == 422
    page = "http://localhost:3000/elsewhere"
    answer = APIClient().get("/api/auth/oauth/google/start", {"redirect_uri": page})
    assert set(answer.json()) == {"authorization_url", "state", "code_verifier", "expires_in"}
    assert APIClient().get("/api/auth/oauth/myspace/start").json() == {"detail": "Provider not found"}


@pytest.mark.operation("nexus.auth.oauth.providers")
def test_who_is_offered(provider, settings):
    settings.OAUTH_CLIENTS["github"]["client_secret"] = ""
    assert APIClient().get("/api/auth/oauth").json() == [
        {"provider": "google", "name": "Google"},
        {"provider": "discord", "name": "Discord"},
    ]


@pytest.mark.operation("nexus.users.me.social.list")
@pytest.mark.operation("nexus.users.me.social.start")
@pytest.mark.operation("nexus.users.me.social.link")
@pytest.mark.operation("nexus.users.me.social.unlink")
def test_linking_and_unlinking(provider, alice, bob):
    client = as_bearer(alice)
    sent = flow(provider, client, "/api/users/me/social-accounts/google/start")

    stolen = as_bearer(bob).post("/api/users/me/social-accounts", sent | {"provider": "google"})
    linked = client.post("/api/users/me/social-accounts", sent | {"provider": "google"})

    assert (stolen.status_code, stolen.json()) == (400, {"detail": "OAuth authentication failed"})
    assert (linked.status_code, set(linked.json())) == (201, {"provider", "email", "linked_at", "used_at"})
    assert client.get("/api/users/me/social-accounts").json() == [linked.json()]
    assert client.get("/api/users/me").json()["google_id"] == "42"
    gone = client.delete("/api/users/me/social-accounts/google")
    assert (gone.status_code, gone.json()) == (200, {"message": "Google unlinked"})
    assert client.delete("/api/users/me/social-accounts/google").json() == {"detail": "Linked account not found"}
    assert client.get("/api/users/me/social-accounts").json() == []

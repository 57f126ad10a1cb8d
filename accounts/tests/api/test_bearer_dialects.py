"""Nexus, v1 and the print shop: registration, sign-in and the caller."""

from urllib.parse import urlencode

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.verification import verification_token
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.people import as_bearer, as_token

pytestmark = pytest.mark.django_db

JANE = {
    "email": "jane@example.com",
    "username": "polymaster",
    "password": "secret-pass-1",
    "full_name": "Jane van Doe",
    "user_type": "creator",
}
ME = {
    "id", "email", "username", "full_name", "bio", "avatar_url", "user_type", "is_verified", "email_verified",
    "is_active", "is_admin", "creator_level", "google_id", "github_id", "discord_id", "total_sales", "total_revenue",
    "total_models", "rating", "followers_count", "following_count", "phone", "country", "city", "website", "twitter",
    "instagram", "portfolio_url", "skills", "software", "created_at", "updated_at", "last_login", "currency",
}  # fmt: skip


def post(path, body, form="json"):
    return APIClient().post(path, body, format=form)


def get_me(token):
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {token}").get("/api/users/me")


# ---------------------------------------------------------------- nexus
@pytest.mark.operation("nexus.auth.register")
def test_nexus_registration_signs_in():
    response = post("/api/auth/register", JANE)

    body = response.json()
    assert response.status_code == 201, body
    assert set(body) == {"access_token", "refresh_token", "token_type", "expires_in", "user"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 1800)
    assert set(body["user"]) == ME
    user = body["user"]
    assert (user["full_name"], user["user_type"], user["is_admin"]) == ("Jane van Doe", "creator", False)
    assert (user["email_verified"], user["phone"], user["avatar_url"], user["last_login"]) == (False, None, None, None)
    assert get_me(body["access_token"]).status_code == 200
    mails = User.objects.get().deliveries.order_by("pk").values_list("template", "context")
    assert list(mails) == [("welcome", {"market": "Nexus Models"}), ("email_verification", {})]


@pytest.mark.parametrize(
    ("changes", "status", "answer"),
    [
        ({"email": "BOB@example.com"}, 409, {"detail": "Email already registered"}),
        ({"username": "Bob"}, 409, {"detail": "Username already taken"}),
        ({"username": "me"}, 422, None),
        ({"username": "a b c"}, 422, None),
        ({"username": "jane\n"}, 201, None),
        ({"user_type": "admin"}, 422, None),
        ({"password": "short"}, 422, None),
        ({"password": "password123"}, 422, None),
        ({"email": "nonsense"}, 422, None),
        ({"full_name": None}, 201, None),
    ],
)
def test_nexus_registration_refuses(changes, status, answer):
    UserFactory(username="bob")

    response = post("/api/auth/register", JANE | changes)

    assert response.status_code == status, response.json()
    if answer:
        assert response.json() == answer
    if status == 422:
        (problem,) = response.json()["detail"]
        assert problem["loc"] == ["body", *changes]
        assert set(problem) == {"loc", "msg", "type"}
    assert User.objects.count() == (2 if status == 201 else 1)


def test_nexus_registers_buyers_unless_told_otherwise():
    sent = {name: value for name, value in JANE.items() if name not in {"user_type", "full_name"}}

    assert post("/api/auth/register", sent).json()["user"]["user_type"] == "buyer"


@pytest.mark.operation("nexus.auth.login")
@pytest.mark.parametrize(
    ("sent", "form"),
    [
        ({"email": "bob@example.com"}, "json"),
        ({"username": "bob"}, "json"),
        ({"username": "bob@example.com"}, "multipart"),
    ],
)
def test_nexus_login(sent, form):
    bob = UserFactory(username="bob")

    response = post("/api/auth/login", sent | {"password": PASSWORD}, form)

    body = response.json()
    assert response.status_code == 200, body
    assert body["user"]["id"] == bob.pk
    assert body["user"]["last_login"].endswith("Z")
    assert get_me(body["access_token"]).json() == body["user"]


def test_nexus_login_refused():
    UserFactory(username="bob")

    wrong = post("/api/auth/login", {"email": "bob@example.com", "password": "wrong"})
    nameless = post("/api/auth/login", {"password": PASSWORD})

    assert (wrong.status_code, wrong.json()) == (401, {"detail": "Incorrect email or password"})
    assert (nameless.status_code, nameless.json()["detail"][0]["loc"]) == (422, ["body", "email"])


def test_nexus_login_as_a_plain_form():
    bob = UserFactory(username="bob")
    form = urlencode({"username": "bob", "password": PASSWORD})

    response = APIClient().post("/api/auth/login", form, content_type="application/x-www-form-urlencoded")

    assert (response.status_code, response.json()["user"]["id"]) == (200, bob.pk)


def test_a_refresh_token_that_comes_back_ends_its_family():
    first = post("/api/auth/register", JANE).json()["refresh_token"]
    second = post("/api/auth/refresh", {"refresh_token": first}).json()["refresh_token"]
    assert post("/api/auth/refresh", {"refresh_token": first}).status_code == 401
    assert post("/api/auth/refresh", {"refresh_token": second}).status_code == 401


@pytest.mark.operation("nexus.auth.refresh")
def test_nexus_refresh():
    first = post("/api/auth/register", JANE).json()["refresh_token"]

    response = post("/api/auth/refresh", {"refresh_token": first})
    again = post("/api/auth/refresh", {"refresh_token": first})

    assert response.status_code == 200
    assert set(response.json()) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert get_me(response.json()["access_token"]).status_code == 200
    assert (again.status_code, again.json()) == (401, {"detail": "Invalid refresh token"})


@pytest.mark.operation("nexus.auth.logout")
def test_nexus_logout_ends_the_refresh_token():
    body = post("/api/auth/register", JANE).json()
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {body['access_token']}")

    response = client.post("/api/auth/logout", {"refresh_token": body["refresh_token"]}, format="json")

    assert (response.status_code, response.json()) == (200, {"message": "Logged out successfully"})
    assert post("/api/auth/refresh", {"refresh_token": body["refresh_token"]}).status_code == 401
    assert client.post("/api/auth/logout").status_code == 200


@pytest.mark.operation("nexus.auth.verify_email")
def test_nexus_verify_email():
    bob = UserFactory(email_verified_at=None)

    response = post("/api/auth/verify-email", {"token": verification_token(bob)})
    broken = post("/api/auth/verify-email", {"token": "nonsense"})

    assert (response.status_code, response.json()) == (200, {"message": "Email verified successfully"})
    assert (broken.status_code, broken.json()) == (400, {"detail": "Invalid or expired token"})
    assert as_bearer(bob).get("/api/users/me").json()["email_verified"] is True


@pytest.mark.operation("nexus.users.me")
def test_nexus_me_by_either_credential():
    bob = UserFactory(username="bob", phone_number="+49")

    for client in (as_bearer(bob), as_token(bob)):
        body = client.get("/api/users/me").json()
        assert set(body) == ME
        assert (body["id"], body["phone"]) == (bob.pk, "+49")
    assert APIClient().get("/api/users/me").status_code == 401


# ---------------------------------------------------------------- v1
JOHN = {
    "username": "johndoe",
    "email": "john.doe@example.com",
    "password": "s3cret-Passw0rd",
    "full_name": "John Doe",
}


@pytest.mark.operation("v1.auth.register")
def test_v1_registration_makes_a_creator(client):
    response = post("/api/v1/register", JOHN)

    body = response.json()
    assert response.status_code == 201, body
    john = User.objects.get()
    picture = body.pop("profile_image_url")
    assert body == {
        "id": john.pk,
        "email": "john.doe@example.com",
        "full_name": "John Doe",
        "is_superuser": False,
        "is_active": True,
        "tier_id": None,
    }
    assert picture == "http://testserver/static/accounts/avatar.svg"
    assert john.user_type == "creator"


@pytest.mark.parametrize(
    "changes",
    [{"username": "x" * 21}, {"email": "nonsense"}, {"password": "123"}, {"full_name": ""}, {"username": "BOB"}],
)
def test_v1_registration_refuses_with_422(changes):
    UserFactory(username="bob")

    response = post("/api/v1/register", JOHN | changes)

    assert response.status_code == 422
    body = response.json()
    assert (body["detail"], body["status_code"]) == ("Validation failed", 422)
    assert [error["field"] for error in body["errors"]] == list(changes)
    assert User.objects.count() == 1


@pytest.mark.operation("v1.auth.login")
@pytest.mark.parametrize("form", ["multipart", "json"])
def test_v1_login_by_form(form):
    john = UserFactory(username="john")

    response = post("/api/v1/login", {"username": "john", "password": PASSWORD}, form)

    body = response.json()
    assert response.status_code == 200, body
    assert set(body) == {"access_token", "token_type"}
    assert body["token_type"] == "bearer"
    assert get_me(body["access_token"]).json()["id"] == john.pk


def test_v1_login_refused():
    response = post("/api/v1/login", {"username": "john", "password": "wrong"}, "multipart")

    assert (response.status_code, response.json()) == (
        401,
        {"detail": "Incorrect email or password", "status_code": 401},
    )


# ---------------------------------------------------------------- print shop
@pytest.mark.operation("printshop.auth.user")
def test_the_print_shops_caller():
    bob = UserFactory(username="bob")

    body = as_bearer(bob).get("/api/printshop/auth/user").json()

    assert body == {
        "id": bob.pk,
        "etsy_user_id": None,
        "username": "bob",
        "first_name": "Bob",
        "shop_id": None,
        "shop_name": None,
        "created_at": f"{bob.created_at:%Y-%m-%dT%H:%M:%S}",
        "updated_at": f"{bob.updated_at:%Y-%m-%dT%H:%M:%S}",
    }


@pytest.mark.operation("printshop.auth.logout")
def test_the_print_shops_logout_ends_this_access_token_alone():
    bob = UserFactory()
    client, other = as_bearer(bob), as_bearer(bob)

    response = client.post("/api/printshop/auth/logout")

    assert (response.status_code, response.json()) == (200, {"message": "Logged out successfully"})
    assert client.get("/api/printshop/auth/user").status_code == 401
    assert other.get("/api/printshop/auth/user").status_code == 200

"""CultureUp: registration, sign-in, one's own account."""

import io

import pytest
from PIL import Image
from rest_framework.test import APIClient

from accounts.models import Delivery, SignInFailure, User
from accounts.services.sessions import token_issue
from accounts.services.verification import verification_token
from accounts.tests.factories import PASSWORD, ArtistFactory, UserFactory
from accounts.tests.people import as_bearer, as_token

pytestmark = pytest.mark.django_db

REGISTRATION = {
    "username": "artist_john",
    "email": "john@example.com",
    "password": "SecurePass123!",
    "password_confirm": "SecurePass123!",
    "user_type": "artist",
    "first_name": "John",
    "last_name": "Doe",
    "phone_number": "+923001234567",
}


def post(path, body, client=None):
    return (client or APIClient()).post(path, body, format="json")


# ---------------------------------------------------------------- registration
@pytest.mark.operation("cultureup.auth.register")
def test_registration_answers_the_account():
    response = post("/api/auth/register/", REGISTRATION)

    assert response.status_code == 201, response.json()
    john = User.objects.get(username="artist_john")
    body = response.json()
    assert body.pop("created_at").endswith("Z")
    assert body == {
        "id": john.pk,
        "username": "artist_john",
        "email": "john@example.com",
        "first_name": "John",
        "last_name": "Doe",
        "user_type": "artist",
        "phone_number": "+923001234567",
        "is_verified": False,
        "profile_image": None,
    }
    assert john.check_password("SecurePass123!")
    assert john.password.startswith("argon2")


@pytest.mark.parametrize("number", [None, ""])
def test_an_optional_number_may_be_sent_empty(number):
    response = post("/api/auth/register/", REGISTRATION | {"phone_number": number})

    assert response.status_code == 201, response.json()
    assert response.json()["phone_number"] is None


def test_registration_sends_two_emails_without_secrets():
    post("/api/auth/register/", REGISTRATION)

    sent = Delivery.objects.order_by("template").values_list("template", "context", "user__username")
    assert list(sent) == [("email_verification", {}, "artist_john"), ("welcome", {}, "artist_john")]


def test_registration_names_every_field_that_is_wrong():
    UserFactory(username="Artist_John")

    response = post("/api/auth/register/", REGISTRATION | {"email": "nonsense", "password": "password"})

    assert response.status_code == 400
    assert response.json() == {
        "username": ["A user with that username already exists."],
        "email": ["Enter a valid email address."],
        "password": ["This password is too common."],
    }
    assert User.objects.count() == 1
    assert Delivery.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("password_confirm", "Another1Word!", "The two passwords do not match."),
        ("user_type", "admin", '"admin" is not a valid choice.'),
        ("user_type", "creator", '"creator" is not a valid choice.'),
        ("username", "ab", "Ensure this field has at least 3 characters."),
        ("username", "x" * 151, "Ensure this field has no more than 150 characters."),
        ("username", "atelier", "A user with that username already exists."),
        ("username", "jo hn", None),
        ("username", "jo\x00hn", "Null characters are not allowed."),
        ("username", ["john"], "Not a valid string."),
        ("username", {"a": 1}, "Not a valid string."),
        ("username", "bob@example.com", None),
        ("email", "JOHN@TAKEN.EXAMPLE", "A user with that email address already exists."),
        ("password", "artist_john1", None),
        ("password", "1234567890123", None),
        ("first_name", "", "This field may not be blank."),
        ("last_name", None, "This field may not be null."),
        ("phone_number", "1" * 31, "Ensure this field has no more than 30 characters."),
    ],
)
def test_registration_refuses(field, value, message):
    UserFactory(username="taken", email="john@taken.example")

    response = post("/api/auth/register/", REGISTRATION | {field: value})

    assert response.status_code == 400, response.json()
    assert set(response.json()) == {field}
    if message:
        assert response.json() == {field: [message]}
    assert User.objects.count() == 1


@pytest.mark.parametrize("body", [{}, [], "text", 5, None])
def test_registration_of_nothing_names_the_fields(body):
    response = post("/api/auth/register/", body)

    assert response.status_code == 400
    assert User.objects.count() == 0


def test_registration_believes_no_role_in_the_body():
    roles = {"is_staff": True, "is_superuser": True, "is_verified": True, "id": 1, "groups": [1], "earned": "9"}

    assert post("/api/auth/register/", REGISTRATION | roles).status_code == 201

    john = User.objects.get()
    assert (john.is_staff, john.is_superuser, john.identity_verified, john.earned) == (False, False, False, 0)


def test_the_username_may_be_ones_own_address():
    response = post("/api/auth/register/", REGISTRATION | {"username": "john@example.com"})

    assert response.status_code == 201


# ---------------------------------------------------------------- sign-in
@pytest.mark.operation("cultureup.auth.login")
@pytest.mark.parametrize("name", ["alice", "ALICE", "alice@example.com", "Alice@Example.com"])
def test_login_by_name_or_address(name):
    alice = ArtistFactory(username="alice")

    response = post("/api/auth/login/", {"username": name, "password": PASSWORD})

    body = response.json()
    assert response.status_code == 200, body
    token = body.pop("token")
    assert body == {
        "user": {
            "id": alice.pk,
            "username": "alice",
            "email": "alice@example.com",
            "user_type": "artist",
            "first_name": "Alice",
            "last_name": "Example",
        },
        "message": "Login successful",
    }
    client = APIClient(HTTP_AUTHORIZATION=f"Token {token}")
    assert client.get("/api/auth/profile/").json()["username"] == "alice"
    alice.refresh_from_db()
    assert alice.last_login is not None


def test_wrong_password_unknown_name_and_deactivated_account_answer_alike():
    UserFactory(username="alice")
    UserFactory(username="bob", is_active=False)

    answers = [
        post("/api/auth/login/", {"username": name, "password": password})
        for name, password in [("alice", "wrong"), ("nobody", PASSWORD), ("bob", PASSWORD), ("bob", "wrong")]
    ]

    assert {(answer.status_code, answer.content) for answer in answers} == {
        (401, b'{"detail":"Incorrect email or password"}')
    }


def test_login_works_beside_the_token_of_an_ended_session():
    UserFactory(username="alice")
    client = APIClient(HTTP_AUTHORIZATION="Token 0000")

    assert post("/api/auth/login/", {"username": "alice", "password": PASSWORD}, client).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"username": "alice"},
        {"password": "x"},
        {"username": ["alice"], "password": PASSWORD},
        {"username": "alice", "password": {"$ne": 1}},
        {"username": "alice\x00", "password": PASSWORD},
        [],
        None,
    ],
)
def test_malformed_login_is_400(body):
    UserFactory(username="alice")

    assert post("/api/auth/login/", body).status_code == 400
    assert SignInFailure.objects.count() == 0


# ---------------------------------------------------------------- the account
@pytest.mark.operation("cultureup.auth.profile_get")
@pytest.mark.parametrize("signed_in", [as_token, as_bearer])
def test_ones_own_account_by_both_credentials(signed_in):
    alice = UserFactory(username="alice", phone_number="")

    body = signed_in(alice).get("/api/auth/profile/").json()

    assert body["id"] == alice.pk
    assert body["email"] == "alice@example.com"
    assert body["phone_number"] is None
    assert body["profile_image"] is None


@pytest.mark.parametrize(
    "header",
    [None, "Token", "Token a b", "Token ÿ", "Token 00", "Bearer", "Bearer ÿ", "Bearer a.b.c", "Basic YTpi", "x"],
)
def test_no_or_a_broken_credential_is_401(header):
    client = APIClient(HTTP_AUTHORIZATION=header) if header else APIClient()

    response = client.get("/api/auth/profile/")

    assert response.status_code == 401
    assert list(response.json()) == ["detail"]


@pytest.mark.parametrize("signed_in", [as_token, as_bearer])
def test_a_deactivated_account_is_out_at_once(signed_in):
    alice = UserFactory()
    client = signed_in(alice)
    assert client.get("/api/auth/profile/").status_code == 200

    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert client.get("/api/auth/profile/").status_code == 401


@pytest.mark.parametrize("signed_in", [as_token, as_bearer])
def test_a_caller_costs_one_query(signed_in, django_assert_num_queries):
    alice = UserFactory()
    token_issue(alice)
    client = signed_in(alice)

    with django_assert_num_queries(1):
        client.get("/api/auth/profile/")


@pytest.mark.operation("cultureup.auth.profile_put")
def test_put_changes_the_account_and_asks_to_confirm_a_new_address():
    alice = UserFactory(username="alice", phone_number="+1", user_type="artist")
    body = {"first_name": "John", "last_name": "Smith", "phone_number": "+923007654321", "email": "smith@example.com"}

    response = as_token(alice).put("/api/auth/profile/", body | {"username": "x", "user_type": "admin"}, format="json")

    assert response.status_code == 200
    shown = response.json()
    assert {name: shown[name] for name in body} == body | {"email": "alice@example.com"}
    assert (shown["pending_email"], shown["email_verified"]) == ("smith@example.com", False)
    assert (shown["username"], shown["user_type"]) == ("alice", "artist")
    alice.refresh_from_db()
    assert (alice.email, alice.email_verified) == ("alice@example.com", False)
    mails = Delivery.objects.order_by("pk").values_list("template", "address")
    assert list(mails) == [
        ("email_verification", "smith@example.com"),
        ("email_change_requested", "alice@example.com"),
    ]


def test_put_needs_the_required_fields():
    response = as_token(UserFactory()).put("/api/auth/profile/", {}, format="json")

    assert response.status_code == 400
    assert set(response.json()) == {"first_name", "last_name", "email"}


@pytest.mark.operation("cultureup.auth.profile_patch")
def test_patch_changes_what_was_sent():
    alice = UserFactory(username="alice", phone_number="+1")

    response = as_token(alice).patch("/api/auth/profile/", {"phone_number": None}, format="json")

    assert response.status_code == 200
    assert response.json()["phone_number"] is None
    alice.refresh_from_db()
    assert (alice.phone_number, alice.first_name) == ("", "Alice")
    assert alice.email_verified_at is not None
    assert Delivery.objects.count() == 0


def test_patch_refuses_an_address_of_somebody_else_and_changes_nothing():
    UserFactory(username="bob")
    alice = UserFactory(username="alice")

    response = as_token(alice).patch(
        "/api/auth/profile/", {"email": "BOB@example.com", "first_name": "Changed"}, format="json"
    )

    assert response.status_code == 400
    assert response.json() == {"email": ["A user with that email address already exists."]}
    alice.refresh_from_db()
    assert (alice.email, alice.first_name) == ("alice@example.com", "Alice")
    assert alice.email_verified_at is not None


def test_patch_takes_a_picture():
    alice = UserFactory()
    picture = io.BytesIO()
    Image.new("RGB", (1000, 500), "red").save(picture, "JPEG")
    picture.seek(0)
    picture.name = "me.jpg"

    response = as_token(alice).patch(
        "/api/auth/profile/", {"profile_image": picture, "first_name": "Ann"}, format="multipart"
    )

    assert response.status_code == 200, response.json()
    address = response.json()["profile_image"]
    assert address.startswith("http://testserver/media/profiles/")
    assert response.json()["first_name"] == "Ann"
    served = APIClient().get(address.removeprefix("http://testserver"))
    assert Image.open(io.BytesIO(served.getvalue())).size == (512, 256)


def test_a_picture_and_a_refused_change_are_refused_together():
    alice = UserFactory(profile_image="profiles/x.jpg", email="alice@example.com")
    UserFactory(email="taken@example.com")
    picture = io.BytesIO()
    Image.new("RGB", (10, 10), "red").save(picture, "JPEG")
    picture.seek(0)
    picture.name = "me.jpg"

    response = as_token(alice).patch(
        "/api/auth/profile/", {"profile_image": picture, "email": "taken@example.com"}, format="multipart"
    )

    assert (response.status_code, set(response.json())) == (400, {"email"})
    alice.refresh_from_db()
    assert (alice.profile_image.name, alice.email) == ("profiles/x.jpg", "alice@example.com")


def test_the_pictures_address_sent_back_changes_nothing_and_null_removes_it():
    alice = UserFactory(profile_image="profiles/x.jpg")
    client = as_token(alice)
    address = client.get("/api/auth/profile/").json()["profile_image"]

    kept = client.patch("/api/auth/profile/", {"profile_image": address, "first_name": "Ann"}, format="json")
    removed = client.patch("/api/auth/profile/", {"profile_image": None}, format="json")

    assert kept.json()["profile_image"] == address
    assert kept.json()["first_name"] == "Ann"
    assert removed.json()["profile_image"] is None


# ---------------------------------------------------------------- signing out
@pytest.mark.operation("cultureup.auth.logout")
@pytest.mark.parametrize("signed_in", [as_token, as_bearer])
def test_logout_ends_the_callers_credential_alone(signed_in):
    alice = UserFactory()
    client, others = signed_in(alice), [as_token(alice), as_bearer(alice)]

    response = client.post("/api/auth/logout/")

    assert response.status_code == 200
    assert response.json() == {"message": "Successfully logged out"}
    assert client.get("/api/auth/profile/").status_code == 401
    assert [other.get("/api/auth/profile/").status_code for other in others] == [200, 200]


# ---------------------------------------------------------------- the link in the e-mail
def test_the_page_behind_the_link_confirms_the_address(client):
    alice = UserFactory(username="alice", email_verified_at=None)

    page = client.get(f"/verify-email/{verification_token(alice)}/")

    assert page.status_code == 200
    assert "Your address is confirmed" in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    alice.refresh_from_db()
    assert alice.email_verified_at is not None


@pytest.mark.parametrize("signed", ["nonsense", "a:b:c", "%00"])
def test_a_broken_link_says_so(client, signed):
    page = client.get(f"/verify-email/{signed}/")

    assert page.status_code == 400
    assert "This link is not valid" in page.content.decode()

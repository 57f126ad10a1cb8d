"""Nexus: the caller's own record, public pages, who follows whom."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import SocialAccount, User, UserProfile
from accounts.services.registration import password_check
from accounts.tests.factories import PASSWORD, AdminFactory, BuyerFactory, CreatorFactory, StaffFactory
from accounts.tests.people import as_bearer
from tests.roles.requests.request import picture

pytestmark = pytest.mark.django_db
PUBLIC = {
    "id", "username", "full_name", "bio", "avatar_url", "user_type", "is_verified", "creator_level", "total_models",
    "rating", "followers_count", "following_count", "country", "city", "website", "twitter", "instagram",
    "portfolio_url", "skills", "software", "is_following", "created_at",
}  # fmt: skip
FOLLOW = {
    "id", "username", "full_name", "avatar_url", "is_verified", "creator_level", "bio", "total_models",
    "followers_count", "is_following", "followed_at",
}  # fmt: skip
NOTHING = {"detail": "User not found"}


@pytest.fixture
def jane():
    return CreatorFactory.create(username="jane")


def put(user, **changes):
    return as_bearer(user).put("/api/users/me", changes, format="json")


# ---------------------------------------------------------------- the caller's own record
@pytest.mark.operation("nexus.users.me.update")
def test_what_is_left_out_keeps_its_value(jane):
    first = put(jane, bio="Hard-surface artist", skills=["Hard surface", "Texturing"], city="Berlin", phone="+49 30 1")
    second = put(jane, full_name="Jane van Doe", website="https://jane.example", city=None, software="Blender, Maya")

    assert (first.status_code, second.status_code) == (200, 200), second.content
    body = second.json()
    assert body == as_bearer(jane).get("/api/users/me").json()
    assert (body["bio"], body["city"], body["phone"], body["full_name"]) == (
        "Hard-surface artist",
        None,
        "+49 30 1",
        "Jane van Doe",
    )
    assert (body["skills"], body["software"]) == (["Hard surface", "Texturing"], ["Blender", "Maya"])
    assert body["website"] == "https://jane.example"


def test_the_whole_record_sent_back_changes_nothing(jane):
    User.objects.filter(pk=jane.pk).update(username="jane.@+", username_key="jane.@+", user_type="artist")
    before = as_bearer(jane).get("/api/users/me").json()

    after = put(jane, **before)

    assert after.status_code == 200, after.content
    assert {**after.json(), "updated_at": 0} == {**before, "updated_at": 0}


@pytest.mark.parametrize(
    ("changes", "status", "answer"),
    [
        ({"username": "BOB"}, 409, {"detail": "Username already taken"}),
        ({"username": "admin1"}, 409, {"detail": "Username already taken"}),
        ({"email": "BOB@example.com"}, 409, {"detail": "Email already registered"}),
        ({"username": "me"}, 422, None),
        ({"username": "a b"}, 422, None),
        ({"username": ""}, 422, None),
        ({"user_type": "admin"}, 422, None),
        ({"website": "javascript:alert(1)"}, 422, None),
        ({"skills": ["x" * 61]}, 422, None),
        ({"bio": "x" * 2001}, 422, None),
        ({"avatar_url": "https://elsewhere.example/a.png"}, 422, None),
        ({"avatar_url": "http://testserver/media/profiles/another.png"}, 422, None),
    ],
)
def test_refusals_change_nothing(jane, changes, status, answer):
    BuyerFactory.create(username="bob")

    response = put(jane, **{"bio": "New"} | changes)

    assert response.status_code == status, response.content
    if answer:
        assert response.json() == answer
    else:
        assert response.json()["detail"][0]["loc"] == ["body", *changes]
    assert not UserProfile.objects.exists()


def test_another_name_and_type(jane):
    body = put(jane, username="Jane-2", user_type="buyer").json()

    assert (body["username"], body["user_type"]) == ("Jane-2", "buyer")
    assert put(jane, username="JANE-2").json()["username"] == "JANE-2"
    assert APIClient().get("/api/users/jane-2").status_code == 200


def test_an_administrator_stays_one():
    admin = AdminFactory.create()

    refused = put(admin, user_type="buyer")

    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", "user_type"])
    assert put(admin, user_type="admin").status_code == 200


def test_a_new_address_waits_for_its_confirmation(jane):
    body = put(jane, email="new@example.com").json()

    assert (body["email"], body["pending_email"], body["email_verified"]) == (
        "jane@example.com",
        "new@example.com",
        False,
    )
    mails = set(jane.deliveries.values_list("template", flat=True))
    assert mails == {"email_verification", "email_change_requested"}


def test_names_of_all_kinds(jane):
    name, bio = "\u05d9\u05e2\u05dc \U0001f3a8 \u200fDoe", "\u0645\u0631\u062d\u0628\u0627 \U0001f44b"
    body = put(jane, full_name=name, bio=bio).json()

    assert (body["full_name"], body["bio"]) == (name, bio)


@pytest.mark.operation("nexus.users.me.avatar")
@pytest.mark.parametrize("field", ["file", "avatar"])
def test_a_picture_of_oneself(jane, field, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    response = as_bearer(jane).post("/api/users/me/avatar", {field: picture()}, format="multipart")

    body = response.json()
    assert response.status_code == 200, body
    assert set(body) == {"message", "avatar_url"}
    assert body["message"] == "Avatar updated"
    assert as_bearer(jane).get("/api/users/me").json()["avatar_url"] == body["avatar_url"]


def test_pictures_that_are_none(jane, settings):
    settings.SMALL_IMAGE_MAX_BYTES = 2000
    client = as_bearer(jane)
    for upload, status in ((b"x" * 2001, 413), (b"no picture", 422)):
        response = client.post(
            "/api/users/me/avatar", {"file": SimpleUploadedFile("me.png", upload, "image/png")}, format="multipart"
        )
        assert response.status_code == status
    assert response.json()["detail"][0]["loc"] == ["body", "file"]
    assert client.post("/api/users/me/avatar", {"file": SimpleUploadedFile("a.png", b"")}).status_code == 422
    missing = [{"loc": ["body", "file"], "msg": "Field required", "type": "missing"}]
    assert client.post("/api/users/me/avatar").json() == {"detail": missing}


def test_a_stored_picture_is_chosen_and_taken_back(jane, charlie):
    upload = {"file": picture()}
    address = as_bearer(jane).post("/api/upload/avatar", upload, format="multipart").json()["url"]

    assert put(charlie, avatar_url=address).status_code == 422
    chosen = put(jane, avatar_url=address).json()["avatar_url"]
    assert chosen.startswith("http://testserver/media/profiles/")
    assert put(jane, avatar_url=chosen).json()["avatar_url"] == chosen
    assert put(jane, avatar_url=None).json()["avatar_url"] is None


@pytest.mark.operation("nexus.users.me.password")
def test_a_new_password(jane):
    new = "another long passphrase"
    password_check(new, user=jane)
    wrong = as_bearer(jane).put("/api/users/me/password", {"current_password": "no", "new_password": new})
    right = as_bearer(jane).put("/api/users/me/password", {"current_password": PASSWORD, "new_password": new})

    assert (wrong.status_code, wrong.json()) == (400, {"detail": "Current password is incorrect"})
    assert (right.status_code, right.json()) == (200, {"message": "Password updated successfully"})


def test_linked_accounts_are_shown_to_their_person(jane):
    SocialAccount.objects.create(user=jane, provider="github", uid="42")

    body = as_bearer(jane).get("/api/users/me").json()

    assert (body["google_id"], body["github_id"], body["discord_id"]) == (None, "42", None)


# ---------------------------------------------------------------- public pages
@pytest.mark.operation("nexus.users.retrieve")
def test_a_public_page(jane, bob):
    put(jane, bio="Hard-surface artist", country="Germany", phone="+49 30 1")
    as_bearer(bob).post("/api/users/jane/follow")

    body = APIClient().get("/api/users/JANE").json()

    assert set(body) == PUBLIC
    assert (body["username"], body["bio"], body["country"], body["followers_count"]) == (
        "jane",
        "Hard-surface artist",
        "Germany",
        1,
    )
    assert body["is_following"] is False
    assert as_bearer(bob).get("/api/users/jane").json()["is_following"] is True


def test_closed_accounts_have_none(jane):
    User.objects.filter(pk=jane.pk).update(is_active=False)

    for path in ("", "/followers", "/following"):
        response = APIClient().get(f"/api/users/jane{path}")
        assert (response.status_code, response.json()) == (404, NOTHING)
    assert APIClient().get("/api/users/nobody").json() == NOTHING
    assert as_bearer(StaffFactory.create()).get("/api/users/jane").status_code == 200


# ---------------------------------------------------------------- following
@pytest.mark.operation("nexus.users.follow")
@pytest.mark.operation("nexus.users.unfollow")
def test_following_and_taking_it_back(jane, bob):
    client = as_bearer(bob)
    for _ in range(2):
        response = client.post("/api/users/jane/follow")
        assert (response.status_code, response.json()) == (
            200,
            {"message": "Now following jane", "is_following": True, "followers_count": 1},
        )
    for _ in range(2):
        response = client.delete("/api/users/jane/follow")
        assert (response.status_code, response.json()) == (
            200,
            {"message": "Unfollowed jane", "is_following": False, "followers_count": 0},
        )


def test_nobody_follows_themselves(jane):
    response = as_bearer(jane).post("/api/users/jane/follow")

    assert (response.status_code, response.json()) == (400, {"detail": "You cannot follow yourself"})
    assert as_bearer(jane).post("/api/users/nobody/follow").json() == NOTHING


def test_who_closed_their_account_is_followed_no_longer_but_may_be_left(jane, bob, charlie):
    as_bearer(bob).post("/api/users/jane/follow")
    User.objects.filter(pk=jane.pk).update(is_active=False)

    assert as_bearer(charlie).post("/api/users/jane/follow").status_code == 404
    assert as_bearer(charlie).delete("/api/users/jane/follow").status_code == 404
    assert as_bearer(bob).delete("/api/users/jane/follow").json()["followers_count"] == 0


@pytest.mark.operation("nexus.users.followers")
@pytest.mark.operation("nexus.users.following")
@pytest.mark.operation("nexus.dashboard.followers")
def test_lists_of_follows(jane, bob, charlie):
    put(bob, bio="Buys")
    for user in (bob, charlie):
        as_bearer(user).post("/api/users/jane/follow")
    as_bearer(jane).post("/api/users/bob/follow")

    body = as_bearer(jane).get("/api/users/jane/followers").json()
    assert {name: body[name] for name in ("total", "page", "limit", "pages")} == {
        "total": 2,
        "page": 1,
        "limit": 20,
        "pages": 1,
    }
    newest, oldest = body["items"]
    assert set(newest) == FOLLOW
    assert (newest["username"], newest["is_following"]) == ("charlie", False)
    assert (oldest["username"], oldest["bio"], oldest["is_following"]) == ("bob", "Buys", True)
    assert as_bearer(jane).get("/api/dashboard/followers").json() == body["items"]

    body = APIClient().get("/api/users/bob/following").json()
    assert [item["username"] for item in body["items"]] == ["jane"]
    assert APIClient().get("/api/users/bob/followers", {"page": 10_000}).json()["items"] == []

    User.objects.filter(pk=charlie.pk).update(is_active=False)
    assert APIClient().get("/api/users/jane/followers").json()["total"] == 1

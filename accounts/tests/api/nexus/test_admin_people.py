"""Nexus's administration of people."""

import json

import pytest
from rest_framework.test import APIClient

from accounts.models import SocialAccount, User
from accounts.services.sessions import refresh_token_issue
from accounts.tests.factories import PASSWORD, BuyerFactory, CreatorFactory, SuperuserFactory, UserFactory
from accounts.tests.people import as_bearer
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db
ROW = {
    "id", "email", "username", "full_name", "avatar_url", "user_type", "is_verified", "email_verified", "is_active",
    "is_admin", "is_banned", "creator_level", "total_sales", "total_revenue", "currency", "total_models", "rating",
    "followers_count", "following_count", "created_at", "updated_at", "last_login",
}  # fmt: skip


@pytest.fixture
def jane():
    return CreatorFactory.create(username="jane")


def put(admin, user, **changes):
    return as_bearer(admin).put(f"/api/admin/users/{user.pk}", changes, format="json")


def refused(response):
    return response.status_code, response.json()["detail"]


@pytest.mark.operation("nexus.admin.users.list")
def test_all_accounts_by_id(admin, jane, bob):
    client = as_bearer(admin)

    whole = client.get("/api/admin/users")
    rows = json.loads(whole.getvalue())

    assert whole.streaming
    assert [row["id"] for row in rows] == sorted(user.pk for user in (admin, jane, bob))
    assert all(set(row) == ROW for row in rows)
    assert client.get("/api/admin/users", {"skip": 1, "limit": 1}).json() == rows[1:2]
    assert client.get("/api/admin/users", {"page": 2, "limit": 2}).json() == {
        "items": rows[2:],
        "total": 3,
        "page": 2,
        "limit": 2,
        "pages": 2,
    }


def test_the_whole_list_in_batches(staff, monkeypatch):
    monkeypatch.setattr("accounts.api.nexus.admin_people.ROWS_AT_ONCE", 2)
    client = as_bearer(staff)
    for number in (1, 2, 3, 4):
        assert len(json.loads(client.get("/api/admin/users").getvalue())) == number
        UserFactory.create()
    assert json.loads(client.get("/api/admin/users", {"search": "nobody at all"}).getvalue()) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "JANE"}, {"jane"}),
        ({"search": "example.com"}, {"admin", "jane", "bob"}),
        ({"search": "bob@"}, {"bob"}),
        ({"search": "Example jane"}, {"jane"}),
        ({"user_type": "creator"}, {"jane"}),
        ({"user_type": "buyer", "search": "jane"}, set()),
    ],
)
def test_found_by(admin, jane, bob, query, found):
    rows = json.loads(as_bearer(admin).get("/api/admin/users", query).getvalue())
    assert {row["username"] for row in rows} == found


def test_only_staff_read_and_only_administrators_decide(jane, bob, staff):
    assert APIClient().get("/api/admin/users").status_code == 401
    for caller in (jane, bob):
        assert refused(as_bearer(caller).get("/api/admin/users")) == (403, "Not enough permissions")
    for caller in (jane, staff):
        for answer in (
            put(caller, bob, is_verified=True),
            as_bearer(caller).post(f"/api/admin/users/{bob.pk}/ban"),
            as_bearer(caller).post(f"/api/admin/users/{bob.pk}/verify"),
        ):
            assert refused(answer) == (403, "Not enough permissions")


@pytest.mark.operation("nexus.admin.users.update")
def test_what_is_left_out_keeps_its_value(admin, bob):
    response = put(admin, bob, user_type="creator", creator_level="Silver", is_active=True, full_name="Bob van Doe")

    body = response.json()
    assert response.status_code == 200, body
    assert set(body) == ROW
    assert (body["user_type"], body["creator_level"], body["is_active"], body["full_name"], body["username"]) == (
        "creator",
        "Silver",
        True,
        "Bob van Doe",
        "bob",
    )
    actions = [entry.action for entry in AuditEntry.objects.order_by("pk")]
    assert actions == ["user.update", "user.update", "user.set_creator_level"]


def test_a_row_sent_back_changes_nothing(admin, jane):
    row = json.loads(as_bearer(admin).get("/api/admin/users", {"search": "jane"}).getvalue())[0]

    response = put(admin, jane, **row)

    assert (response.status_code, response.json()) == (200, row)
    assert not AuditEntry.objects.exists()


def test_all_or_nothing(admin, bob, jane):
    response = put(admin, bob, is_verified=True, creator_level="Gold", username="JANE")

    assert refused(response) == (409, "Username already taken")
    assert refused(put(admin, bob, is_verified=True, email="jane@example.com")) == (409, "Email already registered")
    assert refused(put(admin, bob, is_verified=True, user_type="admin")) == (403, "Not enough permissions")
    bob.refresh_from_db()
    assert (bob.identity_verified, bob.creator_level) == (False, "Bronze")
    assert not AuditEntry.objects.exists()


def test_an_address_is_confirmed_by_its_person(admin, bob):
    body = put(admin, bob, email="new@example.com").json()

    assert (body["email"], body["pending_email"], body["email_verified"]) == (
        "bob@example.com",
        "new@example.com",
        False,
    )
    assert [entry.after for entry in AuditEntry.objects.all()] == [{"changed": ["email"]}]


def test_superusers_make_and_end_administrators(bob, jane):
    superuser = SuperuserFactory.create()
    User.objects.filter(pk=jane.pk).update(models_count=1)

    for user, back in ((bob, "buyer"), (jane, "creator")):
        body = put(superuser, user, is_admin=True).json()
        assert (body["is_admin"], body["user_type"]) == (True, "admin")
        assert User.objects.get(pk=user.pk).is_administrator
        body = put(superuser, user, is_admin=False).json()
        assert (body["is_admin"], body["user_type"]) == (False, back)
    assert put(superuser, bob, is_admin=True, user_type="buyer").json()["user_type"] == "buyer"
    assert put(superuser, bob, email="BOB@example.com", user_type="artist").json()["email"] == "BOB@example.com"


def test_one_s_own_names_but_nothing_else(admin):
    assert put(admin, admin, full_name="The Boss").json()["full_name"] == "The Boss"
    assert refused(put(admin, admin, is_verified=True)) == (403, "You cannot do this to your own account.")
    assert refused(put(admin, admin, is_banned=True)) == (400, "You cannot ban yourself")
    assert as_bearer(admin).put("/api/admin/users/999999", {}).json() == {"detail": "User not found"}


@pytest.mark.operation("nexus.admin.users.verify")
def test_verify(admin, bob):
    response = as_bearer(admin).post(f"/api/admin/users/{bob.pk}/verify")

    assert (response.status_code, response.json()) == (200, {"message": "User verified successfully"})
    assert put(admin, bob, is_verified=True).json()["is_verified"] is True
    assert AuditEntry.objects.count() == 1
    assert put(admin, bob, is_verified=False).json()["is_verified"] is False


@pytest.mark.operation("nexus.admin.users.ban")
def test_ban_and_lift(admin, jane):
    refresh, client = refresh_token_issue(jane), as_bearer(jane)

    response = as_bearer(admin).post(f"/api/admin/users/{jane.pk}/ban")

    assert (response.status_code, response.json()) == (200, {"message": "User banned successfully"})
    disabled = (403, "Account is disabled")
    login = {"email": "jane@example.com", "password": PASSWORD}
    assert refused(APIClient().post("/api/auth/login", login)) == disabled
    assert refused(APIClient().post("/api/auth/refresh", {"refresh_token": refresh})) == disabled
    assert client.get("/api/users/me").status_code == 401
    assert refused(APIClient().get("/api/users/jane")) == (404, "User not found")
    row = json.loads(as_bearer(admin).get("/api/admin/users", {"search": "jane"}).getvalue())[0]
    assert (row["is_banned"], row["is_active"]) == (True, True)

    body = put(admin, jane, is_banned=False).json()
    assert (body["is_banned"], body["is_active"]) == (False, True)
    assert APIClient().post("/api/auth/login", login).status_code == 200
    assert APIClient().get("/api/users/jane").status_code == 200


def test_a_ban_in_the_middle_of_other_changes(admin, jane):
    body = put(admin, jane, is_banned=True, is_active=False, is_verified=True).json()
    assert (body["is_banned"], body["is_active"], body["is_verified"]) == (True, False, True)
    body = put(admin, jane, is_banned=False, is_active=True).json()
    assert (body["is_banned"], body["is_active"]) == (False, True)


def test_no_secret_is_in_it(admin, jane):
    SocialAccount.objects.create(user=jane, provider="google", uid="secret-uid")
    text = as_bearer(admin).get("/api/admin/users").getvalue().decode()
    assert "argon2" not in text and "password" not in text and "secret-uid" not in text
    assert BuyerFactory.create().password not in text

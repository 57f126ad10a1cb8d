"""CultureUp's admin API: people."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services.sessions import token_issue
from accounts.tests.factories import ArtistFactory, BuyerFactory, CreatorFactory, StaffFactory, SuperuserFactory
from commerce.tests.steps import order_of
from config.core.models import AuditEntry
from jobs.tests.factories import BidFactory, JobFactory
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory

pytestmark = pytest.mark.django_db
URL = "/api/admin/users/"


def names(api, query: str) -> list[str]:
    answer = api.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.json()
    return [row["username"] for row in answer.json()["results"]]


@pytest.mark.operation("cultureup.admin.users.list")
def test_a_row_shows_the_person_and_his_totals(as_admin, alice, bob):
    artwork = ArtworkFactory(seller=alice)
    ArtworkFactory(seller=alice, status="pending")
    ArtworkFactory(seller=alice, status="archived")
    EquipmentFactory(seller=alice)
    order = order_of(bob, artwork)
    User.objects.filter(pk=alice.pk).update(earned="5600.000", phone_number="+923001234567")
    bob.refresh_from_db()
    body = as_admin.get(URL).json()
    assert (body["count"], body["next"], body["previous"]) == (3, None, None)
    rows = {row["username"]: row for row in body["results"]}
    alice.refresh_from_db()
    moment = alice.listings.latest("created_at").created_at

    def text(moment) -> str:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    assert rows["alice"] == {
        "id": alice.pk,
        "username": "alice",
        "email": "alice@example.com",
        "first_name": "Alice",
        "last_name": "Example",
        "user_type": "artist",
        "phone_number": "+923001234567",
        "is_verified": False,
        "is_active": True,
        "is_staff": False,
        "is_superuser": False,
        "profile_image": None,
        "created_at": text(alice.created_at),
        "updated_at": text(alice.updated_at),
        "last_login": None,
        "total_artworks": 2,
        "total_jobs_posted": 0,
        "total_bids": 0,
        "total_spent": "0.00",
        "total_earned": "5600.00",
        "currency": "PKR",
        "last_activity": text(moment),
    }
    assert rows["bob"]["phone_number"] is None
    assert (rows["bob"]["total_artworks"], rows["bob"]["last_activity"]) == (0, text(order.created_at))
    assert rows["admin"]["last_activity"] is None


@pytest.mark.operation("cultureup.admin.users.list")
def test_jobs_and_bids_count_as_well(as_admin, alice, bob):
    job = JobFactory(buyer=bob)
    BidFactory(job=job, artist=alice)
    BidFactory(artist=alice)
    rows = {row["username"]: row for row in as_admin.get(URL).json()["results"]}
    assert (rows["alice"]["total_bids"], rows["alice"]["total_jobs_posted"]) == (2, 0)
    assert (rows["bob"]["total_bids"], rows["bob"]["total_jobs_posted"]) == (0, 1)
    assert rows["bob"]["last_activity"] == job.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.operation("cultureup.admin.users.list")
def test_filters_search_and_orderings(as_admin, admin):
    now = timezone.now()
    for number, name in enumerate(("carol", "dave", "erin")):
        BuyerFactory(username=name, last_login=now - timedelta(days=number) if number else None)
    ArtistFactory(username="frank", identity_verified=True, first_name="Frank", last_name="Lloyd Wright")
    ArtistFactory(username="gone", is_active=False)

    assert names(as_admin, "user_type=artist") == ["gone", "frank"]
    assert names(as_admin, "user_type=admin") == ["admin"]
    assert names(as_admin, "is_verified=true") == ["frank"]
    assert names(as_admin, "is_active=false") == ["gone"]
    assert names(as_admin, "is_staff=true") == ["admin"]
    assert names(as_admin, "search=wright+frank") == ["frank"]
    assert names(as_admin, "search=DAVE@example") == ["dave"]
    assert names(as_admin, "search=nobody") == []
    assert names(as_admin, "ordering=username") == ["admin", "carol", "dave", "erin", "frank", "gone"]
    assert names(as_admin, "ordering=created_at")[:2] == ["admin", "carol"]
    assert names(as_admin, "ordering=-created_at")[:2] == ["gone", "frank"]
    assert names(as_admin, "ordering=last_login")[:2] == ["erin", "dave"]
    assert names(as_admin, "ordering=-last_login")[:2] == ["dave", "erin"]
    assert names(as_admin, "user_type=buyer&page_size=1&page=2") == ["dave"]


@pytest.mark.parametrize(
    "query", ["user_type=king", "is_staff=maybe", "ordering=password", "search=%00", "is_active=7"]
)
@pytest.mark.operation("cultureup.admin.users.list")
def test_a_malformed_parameter_is_named(as_admin, query):
    answer = as_admin.get(f"{URL}?{query}")
    assert (answer.status_code, list(answer.json())) == (400, [query.partition("=")[0]])


@pytest.mark.operation("cultureup.admin.users.list")
def test_the_list_costs_the_same_for_one_and_for_thirty(as_admin, django_assert_num_queries):
    with django_assert_num_queries(6):
        as_admin.get(URL)
    for _ in range(29):
        ArtworkFactory(seller=ArtistFactory(), picture=False)
    with django_assert_num_queries(6):
        assert len(as_admin.get(URL).json()["results"]) == 30


@pytest.mark.operation("cultureup.admin.users.list")
def test_pages_hold_fifty_and_at_most_two_hundred(as_admin):
    User.objects.bulk_create(User(username=f"user{n}", email=f"user{n}@example.com") for n in range(210))
    assert len(as_admin.get(URL).json()["results"]) == 50
    assert len(as_admin.get(f"{URL}?page_size=500").json()["results"]) == 200


@pytest.mark.parametrize(
    ("action", "flag", "column", "before"),
    [
        ("verify", "is_verified", "identity_verified", False),
        ("activate", "is_active", "is_active", False),
        ("deactivate", "is_active", "is_active", True),
    ],
)
@pytest.mark.operation("cultureup.admin.users.verify")
@pytest.mark.operation("cultureup.admin.users.activate")
@pytest.mark.operation("cultureup.admin.users.deactivate")
def test_decisions(as_admin, admin, alice, action, flag, column, before):
    User.objects.filter(pk=alice.pk).update(**{column: before})
    answer = as_admin.post(f"{URL}{alice.pk}/{action}/", REMOTE_ADDR="203.0.113.7")
    alice.refresh_from_db()
    words = {"verify": "verified", "activate": "activated", "deactivate": "deactivated"}[action]
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": f"User alice {words} successfully",
            "user": {
                "id": alice.pk,
                "username": "alice",
                flag: not before,
                "updated_at": alice.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
        },
    )
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.address) == (admin, f"user.{action}", "203.0.113.7")


@pytest.mark.operation("cultureup.admin.users.deactivate")
def test_a_deactivated_person_is_out_at_once(as_admin, alice, client):
    headers = {"Authorization": f"Token {token_issue(alice)}"}
    assert client.get("/api/notifications/", headers=headers).status_code == 200
    as_admin.post(f"{URL}{alice.pk}/deactivate/")
    assert client.get("/api/notifications/", headers=headers).status_code == 401
    as_admin.post(f"{URL}{alice.pk}/activate/")
    assert client.get("/api/notifications/", headers=headers).status_code == 401


@pytest.mark.parametrize("action", ["verify", "activate", "deactivate"])
def test_refusals(as_admin, admin, action):
    answer = as_admin.post(f"{URL}{10**18}/{action}/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "User not found"})
    answer = as_admin.post(f"{URL}{admin.pk}/{action}/")
    assert (answer.status_code, answer.json()) == (403, {"detail": "You cannot do this to your own account."})
    answer = as_admin.post(f"{URL}{SuperuserFactory().pk}/{action}/", {"is_superuser": True}, format="json")
    assert (answer.status_code, answer.json()) == (403, {"detail": "You cannot do this to somebody above you."})
    assert AuditEntry.objects.count() == 0


# ---------------------------------------------------------------- staff, figures, many at once
@pytest.mark.operation("cultureup.admin.users.make_staff")
def test_make_staff(as_admin, admin, alice):
    answer = as_admin.post(f"{URL}{alice.pk}/make-staff/", {"is_superuser": True}, REMOTE_ADDR="203.0.113.7")
    alice.refresh_from_db()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": "User alice is now staff",
            "user": {
                "id": alice.pk,
                "username": "alice",
                "is_staff": True,
                "updated_at": alice.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
        },
    )
    assert (alice.is_staff, alice.is_superuser, alice.is_administrator) == (True, False, False)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == (admin, "user.make_staff", str(alice.pk))
    assert (entry.before, entry.after) == (
        {"is_staff": False, "groups": []},
        {"is_staff": True, "groups": ["Staff"]},
    )
    assert entry.address == "203.0.113.7"


@pytest.mark.operation("cultureup.admin.users.stats")
def test_stats(as_admin, alice, bob, django_assert_num_queries):
    BuyerFactory(identity_verified=True, is_active=False)
    StaffFactory(created_at=timezone.now() - timedelta(days=8))
    CreatorFactory()
    with django_assert_num_queries(1):
        body = as_admin.get(f"{URL}stats/").json()
    assert body == {
        "total_users": 6,
        "verified_users": 1,
        "active_users": 5,
        "artists": 1,
        "creators": 1,
        "buyers": 3,
        "admins": 1,
        "staff_users": 2,
        "recent_registrations": 5,
    }


WORDS = {
    "verify": "verified",
    "unverify": "unverified",
    "activate": "activated",
    "deactivate": "deactivated",
    "make_staff": "made staff",
    "remove_staff": "removed from staff",
}


@pytest.mark.parametrize("action", WORDS)
@pytest.mark.operation("cultureup.admin.users.bulk")
def test_bulk(as_admin, admin, alice, bob, action):
    before = {"identity_verified": action == "unverify", "is_active": action != "activate"}
    User.objects.filter(pk__in=[alice.pk, bob.pk]).update(**before, is_staff=action == "remove_staff")
    sent = {"user_ids": [alice.pk, bob.pk, 10**15, admin.pk], "action": action}
    answer = as_admin.post("/api/admin/bulk/users/", sent, format="json", REMOTE_ADDR="203.0.113.7")
    body = answer.json()
    assert (answer.status_code, body.pop("processed_at")[-1]) == (200, "Z")
    assert body == {
        "message": f"2 users {WORDS[action]} successfully",
        "affected_users": 2,
        "action": action,
        "not_found": [10**15],
        "refused": {str(admin.pk): "You cannot do this to your own account."},
    }
    entries = AuditEntry.objects.order_by("pk")
    assert [entry.target_id for entry in entries] == [str(alice.pk), str(bob.pk)]
    assert {(entry.actor, entry.action, entry.address) for entry in entries} == {
        (admin, f"user.{action}", "203.0.113.7")
    }
    assert all(entry.before != entry.after for entry in entries)


@pytest.mark.operation("cultureup.admin.users.bulk")
def test_bulk_speaks_of_one_user(as_admin, alice):
    body = as_admin.post("/api/admin/bulk/users/", {"user_ids": [alice.pk], "action": "verify"}, format="json").json()
    assert body["message"] == "1 user verified successfully"


@pytest.mark.operation("cultureup.admin.users.bulk")
def test_bulk_refusals(as_admin, alice):
    def answer(**sent):
        got = as_admin.post("/api/admin/bulk/users/", sent, format="json")
        return got.status_code, got.json()

    assert answer(user_ids=[alice.pk], action="promote") == (
        400,
        {"error": "Invalid action specified", "available_actions": list(WORDS)},
    )
    for ids in ([], None, "1", [0], [-1], ["one"], [2**63], [1.5], list(range(1, 202))):
        status, body = answer(user_ids=ids, action="verify")
        assert (status, list(body)) == (400, ["user_ids"])
    assert answer(user_ids=[alice.pk])[0] == 400
    assert AuditEntry.objects.count() == 0

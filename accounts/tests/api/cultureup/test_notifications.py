"""CultureUp's notifications over HTTP: alice's own, and nobody else's."""

from datetime import UTC, datetime

import pytest
from rest_framework.test import APIClient

from accounts.choices import NotificationType
from accounts.models import Notification
from accounts.tests.factories import UserFactory
from community.tests.factories import NotificationFactory

pytestmark = pytest.mark.django_db
URL = "/api/notifications/"
MOMENT = datetime(2025, 10, 12, 9, 30, tzinfo=UTC)


def client_of(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def alice():
    return UserFactory(username="alice")


@pytest.fixture
def api(alice):
    return client_of(alice)


@pytest.mark.operation("cultureup.notifications.list")
def test_list_holds_the_caller_s_own_newest_first(api, alice):
    old = NotificationFactory(user=alice, created_at=MOMENT)
    new = NotificationFactory(user=alice)
    NotificationFactory()
    answer = api.get(URL)
    assert answer.status_code == 200
    body = answer.json()
    assert [body["count"], body["next"], body["previous"]] == [2, None, None]
    assert [row["id"] for row in body["results"]] == [new.pk, old.pk]
    assert body["results"][1] == {
        "id": old.pk,
        "notification_type": "artwork_approved",
        "title": "Artwork Approved",
        "message": 'Your artwork "Dawn" is now on sale',
        "data": {"artwork_id": 1},
        "is_read": False,
        "created_at": "2025-10-12T09:30:00Z",
    }


@pytest.mark.operation("cultureup.notifications.list")
def test_list_filters_and_orders(api, alice):
    read = NotificationFactory(user=alice, is_read=True)
    refund = NotificationFactory(user=alice, notification_type=NotificationType.PAYMENT_REFUNDED)

    def ids(query: str) -> list[int]:
        return [row["id"] for row in api.get(URL + query).json()["results"]]

    assert ids("?is_read=true") == [read.pk]
    assert ids("?is_read=false") == [refund.pk]
    assert ids("?is_read=") == [refund.pk, read.pk]
    assert ids("?notification_type=payment_refunded") == [refund.pk]
    assert ids("?notification_type=new_bid") == []
    assert ids("?ordering=created_at") == [read.pk, refund.pk]
    assert ids("?page_size=1&page=2") == [read.pk]
    assert api.get(URL + "?page=2").status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("is_read=perhaps", "is_read"),
        ("notification_type=nonsense", "notification_type"),
        ("ordering=title", "ordering"),
    ],
)
@pytest.mark.operation("cultureup.notifications.list")
def test_list_names_the_malformed_parameter(api, query, field):
    answer = api.get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


@pytest.mark.operation("cultureup.notifications.list")
def test_list_costs_the_same_queries_for_one_and_for_thirty(api, alice, django_assert_num_queries):
    NotificationFactory(user=alice)
    with django_assert_num_queries(2):
        api.get(URL)
    for _ in range(29):
        NotificationFactory(user=alice)
    with django_assert_num_queries(2):
        assert len(api.get(URL + "?page_size=30").json()["results"]) == 30


@pytest.mark.operation("cultureup.notifications.get")
def test_get_is_for_the_owner_alone(api, alice):
    notification = NotificationFactory(user=alice)
    answer = api.get(f"{URL}{notification.pk}/")
    assert answer.status_code == 200
    assert set(answer.json()) == {"id", "notification_type", "title", "message", "data", "is_read", "created_at"}
    charlie = client_of(UserFactory(username="charlie"))
    for client, pk in ((charlie, notification.pk), (api, 10**30)):
        answer = client.get(f"{URL}{pk}/")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Notification not found"})


@pytest.mark.operation("cultureup.notifications.mark_read")
def test_mark_read(api, alice):
    notification = NotificationFactory(user=alice)
    for _ in range(2):
        answer = api.post(f"{URL}{notification.pk}/mark-read/")
        assert (answer.status_code, answer.json()) == (
            200,
            {"message": "Notification marked as read", "notification_id": notification.pk, "is_read": True},
        )
    first_read = Notification.objects.get().read_at
    assert first_read is not None
    api.post(f"{URL}{notification.pk}/mark-read/")
    assert Notification.objects.get().read_at == first_read


@pytest.mark.operation("cultureup.notifications.mark_read")
def test_mark_read_of_somebody_else_s_changes_nothing(api):
    notification = NotificationFactory()
    assert api.post(f"{URL}{notification.pk}/mark-read/").status_code == 404
    notification.refresh_from_db()
    assert (notification.is_read, notification.read_at) == (False, None)


@pytest.mark.operation("cultureup.notifications.mark_all_read")
def test_mark_all_read_counts_what_changed(api, alice):
    NotificationFactory(user=alice)
    NotificationFactory(user=alice)
    NotificationFactory(user=alice, is_read=True)
    other = NotificationFactory()
    answer = api.post(f"{URL}mark-all-read/")
    assert (answer.status_code, answer.json()) == (200, {"message": "All notifications marked as read", "count": 2})
    assert api.post(f"{URL}mark-all-read/").json()["count"] == 0
    other.refresh_from_db()
    assert other.is_read is False


@pytest.mark.operation("cultureup.notifications.unread_count")
def test_unread_count(api, alice):
    NotificationFactory(user=alice)
    NotificationFactory(user=alice, is_read=True)
    NotificationFactory()
    answer = api.get(f"{URL}unread-count/")
    assert (answer.status_code, answer.json()) == (200, {"unread_count": 1})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", URL),
        ("get", f"{URL}1/"),
        ("get", f"{URL}unread-count/"),
        ("post", f"{URL}1/mark-read/"),
        ("post", f"{URL}mark-all-read/"),
    ],
)
def test_strangers_are_sent_away(method, path):
    assert getattr(APIClient(), method)(path).status_code == 401

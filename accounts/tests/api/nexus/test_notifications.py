"""Nexus's notifications: the caller's own, and nobody else's."""

from datetime import UTC, datetime

import pytest
from django.conf import settings as project

from accounts.choices import NotificationType
from accounts.models import Notification
from accounts.notices import link_of, types_called
from accounts.services.follows import follow
from accounts.tests.people import as_bearer
from community.tests.factories import NotificationFactory

pytestmark = pytest.mark.django_db
MOMENT = datetime(2025, 10, 12, 9, 30, tzinfo=UTC)
pushed: list[tuple[int, dict]] = []


def push(user_id, message):
    pushed.append((user_id, message))


@pytest.fixture
def sockets(settings):
    pushed.clear()
    settings.SOCKET_PUSH = f"{__name__}.push"
    settings.CELERY_TASK_ALWAYS_EAGER = True
    return pushed


def ids(client, **query):
    return [row["id"] for row in client.get("/api/notifications", query).json()["items"]]


@pytest.mark.operation("nexus.notifications.list")
def test_the_caller_s_own_newest_first(alice, bob):
    old = NotificationFactory(user=alice, created_at=MOMENT, is_read=True, data={"model_id": 42})
    follow(actor=bob, user_id=alice.pk)
    NotificationFactory()
    new = alice.notifications.get(notification_type="new_follower")

    body = as_bearer(alice).get("/api/notifications").json()

    counts = {name: body[name] for name in ("total", "page", "limit", "pages", "unread_count")}
    assert counts == {"total": 2, "page": 1, "limit": 20, "pages": 1, "unread_count": 1}
    assert [row["id"] for row in body["items"]] == [new.pk, old.pk]
    assert body["items"][1] == {
        "id": old.pk,
        "user_id": alice.pk,
        "type": "artwork_approved",
        "title": "Artwork Approved",
        "message": 'Your artwork "Dawn" is now on sale',
        "link": "/model/42",
        "is_read": True,
        "created_at": "2025-10-12T09:30:00Z",
    }
    assert (body["items"][0]["type"], body["items"][0]["link"]) == ("follow", "/profile/bob")


def test_filters(alice, bob):
    client = as_bearer(alice)
    read = NotificationFactory(user=alice, is_read=True)
    follow(actor=bob, user_id=alice.pk)
    followed = alice.notifications.get(notification_type="new_follower")

    assert ids(client, filter="all") == [followed.pk, read.pk]
    assert ids(client, filter="unread") == [followed.pk]
    assert ids(client, filter="read") == [read.pk]
    assert ids(client, filter="follow") == [followed.pk]
    assert ids(client, filter="artwork_approved") == [read.pk]
    assert ids(client, filter="nonsense") == []
    assert ids(client, page=10_000) == []
    assert client.get("/api/notifications", {"filter": "read"}).json()["unread_count"] == 1
    assert client.get("/api/notifications", {"page": 0}).status_code == 422


@pytest.mark.operation("nexus.notifications.read")
def test_read(alice, sockets, django_capture_on_commit_callbacks):
    notification = NotificationFactory(user=alice)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            response = as_bearer(alice).put(f"/api/notifications/{notification.pk}/read")
        assert (response.status_code, response.json()["is_read"]) == (200, True)
    assert sockets == [(alice.pk, {"type": "unread_count", "unread_count": 0})] * 2


@pytest.mark.operation("nexus.notifications.read_all")
def test_read_all(alice, bob, sockets, django_capture_on_commit_callbacks):
    NotificationFactory.create_batch(3, user=alice)
    NotificationFactory(user=bob)
    for updated in (3, 0):
        with django_capture_on_commit_callbacks(execute=True):
            response = as_bearer(alice).put("/api/notifications/read-all")
        assert response.json() == {"message": "All notifications marked as read", "updated": updated}
    assert bob.notifications.filter(is_read=False).exists()
    assert sockets == [(alice.pk, {"type": "unread_count", "unread_count": 0})]


@pytest.mark.operation("nexus.notifications.delete")
def test_delete(alice, sockets, django_capture_on_commit_callbacks):
    notification = NotificationFactory(user=alice)
    client = as_bearer(alice)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.delete(f"/api/notifications/{notification.pk}")
    again = client.delete(f"/api/notifications/{notification.pk}")

    assert (response.status_code, response.json()) == (200, {"message": "Notification deleted"})
    assert (again.status_code, again.json()) == (404, {"detail": "Notification not found"})
    assert sockets == [(alice.pk, {"type": "unread_count", "unread_count": 0})]


def test_another_s_are_not_there(alice, bob):
    notification = NotificationFactory(user=alice)
    client = as_bearer(bob)
    for answer in (
        client.put(f"/api/notifications/{notification.pk}/read"),
        client.delete(f"/api/notifications/{notification.pk}"),
    ):
        assert (answer.status_code, answer.json()) == (404, {"detail": "Notification not found"})
    notification.refresh_from_db()
    assert notification.is_read is False


@pytest.mark.operation("nexus.dashboard.notifications")
def test_the_newest_for_the_dashboard(alice):
    rows = NotificationFactory.create_batch(21, user=alice)
    client = as_bearer(alice)

    assert [row["id"] for row in client.get("/api/dashboard/notifications").json()] == [
        row.pk for row in reversed(rows[1:])
    ]
    assert len(client.get("/api/dashboard/notifications", {"limit": 3}).json()) == 3


def test_links_and_words():
    def link(**data):
        return link_of(Notification(data=data))

    assert link(model_id=4, link="/course/1") == "/course/1"
    assert link(community_id=4, post_id=7) == "/community/4"
    assert link(order_id=4) is None
    assert link_of(Notification(data=["x"])) is None
    words = {word for kind in NotificationType.values for word in [kind] if types_called(kind) == [kind]}
    assert "new_like" not in words and types_called("like") == ["new_like"]
    assert project.SOCKET_PUSH

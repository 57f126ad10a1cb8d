"""Notifications: written in the transaction of what caused them, brought to the person after its commit."""

from datetime import UTC
from typing import Any, Final

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.actors import Actor
from accounts.models import Notification, User
from accounts.notices import notice_of
from accounts.selectors.notifications import notification_of, notifications_of, unread_count
from accounts.services.deliveries import email_queue, socket_queue
from config.core.announce import enqueue_after_commit
from config.core.keeping import old_remove

MOST_MISSED: Final = 50


def notification_send(
    *,
    user: User,
    notification_type: str,
    title: str,
    message: str,
    data: dict[str, Any] | None = None,
    email: str = "",
    email_context: dict[str, Any] | None = None,
) -> Notification:
    """Tell a person something: in their list, on their open sockets and, when `email` names a template, by e-mail."""
    notification = Notification.objects.create(
        user=user, notification_type=notification_type, title=title, message=message, data=data or {}
    )
    socket_queue(notification=notification)
    if email:
        email_queue(user=user, template=email, context=email_context, data=data)
    return notification


def notification_mark_read(*, actor: Actor, notification_id: int) -> Notification:
    """Raises Missing for a notification that is not the actor's. One read before keeps its first time."""
    notification = notification_of(actor=actor, notification_id=notification_id)
    notifications_of(actor=actor).filter(pk=notification.pk, is_read=False).update(is_read=True, read_at=timezone.now())
    notification = notification_of(actor=actor, notification_id=notification_id)  # it may be deleted meanwhile
    _tell_sockets(notification.user_id)
    return notification


def notifications_mark_all_read(*, actor: Actor) -> int:
    """How many became read."""
    count = notifications_of(actor=actor).filter(is_read=False).update(is_read=True, read_at=timezone.now())
    if count and actor.pk is not None:
        _tell_sockets(actor.pk)
    return count


def notification_delete(*, actor: Actor, notification_id: int) -> None:
    """Raises Missing for a notification that is not the actor's. What is still to be brought of it is not."""
    notification = notification_of(actor=actor, notification_id=notification_id)
    notification.delete()
    _tell_sockets(notification.user_id)


def notifications_forget() -> int:
    """Remove what people were told long ago, read or not. How many rows."""
    return old_remove(Notification.objects.all(), "notifications", "created_at")


# ---------------------------------------------------------------- what open sockets get
def _tell_sockets(user_id: int) -> None:
    """How many are unread now. Who misses it is told with the next notification, or when they connect."""
    enqueue_after_commit("accounts.tasks.unread_count_push", user_id)


def unread_count_push(user_id: int) -> None:
    user = User.objects.filter(pk=user_id).first()
    if user is not None:
        count = unread_count(actor=user)
        import_string(settings.SOCKET_PUSH)(user_id, {"type": "unread_count", "unread_count": count})


def socket_message(notification: Notification, unread: int) -> dict[str, Any]:
    """A notification, under `notification` as Nexus shows it, and how many are unread now."""
    at = notification.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": "notification",
        "id": notification.pk,
        "notification_type": notification.notification_type,
        "title": notification.title,
        "message": notification.message,
        "data": notification.data,
        "is_read": notification.is_read,
        "created_at": at,
        "notification": notice_of(notification) | {"created_at": at},
        "unread_count": unread,
    }


def messages_missed(*, actor: User, after: int) -> list[dict[str, Any]]:
    """What the actor's sockets would have got since the notification with the id `after`, in the order in which it was
    written, and at the end that it was all, or that there is more after the last one."""
    rows = notifications_of(actor=actor).filter(pk__gt=after).order_by("pk")
    missed = list(rows[: MOST_MISSED + 1])
    count = unread_count(actor=actor)
    end = {"type": "caught_up", "complete": len(missed) <= MOST_MISSED, "unread_count": count}
    return [socket_message(notification, count) for notification in missed[:MOST_MISSED]] + [end]

"""Notifications: written in the transaction of what caused them, brought to the person after its commit."""

from datetime import UTC
from typing import Any

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Notification, User
from accounts.selectors.notifications import notification_of, notifications_of
from accounts.services.deliveries import email_queue, socket_queue


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
        email_queue(user=user, template=email, context=email_context)
    return notification


def notification_mark_read(*, actor: Actor, notification_id: int) -> Notification:
    """Raises Missing for a notification that is not the actor's. One read before keeps its first time."""
    notification = notification_of(actor=actor, notification_id=notification_id)
    notifications_of(actor=actor).filter(pk=notification.pk, is_read=False).update(is_read=True, read_at=timezone.now())
    notification.refresh_from_db()
    return notification


def notifications_mark_all_read(*, actor: Actor) -> int:
    """How many became read."""
    return notifications_of(actor=actor).filter(is_read=False).update(is_read=True, read_at=timezone.now())


def socket_message(notification: Notification) -> dict[str, Any]:
    """What a person's open sockets get."""
    return {
        "type": "notification",
        "id": notification.pk,
        "notification_type": notification.notification_type,
        "title": notification.title,
        "message": notification.message,
        "data": notification.data,
        "is_read": notification.is_read,
        "created_at": notification.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }

"""Notifications: written in the transaction of what caused them, brought to the person after its commit."""

from typing import Any

from accounts.models import User
from community.models import Notification
from community.services.deliveries import email_queue, socket_queue


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

"""What a person was told."""

from django.db.models import QuerySet

from accounts.actors import Actor
from accounts.models import Notification
from accounts.policies import notifications_visible_to
from config.core.errors import Missing


def notifications_of(*, actor: Actor) -> QuerySet[Notification]:
    """Newest first."""
    return notifications_visible_to(actor).order_by("-created_at", "-pk")


def notification_of(*, actor: Actor, notification_id: int) -> Notification:
    notification = notifications_visible_to(actor).filter(pk=notification_id).first()
    if notification is None:
        raise Missing("Notification")
    return notification


def unread_count(*, actor: Actor) -> int:
    return notifications_visible_to(actor).filter(is_read=False).count()

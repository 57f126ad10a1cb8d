"""Reads of notifications. Each is limited to the actor's own."""

from django.db.models import QuerySet

from accounts.actors import Actor
from community.models import Notification
from community.policies import visible_to
from config.core.errors import Missing


def notifications_of(*, actor: Actor) -> QuerySet[Notification]:
    """Newest first."""
    return visible_to(actor).order_by("-created_at", "-pk")


def notification_of(*, actor: Actor, notification_id: int) -> Notification:
    notification = visible_to(actor).filter(pk=notification_id).first()
    if notification is None:
        raise Missing("Notification")
    return notification


def unread_count(*, actor: Actor) -> int:
    return visible_to(actor).filter(is_read=False).count()

"""Who may see which notifications: the person they were written to, and nobody else."""

from django.db.models import QuerySet

from accounts.actors import Actor, person
from community.models import Notification


def visible_to(actor: Actor) -> QuerySet[Notification]:
    reader = person(actor)
    return Notification.objects.filter(user=reader) if reader is not None else Notification.objects.none()

"""Who may see what: notifications are their reader's, messages their two people's; staff read neither, but tickets."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from accounts.actors import Actor
from accounts.policies import STAFF, level
from community.models import Block, Message, SupportTicket

CHANGEABLE_FOR: Final = timedelta(minutes=15)


def messages_visible_to(actor: Actor) -> QuerySet[Message]:
    """What the actor wrote or got, and has not hidden."""
    if actor.pk is None:
        return Message.objects.none()
    sent = Q(sender=actor.pk, hidden_for_sender=False)
    return Message.objects.filter(sent | Q(receiver=actor.pk, hidden_for_receiver=False))


def is_sender(actor: Actor, message: Message) -> bool:
    return actor.pk is not None and message.sender_id == actor.pk


def is_receiver(actor: Actor, message: Message) -> bool:
    return actor.pk is not None and message.receiver_id == actor.pk


def is_changeable(message: Message, *, now: datetime) -> bool:
    return now - message.created_at <= CHANGEABLE_FOR


def are_apart(one_id: int, other_id: int) -> bool:
    """Whether either of the two blocks the other."""
    one_way = Q(blocker=one_id, blocked=other_id)
    return Block.objects.filter(one_way | Q(blocker=other_id, blocked=one_id)).exists()


def may_handle_tickets(actor: Actor) -> bool:
    """Staff answer tickets, and read all."""
    return level(actor) >= STAFF


def tickets_visible_to(actor: Actor) -> QuerySet[SupportTicket]:
    """One's own; staff see all."""
    tickets = SupportTicket.objects.all()
    return tickets if may_handle_tickets(actor) else tickets.filter(user=actor.pk)

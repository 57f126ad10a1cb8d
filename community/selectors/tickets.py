"""Support tickets, limited to the actor's own; staff see all."""

from datetime import timedelta
from statistics import median
from typing import Any, Final

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.actors import Actor
from accounts.models import User
from commerce.models import OrderLine
from commerce.selectors.sales import purchases_kept
from community.choices import TicketPriority
from community.models import SupportTicket, TicketMessage
from community.policies import may_handle_tickets, tickets_visible_to
from config.core.errors import Denied
from config.core.references import Reference, referred

TICKETS_COMPARED: Final = 100
FEWEST_COMPARED: Final = 20


def tickets_of(*, actor: Actor) -> QuerySet[SupportTicket]:
    """The actor's own, newest first."""
    return SupportTicket.objects.filter(user=actor.pk).order_by("-created_at", "-pk")


def ticket_visible(*, actor: Actor, reference: Reference) -> SupportTicket:
    """For its person and staff. Raises Missing for all others."""
    return referred(tickets_visible_to(actor), reference, "Ticket")


def purchases_with_tickets(*, actor: Actor) -> QuerySet[OrderLine]:
    """What the actor bought and keeps, each with `ticket_status`, that of the newest ticket about it, or None."""
    newest = SupportTicket.objects.filter(purchase=OuterRef("pk")).order_by("-created_at", "-pk")
    return purchases_kept(actor=actor).annotate(ticket_status=Subquery(newest.values("status")[:1]))


def ticket_messages(*, ticket: SupportTicket) -> QuerySet[TicketMessage]:
    """What was written after its description in a ticket that the actor may see, the oldest first, with senders."""
    return ticket.messages.filter(is_first=False).select_related("sender").order_by("created_at", "pk")


def tickets_in_nexus(
    *, actor: Actor, all_people: bool = False, assigned_to: str = "", **wanted: Any
) -> QuerySet[SupportTicket]:
    """The actor's own, the latest change first; of `all_people`, for staff, the most urgent first, then who waits
    longest. Each with `message_count`, its description included. `wanted` are conditions on columns.

    Raises Denied.
    """
    rows = _counted(SupportTicket.objects.filter(**wanted))
    if not all_people:
        return rows.filter(user=actor.pk).order_by("-updated_at", "-pk")
    if not may_handle_tickets(actor):
        raise Denied
    if assigned_to:
        agents = User.objects.named(assigned_to).values("pk")
        rows = rows.filter(Q(assigned_to__in=agents) | Q(assigned_name=assigned_to))
    return rows.order_by("-urgency", "updated_at", "pk")


def ticket_counted(*, actor: Actor, ticket_id: int) -> QuerySet[SupportTicket]:
    """The one ticket, if it is for the actor to see, with `message_count`."""
    return _counted(tickets_visible_to(actor).filter(pk=ticket_id))


def _counted(rows: QuerySet[SupportTicket]) -> QuerySet[SupportTicket]:
    written = TicketMessage.objects.filter(ticket=OuterRef("pk")).order_by().values("ticket")
    counted = Subquery(written.annotate(count=Count("pk")).values("count"), output_field=IntegerField())
    return rows.annotate(message_count=Coalesce(counted, 0))


def ticket_written(*, ticket_id: int) -> QuerySet[TicketMessage]:
    """All of a ticket that the actor may see, its description first, the oldest first."""
    return TicketMessage.objects.filter(ticket=ticket_id).order_by("created_at", "pk")


def ticket_messages_after(*, ticket_id: int, after: int, most: int) -> QuerySet[TicketMessage]:
    """Those with a greater id, the oldest first. A ticket's messages get their ids one after the other, under its
    lock."""
    return TicketMessage.objects.filter(ticket=ticket_id, pk__gt=after).order_by("pk")[:most]


def usual_resolution(*, priority: str) -> timedelta:
    """How long the last tickets of this priority took: their median; with few of them two days, one when it is urgent.

    Reads the TICKETS_COMPARED latest that were resolved, along an index.
    """
    resolved = SupportTicket.objects.filter(priority=priority, resolved_at__isnull=False).order_by("-resolved_at")
    times = [end - start for start, end in resolved.values_list("created_at", "resolved_at")[:TICKETS_COMPARED] if end]
    if len(times) < FEWEST_COMPARED:
        return timedelta(hours=24 if priority in (TicketPriority.HIGH, TicketPriority.URGENT) else 48)
    return timedelta(seconds=median(time.total_seconds() for time in times))

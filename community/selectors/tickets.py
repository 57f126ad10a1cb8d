"""Support tickets, limited to the actor's own; staff see all."""

from datetime import timedelta
from statistics import median
from typing import Final

from django.db.models import OuterRef, QuerySet, Subquery

from accounts.actors import Actor
from commerce.models import OrderLine
from commerce.selectors.sales import purchases_kept
from community.choices import TicketPriority
from community.models import SupportTicket, TicketMessage
from community.policies import tickets_visible_to
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
    """Of a ticket that the actor may see, the oldest first, each with its sender."""
    return ticket.messages.select_related("sender").order_by("created_at", "pk")


def usual_resolution(*, priority: str) -> timedelta:
    """How long the last tickets of this priority took: their median; with few of them two days, one when it is urgent.

    Reads the TICKETS_COMPARED latest that were resolved, along an index.
    """
    resolved = SupportTicket.objects.filter(priority=priority, resolved_at__isnull=False).order_by("-resolved_at")
    times = [end - start for start, end in resolved.values_list("created_at", "resolved_at")[:TICKETS_COMPARED] if end]
    if len(times) < FEWEST_COMPARED:
        return timedelta(hours=24 if priority in (TicketPriority.HIGH, TicketPriority.URGENT) else 48)
    return timedelta(seconds=median(time.total_seconds() for time in times))

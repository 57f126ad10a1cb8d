"""What staff do with support tickets, with its entries in the audit trail. What was written stays in the ticket."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from accounts.actors import Actor
from accounts.models import User
from adminpanel import policies
from community.choices import TicketPriority, TicketStatus
from community.models import SupportTicket
from community.services import tickets
from config.core.audit import audit_record
from config.core.errors import Denied


def ticket_answer(*, actor: User, ticket_id: int, content: str) -> SupportTicket:
    """Write to the ticket's person. Raises Denied, Missing, TicketClosed and Invalid."""
    return _do(
        lambda: tickets.ticket_write(actor=actor, ticket_id=ticket_id, content=content),
        "answer",
        actor,
        ticket_id,
    )


def ticket_move(*, actor: Actor, ticket_id: int, status: TicketStatus) -> SupportTicket:
    """Take it up, resolve, close or reopen it. Raises Denied, Missing and WrongTicketStatus."""
    return _do(lambda: tickets.ticket_move(actor=actor, ticket_id=ticket_id, status=status), "move", actor, ticket_id)


def ticket_assign(*, actor: Actor, ticket_id: int, to: User | None) -> SupportTicket:
    """Who looks after it. Raises Denied, Missing and Invalid."""
    return _do(lambda: tickets.ticket_assign(actor=actor, ticket_id=ticket_id, to=to), "assign", actor, ticket_id)


def ticket_prioritise(*, actor: Actor, ticket_id: int, priority: TicketPriority) -> SupportTicket:
    """How urgent it is. Raises Denied and Missing."""
    return _do(
        lambda: tickets.ticket_prioritise(actor=actor, ticket_id=ticket_id, priority=priority),
        "prioritise",
        actor,
        ticket_id,
    )


def _do(what: Callable[[], object], verb: str, actor: Actor, ticket_id: int) -> SupportTicket:
    if not policies.may_read_all(actor):
        raise Denied
    with transaction.atomic():
        before = _state(tickets.ticket_lock(ticket_id))
        what()
        ticket = tickets.ticket_lock(ticket_id)
        audit_record(actor=actor, action=f"ticket.{verb}", target=ticket, before=before, after=_state(ticket))
    return ticket


def _state(ticket: SupportTicket) -> dict[str, Any]:
    return {
        "number": ticket.number,
        "status": ticket.status,
        "priority": ticket.priority,
        "assigned_to": ticket.assigned_to_id,
    }

"""Support tickets: opened by people, answered and moved on by staff, who tell the person each time.

What staff do here is in the audit trail, but for the words of an answer, which stay in the ticket.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor, person
from accounts.choices import NotificationType, WebhookEvent
from accounts.models import User
from accounts.services.notifications import notification_send
from accounts.services.webhooks import webhook_event
from commerce.selectors.orders import line_of_buyer
from community import policies
from community.choices import TICKET_CHANGES, TicketIssue, TicketPriority, TicketStatus
from community.errors import TicketClosed, WrongTicketStatus
from community.models import SupportTicket, TicketChange, TicketMessage
from community.selectors.tickets import usual_resolution
from community.services.attachments import Stored, uploads_attach
from community.services.live import tell_ticket
from community.services.texts import text_read
from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing
from config.core.idempotency import Once, done_once
from config.core.numbers import number_take
from config.core.references import Reference

LONGEST_SUBJECT: Final = 200
LONGEST_TEXT: Final = 5000
LONGEST_NAME: Final = 150
SERIES: Final = "ticket"
ENDED: Final = (TicketStatus.RESOLVED, TicketStatus.CLOSED)


def ticket_open(
    *,
    actor: User,
    purchase: Reference | None,
    issue_type: TicketIssue,
    subject: str,
    description: str,
    priority: TicketPriority = TicketPriority.MEDIUM,
    attachments: Sequence[Stored] = (),
) -> SupportTicket:
    """Ask staff about a purchase, which is a line of an order of the actor's, or in general. The description is the
    ticket's first message; `attachments` are files that they uploaded before, by storage and name.

    Raises Missing for a purchase of somebody else, and Invalid (`subject`, `description`).
    """
    subject = text_read(subject, "subject", LONGEST_SUBJECT)
    description = text_read(description, "description", LONGEST_TEXT)
    line = line_of_buyer(actor=actor, reference=purchase) if purchase is not None else None
    now = timezone.now()
    with transaction.atomic():
        ticket = SupportTicket.objects.create(
            number=f"TICK-{now.year}-{number_take(series=SERIES, year=now.year):03d}",
            user=actor,
            purchase=line,
            issue_type=issue_type,
            subject=subject,
            description=description,
            priority=priority,
            created_at=now,
            estimated_resolution=now + usual_resolution(priority=priority),
        )
        TicketChange.objects.create(ticket=ticket, after=ticket.status, actor=actor, created_at=now)
        first = TicketMessage.objects.create(
            ticket=ticket, sender=actor, by_staff=False, content=description, is_first=True, created_at=now
        )
        uploads_attach(first, actor=actor, stored=attachments)
        _webhook(WebhookEvent.TICKET_CREATED, ticket, by_staff=False)
    return ticket


def ticket_write(*, actor: User, ticket_id: int, content: str, attachments: Sequence[Stored] = ()) -> TicketMessage:
    """Add to one's ticket, which opens a resolved one again; or answer one as staff, which takes up an open one and is
    in the audit trail. Staff who write in their own ticket write as its person.

    Raises Missing, TicketClosed and Invalid (`message`).
    """
    content = text_read(content, "message", LONGEST_TEXT)
    with transaction.atomic():
        ticket = ticket_lock(ticket_id)
        if ticket.user_id == actor.pk:
            message = _write(ticket, content, actor, attachments)
            _webhook(WebhookEvent.TICKET_UPDATED, ticket, by_staff=False)
            return message
        if not policies.may_handle_tickets(actor):
            raise Missing("Ticket")
        with _handled(actor, "answer", ticket_id) as ticket:
            return _write(ticket, content, actor, attachments)


@done_once(SupportTicket)
def ticket_answer(
    *, actor: User, ticket_id: int, content: str, status: TicketStatus | None = None, once: Once | None = None
) -> SupportTicket:
    """Write to the ticket's person as staff, and with `status` move it on at once: they are told of both together.

    Raises Denied, Missing, TicketClosed, WrongTicketStatus and Invalid (`message`).
    """
    with _handled(actor, "answer", ticket_id) as ticket:
        _write(ticket, text_read(content, "message", LONGEST_TEXT), actor, then=status)
    return ticket


def ticket_move(*, actor: Actor, ticket_id: int, status: TicketStatus) -> SupportTicket:
    """Staff take up, resolve, close or reopen it; its person is told. Raises Denied, Missing and WrongTicketStatus."""
    with _handled(actor, "move", ticket_id) as ticket:
        _move(ticket, status, actor)
        ticket.save()
        _tell(ticket, f"Your ticket is now {ticket.get_status_display().lower()}.")
    return ticket


def ticket_assign(*, actor: Actor, ticket_id: int, to: User | None) -> SupportTicket:
    """Who looks after it. Raises Denied, Missing and Invalid (`assigned_to`) for somebody who is not staff."""
    with _handled(actor, "assign", ticket_id) as ticket:
        if to is not None and not policies.may_handle_tickets(to):
            raise Invalid("Tickets are looked after by staff.", field="assigned_to")
        ticket.assigned_to, ticket.assigned_name = to, ""
        ticket.save(update_fields=["assigned_to", "assigned_name", "updated_at"])
    return ticket


def ticket_handle(
    *,
    actor: User,
    ticket_id: int,
    assigned_to: str = "",
    status: TicketStatus | None = None,
    priority: TicketPriority | None = None,
) -> SupportTicket:
    """Who looks after it, and what becomes of it, in one decision of which its person is told once.

    `assigned_to` is the user name of somebody of the staff, or the name of whoever else does; the actor, when it is
    empty. A ticket that is open is taken up, unless `status` says something else; where it is that already, nothing
    moves. Raises Denied, Missing and Invalid (`assigned_to`).
    """
    name = " ".join(assigned_to.split())
    if len(name) > LONGEST_NAME:
        raise Invalid(f"At most {LONGEST_NAME} characters.", field="assigned_to")
    with _handled(actor, "handle", ticket_id) as ticket:
        agent = User.objects.named(name).first() if name else actor
        if agent is not None and policies.may_handle_tickets(agent):
            ticket.assigned_to, ticket.assigned_name = agent, ""
        else:
            ticket.assigned_to, ticket.assigned_name = None, name
        if status is None and ticket.status == TicketStatus.OPEN:
            status = TicketStatus.IN_PROGRESS
        ended = status == TicketStatus.RESOLVED and ticket.status in ENDED
        if status is not None and status != ticket.status and not ended:
            _move(ticket, status, actor)
        if priority is not None:
            ticket.priority = priority
        ticket.save()
        who = ticket.assigned_to.username if ticket.assigned_to is not None else ticket.assigned_name
        _tell(ticket, f"{who} looks after your ticket.")
    return ticket


def ticket_prioritise(*, actor: Actor, ticket_id: int, priority: TicketPriority) -> SupportTicket:
    """How urgent it is after all. What its person was told of the time stays. Raises Denied and Missing."""
    with _handled(actor, "prioritise", ticket_id) as ticket:
        ticket.priority = priority
        ticket.save(update_fields=["priority", "updated_at"])
    return ticket


def ticket_lock(ticket_id: int) -> SupportTicket:
    """Raises Missing."""
    ticket = SupportTicket.objects.select_for_update(of=("self",)).select_related("user").filter(pk=ticket_id).first()
    if ticket is None:
        raise Missing("Ticket")
    return ticket


@contextmanager
def _handled(actor: Actor, verb: str, ticket_id: int) -> Iterator[SupportTicket]:
    """The locked ticket, to be changed by staff within."""
    if not policies.may_handle_tickets(actor):
        raise Denied
    with transaction.atomic():
        ticket = ticket_lock(ticket_id)
        columns = ("number", "status", "priority")
        assigned: dict[str, Any] = {"assigned_to": lambda: ticket.assigned_to_id or ticket.assigned_name or None}
        with audited(actor, f"ticket.{verb}", ticket, *columns, **assigned):
            yield ticket
        tell_ticket(ticket.pk, "ticket_update")
        _webhook(WebhookEvent.TICKET_UPDATED, ticket, by_staff=True)


def _write(
    ticket: SupportTicket,
    content: str,
    actor: User,
    attachments: Sequence[Stored] = (),
    then: TicketStatus | None = None,
) -> TicketMessage:
    if ticket.status == TicketStatus.CLOSED:
        raise TicketClosed
    by_staff = ticket.user_id != actor.pk
    message = TicketMessage.objects.create(ticket=ticket, sender=actor, by_staff=by_staff, content=content)
    uploads_attach(message, actor=actor, stored=attachments)
    tell_ticket(ticket.pk, "message", message_id=message.pk)
    if ticket.status == (TicketStatus.OPEN if by_staff else TicketStatus.RESOLVED):
        _move(ticket, TicketStatus.IN_PROGRESS, actor)
        if not by_staff:  # staff's decisions are told of as a whole
            tell_ticket(ticket.pk, "ticket_update")
    if by_staff and ticket.assigned_to_id is None and not ticket.assigned_name:
        ticket.assigned_to = actor
    if then is not None and then != ticket.status:
        _move(ticket, then, actor)
    ticket.save()
    if by_staff:
        _tell(ticket, "Support has answered your ticket.", answer=content)
    return message


def _move(ticket: SupportTicket, status: TicketStatus, actor: Actor) -> None:
    """The one place where a ticket's status changes. The caller holds the lock, and saves."""
    if status not in TICKET_CHANGES[ticket.status]:
        raise WrongTicketStatus(f"A ticket that is {ticket.get_status_display().lower()} cannot become {status.label}.")
    TicketChange.objects.create(ticket=ticket, before=ticket.status, after=status, actor=person(actor))
    ended_before = ticket.status in ENDED
    ticket.status = status
    if status not in ENDED:
        ticket.resolved_at = None
    elif not ended_before:
        ticket.resolved_at = timezone.now()


def _webhook(event: WebhookEvent, ticket: SupportTicket, *, by_staff: bool) -> None:
    webhook_event(
        event,
        about=f"ticket-{ticket.pk}",
        people=[ticket.user_id],
        data={
            "ticket_id": ticket.pk,
            "number": ticket.number,
            "user_id": ticket.user_id,
            "status": ticket.status,
            "priority": ticket.priority,
            "by_staff": by_staff,
        },
    )


def _tell(ticket: SupportTicket, what: str, *, answer: str = "") -> None:
    """By notification and e-mail. What staff answered stands in the e-mail; the notification leads to the ticket."""
    notification_send(
        user=ticket.user,
        notification_type=NotificationType.TICKET_UPDATED,
        title=f"Ticket {ticket.number}",
        message=what,
        data={"ticket_id": ticket.pk, "ticket_number": ticket.number, "status": ticket.status},
        email="support_ticket_update",
        email_context={
            "ticket_id": ticket.pk,
            "number": ticket.number,
            "subject": ticket.subject,
            "status": str(ticket.get_status_display()).lower(),
            "message": what,
            "answer": answer,
        },
    )

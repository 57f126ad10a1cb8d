"""Support tickets in Django's admin site: what was said, what they are about, and what is decided by services."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr

from accounts.admin.timeline import mails_about
from accounts.models import User
from community import policies
from community.admin.panels import files_linked
from community.choices import TicketPriority, TicketStatus
from community.models import SupportTicket, TicketChange, TicketMessage
from community.services import tickets
from community.services.tickets import ENDED, LONGEST_TEXT
from config.adminsite.actions import for_each
from config.adminsite.decisions import DecisionForm, choose, decision
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link
from config.adminsite.ranges import DateRange
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from config.adminsite.timeline import Happening
from config.core.idempotency import Once
from config.core.models import NumberSeries

SAID = 100
OTHERS = 20


class AnswerForm(DecisionForm):
    """The fields of `ticket_answer`."""

    message = forms.CharField(
        max_length=LONGEST_TEXT,
        widget=forms.Textarea,
        label="Answer",
        help_text="Goes to its person, by e-mail as well.",
    )
    status = forms.TypedChoiceField(required=False, coerce=TicketStatus, empty_value=None, label="And then")

    def __init__(self, *args: Any, row: SupportTicket, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        stays = TicketStatus.IN_PROGRESS if row.status == TicketStatus.OPEN else TicketStatus(row.status)
        choose(self.fields["status"], [("", stays.label), *((each, each.label) for each in TicketStatus)])


class AssignForm(DecisionForm):
    assigned_to = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label="Who looks after it")

    def __init__(self, *args: Any, row: SupportTicket, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        staff = User.objects.filter(is_staff=True, is_active=True).order_by("username")
        choose(self.fields["assigned_to"], [("", "Nobody"), *staff.values_list("pk", "username")])
        self.initial.setdefault("assigned_to", row.assigned_to_id or "")


class PriorityForm(DecisionForm):
    priority = forms.TypedChoiceField(choices=TicketPriority.choices, coerce=TicketPriority)

    def __init__(self, *args: Any, row: SupportTicket, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.initial.setdefault("priority", row.priority)


class Assignee(admin.RelatedFieldListFilter):
    """Staff who look after tickets, each looked up in their index. Django's own filter reads all tickets for a page."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        theirs = SupportTicket.objects.filter(assigned_to=OuterRef("pk"))
        staff = User.objects.filter(Exists(theirs), is_staff=True).order_by("username")
        return list(staff.values_list("pk", "username"))


# ---------------------------------------------------------------- in which states a button is there
def takes_answers(ticket: SupportTicket) -> bool:
    return ticket.status != TicketStatus.CLOSED


def may_be_resolved(ticket: SupportTicket) -> bool:
    return ticket.status not in ENDED


def has_ended(ticket: SupportTicket) -> bool:
    return ticket.status in ENDED


@admin.register(SupportTicket)
class SupportTicketAdmin(RecordAdmin):
    list_display = ("number", "subject", "user", "issue_type", "priority", "status", "assigned_to", "created_at")
    list_filter = (
        "status",
        "priority",
        "issue_type",
        ("assigned_to", Assignee),
        ("created_at", DateRange),
    )
    list_select_related = ("user", "assigned_to")
    search_fields = ("number", "subject", "user__username")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fields = (
        *("subject", ("status", "priority"), ("user", "purchase"), ("issue_type", "looked_after_by")),
        *(("created_at", "estimated_resolution"), "resolved_at"),
    )
    readonly_fields = ("status", "looked_after_by", "created_at", "resolved_at")
    actions = ("take", "resolve", "close", "reopen")
    decisions = ("answer", "take_it", "assign", "prioritise", "resolve_it", "close_it", "reopen_it")

    @admin.display(description="looked after by")
    def looked_after_by(self, ticket: SupportTicket) -> str:
        return str(ticket.assigned_to or ticket.assigned_name or "nobody")

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: SupportTicket) -> Iterator[Panel]:
        yield self._said(row)
        yield self._about(request, row)
        yield self._others(request, row)

    def _said(self, row: SupportTicket) -> Panel:
        newest = TicketMessage.objects.filter(ticket=row).select_related("sender").order_by("-created_at", "-pk")[:SAID]
        return Panel(
            "Conversation",
            ("When", "Who", "Says", "Files"),
            [
                (
                    message.created_at,
                    f"{message.sender}, staff" if message.by_staff else str(message.sender),
                    linebreaksbr(message.content),
                    files_linked(message.attachments),
                )
                for message in reversed(newest)
            ],
        )

    def _about(self, request: HttpRequest, row: SupportTicket) -> Panel:
        rows: list[tuple[object, object]] = [
            ("Person", link(row.user, row_address(request, "accounts.User", row.user_id)))
        ]
        if (line := row.purchase) is not None:
            rows += [
                ("Purchase", str(line)),
                ("Order", link(line.order, row_address(request, "commerce.Order", line.order_id))),
                ("Seller", link(line.seller_name, row_address(request, "accounts.User", line.seller_id))),
            ]
        return Panel("What it is about", ("", ""), rows)

    def _others(self, request: HttpRequest, row: SupportTicket) -> Panel:
        others = SupportTicket.objects.filter(user=row.user_id).exclude(pk=row.pk).order_by("-created_at", "-pk")
        return Panel(
            "Their other tickets",
            ("Ticket", "Subject", "State", "Opened"),
            [
                (
                    link(other, row_address(request, "community.SupportTicket", other.pk)),
                    other.subject,
                    other.get_status_display(),
                    other.created_at,
                )
                for other in others[:OTHERS]
            ],
            address=list_address(request, "community.SupportTicket", f"user__id__exact={row.user_id}"),
        )

    def happened(self, request: HttpRequest, row: SupportTicket) -> Iterator[Happening]:
        yield from mails_about({"ticket_id": row.pk}, people=(row.user_id,), since=row.created_at)

    # ------------------------------------------------------------ decisions
    def has_handle_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_handle_tickets(request.user)

    @decision("Answer", form=AnswerForm, permissions=["handle"], when=takes_answers, icon="reply")
    def answer(self, request: HttpRequest, row: SupportTicket, sent: dict[str, Any], once: Once) -> str:
        ticket = tickets.ticket_answer(
            actor=_oneself(request), ticket_id=row.pk, content=sent["message"], status=sent["status"], once=once
        )
        return f"Answered; the ticket is {ticket.get_status_display().lower()}."

    @decision("Take it", permissions=["handle"], when=takes_answers, icon="pan_tool")
    def take_it(self, request: HttpRequest, row: SupportTicket, sent: dict[str, Any], once: Once) -> str:
        tickets.ticket_assign(actor=request.user, ticket_id=row.pk, to=_oneself(request))
        return "You look after it."

    @decision("Assign", form=AssignForm, permissions=["handle"], icon="person_add")
    def assign(self, request: HttpRequest, row: SupportTicket, sent: dict[str, Any], once: Once) -> str:
        to = User.objects.filter(pk=sent["assigned_to"]).first()
        tickets.ticket_assign(actor=request.user, ticket_id=row.pk, to=to)
        return f"{to or 'Nobody'} looks after it."

    @decision("Priority", form=PriorityForm, permissions=["handle"], when=takes_answers, icon="low_priority")
    def prioritise(self, request: HttpRequest, row: SupportTicket, sent: dict[str, Any], once: Once) -> str:
        ticket = tickets.ticket_prioritise(actor=request.user, ticket_id=row.pk, priority=sent["priority"])
        return f"{ticket.get_priority_display()}."

    @decision(
        "Resolve",
        permissions=["handle"],
        when=may_be_resolved,
        icon="task_alt",
        warning="Its person is told; what they write opens it again.",
    )
    def resolve_it(self, request: HttpRequest, row: SupportTicket, sent: dict[str, Any], once: Once) -> str:
        return self._moved(request, row, TicketStatus.RESOLVED)

    @decision(
        "Close the ticket",
        permissions=["handle"],
        when=takes_answers,
        icon="lock",
        warning="Its person is told, and can write no more in it.",
    )
    def close_it(self, request: HttpRequest, row: SupportTicket, sent: dict[str, Any], once: Once) -> str:
        return self._moved(request, row, TicketStatus.CLOSED)

    @decision("Reopen", permissions=["handle"], when=has_ended, icon="lock_open", warning="Its person is told.")
    def reopen_it(self, request: HttpRequest, row: SupportTicket, sent: dict[str, Any], once: Once) -> str:
        return self._moved(request, row, TicketStatus.IN_PROGRESS)

    def _moved(self, request: HttpRequest, row: SupportTicket, status: TicketStatus) -> str:
        ticket = tickets.ticket_move(actor=request.user, ticket_id=row.pk, status=status)
        return f"{ticket.get_status_display()}; its person is told."

    # ------------------------------------------------------------ over the rows of the list
    def _move_each(self, request: HttpRequest, rows: QuerySet[SupportTicket], status: TicketStatus) -> None:
        for_each(
            self,
            request,
            rows,
            lambda row: tickets.ticket_move(actor=request.user, ticket_id=row.pk, status=status),
        )

    @admin.action(description="Assign to me", permissions=["handle"])
    def take(self, request: HttpRequest, rows: QuerySet[SupportTicket]) -> None:
        me = _oneself(request)
        for_each(
            self,
            request,
            rows,
            lambda row: tickets.ticket_assign(actor=me, ticket_id=row.pk, to=me),
            words=f"looked after by {me}",
        )

    @admin.action(description="Resolve", permissions=["handle"])
    def resolve(self, request: HttpRequest, rows: QuerySet[SupportTicket]) -> None:
        self._move_each(request, rows, TicketStatus.RESOLVED)

    @admin.action(description="Close", permissions=["handle"])
    def close(self, request: HttpRequest, rows: QuerySet[SupportTicket]) -> None:
        self._move_each(request, rows, TicketStatus.CLOSED)

    @admin.action(description="Take up (again)", permissions=["handle"])
    def reopen(self, request: HttpRequest, rows: QuerySet[SupportTicket]) -> None:
        self._move_each(request, rows, TicketStatus.IN_PROGRESS)


def _oneself(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 (the site is for those who are signed in)
    return request.user


@admin.register(TicketChange)
class TicketChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "ticket", "before", "after", "actor")
    list_filter = ("after",)
    list_select_related = ("ticket", "actor")
    search_fields = ("ticket__number",)


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnlyAdmin):
    list_display = ("name", "year", "last")
    ordering = ("-year", "name")
    search_fields = ("name",)

"""Support tickets in Django's admin site. What happens to tickets happens through services."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import linebreaksbr
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.models import User
from community import policies
from community.choices import TICKET_CHANGES, TicketPriority, TicketStatus
from community.models import SupportTicket, TicketChange
from community.selectors.tickets import ticket_messages
from community.services import tickets
from community.services.tickets import LONGEST_TEXT
from config.adminsite.actions import for_each
from config.adminsite.ranges import DateRange
from config.adminsite.rows import ReadOnlyAdmin, RowsAdmin
from config.core.errors import DomainError
from config.core.models import NumberSeries


class TicketForm(forms.ModelForm):  # type: ignore[type-arg]
    answer = forms.CharField(
        required=False,
        max_length=LONGEST_TEXT,
        widget=UnfoldAdminTextareaWidget,
        help_text="Goes to its person, by e-mail as well.",
    )
    move_to = forms.ChoiceField(required=False, widget=UnfoldAdminSelectWidget, label="Status")

    class Meta:
        model = SupportTicket
        fields: ClassVar = ["assigned_to", "priority"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        following = TICKET_CHANGES[self.instance.status] if self.instance.pk else frozenset()
        stays = f"{self.instance.get_status_display()} (stays as it is)"
        choices = [("", stays), *((status.value, status.label) for status in TicketStatus if status in following)]
        if isinstance(field := self.fields.get("move_to"), forms.ChoiceField):
            field.choices = choices


@admin.register(SupportTicket)
class SupportTicketAdmin(RowsAdmin):
    form = TicketForm
    list_display = ("number", "subject", "user", "issue_type", "priority", "status", "assigned_to", "created_at")
    list_filter = (
        "status",
        "priority",
        "issue_type",
        ("assigned_to", admin.RelatedOnlyFieldListFilter),
        ("created_at", DateRange),
    )
    list_select_related = ("user", "assigned_to")
    search_fields = ("number", "subject", "user__username")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    readonly_fields = (
        *("number", "user", "purchase", "issue_type", "subject", "description", "estimated_resolution"),
        *("resolved_at", "created_at", "conversation", "history"),
    )
    fields = (
        *("number", "user", "purchase", "issue_type", "subject", "description", "conversation"),
        *("answer", "move_to", "assigned_to", "priority"),
        *("estimated_resolution", "resolved_at", "created_at", "history"),
    )
    actions = ("take", "resolve", "close", "reopen")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.may_handle_tickets(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "assigned_to":
            kwargs["queryset"] = User.objects.filter(is_staff=True, is_active=True).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="messages")
    def conversation(self, ticket: SupportTicket) -> SafeString | str:
        rows = [
            (
                message.sender,
                date_format(message.created_at, "DATETIME_FORMAT"),
                linebreaksbr(message.content),
            )
            for message in ticket_messages(ticket=ticket)
        ]
        return format_html_join("", "<p><strong>{}</strong>, {}:<br>{}</p>", rows) or "none yet"

    @admin.display(description="history")
    def history(self, ticket: SupportTicket) -> SafeString | str:
        changes = ticket.history.select_related("actor").order_by("pk")
        rows = [(date_format(change.created_at, "DATETIME_FORMAT"), str(change), change.actor) for change in changes]
        return format_html_join("", "<div>{}: {} ({})</div>", rows)

    def save_model(self, request: HttpRequest, obj: SupportTicket, form: Any, change: bool) -> None:
        """Each thing that was changed, by its service; the first refusal is told and ends it."""
        sent, changed = form.cleaned_data, form.changed_data
        steps: list[Callable[..., object]] = []
        if "assigned_to" in changed:
            steps.append(partial(tickets.ticket_assign, to=sent["assigned_to"]))
        if "priority" in changed:
            steps.append(partial(tickets.ticket_prioritise, priority=TicketPriority(sent["priority"])))
        if sent.get("answer", "").strip():
            steps.append(partial(tickets.ticket_answer, content=sent["answer"]))
        if sent.get("move_to"):
            steps.append(partial(self._move, status=TicketStatus(sent["move_to"])))
        try:
            with transaction.atomic():
                for step in steps:
                    step(actor=request.user, ticket_id=obj.pk)
        except DomainError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
        else:
            self.message_user(request, f"{obj} is saved.", messages.SUCCESS)

    def _move(self, *, actor: User, ticket_id: int, status: TicketStatus) -> None:
        """An answer just given has taken up the ticket already."""
        if SupportTicket.objects.filter(pk=ticket_id).values_list("status", flat=True).get() != status:
            tickets.ticket_move(actor=actor, ticket_id=ticket_id, status=status)

    def response_change(self, request: HttpRequest, obj: SupportTicket) -> HttpResponse:
        return HttpResponseRedirect(request.path)

    def _move_each(self, request: HttpRequest, rows: QuerySet[SupportTicket], status: TicketStatus) -> None:
        for_each(
            self,
            request,
            rows,
            lambda row: tickets.ticket_move(actor=request.user, ticket_id=row.pk, status=status),
        )

    @admin.action(description="Assign to me", permissions=["change"])
    def take(self, request: HttpRequest, rows: QuerySet[SupportTicket]) -> None:
        me = request.user
        assert isinstance(me, User)  # noqa: S101 (the site is for those who are signed in)
        for_each(self, request, rows, lambda row: tickets.ticket_assign(actor=me, ticket_id=row.pk, to=me))

    @admin.action(description="Resolve", permissions=["change"])
    def resolve(self, request: HttpRequest, rows: QuerySet[SupportTicket]) -> None:
        self._move_each(request, rows, TicketStatus.RESOLVED)

    @admin.action(description="Close", permissions=["change"])
    def close(self, request: HttpRequest, rows: QuerySet[SupportTicket]) -> None:
        self._move_each(request, rows, TicketStatus.CLOSED)

    @admin.action(description="Take up (again)", permissions=["change"])
    def reopen(self, request: HttpRequest, rows: QuerySet[SupportTicket]) -> None:
        self._move_each(request, rows, TicketStatus.IN_PROGRESS)


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

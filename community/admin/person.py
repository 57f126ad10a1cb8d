"""What people say to the platform and to each other, on the page of a person. What they write to each other is theirs:
staff see with whom and how much, and of a message only what somebody reported, or what a dispute is decided by."""

from collections.abc import Iterator
from typing import Final

from django.db.models import Count
from django.http import HttpRequest
from django.utils.text import Truncator

from accounts.models import User
from community import policies
from community.models import AbuseReport, Conversation, Message, SupportTicket
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link

SHOWN: Final = 20
EXCERPT: Final = 120


def said_by_person(request: HttpRequest, person: User) -> Iterator[Panel]:
    """Six queries."""
    if policies.may_handle_tickets(request.user):
        yield _tickets(request, person)
    if policies.may_decide_about_reports(request.user):
        yield _reports(request, person, about=True)
        yield _reports(request, person, about=False)
    if policies.may_handle_tickets(request.user):
        yield _conversations(request, person)


def _tickets(request: HttpRequest, person: User) -> Panel:
    tickets = SupportTicket.objects.filter(user=person).select_related("assigned_to").order_by("-created_at", "-pk")
    return Panel(
        "Tickets",
        ("Ticket", "Subject", "Priority", "State", "Looked after by", "Opened"),
        [
            (
                link(ticket, row_address(request, "community.SupportTicket", ticket.pk)),
                ticket.subject,
                ticket.get_priority_display(),
                ticket.get_status_display(),
                str(ticket.assigned_to or ticket.assigned_name),
                ticket.created_at,
            )
            for ticket in tickets[:SHOWN]
        ],
        address=list_address(request, "community.SupportTicket", f"user__id__exact={person.pk}"),
    )


def _reports(request: HttpRequest, person: User, *, about: bool) -> Panel:
    whose, other = ("author", "reporter") if about else ("reporter", "author")
    reports = AbuseReport.objects.filter(**{whose: person}).select_related(other)
    return Panel(
        "Reports about them" if about else "Reports by them",
        ("Report", "About a", "What it said", "By" if about else "Whose it is", "State", "When"),
        [
            (
                link(report.get_reason_display(), row_address(request, "community.AbuseReport", report.pk)),
                report.get_kind_display(),
                Truncator(report.excerpt).chars(EXCERPT),
                str(getattr(report, other) or ""),
                report.get_status_display(),
                report.created_at,
            )
            for report in reports.order_by("-created_at", "-pk")[:SHOWN]
        ],
        address=list_address(request, "community.AbuseReport", f"{whose}__id__exact={person.pk}"),
    )


def _conversations(request: HttpRequest, person: User) -> Panel:
    """Of each of the two sides the newest, by its index; then how much was written in those that are shown."""
    rows = Conversation.objects.filter(last_message_at__isnull=False).order_by("-last_message_at", "-pk")
    found = [
        (row, other)
        for side, other in (("first", "second"), ("second", "first"))
        for row in rows.filter(**{side: person}).select_related(other)[:SHOWN]
    ]
    newest = sorted(found, key=lambda one: (one[0].last_message_at, one[0].pk), reverse=True)[:SHOWN]
    shown = Message.objects.filter(conversation__in=[row.pk for row, _other in newest])
    counts = dict(shown.order_by().values_list("conversation").annotate(Count("pk")))
    return Panel(
        "Conversations",
        ("With", "Messages", "Last"),
        [
            (
                link(getattr(row, other), row_address(request, "community.Conversation", row.pk)),
                counts.get(row.pk, 0),
                row.last_message_at,
            )
            for row, other in newest
        ],
        numeric=(1,),
        note="What they say is their two people's own. Of a message staff read what was reported of it.",
    )

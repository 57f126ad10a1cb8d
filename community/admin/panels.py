"""What this app knows of things below it, for their pages in the admin site."""

from collections.abc import Iterator
from typing import Final

from django.http import HttpRequest

from commerce.models import Order
from community import policies
from community.models import SupportTicket
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link

SHOWN: Final = 50


def tickets_about_order(request: HttpRequest, order: Order) -> Iterator[Panel]:
    """The newest first. One query."""
    if not policies.may_handle_tickets(request.user):
        return
    tickets = SupportTicket.objects.filter(purchase__order=order).select_related("user", "purchase", "assigned_to")
    yield Panel(
        "Tickets",
        ("Ticket", "About", "Subject", "From", "Priority", "State", "Looked after by", "Opened"),
        [
            (
                link(ticket, row_address(request, "community.SupportTicket", ticket.pk)),
                str(ticket.purchase),
                ticket.subject,
                str(ticket.user),
                ticket.get_priority_display(),
                ticket.get_status_display(),
                str(ticket.assigned_to or ticket.assigned_name),
                ticket.created_at,
            )
            for ticket in tickets.order_by("-created_at", "-pk")[:SHOWN]
        ],
    )

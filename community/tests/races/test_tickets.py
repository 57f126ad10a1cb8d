"""Tickets opened and answered at the same moment, each with a connection of their own."""

import pytest

from accounts.tests.factories import BuyerFactory, StaffFactory
from commerce.tests.steps import at_once
from community.choices import TicketStatus
from community.errors import WrongTicketStatus
from community.models import SupportTicket, TicketChange, TicketMessage
from community.services.tickets import ticket_move, ticket_write
from community.tests.services.test_tickets import opened
from config.core.models import NumberSeries

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("number", range(3))
def test_tickets_opened_at_once_get_numbers_of_their_own(number):
    people = [BuyerFactory() for _ in range(6)]
    made = at_once(*[lambda person=person: opened(person) for person in people])
    assert {type(result) for result in made} == {SupportTicket}
    assert sorted(ticket.number[-3:] for ticket in made) == ["001", "002", "003", "004", "005", "006"]
    assert NumberSeries.objects.get().last == 6


def test_two_of_the_staff_resolve_a_ticket_once():
    ticket, staff = opened(BuyerFactory()), [StaffFactory(), StaffFactory()]
    results = at_once(
        *[lambda one=one: ticket_move(actor=one, ticket_id=ticket.pk, status=TicketStatus.RESOLVED) for one in staff]
    )
    assert sorted(type(result).__name__ for result in results) == ["SupportTicket", WrongTicketStatus.__name__]
    assert TicketChange.objects.filter(after="resolved").count() == 1


def test_two_of_the_staff_answer_at_once_and_the_first_keeps_the_ticket():
    ticket, staff = opened(BuyerFactory()), [StaffFactory(), StaffFactory()]
    at_once(*[lambda one=one: ticket_write(actor=one, ticket_id=ticket.pk, content="Hello") for one in staff])
    first = TicketMessage.objects.filter(is_first=False).order_by("pk").first()
    ticket.refresh_from_db()
    assert (ticket.assigned_to, TicketMessage.objects.filter(is_first=False).count()) == (first.sender, 2)
    assert TicketChange.objects.filter(after="in_progress").count() == 1

"""Support tickets: opened by bob about what he bought, answered and moved on by staff."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.actors import SYSTEM
from accounts.models import Delivery, Notification
from accounts.tests.factories import ArtistFactory, BuyerFactory, StaffFactory
from commerce.tests.steps import order_of
from community.choices import TICKET_CHANGES, TicketIssue, TicketPriority, TicketStatus
from community.errors import TicketClosed, WrongTicketStatus
from community.models import SupportTicket, TicketChange, TicketMessage
from community.selectors.tickets import ticket_visible, tickets_of
from community.services.tickets import ticket_assign, ticket_move, ticket_open, ticket_prioritise, ticket_write
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry, NumberSeries
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def staff():
    return StaffFactory(username="staff")


@pytest.fixture
def line(bob):
    return order_of(bob, ArtworkFactory()).lines.get()


def opened(actor, purchase=None, **changes) -> SupportTicket:
    details = {"issue_type": TicketIssue.OTHER, "subject": "Help", "description": "It does not work."}
    return ticket_open(actor=actor, purchase=purchase, **details | changes)


def history(ticket):
    return list(TicketChange.objects.filter(ticket=ticket).order_by("pk").values_list("before", "after", "actor"))


def test_a_ticket_about_a_purchase(bob, line):
    with time_machine.travel(NOON, tick=False):
        ticket = opened(bob, line.pk, issue_type=TicketIssue.DOWNLOAD_PROBLEM, subject=" No link ")
    assert (ticket.number, ticket.status, ticket.priority) == ("TICK-2026-001", "open", "medium")
    assert (ticket.user, ticket.purchase, ticket.subject) == (bob, line, "No link")
    assert ticket.estimated_resolution == NOON + timedelta(hours=48)
    assert history(ticket) == [("", "open", bob.pk)]


def test_the_uuid_of_a_purchase_will_do(bob, line):
    assert opened(bob, line.uuid).purchase == line


def test_numbers_count_on_and_begin_anew_each_year(bob):
    with time_machine.travel(NOON):
        assert [opened(bob).number for _ in range(2)] == ["TICK-2026-001", "TICK-2026-002"]
        NumberSeries.objects.update(last=999)
        assert opened(bob).number == "TICK-2026-1000"
    with time_machine.travel(NOON.replace(year=2027)):
        assert opened(bob).number == "TICK-2027-001"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": "  "}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"description": ""}, "description"),
        ({"description": "x" * 5001}, "description"),
    ],
)
def test_texts_that_are_none(bob, change, field):
    with pytest.raises(Invalid) as refusal:
        opened(bob, **change)
    assert refusal.value.field == field
    assert (SupportTicket.objects.count(), NumberSeries.objects.count()) == (0, 0)


def test_of_somebody_else_s_purchase_nothing_is_known(line):
    for purchase in (line.pk, line.uuid, 10**15):
        with pytest.raises(Missing):
            opened(BuyerFactory(), purchase)
    with pytest.raises(Missing):
        opened(line.seller, line.pk)
    assert SupportTicket.objects.count() == 0


class TestEstimate:
    def resolved(self, bob, hours, *, number, priority="medium"):
        for place in range(number):
            start = NOON - timedelta(days=9)
            SupportTicket.objects.create(
                number=f"{priority}{hours}{place}",
                user=bob,
                issue_type="other",
                priority=priority,
                created_at=start,
                resolved_at=start + timedelta(hours=hours),
            )

    def estimate(self, bob, priority):
        with time_machine.travel(NOON, tick=False):
            return opened(bob, priority=priority).estimated_resolution - NOON

    @pytest.mark.parametrize(("priority", "hours"), [("low", 48), ("medium", 48), ("high", 24), ("urgent", 24)])
    def test_with_few_tickets_it_is_two_days_or_one(self, bob, priority, hours):
        self.resolved(bob, 1, number=19, priority=priority)
        assert self.estimate(bob, TicketPriority(priority)) == timedelta(hours=hours)

    def test_with_twenty_it_is_their_median(self, bob):
        self.resolved(bob, 2, number=8)
        self.resolved(bob, 5, number=4)
        self.resolved(bob, 90, number=8)
        self.resolved(bob, 1, number=50, priority="low")
        assert self.estimate(bob, TicketPriority.MEDIUM) == timedelta(hours=5)

    def test_only_the_last_hundred_count(self, bob):
        self.resolved(bob, 1, number=30)
        self.resolved(bob, 7, number=100)
        assert self.estimate(bob, TicketPriority.MEDIUM) == timedelta(hours=7)


class TestAnswers:
    def test_staff_answer_take_it_up_and_bob_is_told(self, bob, staff):
        ticket = opened(bob)
        message = ticket_write(actor=staff, ticket_id=ticket.pk, content="We look into it.")
        assert AuditEntry.objects.get(action="ticket.answer").actor == staff
        ticket.refresh_from_db()
        assert (message.by_staff, message.sender, message.content) == (True, staff, "We look into it.")
        assert (ticket.status, ticket.assigned_to) == ("in_progress", staff)
        assert history(ticket)[1:] == [("open", "in_progress", staff.pk)]
        told = Notification.objects.get(user=bob)
        assert (told.notification_type, told.title) == ("ticket_updated", "Ticket " + ticket.number)
        assert told.data == {"ticket_id": ticket.pk, "ticket_number": ticket.number, "status": "in_progress"}
        email = Delivery.objects.get(template="support_ticket_update")
        assert (email.user, email.context["answer"]) == (bob, "We look into it.")

    def test_bob_writes_more_and_nobody_is_told(self, bob):
        ticket = opened(bob)
        message = ticket_write(actor=bob, ticket_id=ticket.pk, content="By the way")
        ticket.refresh_from_db()
        assert (message.by_staff, ticket.status, ticket.assigned_to) == (False, "open", None)
        assert Notification.objects.count() == 0

    def test_bob_s_answer_opens_a_resolved_ticket_again(self, bob, staff):
        ticket = opened(bob)
        ticket_move(actor=staff, ticket_id=ticket.pk, status=TicketStatus.RESOLVED)
        ticket_write(actor=bob, ticket_id=ticket.pk, content="It is not.")
        ticket.refresh_from_db()
        assert (ticket.status, ticket.resolved_at) == ("in_progress", None)

    def test_a_closed_ticket_takes_no_more(self, bob, staff):
        ticket = opened(bob)
        ticket_move(actor=staff, ticket_id=ticket.pk, status=TicketStatus.CLOSED)
        for actor in (bob, staff):
            with pytest.raises(TicketClosed):
                ticket_write(actor=actor, ticket_id=ticket.pk, content="Still there?")
        assert TicketMessage.objects.filter(is_first=False).count() == 0

    def test_strangers_neither_read_nor_write(self, bob):
        ticket = opened(bob)
        for stranger in (BuyerFactory(), ArtistFactory()):
            with pytest.raises(Missing):
                ticket_write(actor=stranger, ticket_id=ticket.pk, content="Hello")
            with pytest.raises(Missing):
                ticket_visible(actor=stranger, reference=ticket.pk)
            assert list(tickets_of(actor=stranger)) == []
        with pytest.raises(Missing):
            ticket_write(actor=bob, ticket_id=ticket.pk + 1, content="Hello")
        assert TicketMessage.objects.filter(is_first=False).count() == 0

    def test_nothing_said(self, bob):
        ticket = opened(bob)
        with pytest.raises(Invalid) as refusal:
            ticket_write(actor=bob, ticket_id=ticket.pk, content=" \n")
        assert refusal.value.field == "message"


class TestMoves:
    @pytest.mark.parametrize("before", TicketStatus)
    @pytest.mark.parametrize("after", TicketStatus)
    def test_only_the_moves_of_the_table(self, bob, staff, before, after):
        ticket = opened(bob)
        SupportTicket.objects.update(status=before)
        if after in TICKET_CHANGES[before]:
            ticket_move(actor=staff, ticket_id=ticket.pk, status=after)
            ticket.refresh_from_db()
            assert ticket.status == after
            assert history(ticket)[1:] == [(before, after, staff.pk)]
            assert Notification.objects.get().message == f"Your ticket is now {after.label.lower()}."
        else:
            with pytest.raises(WrongTicketStatus):
                ticket_move(actor=staff, ticket_id=ticket.pk, status=after)
            ticket.refresh_from_db()
            assert (ticket.status, len(history(ticket)), Notification.objects.count()) == (before, 1, 0)

    def test_closing_keeps_the_time_it_was_resolved_at(self, bob, staff):
        ticket = opened(bob)
        with time_machine.travel(NOON, tick=False):
            ticket_move(actor=staff, ticket_id=ticket.pk, status=TicketStatus.RESOLVED)
        ticket_move(actor=SYSTEM, ticket_id=ticket.pk, status=TicketStatus.CLOSED)
        ticket.refresh_from_db()
        assert ticket.resolved_at == NOON
        assert history(ticket)[-1] == ("resolved", "closed", None)

    def test_people_do_not_move_their_own(self, bob, staff):
        ticket = opened(bob)
        for refused in (
            lambda: ticket_move(actor=bob, ticket_id=ticket.pk, status=TicketStatus.RESOLVED),
            lambda: ticket_assign(actor=bob, ticket_id=ticket.pk, to=staff),
            lambda: ticket_prioritise(actor=bob, ticket_id=ticket.pk, priority=TicketPriority.URGENT),
        ):
            with pytest.raises(Denied):
                refused()
        ticket.refresh_from_db()
        assert (ticket.status, ticket.assigned_to, ticket.priority) == ("open", None, "medium")

    def test_assigned_to_staff_alone(self, bob, staff):
        ticket = opened(bob)
        assert ticket_assign(actor=staff, ticket_id=ticket.pk, to=staff).assigned_to == staff
        with pytest.raises(Invalid):
            ticket_assign(actor=staff, ticket_id=ticket.pk, to=bob)
        assert ticket_assign(actor=staff, ticket_id=ticket.pk, to=None).assigned_to is None

    def test_prioritised(self, bob, staff):
        ticket = opened(bob)
        changed = ticket_prioritise(actor=staff, ticket_id=ticket.pk, priority=TicketPriority.HIGH)
        assert (changed.priority, changed.estimated_resolution) == ("high", ticket.estimated_resolution)

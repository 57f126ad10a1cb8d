"""Tickets and help articles in the admin site: staff answer, assign, move; each leaves its entry in the trail."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Notification
from accounts.services.levels import groups_prepare
from accounts.tests.factories import BuyerFactory, ModeratorFactory, StaffFactory
from community.assistant.articles import article_for
from community.choices import TicketPriority, TicketStatus
from community.models import HelpArticle, SupportTicket, TicketMessage
from community.services.tickets import ticket_answer, ticket_assign, ticket_move, ticket_prioritise, ticket_write
from community.tests.services.test_tickets import opened
from config.core.errors import Denied
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db
TICKETS = reverse("admin:community_supportticket_changelist")
ARTICLES = reverse("admin:community_helparticle_add")


@pytest.fixture
def staff(client):
    groups_prepare()
    person = StaffFactory(username="sue")
    client.force_login(person)
    return person


@pytest.fixture
def ticket():
    return opened(BuyerFactory(username="bob"), subject="No <b>link</b>")


def page(ticket) -> str:
    return reverse("admin:community_supportticket_change", args=[ticket.pk])


def pressed(client, ticket, name: str, **sent):
    answer = client.post(page(ticket).replace("change", name), {"once": "1", **sent}, follow=True)
    ticket.refresh_from_db()
    return answer


def offered(client, ticket) -> set[str]:
    return {one["path"].rstrip("/").rpartition("/")[2] for one in client.get(page(ticket)).context["decisions"]}


def trail():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_answer_and_resolve_at_once(client, staff, ticket):
    """Pressed twice it is answered once, and its person hears once, of what it became."""
    for _ in range(2):
        text = pressed(client, ticket, "answer", message="<i>Try again</i>", status="resolved").content.decode()
    assert "Answered; the ticket is resolved." in text
    assert "&lt;i&gt;Try again&lt;/i&gt;" in text and "No <b>link" not in text
    assert (ticket.status, ticket.assigned_to) == ("resolved", staff)
    message = TicketMessage.objects.filter(is_first=False).get()
    assert (message.content, message.by_staff, message.sender) == ("<i>Try again</i>", True, staff)
    assert trail() == ["ticket.answer"]
    assert "Try again" not in str(list(AuditEntry.objects.values()))
    told = Notification.objects.get(user=ticket.user)
    assert (told.message, told.data["status"]) == ("Support has answered your ticket.", "resolved")
    assert "Mail to bob: support ticket update" in client.get(page(ticket)).content.decode()


def test_taking_it_up_with_an_answer(client, staff, ticket):
    pressed(client, ticket, "answer", message="We look into it.", status="")
    assert (ticket.status, ticket.assigned_to) == ("in_progress", staff)


def test_a_refusal_is_told_and_nothing_is_done(client, staff, ticket):
    answer = pressed(client, ticket, "answer", message=" ", status="resolved")
    assert answer.context["form"].errors["message"]
    moderator = ModeratorFactory(username="mo")  # works here, and looks after no tickets
    answer = pressed(client, ticket, "assign", assigned_to=moderator.pk)
    assert answer.context["form"].errors["assigned_to"]
    ticket_move(actor=staff, ticket_id=ticket.pk, status=TicketStatus.CLOSED)
    text = pressed(client, ticket, "answer", message="Hello?", status="").content.decode()
    assert "is not possible now" in text
    assert (ticket.assigned_to, TicketMessage.objects.filter(is_first=False).count()) == (None, 0)
    assert trail() == ["ticket.move"]


def test_each_state_has_its_buttons(client, staff, ticket):
    other = StaffFactory(username="tim")
    for name, sent, column, value, then in (
        ("take-it", {}, "assigned_to", staff, {"answer", "resolve-it", "close-it"}),
        ("assign", {"assigned_to": other.pk}, "assigned_to", other, {"answer", "assign"}),
        ("prioritise", {"priority": "urgent"}, "priority", "urgent", {"prioritise"}),
        ("resolve-it", {}, "status", "resolved", {"answer", "reopen-it", "close-it"}),
        ("close-it", {}, "status", "closed", {"reopen-it", "assign", "note"}),
        ("reopen-it", {}, "status", "in_progress", {"answer", "resolve-it"}),
    ):
        assert name in offered(client, ticket)
        pressed(client, ticket, name, **sent)
        assert getattr(ticket, column) == value, name
        assert then <= offered(client, ticket), name
    assert len(trail()) == 6


def test_the_page_says_what_was_said_and_what_it_is_about(client, staff, ticket):
    ticket_write(actor=ticket.user, ticket_id=ticket.pk, content="<script>alert(1)</script>")
    earlier = opened(ticket.user, subject="Another <b>one")
    answer = client.get(page(ticket))
    said, about, others = answer.context["panels"]
    assert [row[1] for row in said.rows] == ["bob", "bob"]
    assert f"/admin/accounts/user/{ticket.user_id}/change/" in about.rows[0][1]
    assert [row[1] for row in others.rows] == [earlier.subject]
    text = answer.content.decode()
    assert "<script>alert(1)" not in text and "&lt;script&gt;alert(1)" in text and "Another <b>" not in text


def test_the_page_costs_the_same_however_much_was_said(client, staff, ticket):
    def queries() -> int:
        with CaptureQueriesContext(connection) as ran:
            assert client.get(page(ticket)).status_code == 200
        return len(ran)

    def more() -> None:
        ticket_answer(actor=staff, ticket_id=ticket.pk, content="Hello")
        opened(ticket.user)

    more()
    client.get(page(ticket))
    few = queries()
    more()
    more()
    assert queries() == few


@pytest.mark.parametrize(
    ("action", "status"), [("take", "open"), ("resolve", "resolved"), ("close", "closed"), ("reopen", "in_progress")]
)
def test_actions_of_the_list(client, staff, ticket, action, status):
    text = client.post(TICKETS, {"action": action, "_selected_action": [ticket.pk]}, follow=True).content.decode()
    ticket.refresh_from_db()
    assert "1 done." in text
    assert (ticket.status, len(trail())) == (status, 1)
    assert ticket.assigned_to == (staff if action == "take" else None)


def test_the_list_is_filtered_by_who_looks_after_it(client, staff, ticket):
    """Offered are those of the staff who have tickets, without reading them all."""
    ticket_assign(actor=staff, ticket_id=ticket.pk, to=staff)
    free, idle = opened(BuyerFactory(), subject="Late"), StaffFactory(username="ida")
    with CaptureQueriesContext(connection) as ran:
        page = client.get(TICKETS)
    [offered] = [each for each in page.context["cl"].filter_specs if each.title == "assigned to"]
    assert offered.lookup_choices == [(staff.pk, "sue")]
    assert idle.username not in str(list(offered.choices(page.context["cl"])))
    assert not [one["sql"] for one in ran if "DISTINCT" in one["sql"] and "community_supportticket" in one["sql"]]
    for query, found in ((f"assigned_to__id__exact={staff.pk}", ticket), ("assigned_to__isnull=True", free)):
        assert list(client.get(f"{TICKETS}?{query}").context["cl"].result_list) == [found]


def test_moderators_have_no_business_with_tickets(client, ticket):
    groups_prepare()
    moderator = ModeratorFactory()
    client.force_login(moderator)
    assert client.get(TICKETS).status_code == 403
    for name in ("answer", "take-it", "close-it"):
        assert client.post(page(ticket).replace("change", name)).status_code in (403, 404)
    for refused in (
        lambda: ticket_answer(actor=moderator, ticket_id=ticket.pk, content="Hello"),
        lambda: ticket_move(actor=moderator, ticket_id=ticket.pk, status=TicketStatus.CLOSED),
        lambda: ticket_assign(actor=moderator, ticket_id=ticket.pk, to=None),
        lambda: ticket_prioritise(actor=moderator, ticket_id=ticket.pk, priority=TicketPriority.LOW),
    ):
        with pytest.raises(Denied):
            refused()
    assert (SupportTicket.objects.get().status, trail()) == ("open", [])


def test_an_article_that_staff_write_is_what_the_assistant_answers_from(client, staff):
    question = "can i collect points with giftcards"
    assert article_for(question) is None
    sent = {
        "title": "Do I collect points with gift cards?",
        "slug": "points",
        "category": "",
        "position": 1,
        "is_published": "on",
        "body": "Yes: giftcards collect points like any payment.",
    }
    assert client.post(ARTICLES, sent).status_code == 302
    assert article_for(question).article.slug == "points"
    assert AuditEntry.objects.get().action == "helparticle.add"
    HelpArticle.objects.filter(slug="points").update(is_published=False)
    assert article_for(question) is None

"""Tickets and help articles in the admin site: staff answer, assign, move; each leaves its entry in the trail."""

import pytest
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


def save(client, ticket, **sent):
    address = reverse("admin:community_supportticket_change", args=[ticket.pk])
    data = {"priority": ticket.priority, "assigned_to": "", "answer": "", "move_to": ""} | sent
    answer = client.post(address, data, follow=True)
    assert answer.status_code == 200
    ticket.refresh_from_db()
    return answer.content.decode()


def trail():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_answer_assign_and_resolve_at_once(client, staff, ticket):
    text = save(client, ticket, answer="<i>Try again</i>", move_to="resolved", assigned_to=staff.pk, priority="high")
    assert "is saved." in text and "&lt;i&gt;Try again&lt;/i&gt;" in text and "No <b>link" not in text
    assert (ticket.status, ticket.assigned_to, ticket.priority) == ("resolved", staff, "high")
    message = TicketMessage.objects.filter(is_first=False).get()
    assert (message.content, message.by_staff, message.sender) == ("<i>Try again</i>", True, staff)
    assert trail() == ["ticket.assign", "ticket.prioritise", "ticket.answer", "ticket.move"]
    assert "Try again" not in str(list(AuditEntry.objects.values()))
    assert Notification.objects.filter(user=ticket.user).count() == 2


def test_taking_it_up_with_an_answer(client, staff, ticket):
    save(client, ticket, answer="We look into it.", move_to="in_progress")
    assert (ticket.status, ticket.assigned_to) == ("in_progress", staff)


def test_a_refusal_is_told_and_nothing_is_done(client, staff, ticket):
    ticket_move(actor=staff, ticket_id=ticket.pk, status=TicketStatus.CLOSED)
    text = save(client, ticket, answer="Hello?", priority="urgent")
    assert "The ticket is closed." in text and "is saved." not in text
    assert (ticket.priority, TicketMessage.objects.filter(is_first=False).count()) == ("medium", 0)


def test_its_person_s_words_are_escaped(client, staff, ticket):
    ticket_write(actor=ticket.user, ticket_id=ticket.pk, content="<script>alert(1)</script>")
    page = client.get(reverse("admin:community_supportticket_change", args=[ticket.pk])).content.decode()
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("action", "status"), [("take", "open"), ("resolve", "resolved"), ("close", "closed"), ("reopen", "in_progress")]
)
def test_actions_of_the_list(client, staff, ticket, action, status):
    text = client.post(TICKETS, {"action": action, "_selected_action": [ticket.pk]}, follow=True).content.decode()
    ticket.refresh_from_db()
    assert "1 done." in text
    assert (ticket.status, len(trail())) == (status, 1)
    assert ticket.assigned_to == (staff if action == "take" else None)


def test_moderators_have_no_business_with_tickets(client, ticket):
    groups_prepare()
    moderator = ModeratorFactory()
    client.force_login(moderator)
    assert client.get(TICKETS).status_code == 403
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

"""Nexus's support tickets over HTTP: v1's tickets in Nexus's words."""

import pytest

from accounts.models import Delivery
from accounts.tests.factories import AdminFactory, BuyerFactory, StaffFactory, UserFactory
from accounts.tests.people import as_bearer
from community.choices import TicketIssue, TicketPriority, TicketStatus
from community.models import SupportTicket, TicketMessage
from community.services.tickets import ticket_move, ticket_open
from community.tests.api.nexus.test_communities import PERSON
from community.tests.factories import UploadFactory
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db
TICKET = {
    *("id", "user_id", "user", "subject", "category", "priority", "status", "assigned_to", "message_count"),
    *("created_at", "updated_at", "resolved_at"),
}
MESSAGE = {"id", "ticket_id", "sender_id", "sender_type", "sender", "content", "attachments", "created_at"}
TICKETS = "/api/support/tickets"
SENT = {"subject": "Payment failed", "category": "Payment", "message": "My payment failed twice"}


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def staff():
    return StaffFactory(username="anna")


def opened(bob, **changes):
    return as_bearer(bob).post(TICKETS, SENT | changes, format="json").json()


@pytest.mark.operation("nexus.support.tickets.create")
def test_a_ticket_is_opened_with_its_first_message(bob):
    files = [f"http://testserver/media/{UploadFactory(owner=bob).stored}"]
    answer = as_bearer(bob).post(TICKETS, SENT | {"attachments": files}, format="json")
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == TICKET | {"messages"}
    (message,) = body["messages"]
    assert set(message) == MESSAGE
    assert set(body["user"]) == set(message["sender"]) == PERSON
    assert (body["status"], body["priority"], body["assigned_to"], body["message_count"]) == (
        "pending",
        "medium",
        None,
        1,
    )
    assert (message["content"], message["sender_type"], message["attachments"]) == (SENT["message"], "user", files)
    other_name = {"subject": "Refund", "category": "Refund", "content": "Please", "priority": "high"}
    body = as_bearer(bob).post(TICKETS, other_name, format="json").json()
    assert (body["messages"][0]["content"], body["category"], body["priority"]) == ("Please", "Refund", "high")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"category": "Other"}, "category"),
        ({"priority": "urgent"}, "priority"),
        ({"message": None}, "message"),
        ({"message": " "}, "message"),
        ({"message": "x" * 5001}, "message"),
        ({"attachments": ["https://evil.example/"]}, "attachments"),
    ],
)
def test_what_is_no_ticket(bob, change, field):
    answer = as_bearer(bob).post(TICKETS, SENT | change, format="json")
    assert (answer.status_code, answer.json()["detail"][0]["loc"][:2]) == (422, ["body", field])
    assert SupportTicket.objects.count() == 0


@pytest.mark.operation("nexus.support.tickets.list")
def test_ones_own_the_latest_change_first(bob, staff):
    first, second = opened(bob, subject="first"), opened(bob, subject="second")
    opened(UserFactory(), subject="of another")
    as_bearer(bob).post(f"{TICKETS}/{first['id']}/messages", {"content": "?"}, format="json")
    body = as_bearer(bob).get(TICKETS).json()
    assert [(row["subject"], row["message_count"]) for row in body] == [("first", 2), ("second", 1)]
    assert set(body[0]) == TICKET
    ticket_move(actor=staff, ticket_id=second["id"], status=TicketStatus.CLOSED)
    for status, subjects in (("pending", ["first"]), ("active", []), ("resolved", ["second"])):
        assert [row["subject"] for row in as_bearer(bob).get(TICKETS, {"status": status}).json()] == subjects
    assert as_bearer(bob).get(TICKETS, {"status": "open"}).status_code == 422
    assert as_bearer(bob).get(TICKETS, {"page": 1}).json()["total"] == 2


@pytest.mark.operation("nexus.support.tickets.retrieve")
def test_a_ticket_is_its_persons_and_staffs(bob, staff):
    number = opened(bob)["id"]
    for client in (as_bearer(bob), as_bearer(staff)):
        assert client.get(f"{TICKETS}/{number}").json()["messages"][0]["content"] == SENT["message"]
    for client in (as_bearer(UserFactory()),):
        assert client.get(f"{TICKETS}/{number}").json() == {"detail": "Ticket not found"}


def test_one_of_v1_in_nexus_words(bob):
    ticket = ticket_open(
        actor=bob,
        purchase=None,
        issue_type=TicketIssue.DOWNLOAD_PROBLEM,
        subject="No link",
        description="It does not work.",
        priority=TicketPriority.URGENT,
    )
    body = as_bearer(bob).get(f"{TICKETS}/{ticket.pk}").json()
    assert (body["category"], body["priority"], body["status"]) == ("Technical", "high", "pending")
    assert [message["content"] for message in body["messages"]] == ["It does not work."]
    old = as_bearer(bob).get(f"/api/v1/purchase-management/support-tickets/{ticket.pk}")
    assert old.status_code == 404 or old.json()["messages"] == []


@pytest.mark.operation("nexus.support.tickets.messages.create")
def test_an_answer_takes_it_up_and_a_question_opens_it_again(bob, staff):
    number = opened(bob)["id"]
    where = f"{TICKETS}/{number}/messages"
    answer = as_bearer(staff).post(where, {"content": "Try again"}, format="json")
    assert answer.status_code == 201
    assert set(answer.json()) == MESSAGE
    assert answer.json()["sender_type"] == "admin"
    mail = Delivery.objects.get(template="support_ticket_update")
    assert (mail.user, mail.context["answer"], mail.context["status"]) == (bob, "Try again", "in progress")
    shown = as_bearer(bob).get(f"{TICKETS}/{number}").json()
    assert (shown["status"], shown["assigned_to"], shown["message_count"]) == ("active", "anna", 2)
    ticket_move(actor=staff, ticket_id=number, status=TicketStatus.RESOLVED)
    assert as_bearer(bob).get(f"{TICKETS}/{number}").json()["resolved_at"]
    body = as_bearer(bob).post(where, {"content": "It failed again"}, format="json").json()
    assert body["sender_type"] == "user"
    shown = as_bearer(bob).get(f"{TICKETS}/{number}").json()
    assert (shown["status"], shown["resolved_at"]) == ("active", None)
    assert as_bearer(UserFactory()).post(where, {"content": "Hi"}, format="json").status_code == 404
    assert as_bearer(bob).post(where, {"content": ""}, format="json").status_code == 422
    assert TicketMessage.objects.count() == 3


@pytest.mark.operation("nexus.admin.support.tickets.list")
def test_staff_see_all_the_most_urgent_first(bob, staff):
    opened(bob, subject="low", priority="low")
    opened(bob, subject="old", priority="high", category="Refund")
    opened(UserFactory(), subject="new", priority="high")
    client = as_bearer(staff)
    assert [row["subject"] for row in client.get("/api/admin/support/tickets").json()] == ["old", "new", "low"]
    SupportTicket.objects.filter(subject="low").update(assigned_to=staff)
    SupportTicket.objects.filter(subject="new").update(assigned_name="support_anna")
    for query, subjects in (
        ("priority=high", ["old", "new"]),
        ("category=Refund", ["old"]),
        ("status=active", []),
        ("assigned_to=anna", ["low"]),
        ("assigned_to=support_anna", ["new"]),
    ):
        assert [row["subject"] for row in client.get(f"/api/admin/support/tickets?{query}").json()] == subjects, query
    assert as_bearer(bob).get("/api/admin/support/tickets").json() == {"detail": "Not enough permissions"}


@pytest.mark.operation("nexus.admin.support.tickets.assign")
def test_a_ticket_is_assigned_and_resolved(bob, staff):
    number = opened(bob)["id"]
    where, client = f"/api/admin/support/tickets/{number}/assign", as_bearer(AdminFactory(username="boss"))
    body = client.put(where).json()
    assert body["message"] == "Ticket assigned successfully"
    assert set(body["ticket"]) == TICKET
    assert (body["ticket"]["assigned_to"], body["ticket"]["status"]) == ("boss", "active")
    body = client.put(where, {"assigned_to": "ANNA", "priority": "high"}, format="json").json()["ticket"]
    assert (body["assigned_to"], body["status"], body["priority"]) == ("anna", "active", "high")
    body = client.put(where, {"assigned_to": "support_team", "status": "resolved"}, format="json").json()["ticket"]
    assert (body["assigned_to"], body["status"]) == ("support_team", "resolved")
    assert body["resolved_at"]
    body = client.put(where, {"status": "pending"}, format="json").json()["ticket"]
    assert (body["status"], body["resolved_at"]) == ("pending", None)
    mails = Delivery.objects.filter(template="support_ticket_update").order_by("pk")
    assert [mail.context["status"] for mail in mails] == ["in progress", "in progress", "resolved", "open"]
    assert AuditEntry.objects.filter(action="ticket.handle").count() == 4
    assert client.put("/api/admin/support/tickets/999999/assign").json() == {"detail": "Ticket not found"}
    for sent in ({"status": "closed"}, {"priority": "urgent"}, {"assigned_to": "x" * 151}):
        assert client.put(where, sent, format="json").status_code == 422

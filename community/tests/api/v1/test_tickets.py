"""v1's support tickets over HTTP: bob's, and staff's answers."""

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.tests.factories import ArtistFactory, BuyerFactory, StaffFactory
from commerce.tests.steps import order_of
from community.choices import TicketStatus
from community.models import SupportTicket, TicketMessage
from community.services.tickets import ticket_move, ticket_write
from community.tests.services.test_tickets import opened
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
OPEN = "/api/v1/purchase-management/support-ticket"
TICKETS = "/api/v1/purchase-management/support-tickets"
BODY = {
    "issue_type": "download_problem",
    "subject": "Cannot download my purchased file",
    "description": "The download link is not working properly",
    "priority": "medium",
}


def client_of(user) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def api(bob):
    return client_of(bob)


@pytest.fixture
def line(bob):
    return order_of(bob, ArtworkFactory(seller=ArtistFactory(username="alice"))).lines.get()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.operation("v1.support_tickets.create")
def test_opening(api, bob, line):
    answer = api.post(OPEN, BODY | {"purchase_id": line.pk}, format="json")
    ticket = SupportTicket.objects.get()
    assert answer.status_code == 201
    shown = answer.json()
    assert set(shown) == {"id", "ticket_number", "status", "created_at", "estimated_resolution"}
    assert (shown["id"], shown["ticket_number"], shown["status"]) == (ticket.pk, ticket.number, "open")
    assert (moment(shown["estimated_resolution"]) - moment(shown["created_at"])).total_seconds() == 48 * 3600
    assert shown["created_at"].endswith("Z")
    assert (ticket.user, ticket.purchase_id, ticket.priority) == (bob, line.pk, "medium")


def test_the_priority_may_be_left_out_and_server_values_are_not_believed(api, line):
    body = {name: value for name, value in BODY.items() if name != "priority"}
    sent = body | {"purchase_id": str(line.uuid), "status": "closed", "user": 1, "ticket_number": "TICK-1"}
    assert api.post(OPEN, sent, format="json").status_code == 201
    ticket = SupportTicket.objects.get()
    assert (ticket.priority, ticket.status, ticket.user.username) == ("medium", "open", "bob")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purchase_id": None}, "purchase_id"),
        ({"purchase_id": "x"}, "purchase_id"),
        ({"issue_type": "payment"}, "issue_type"),
        ({"issue_type": ["other"]}, "issue_type"),
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"description": "a\0b"}, "description"),
        ({"priority": "extreme"}, "priority"),
    ],
)
def test_what_is_malformed_is_named(api, line, changes, field):
    answer = api.post(OPEN, BODY | {"purchase_id": line.pk} | changes, format="json")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert SupportTicket.objects.count() == 0


def test_somebody_else_s_purchase(line):
    answer = client_of(BuyerFactory(username="charlie")).post(OPEN, BODY | {"purchase_id": line.pk}, format="json")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Purchase not found", "status_code": 404})


@pytest.mark.operation("v1.support_tickets.list")
def test_the_list(api, bob, line):
    first, second = opened(bob, line.pk), opened(bob)
    opened(BuyerFactory())
    ticket_write(actor=bob, ticket_id=first.pk, content="More")
    answer = api.get(TICKETS)
    assert answer.status_code == 200
    page = answer.json()
    assert {name: page[name] for name in ("total", "page", "size")} == {"total": 2, "page": 1, "size": 50}
    assert [item["id"] for item in page["items"]] == [second.pk, first.pk]
    assert page["items"][1] == {
        "id": first.pk,
        "ticket_number": first.number,
        "purchase_id": line.pk,
        "issue_type": "other",
        "subject": "Help",
        "status": "open",
        "priority": "medium",
        "created_at": page["items"][1]["created_at"],
        "updated_at": page["items"][1]["updated_at"],
    }
    by_change = api.get(TICKETS, {"sort": "updated_at", "order": "desc", "size": 1}).json()
    assert [item["id"] for item in by_change["items"]] == [first.pk]
    assert api.get(TICKETS, {"sort": "user"}).json()["errors"][0]["field"] == "sort"
    assert api.get(TICKETS, {"page": 9}).json()["items"] == []


def test_lists_cost_the_same_for_more_rows(api, bob):
    opened(bob)
    api.get(TICKETS)
    with CaptureQueriesContext(connection) as few:
        api.get(TICKETS)
    for _ in range(29):
        opened(bob)
    with CaptureQueriesContext(connection) as many:
        assert len(api.get(TICKETS).json()["items"]) == 30
    assert len(many) == len(few)


@pytest.mark.operation("v1.support_tickets.get")
def test_a_ticket_with_its_messages(api, bob, line):
    ticket, staff = opened(bob, line.pk), StaffFactory(first_name="Sue")
    ticket_write(actor=bob, ticket_id=ticket.pk, content="Please")
    ticket_write(actor=staff, ticket_id=ticket.pk, content="Done.")
    ticket_move(actor=staff, ticket_id=ticket.pk, status=TicketStatus.RESOLVED)
    shown = api.get(f"{TICKETS}/{ticket.pk}").json()
    assert (shown["description"], shown["status"]) == ("It does not work.", "resolved")
    assert shown["resolved_at"].endswith("Z") and shown["estimated_resolution"].endswith("Z")
    first, second = TicketMessage.objects.filter(is_first=False).order_by("pk")
    assert [(m["id"], m["author"], m["message"]) for m in shown["messages"]] == [
        (first.pk, "user", "Please"),
        (second.pk, "support", "Done."),
    ]
    assert "Sue" not in str(shown) and staff.username not in str(shown)
    assert client_of(staff).get(f"{TICKETS}/{ticket.pk}").status_code == 200


def test_a_ticket_costs_the_same_for_more_messages(api, bob):
    ticket = opened(bob)
    ticket_write(actor=bob, ticket_id=ticket.pk, content="Please")
    with CaptureQueriesContext(connection) as few:
        api.get(f"{TICKETS}/{ticket.pk}")
    for _ in range(29):
        ticket_write(actor=bob, ticket_id=ticket.pk, content="Please")
    with CaptureQueriesContext(connection) as many:
        assert len(api.get(f"{TICKETS}/{ticket.pk}").json()["messages"]) == 30
    assert len(many) == len(few)


@pytest.mark.operation("v1.support_tickets.write")
def test_answering(api, bob):
    ticket = opened(bob)
    answer = api.post(f"{TICKETS}/{ticket.pk}/messages", {"message": "It works now."}, format="json")
    message = TicketMessage.objects.filter(is_first=False).get()
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": message.pk,
            "author": "user",
            "message": "It works now.",
            "created_at": answer.json()["created_at"],
        },
    )
    ticket_move(actor=StaffFactory(), ticket_id=ticket.pk, status=TicketStatus.CLOSED)
    assert api.post(f"{TICKETS}/{ticket.pk}/messages", {"message": "Hm"}, format="json").status_code == 409


def test_charlie_sees_nothing_of_it(bob):
    ticket, charlie = opened(bob), client_of(BuyerFactory(username="charlie"))
    for answer in (
        charlie.get(f"{TICKETS}/{ticket.pk}"),
        charlie.post(f"{TICKETS}/{ticket.pk}/messages", {"message": "Hi"}, format="json"),
        charlie.get(f"{TICKETS}/4f506172-8394-4a5b-8c7d-8e9f0a1b2c3d"),
    ):
        assert (answer.status_code, answer.json()) == (404, {"detail": "Ticket not found", "status_code": 404})
    assert charlie.get(TICKETS).json()["items"] == []

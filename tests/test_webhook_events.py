"""Each event of the list is caused where it happens, once, in the transaction of its cause, and told to whom it
concerns: with what is theirs, and to the platform with all."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.choices import WebhookEvent
from accounts.models import User, WebhookMessage
from accounts.services.webhook_endpoints import endpoint_create, endpoint_test
from accounts.services.webhook_platform import platform_endpoint_create
from commerce.choices import DisputeOutcome, OrderStatus, PayoutMethod
from commerce.models import Order
from commerce.services.checkout.fulfilment import order_cancel, order_force_complete, order_progress
from commerce.services.escrow.disputes import dispute_decide, dispute_open, dispute_withdraw
from commerce.services.notices.webhooks import order_webhook
from commerce.services.payouts.payouts import payout_fail, payout_request
from commerce.services.refunds.refunds import payment_refund
from commerce.services.subscriptions.subscriptions import subscribe, subscription_cancel
from commerce.tests.shop import plan_of
from commerce.tests.steps import order_of, paid_job, paid_order
from community.choices import TicketIssue, TicketStatus
from community.services.messages import message_send
from community.services.tickets import ticket_move, ticket_open, ticket_write
from jobs.services.hiring import job_complete, job_hire
from jobs.tests.factories import BidFactory, JobFactory, hired_job
from marketplace.services.moderation import artwork_approve, artwork_reject
from marketplace.tests.factories import ArtworkFactory
from printshop.choices import EventKind
from printshop.services.printers.events import printer_event
from printshop.tests.factories import PrinterFactory

pytestmark = pytest.mark.django_db
URL = "https://example.com/hook"
Heard = list[tuple[str, str, dict[str, Any]]]


class Listening:
    """alice, bob, dora and the platform hear everything that concerns them; charlie does too, and it is nothing."""

    def __init__(self, admin: User, **people: User) -> None:
        self.endpoints = {name: endpoint_create(actor=user, url=URL, events=["*"]) for name, user in people.items()}
        self.endpoints["platform"] = platform_endpoint_create(actor=admin, url=URL, events=["*"])
        self.names = {endpoint.target_id: name for name, endpoint in self.endpoints.items()}
        self.abouts: set[str] = set()

    def __call__(self) -> Heard:
        """What was told since it was asked last: to whom, of what, the data."""
        found = []
        for message in WebhookMessage.objects.order_by("pk"):
            body = json.loads(message.body)
            assert body["type"] == message.event_type
            found.append((self.names[message.target_id], message.event_type, body["data"]))
            self.abouts.add(message.about)
        WebhookMessage.objects.all().delete()
        return found


@pytest.fixture
def heard(alice, bob, charlie, dora, admin, monkeypatch) -> Listening:
    monkeypatch.setattr(settings, "SANDBOX_ALLOWED", True)
    return Listening(admin, alice=alice, bob=bob, charlie=charlie, dora=dora)


def told(heard: Heard) -> list[tuple[str, str]]:
    return [(event, who) for who, event, _data in heard]


def to_each(*events: str, who: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(event, name) for event in events for name in who]


def the(heard: Heard, who: str, event: str) -> dict[str, Any]:
    return next(data for name, kind, data in heard if (name, kind) == (who, event))


def test_the_list_in_the_reference_is_the_list_in_the_code():
    text = (settings.BASE_DIR / "docs" / "reference" / "webhooks.md").read_text()
    assert re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", text, re.MULTILINE) == WebhookEvent.values


# ---------------------------------------------------------------- orders
@pytest.fixture
def pieces(alice, dora):
    return [
        ArtworkFactory.create(seller=alice, artwork_type="physical", price="60.00"),
        ArtworkFactory.create(seller=dora, artwork_type="physical", price="40.00"),
    ]


def test_an_order_of_two_sellers(heard, pieces, alice, dora, bob, admin):
    order, payment = paid_order(bob, *pieces)
    all_of_it = heard()
    everybody = ("alice", "bob", "dora", "platform")
    assert told(all_of_it) == [
        *to_each("order.placed", "order.paid", who=everybody),
        *to_each("sale.made", who=("alice", "dora", "platform")),
    ]
    assert heard.abouts == {f"order-{order.pk}"}
    first, second = order.lines.order_by("pk")
    lines = [
        {"line_id": line.pk, "listing_id": line.listing_id, "seller_id": line.seller_id, "quantity": 1}
        | {"amount": amount, "shipped_at": None, "delivered_at": None}
        for line, amount in ((first, "60.00"), (second, "40.00"))
    ]
    whole = {"order_id": order.pk, "buyer_id": bob.pk, "currency": "PKR"}
    assert the(all_of_it, "bob", "order.placed") == whole | {"status": "pending", "amount": "100.00", "lines": lines}
    of_alice = {"amount": "60.00", "lines": lines[:1], "payment_id": payment.pk, "status": "confirmed"}
    assert the(all_of_it, "alice", "order.paid") == whole | of_alice
    sale = {"earning": "54.00", "fee": "6.00", "held": "0.00"}
    assert the(all_of_it, "alice", "sale.made") == whole | of_alice | sale
    assert the(all_of_it, "platform", "sale.made")["earning"] == "90.00"

    order_progress(actor=alice, order_id=order.pk, status=OrderStatus.SHIPPED)
    sent = heard()
    assert told(sent) == to_each("order.shipped", who=("alice", "bob", "platform"))  # dora's is not
    shown = the(sent, "bob", "order.shipped")
    assert shown["status"] == "confirmed"
    assert [line["shipped_at"] is not None for line in shown["lines"]] == [True, False]
    order_progress(actor=alice, order_id=order.pk, status=OrderStatus.SHIPPED)
    assert heard() == []  # it was already
    order_progress(actor=dora, order_id=order.pk, status=OrderStatus.SHIPPED)
    sent = heard()
    assert told(sent) == to_each("order.shipped", who=everybody)
    assert the(sent, "bob", "order.shipped")["status"] == "shipped"

    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("10.00"))
    back = heard()
    assert told(back) == to_each("payment.refunded", who=everybody)
    amounts = {who: the(back, who, "payment.refunded")["amount"] for who in everybody}
    assert amounts == {"bob": "10.00", "platform": "10.00", "alice": "6.00", "dora": "4.00"}
    assert the(back, "bob", "payment.refunded")["order_id"] == order.pk

    order_progress(actor=admin, order_id=order.pk, status=OrderStatus.DELIVERED)
    assert told(heard()) == to_each("order.delivered", who=everybody)


def test_orders_that_end_otherwise(heard, pieces, alice, bob, admin):
    order_cancel(actor=bob, order_id=order_of(bob, pieces[0]).pk)
    mine = ("alice", "bob", "platform")
    assert told(heard()) == to_each("order.placed", "order.cancelled", who=mine)

    free = ArtworkFactory.create(seller=alice, price="0.00")
    order_of(bob, free)
    given = heard()
    assert told(given) == [
        *to_each("order.placed", "order.paid", who=mine),
        *to_each("sale.made", who=("alice", "platform")),
        *to_each("order.delivered", who=mine),
    ]
    assert the(given, "alice", "sale.made")["payment_id"] is None

    order_force_complete(actor=admin, order_id=order_of(bob, pieces[0]).pk)
    assert told(heard()) == to_each("order.placed", "order.shipped", "order.delivered", who=mine)


def test_however_many_lines_an_order_is_told_of_in_as_many_queries(heard, alice, bob):
    costs = []
    for number in (1, 5):
        order = order_of(bob, *(ArtworkFactory.create(seller=alice) for _ in range(number)))
        with CaptureQueriesContext(connection) as queries:
            order_webhook(WebhookEvent.ORDER_SHIPPED, order)
        costs.append(len(queries))
    assert costs == [3, 3]  # who hears, the lines, the messages


def test_what_is_rolled_back_is_not_told(heard, pieces, bob):
    with pytest.raises(RuntimeError), transaction.atomic():
        order_of(bob, *pieces)
        raise RuntimeError
    assert (heard(), Order.objects.count()) == ([], 0)


# ---------------------------------------------------------------- everything else
def test_payouts(heard, alice, bob, admin):
    paid_order(bob, ArtworkFactory.create(seller=alice, currency="USD", price="100.00"))
    heard()
    payout = payout_request(actor=alice, amount=Decimal(30), method=PayoutMethod.PAYPAL, net_amount=Decimal(30))
    payout_fail(actor=admin, payout_id=payout.pk, reason="No such account")
    both = heard()
    assert told(both) == to_each("payout.updated", "payout.updated", who=("alice", "platform"))
    first, last = (data for who, _event, data in both if who == "alice")
    assert (first["status"], last["status"]) == ("pending", "failed")
    assert (first["payout_id"], first["amount"], first["currency"]) == (str(payout.uuid), "30.00", "USD")
    assert "account" not in first


def test_jobs_and_disputes(heard, alice, bob, admin):
    job = JobFactory.create(buyer=bob)
    job_hire(actor=bob, job_id=job.pk, bid_id=BidFactory.create(job=job, artist=alice).pk)
    job_complete(actor=bob, job_id=job.pk)
    mine = ("alice", "bob", "platform")
    done = heard()
    assert told(done) == to_each("job.hired", "job.completed", who=mine)
    assert the(done, "alice", "job.hired") == {
        "job_id": job.pk,
        "status": "in_progress",
        "buyer_id": bob.pk,
        "artist_id": alice.pk,
        "amount": "750.00",
        "currency": job.currency,
    }

    payment = paid_job(hired_job(buyer=bob, artist=alice))
    heard()
    dispute = dispute_open(actor=bob, payment_id=payment.pk, reason="It is late.")
    dispute_withdraw(actor=bob, dispute_id=dispute.pk)
    dispute = dispute_open(actor=bob, payment_id=payment.pk, reason="It is late again.")
    dispute_decide(
        actor=admin,
        dispute_id=dispute.pk,
        outcome=DisputeOutcome.SPLIT,
        answer="Half each",
        artist_amount=Decimal(425),
        buyer_amount=Decimal(425),
    )
    fought = heard()
    events = ("dispute.opened", "dispute.decided", "dispute.opened", "dispute.decided", "job.completed")
    assert told(fought) == to_each(*events, who=mine)
    states = [data["state"] for who, event, data in fought if who == "alice" and event == "dispute.decided"]
    assert states == ["withdrawn", "decided"]
    decided = [data for _who, event, data in fought if event == "dispute.decided"][-1]
    assert (decided["artist_amount"], decided["buyer_amount"], decided["job_id"]) == (
        "425.00",
        "425.00",
        payment.job_id,
    )
    assert not {"reason", "answer"} & set(decided)


def test_listings(heard, alice, admin):
    artwork = ArtworkFactory.create(seller=alice, status="pending")
    artwork_approve(actor=admin, artwork_id=artwork.pk)
    artwork_approve(actor=admin, artwork_id=artwork.pk)
    artwork_reject(actor=admin, artwork_id=artwork.pk, reason="Blurred")
    looked_at = heard()
    assert told(looked_at) == to_each("listing.approved", "listing.rejected", who=("alice", "platform"))
    assert the(looked_at, "alice", "listing.rejected") == {
        "listing_id": artwork.pk,
        "kind": "artwork",
        "seller_id": alice.pk,
        "status": "rejected",
        "price": f"{artwork.price:.2f}",
        "currency": artwork.currency,
    }


def test_messages_and_tickets(heard, alice, bob, staff):
    message = message_send(actor=bob, receiver_id=alice.pk, content="Between the two of us")
    written = heard()
    assert told(written) == to_each("message.received", who=("alice", "platform"))
    assert the(written, "alice", "message.received") == {
        "message_id": message.pk,
        "conversation_id": message.conversation_id,
        "sender_id": bob.pk,
        "receiver_id": alice.pk,
        "job_id": None,
    }

    ticket = ticket_open(actor=bob, purchase=None, issue_type=TicketIssue.OTHER, subject="Help", description="Please")
    ticket_write(actor=bob, ticket_id=ticket.pk, content="It is urgent")
    ticket_write(actor=staff, ticket_id=ticket.pk, content="Try this")
    ticket_move(actor=staff, ticket_id=ticket.pk, status=TicketStatus.RESOLVED)
    handled = heard()
    events = ("ticket.created", "ticket.updated", "ticket.updated", "ticket.updated")
    assert told(handled) == to_each(*events, who=("bob", "platform"))
    mine = [(data["status"], data["by_staff"]) for who, _event, data in handled if who == "bob"]
    assert mine == [("open", False), ("open", False), ("in_progress", True), ("resolved", True)]
    assert heard.abouts == {f"conversation-{message.conversation_id}", f"ticket-{ticket.pk}"}


def test_subscriptions(heard, bob):
    subscribe(actor=bob, plan_id=plan_of().pk, token="tok_visa")
    subscription_cancel(actor=bob)
    subscription_cancel(actor=bob, at_period_end=False)
    changed = heard()
    assert told(changed) == to_each(*["subscription.changed"] * 3, who=("bob", "platform"))
    mine = [(data["status"], data["cancel_at_period_end"]) for who, _event, data in changed if who == "bob"]
    assert mine == [("active", False), ("active", True), ("cancelled", False)]


def test_prints_whatever_the_printer_s_own_settings_say(heard, alice):
    printer = PrinterFactory.create(shop__owner=alice)
    printer.notification_settings.notify_print_complete = False
    printer.notification_settings.save()
    for kind in (EventKind.PRINT_COMPLETED, EventKind.PRINT_FAILED, EventKind.PRINT_STARTED):
        data = {"print_id": 5, "job_name": "Gear", "run_id": 7, "outcome": None, "order_id": 9}
        printer_event(printer_id=printer.pk, kind=kind, key="run:7", words="It says.", data=data)
    printed = heard()
    assert told(printed) == to_each("print.finished", "print.failed", who=("alice", "platform"))
    about = {
        name: the(printed, "alice", "print.finished")[name] for name in ("printer_id", "print_id", "shop_order_id")
    }
    assert about == {"printer_id": printer.pk, "print_id": 5, "shop_order_id": 9}


def test_a_test_goes_to_one_endpoint(heard, alice):
    endpoint_test(actor=alice, endpoint_id=heard.endpoints["alice"].pk)
    assert told(heard()) == [("webhook.test", "alice")]

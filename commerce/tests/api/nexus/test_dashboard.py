"""Nexus's dashboard over HTTP: figures that add up with the ledger, whatever way they are cut."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Follow
from commerce.models import Payment
from commerce.selectors.balances import seller_balance
from commerce.services.payouts.payouts import payout_complete, payout_fail
from commerce.services.refunds.refunds import payment_refund
from commerce.services.reviews import review_write
from commerce.tests.shop import coupon_of, design_of
from commerce.tests.steps import order_of, paid_order, payment_of
from marketplace.models import Like, ListingComment, StatusChange
from tests.roles.requests.request import as_json

pytestmark = pytest.mark.django_db
DASHBOARD = "/api/dashboard"


@pytest.fixture
def drone(alice):
    return design_of(alice, price="40.00", title="Sci-Fi Drone")


@pytest.fixture
def client(client_of, alice):
    return client_of(alice)


@pytest.fixture
def sold(alice, bob, charlie, dora, drone, admin):
    """Two drones (one with a coupon), one of them refunded by half; one given away; one waiting; one of last month."""
    coupon_of(percent="10")
    paid_order(bob, drone, channel="nexus", coupon_code="SPRING10")
    _order, payment = paid_order(charlie, drone, channel="nexus")
    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("20.00"))
    order_of(bob, design_of(alice, price="0.00", title="Gift"), channel="nexus")
    payment_of(order_of(dora, drone, channel="nexus"))
    _order, whole = paid_order(dora, design_of(alice), channel="nexus")
    payment_refund(actor=admin, payment_id=whole.pk)
    return drone


@pytest.mark.operation("nexus.dashboard.revenue")
class TestRevenue:
    def test_adds_up_with_the_ledger(self, client, sold, alice):
        body = client.get(f"{DASHBOARD}/revenue").json()
        by_model, by_month = body.pop("by_model"), body.pop("by_month")
        assert body == {
            "gross_sales": 56.0,  # 36 and half of 40
            "platform_fee_percent": 7.5,
            "platform_fees": 4.2,
            "net_revenue": 51.8,
            "this_month": 51.8,
            "last_month": 0.0,
            "pending_amount": 37.0,
            "paid_out": 0.0,
            "available_balance": 51.8,
            "currency": "USD",
        }
        assert body["net_revenue"] == float(seller_balance(seller_id=alice.pk, currency="USD"))
        assert by_model[0] == {"model_id": sold.pk, "title": "Sci-Fi Drone", "sales": 2, "gross": 56.0, "net": 51.8}
        assert [row["sales"] for row in by_model] == [2, 1, 0]
        assert (len(by_month), by_month[-1]["gross"], by_month[-1]["sales"]) == (12, 56.0, 3)
        alice.refresh_from_db()
        assert (float(alice.sales_total), float(alice.revenue_total)) == (56.0, 51.8)

    def test_of_somebody_who_sold_nothing(self, client_of, charlie, django_assert_max_num_queries):
        with django_assert_max_num_queries(12):
            body = client_of(charlie).get(f"{DASHBOARD}/revenue").json()
        assert (body["gross_sales"], body["by_model"], len(body["by_month"])) == (0.0, [], 12)


@pytest.mark.operation("nexus.dashboard.sales_chart")
class TestChart:
    def test_days(self, client, sold):
        Payment.objects.filter(order__coupon_code="SPRING10").update(completed_at=timezone.now() - timedelta(days=3))
        body = client.get(f"{DASHBOARD}/sales-chart", {"period": "7d"}).json()
        assert (body["period"], len(body["data"])) == ("7d", 7)
        assert (body["total_sales"], body["total_amount"], body["total_revenue"]) == (3, 56.0, 51.8)
        assert body["data"][3] == {
            "date": (timezone.now() - timedelta(days=3)).date().isoformat(),
            "sales": 1,
            "amount": 36.0,
            "revenue": 33.3,
        }
        assert body["data"][0]["sales"] == 0

    @pytest.mark.parametrize(("period", "points"), [("", 30), ("30d", 30), ("90d", 90), ("12m", 12)])
    def test_periods(self, client, period, points):
        data = client.get(f"{DASHBOARD}/sales-chart", {"period": period}).json()["data"]
        assert (len(data), {point["amount"] for point in data}) == (points, {0.0})

    def test_months(self, client_of, alice, bob, time_machine):
        time_machine.move_to(datetime(2024, 2, 29, 23, 59, tzinfo=UTC), tick=False)
        paid_order(bob, design_of(alice, price="40.00"), channel="nexus")
        time_machine.move_to(datetime(2024, 3, 1, tzinfo=UTC), tick=False)
        data = client_of(alice).get(f"{DASHBOARD}/sales-chart", {"period": "12m"}).json()["data"]
        assert [(point["date"], point["amount"]) for point in data[-2:]] == [("2024-02-01", 40.0), ("2024-03-01", 0.0)]
        assert data[0]["date"] == "2023-04-01"

    def test_another_period(self, client):
        answer = client.get(f"{DASHBOARD}/sales-chart", {"period": "5y"})
        assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["query", "period"])


@pytest.mark.operation("nexus.dashboard.transactions")
def test_transactions(client, client_of, sold, bob, charlie, django_assert_num_queries):
    with django_assert_num_queries(4):  # who calls, how many, the lines, their payments
        body = client.get(f"{DASHBOARD}/transactions").json()
    assert (body["total"], body["page"], body["limit"], body["pages"]) == (5, 1, 20, 1)
    refunded, waiting, gift, half, first = body["items"]
    assert [row["status"] for row in body["items"]] == ["refunded", "pending", "completed", "completed", "completed"]
    assert (first["coupon_code"], first["discount_amount"], first["amount"]) == ("SPRING10", 4.0, 36.0)
    assert (half["coupon_code"], half["buyer"]["id"], half["model"]["id"]) == (None, charlie.pk, sold.pk)
    assert (gift["amount"], gift["platform_fee"], waiting["completed_at"]) == (0.0, 0.0, None)
    assert refunded["seller_amount"] == 27.75
    counts = {
        status: client.get(f"{DASHBOARD}/transactions", {"status": status}).json()["total"]
        for status in ("completed", "pending", "failed", "refunded")
    }
    assert counts == {"completed": 3, "pending": 1, "failed": 0, "refunded": 1}
    assert client.get(f"{DASHBOARD}/transactions", {"status": "lost"}).status_code == 422
    assert client_of(bob).get(f"{DASHBOARD}/transactions").json()["items"] == []


@pytest.mark.operation("nexus.dashboard.recent_activity")
def test_recent_activity(client, client_of, alice, bob, charlie, drone, django_assert_max_num_queries):
    paid_order(bob, drone, channel="nexus")
    Like.objects.create(listing=drone.listing, user=charlie)
    Like.objects.create(listing=drone.listing, user=alice)  # their own
    ListingComment.objects.create(listing=drone.listing, author=bob, content="Nice")
    Follow.objects.create(follower=charlie, followed=alice)
    review_write(actor=bob, listing_id=drone.pk, rating=5)
    StatusChange.objects.create(listing=drone.listing, before="pending", after="approved", actor=None)
    with django_assert_max_num_queries(8):
        rows = client.get(f"{DASHBOARD}/recent-activity").json()
    assert {row["type"]: row["message"] for row in rows if not row["id"].startswith("rating")} == {
        "sale": "bob bought Sci-Fi Drone",
        "like": "charlie liked your model Sci-Fi Drone",
        "comment": "bob commented on Sci-Fi Drone",
        "follow": "charlie follows you",
        "review": "Your model was approved: Sci-Fi Drone",
    }
    assert len(rows) == 6
    assert [row["created_at"] for row in rows] == sorted((row["created_at"] for row in rows), reverse=True)
    sale = next(row for row in rows if row["type"] == "sale")
    assert (sale["actor"]["id"], sale["model_id"], sale["link"]) == (bob.pk, drone.pk, f"/model/{drone.pk}")
    assert len(client.get(f"{DASHBOARD}/recent-activity", {"limit": 2}).json()) == 2
    assert client_of(bob).get(f"{DASHBOARD}/recent-activity").json() == []


@pytest.mark.operation("nexus.dashboard.request_payout")
@pytest.mark.operation("nexus.dashboard.payouts")
class TestPayouts:
    SENT = {"amount": 20, "method": "paypal", "destination": "alice@example.com"}

    def ask(self, client, key="", **changes):
        headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
        body = as_json(self.SENT | changes)
        return client.generic("POST", f"{DASHBOARD}/request-payout", body, "application/json", **headers)

    def test_asked_for_and_rejected(self, client, sold, alice, admin):
        answer = self.ask(client)
        assert answer.status_code == 201
        body = answer.json()
        number = body["id"]
        assert {name: body[name] for name in (*self.SENT, "status", "processed_at")} == {
            "amount": 20.0,
            "method": "paypal",
            "destination": "alice@example.com",
            "status": "pending",
            "processed_at": None,
        }
        assert client.get(f"{DASHBOARD}/revenue").json()["available_balance"] == 31.8
        assert self.ask(client, amount=31.81).json() == {"detail": "Insufficient balance"}
        payout_fail(actor=admin, payout_id=number, reason="No such account")
        [row] = client.get(f"{DASHBOARD}/payouts").json()
        assert (row["id"], row["status"]) == (number, "rejected")
        assert client.get(f"{DASHBOARD}/revenue").json()["available_balance"] == 51.8

    def test_paid_and_returned(self, client_of, alice, sold, admin, time_machine):
        number = self.ask(client_of(alice)).json()["id"]
        time_machine.move_to(timezone.now() + timedelta(days=4))  # a new account waits
        client = client_of(alice)
        payout_complete(actor=admin, payout_id=number)
        body = client.get(f"{DASHBOARD}/revenue").json()
        assert (body["paid_out"], body["available_balance"]) == (20.0, 31.8)
        assert client.get(f"{DASHBOARD}/payouts").json()[0]["status"] == "paid"
        payout_fail(actor=admin, payout_id=number, reason="returned by the bank")
        body = client.get(f"{DASHBOARD}/revenue").json()
        assert (body["paid_out"], body["available_balance"]) == (0.0, 51.8)

    def test_a_key_asks_once(self, client, sold):
        first, second = self.ask(client, key="k"), self.ask(client, key="k")
        assert first.json() == second.json()
        assert len(client.get(f"{DASHBOARD}/payouts").json()) == 1

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"amount": 0}, "amount"),
            ({"amount": 1.005}, "amount"),
            ({"method": "stripe"}, "method"),
            ({"destination": " "}, "destination"),
            ({"destination": "x" * 201}, "destination"),
        ],
    )
    def test_refused(self, client, sold, changes, field):
        answer = self.ask(client, **changes)
        assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", field])


@pytest.mark.operation("nexus.dashboard.statement")
def test_the_statement(client, sold, alice):
    rows = client.get(f"{DASHBOARD}/statement").json()
    assert [row["balance"] for row in rows] == [33.3, 70.3, 51.8, 79.55, 51.8]
    assert sum(row["amount"] for row in rows) == pytest.approx(51.8)
    assert {row["kind"] for row in rows} == {"payment", "refund"}

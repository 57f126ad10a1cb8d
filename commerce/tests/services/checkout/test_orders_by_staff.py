"""What staff do with orders: complete them by force, and cancel them. What each means for money, exactly."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Notification
from commerce.choices import OrderStatus, PaymentMethod, PaymentStatus
from commerce.errors import WrongOrderStatus
from commerce.models import LedgerEntry, OrderChange, Refund
from commerce.services.audit.ledger import ledger_faults
from commerce.services.checkout.fulfilment import order_cancel, order_close, order_force_complete
from commerce.services.payments.by_hand import payment_complete_by_hand
from commerce.tests.steps import at_once, balances, order_of, paid_order, payment_of
from config.core.callers import called_from
from config.core.errors import Denied, Missing
from config.core.models import AuditEntry
from marketplace.choices import ArtworkType
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory

pytestmark = pytest.mark.django_db
ADDRESS = "203.0.113.7"


@pytest.fixture
def posted(alice):
    """A work that is sent by post."""
    return ArtworkFactory(seller=alice, artwork_type=ArtworkType.PHYSICAL, price=Decimal("100.00"), stock=5)


def way_of(order) -> list[str]:
    return list(OrderChange.objects.filter(order=order).order_by("pk").values_list("after", flat=True))


def test_a_paid_order_passes_through_each_state(staff, bob, posted):
    order, payment = paid_order(bob, posted)
    with called_from(ADDRESS):
        done = order_force_complete(actor=staff, order_id=order.pk, reason="It has arrived.")
    assert (done.status, way_of(order)) == ("delivered", ["pending", "confirmed", "shipped", "delivered"])
    line = order.lines.get()
    assert line.shipped_at is not None and line.delivered_at is not None
    assert balances() == {("gateway", None): Decimal(-100), ("fees", None): 10, ("seller", posted.seller_id): 90}
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == (staff, "order.force_complete", str(order.pk))
    assert entry.before == {"status": "confirmed", "payments": {payment.transaction_id: "completed"}}
    assert entry.after == {
        "status": "delivered",
        "payments": {payment.transaction_id: "completed"},
        "reason": "It has arrived.",
    }
    assert entry.address == ADDRESS
    told = Notification.objects.filter(user=bob, notification_type="order_updated")
    assert [row.message for row in told] == [f"Your order #{order.pk} is now delivered"]


def test_files_are_not_shipped(staff, bob, alice):
    order = order_of(bob, ArtworkFactory(seller=alice))
    order_force_complete(actor=staff, order_id=order.pk)
    assert way_of(order) == ["pending", "confirmed", "delivered"]
    line = order.lines.get()
    assert (line.shipped_at, line.delivered_at is not None) == (None, True)


def test_cash_on_delivery_is_booked_as_received(staff, bob, posted):
    payment = payment_of(order_of(bob, posted), PaymentMethod.CASH_ON_DELIVERY)
    order_force_complete(actor=staff, order_id=payment.order_id)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.COMPLETED
    assert balances() == {("gateway", None): Decimal(-100), ("fees", None): 10, ("seller", posted.seller_id): 90}
    assert list(ledger_faults()) == []
    entry = AuditEntry.objects.get()
    assert entry.before["payments"] == {payment.transaction_id: "pending"}
    assert entry.after["payments"] == {payment.transaction_id: "completed"}


@pytest.mark.parametrize("method", [None, PaymentMethod.STRIPE, PaymentMethod.BANK_TRANSFER, PaymentMethod.JAZZCASH])
def test_money_that_has_not_come_is_not_booked(staff, admin, bob, posted, method):
    order = order_of(bob, posted)
    payment = payment_of(order, method) if method else None
    order_force_complete(actor=staff, order_id=order.pk)
    order.refresh_from_db()
    assert (order.status, LedgerEntry.objects.count()) == ("delivered", 0)
    if payment is None:
        payment = payment_of(order, PaymentMethod.BANK_TRANSFER)  # it can still be paid
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING
    if payment.payment_method == PaymentMethod.BANK_TRANSFER:
        payment_complete_by_hand(actor=admin, payment_id=payment.pk)
        assert balances()[("seller", posted.seller_id)] == 90
    order.refresh_from_db()
    assert order.status == "delivered"


def test_what_is_delivered_stays_so(staff, bob, posted):
    order, _payment = paid_order(bob, posted)
    order_force_complete(actor=staff, order_id=order.pk)
    before = (way_of(order), balances())
    assert order_force_complete(actor=staff, order_id=order.pk).status == "delivered"
    assert (way_of(order), balances()) == before


def test_a_cancelled_order_is_not_completed(staff, bob, posted):
    order = order_of(bob, posted)
    order_cancel(actor=bob, order_id=order.pk)
    with pytest.raises(WrongOrderStatus):
        order_force_complete(actor=staff, order_id=order.pk)
    order.refresh_from_db()
    assert (order.status, AuditEntry.objects.count()) == ("cancelled", 0)


def test_cancelling_gives_back_stock_and_money(staff, bob, posted):
    order, payment = paid_order(bob, posted)
    posted.refresh_from_db()
    assert posted.stock == 4
    with called_from(ADDRESS):
        done = order_close(actor=staff, order_id=order.pk, reason="Against the rules.")
    posted.refresh_from_db()
    assert (done.status, posted.stock) == (OrderStatus.CANCELLED, 5)
    refund = Refund.objects.get()
    assert (refund.payment, refund.amount, refund.actor) == (payment, Decimal("100.000"), staff)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == (staff, "order.cancel", str(order.pk))
    assert (entry.before["status"], entry.after["status"]) == ("confirmed", "cancelled")
    assert (entry.after["reason"], entry.address) == ("Against the rules.", ADDRESS)


@pytest.mark.parametrize("service", [order_force_complete, order_close])
def test_who_may_not(service, bob, alice, moderator, posted):
    order = order_of(bob, posted)
    for actor in (bob, alice, moderator, AnonymousUser()):
        with pytest.raises(Denied):
            service(actor=actor, order_id=order.pk)
    order.refresh_from_db()
    assert (order.status, AuditEntry.objects.count(), way_of(order)) == ("pending", 0, ["pending"])


@pytest.mark.parametrize("service", [order_force_complete, order_close])
def test_no_such_order(service, staff):
    for order_id in (0, 10**15):
        with pytest.raises(Missing, match="Order not found"):
            service(actor=staff, order_id=order_id)


def test_a_delivered_order_is_not_cancelled(staff, bob):
    order, _payment = paid_order(bob, EquipmentFactory())
    order_force_complete(actor=staff, order_id=order.pk)
    with pytest.raises(WrongOrderStatus):
        order_close(actor=staff, order_id=order.pk)
    assert (Refund.objects.count(), AuditEntry.objects.count()) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_completed_and_cancelled_at_once_is_one_of_them(staff, bob, posted):
    payment = payment_of(order_of(bob, posted), PaymentMethod.CASH_ON_DELIVERY)
    results = at_once(
        lambda: order_force_complete(actor=staff, order_id=payment.order_id),
        lambda: order_close(actor=staff, order_id=payment.order_id),
    )
    assert sorted(type(result).__name__ for result in results) == ["Order", "WrongOrderStatus"]
    payment.refresh_from_db()
    expected = {"delivered": "completed", "cancelled": "cancelled"}
    assert payment.status == expected[payment.order.status]
    assert (AuditEntry.objects.count(), list(ledger_faults())) == (1, [])

"""Two at once, on real connections to PostgreSQL. One wins; the books stay right (see conftest)."""

import random
import threading
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.tests.factories import BuyerFactory
from commerce.choices import OrderStatus, OrderType, PaymentStatus
from commerce.models import LedgerTransaction, Order, Payment, SandboxIntent, SandboxRefund
from commerce.services.checkout.checkout import checkout
from commerce.services.checkout.checkouts import listing_buy
from commerce.services.checkout.fulfilment import order_cancel
from commerce.services.orders.orders import Item, order_delete, order_place
from commerce.services.payments.at_gateway import payment_confirm, payment_process, payment_settle
from commerce.services.payments.creation import payment_create
from commerce.services.refunds.refunds import payment_refund, refund_reserve, refund_settle
from commerce.tests.services.payments.test_saved_methods import default_of
from commerce.tests.shop import design_of, fill_cart
from commerce.tests.steps import at_once, balances, order_of, paid_order, payment_of
from config.core.errors import DomainError
from config.core.idempotency import Once
from marketplace.choices import Kind
from marketplace.errors import OutOfStock
from marketplace.models import Listing
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory

pytestmark = pytest.mark.django_db(transaction=True)


def refused(results: list[object]) -> list[DomainError]:
    unexpected = [result for result in results if isinstance(result, Exception) and not isinstance(result, DomainError)]
    assert not unexpected, unexpected
    return [result for result in results if isinstance(result, DomainError)]


def test_the_last_piece_is_sold_once(bob, charlie):
    for _ in range(10):
        last = EquipmentFactory(stock=1)
        results = at_once(partial(order_of, bob, last), partial(order_of, charlie, last))
        assert [type(error) for error in refused(results)] == [OutOfStock]
        last.refresh_from_db()
        assert last.stock == 0


def test_many_buyers_and_a_small_edition(alice):
    edition = ArtworkFactory(seller=alice, artwork_type="physical", edition_size=3, stock=3)
    buyers = BuyerFactory.create_batch(8)
    results = at_once(*(partial(order_of, buyer, edition) for buyer in buyers))
    assert len(refused(results)) == 5
    edition.refresh_from_db()
    assert edition.stock == 0


def test_orders_of_the_same_things_in_opposite_order_do_not_deadlock(bob, charlie):
    things = EquipmentFactory.create_batch(4, stock=1000)

    def place(buyer, listings):
        return order_place(
            actor=buyer,
            channel="cultureup",
            order_type=OrderType.EQUIPMENT,
            shipping_address="x",
            items=[Item(listing.pk, 1, Kind.EQUIPMENT) for listing in listings],
        )

    for _ in range(10):
        shuffled = random.sample(things, len(things))
        assert not refused(at_once(partial(place, bob, things), partial(place, charlie, shuffled[::-1])))
    for thing in things:
        thing.refresh_from_db()
        assert thing.stock == 980


def test_cancelling_twice_returns_the_stock_once(bob, staff):
    brush = EquipmentFactory(stock=5)
    order = order_of(bob, brush, quantity=2)
    results = at_once(*[partial(order_cancel, actor=actor, order_id=order.pk) for actor in (bob, staff, bob)])
    assert len(refused(results)) == 2
    brush.refresh_from_db()
    assert brush.stock == 5


def test_deleting_and_cancelling_at_once(bob):
    brush = EquipmentFactory(stock=5)
    order = order_of(bob, brush, quantity=2)
    results = at_once(
        partial(order_cancel, actor=bob, order_id=order.pk), partial(order_delete, actor=bob, order_id=order.pk)
    )
    refused(results)
    brush.refresh_from_db()
    assert brush.stock == 5


def test_one_payment_an_order(bob, artwork):
    order = order_of(bob, artwork)
    pay = partial(
        payment_create,
        actor=bob,
        order_id=order.pk,
        method="stripe",
        amount=order.total_amount,
        payee_id=artwork.seller_id,
    )
    assert len(refused(at_once(pay, pay, pay))) == 2
    assert Payment.objects.count() == 1


def test_a_double_click_on_pay_charges_once(bob, alice, artwork):
    payment = payment_of(order_of(bob, artwork))
    process = partial(payment_process, actor=bob, payment_id=payment.pk)
    assert not refused(at_once(process, process))
    assert SandboxIntent.objects.count() == 1
    confirm = partial(payment_confirm, actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
    refused(at_once(confirm, confirm, confirm))
    assert LedgerTransaction.objects.count() == 1
    assert balances()[("seller", alice.pk)] == Decimal("269.99")


def test_a_double_click_on_purchase_charges_once(bob, alice):
    gear = design_of(alice)
    for card in ("pm_card_visa", "pm_card_mastercard"):
        at_once(*[partial(listing_buy, actor=bob, channel="nexus", listing=gear, pay_by="card", token=card)] * 3)
        assert [intent.status for intent in SandboxIntent.objects.all()] == ["succeeded"]
    assert (Order.objects.count(), balances()[("gateway", None)]) == (1, -30)


def test_browser_and_webhook_complete_one_payment_once(bob, alice, artwork):
    payment = payment_of(order_of(bob, artwork))
    payment_process(actor=bob, payment_id=payment.pk)
    payment.refresh_from_db()
    SandboxIntent.objects.filter(reference=payment.gateway_reference).update(status="succeeded")
    settle = partial(payment_settle, actor=bob, payment_id=payment.pk)
    assert not refused(at_once(settle, settle, settle, settle))
    assert LedgerTransaction.objects.count() == 1
    assert balances()[("seller", alice.pk)] == Decimal("269.99")


def test_refunds_of_60_and_60_out_of_100(bob, admin, alice):
    _order, payment = paid_order(bob, ArtworkFactory(seller=alice, price="100.00"))
    refund = partial(payment_refund, actor=admin, payment_id=payment.pk, amount=Decimal("60.00"))
    results = at_once(refund, refund)
    assert len(refused(results)) == 1
    payment.refresh_from_db()
    assert payment.refunded_amount == Decimal("60.00")
    assert sum(SandboxRefund.objects.values_list("amount", flat=True)) == 6000


def test_one_refund_settled_by_task_event_and_sweep_at_once(bob, admin, artwork):
    from commerce.services.states.payments import payment_lock

    _order, payment = paid_order(bob, artwork)
    with transaction.atomic():
        locked = payment_lock(payment.pk)
        refund = refund_reserve(locked, amount=Decimal("10.00"), actor=admin, reason="")
    settle = partial(refund_settle, actor=admin, refund_id=refund.pk)
    assert not refused(at_once(settle, settle, settle))
    payment.refresh_from_db()
    assert payment.refunded_amount == Decimal("10.00")
    assert LedgerTransaction.objects.filter(kind="refund").count() == 1


def test_paying_and_cancelling_at_once_never_keeps_the_money_of_a_cancelled_order(bob, alice):
    for _ in range(5):
        canvas = ArtworkFactory(seller=alice, artwork_type="physical", price="10.00")
        order = order_of(bob, canvas)
        payment = payment_of(order)
        payment_process(actor=bob, payment_id=payment.pk)
        results = at_once(
            partial(payment_confirm, actor=bob, payment_id=payment.pk, payment_method="pm_card_visa"),
            partial(order_cancel, actor=bob, order_id=order.pk),
        )
        refused(results)
        for refund in payment.refunds.all():
            refund_settle(actor=bob, refund_id=refund.pk)
        payment.refresh_from_db()
        order.refresh_from_db()
        assert order.status == OrderStatus.CANCELLED
        assert payment.status in {PaymentStatus.REFUNDED, PaymentStatus.CANCELLED}
    assert balances() == {}


def test_many_buyers_of_one_seller_at_once_lose_no_cent_of_his_total(alice, artwork):
    buyers = BuyerFactory.create_batch(6)
    results = at_once(*(partial(paid_order, buyer, artwork) for buyer in buyers))
    assert not refused(results)
    alice.refresh_from_db()
    assert alice.earned == Decimal("269.99") * 6
    assert Order.objects.filter(status=OrderStatus.DELIVERED).count() == 6


def test_four_calls_with_one_key_at_once_place_one_order_and_all_get_it(bob):
    """The others wait for the first one's commit, and do not hear that the last piece is gone."""
    for number in range(10):
        last = EquipmentFactory(stock=1)
        once = Once(bob.pk, f"key {number}", "cultureup.orders.create", "f")
        results = at_once(*[partial(order_of, bob, last, once=once)] * 4)
        assert not refused(results)
        assert len({order.pk for order in results}) == 1
    assert Order.objects.count() == 10


@pytest.mark.parametrize("saved", [True, False])
def test_four_checkouts_with_one_key_at_once_are_one_and_all_are_paid(bob, alice, saved):
    """Each goes on with the payment where it stands; who comes to it when it is paid already is not refused."""
    if saved:
        default_of(bob)
    for number in range(5):
        fill_cart(bob, design_of(alice))
        once = Once(bob.pk, f"key {number}", "v1.checkout.create", "f")
        results = at_once(*[partial(checkout, actor=bob, channel="v1", once=once)] * 4)
        assert not refused(results)
        assert len({done.order.pk for done in results}) == 1
        assert all(done.is_paid for done in results)
    assert LedgerTransaction.objects.count() == SandboxIntent.objects.count() == 5


def test_four_refunds_with_one_key_at_once_are_one(bob, admin, artwork):
    for number in range(5):
        _order, payment = paid_order(bob, artwork)
        once = Once(admin.pk, f"key {number}", "cultureup.admin.payments.refund", "f")
        refund = partial(payment_refund, actor=admin, payment_id=payment.pk, amount=Decimal("50.00"), once=once)
        results = at_once(*[refund] * 4)
        assert not refused(results)
        assert len({found.pk for found in results}) == 1
        payment.refresh_from_db()
        assert payment.refunded_amount == Decimal("50.00")
    assert SandboxRefund.objects.count() == 5


def test_a_lock_waited_for_too_long_is_answered_with_503_and_changes_nothing(bob):
    brush = EquipmentFactory(stock=1)
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Listing.objects.select_for_update().get(pk=brush.pk)
                locked.set()
                done.wait(20)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert locked.wait(20)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(bob)}")
    body = {
        "order_type": "equipment",
        "shipping_address": "1 Example Street",
        "equipment_items": [{"equipment_id": brush.pk}],
    }
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    try:
        busy = client.post("/api/orders/", body, format="json")
    finally:
        done.set()
        holder.join(20)
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert (busy.status_code, busy["Retry-After"]) == (503, "1")
    assert not Order.objects.exists()
    assert client.post("/api/orders/", body, format="json").status_code == 201

"""Who changes their mind about how to pay: the unpaid payment makes way, unless money may still come in for it."""

from functools import partial
from typing import Any

import pytest

from commerce.choices import OrderStatus, PaymentMethod, PaymentStatus
from commerce.errors import WrongPaymentStatus
from commerce.gateways.chosen import card_gateway
from commerce.models import Payment
from commerce.services.checkout.fulfilment import order_progress
from commerce.services.payments.at_gateway import payment_confirm, payment_process, payment_settle
from commerce.services.payments.by_hand import payment_complete_by_hand
from commerce.tests.steps import at_once, order_of, paid_order, payment_of, payment_of_job
from config.core.errors import Invalid
from jobs.tests.factories import hired_job
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
OTHERS = [PaymentMethod.JAZZCASH, PaymentMethod.BANK_TRANSFER, PaymentMethod.CASH_ON_DELIVERY]


@pytest.fixture
def order(bob, alice):
    return order_of(bob, ArtworkFactory(seller=alice, artwork_type="physical", price="100.00"))


def refused(field: str, action: Any) -> None:
    before = list(Payment.objects.order_by("pk").values())
    with pytest.raises(Invalid) as refusal:
        action()
    assert refusal.value.field == field
    assert list(Payment.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("method", OTHERS)
def test_what_was_never_opened_makes_way_for_a_card(order, bob, method):
    first = payment_of(order, method)
    refused("order", partial(payment_of, order, method))

    second = payment_of(order, PaymentMethod.STRIPE)
    payment_process(actor=bob, payment_id=second.pk)
    payment_confirm(actor=bob, payment_id=second.pk, payment_method="pm_card_visa")

    first.refresh_from_db()
    order.refresh_from_db()
    assert (first.status, order.status) == (PaymentStatus.CANCELLED, OrderStatus.CONFIRMED)
    assert first.history.latest("pk").reason == "to be paid by stripe"
    with pytest.raises(WrongPaymentStatus):
        payment_process(actor=bob, payment_id=first.pk)


@pytest.mark.parametrize("card", [None, "pm_card_chargeDeclined", "pm_card_threeDSecure2Required"])
def test_a_card_payment_is_closed_at_its_gateway_first(order, bob, card):
    first = payment_of(order)
    payment_process(actor=bob, payment_id=first.pk)
    if card:
        try:
            payment_confirm(actor=bob, payment_id=first.pk, payment_method=card)
        except Invalid:
            assert card == "pm_card_chargeDeclined"
    refused("amount", partial(_pay, order, amount=order.total_amount + 1))
    first.refresh_from_db()
    assert card_gateway().retrieve(first.gateway_reference).status != "cancelled", "nothing is closed for a refusal"

    second = payment_of(order, PaymentMethod.BANK_TRANSFER)

    first.refresh_from_db()
    assert (first.status, second.status) == (PaymentStatus.CANCELLED, PaymentStatus.PENDING)
    assert card_gateway().retrieve(first.gateway_reference).status == "cancelled"
    assert payment_settle(actor=bob, payment_id=first.pk).status == PaymentStatus.CANCELLED


def _pay(order, **changes):
    from commerce.services.payments.creation import payment_create

    line = order.lines.get()
    asked = {"order_id": order.pk, "payee_id": line.seller_id, "amount": order.total_amount}
    return payment_create(actor=order.buyer, **(asked | {"method": PaymentMethod.BANK_TRANSFER} | changes))


def test_a_card_that_was_charged_without_our_knowing_is_recorded_instead(order, bob):
    first = payment_of(order)
    payment_process(actor=bob, payment_id=first.pk)
    first.refresh_from_db()
    card_gateway().confirm(
        reference=first.gateway_reference, payment_method="pm_card_visa", return_url="", key="elsewhere"
    )

    with pytest.raises(Invalid, match="has a payment already"):
        payment_of(order, PaymentMethod.BANK_TRANSFER)

    first.refresh_from_db()
    assert (first.status, Payment.objects.count()) == (PaymentStatus.COMPLETED, 1)


def test_where_money_may_come_in_it_stays(order, bob, admin):
    transfer = payment_of(order, PaymentMethod.BANK_TRANSFER)
    payment_complete_by_hand(actor=admin, payment_id=transfer.pk)
    refused("order", partial(payment_of, order, PaymentMethod.STRIPE))

    posted, _payment = paid_order(bob, ArtworkFactory(artwork_type="physical"))
    refused("order", partial(payment_of, posted, PaymentMethod.BANK_TRANSFER))

    opened = payment_of(order_of(bob, ArtworkFactory()), PaymentMethod.JAZZCASH)
    Payment.objects.filter(pk=opened.pk).update(gateway="jazzcash", gateway_reference="T1")
    refused("order", partial(payment_of, opened.order, PaymentMethod.STRIPE))


def test_cash_for_a_parcel_on_its_way_stays(order, alice, bob):
    cash = payment_of(order, PaymentMethod.CASH_ON_DELIVERY)
    payment_process(actor=bob, payment_id=cash.pk)
    order_progress(actor=alice, order_id=order.pk, status=OrderStatus.SHIPPED)
    order.refresh_from_db()
    refused("order", partial(payment_of, order, PaymentMethod.STRIPE))


def test_a_job_is_paid_in_another_way_too(alice, bob):
    job = hired_job(buyer=bob, artist=alice)
    first = payment_of_job(job, PaymentMethod.BANK_TRANSFER)
    refused("job", partial(payment_of_job, job, PaymentMethod.BANK_TRANSFER))

    second = payment_of_job(job)

    first.refresh_from_db()
    assert (first.status, second.status) == (PaymentStatus.CANCELLED, PaymentStatus.PENDING)


@pytest.mark.django_db(transaction=True)
def test_two_other_methods_at_once(alice, bob):
    for _ in range(5):
        order = order_of(bob, ArtworkFactory(seller=alice, artwork_type="physical"))
        payment_process(actor=bob, payment_id=payment_of(order).pk)
        results = at_once(*(partial(payment_of, order, method) for method in OTHERS))
        assert all(isinstance(result, Payment | Invalid) for result in results), results
        live = order.payments.exclude(status=PaymentStatus.CANCELLED)
        assert live.get().payment_method in OTHERS

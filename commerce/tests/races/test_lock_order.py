"""Rows are locked in one order, so that nobody waits for somebody who waits for them. On real connections.

Each test holds what a payment that comes in holds, lets something else come to wait for that, and looks whether it
holds what the payment wants next.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.models import User
from commerce.models import Order, Refund, SandboxIntent
from commerce.services.checkout.checkouts import checkout_open
from commerce.services.payments.at_gateway import payment_process, payment_settle
from commerce.services.payouts.balances import seller_balance_lock
from commerce.services.reviews import review_write
from commerce.tests.shop import design_of, fill_cart
from commerce.tests.steps import at_once, order_of, paid_order, payment_of
from marketplace.models import Listing
from marketplace.services.models_3d.models import model_delete
from tests.interleaving import somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)
checkout = partial(checkout_open, channel="nexus", pay_by="card")


@contextmanager
def waiting(action: Callable[[], Any], rows: QuerySet[Any]) -> Iterator[None]:
    """While this lasts the rows are held here, and the action waits for them in a thread; it has to end well then."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            action()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    try:
        with transaction.atomic():
            assert rows.select_for_update(no_key=True).first() is not None
            thread.start()
            while not somebody_waits():
                assert thread.is_alive(), f"it waited for nobody: {errors}"
            yield
    finally:
        thread.join(timeout=20)
    assert (errors, thread.is_alive()) == ([], False)


def free(rows: QuerySet[Any]) -> bool:
    return rows.select_for_update(skip_locked=True).first() is not None


@pytest.mark.parametrize("what", ["review", "deletion"])
def test_sellers_before_their_listings(alice, bob, what):
    gear = design_of(alice)
    paid_order(bob, gear)
    actions = {
        "review": partial(review_write, actor=bob, listing_id=gear.pk, rating=5),
        "deletion": partial(model_delete, actor=alice, model_id=gear.pk),
    }
    with waiting(actions[what], User.objects.filter(pk=alice.pk)):
        assert free(Listing.objects.filter(pk=gear.pk))


def test_buyers_before_what_they_had_checked_out(alice, bob):
    gear = design_of(alice)
    fill_cart(bob, gear)
    checkout(actor=bob)
    with waiting(partial(checkout, actor=bob), User.objects.filter(pk=bob.pk)):
        assert free(Listing.objects.filter(pk=gear.pk))
    assert list(Order.objects.order_by("pk").values_list("status", flat=True)) == ["cancelled", "pending"]


def test_a_checkout_that_came_between_is_not_waited_for(alice, bob):
    """Its payment may be coming in, and then waits for the buyer."""
    fill_cart(bob, design_of(alice))
    first = checkout(actor=bob).order
    between = Order.objects.create(
        buyer=bob, channel="nexus", order_type="artwork", currency="USD", total_amount=1, checkout_id="chk_between"
    )
    Order.objects.filter(pk=between.pk).update(status="confirmed")
    held, done = threading.Event(), threading.Event()

    def pay() -> None:
        Order.objects.filter(pk=between.pk).update(status="pending")
        with transaction.atomic():
            Order.objects.select_for_update().get(pk=between.pk)
            held.set()
            done.wait(timeout=20)
        connection.close()

    paying = threading.Thread(target=pay)
    with waiting(partial(checkout, actor=bob), Order.objects.filter(pk=first.pk)):
        paying.start()
        assert held.wait(timeout=20)
    done.set()
    paying.join()
    assert list(Order.objects.order_by("pk").values_list("status", flat=True)) == ["cancelled", "pending", "pending"]


def test_money_that_comes_in_does_not_wait_for_who_spends_the_balance(alice, bob):
    """It refers to the account whose balance is locked, and holds what the other may want next."""
    paid_order(bob, design_of(alice), channel="nexus")
    pay = partial(paid_order, bob, design_of(alice), channel="nexus")
    with transaction.atomic():
        assert seller_balance_lock(seller_id=alice.pk, currency="USD") > 0
        [(_order, payment)] = at_once(pay)
    assert payment.status == "completed"


def test_of_two_payments_for_one_model_the_later_one_finds_the_other(alice, bob, charlie):
    """They wait for each other at their seller, for whom both count."""
    paid_order(charlie, design_of(alice), channel="nexus")  # opens the accounts of the ledger
    gear = design_of(alice)
    payments = [payment_of(order_of(bob, gear, channel="nexus")) for _ in range(2)]
    later, first = (partial(payment_settle, actor=bob, payment_id=payment.pk) for payment in payments)
    for payment in payments:
        payment_process(actor=bob, payment_id=payment.pk)
    SandboxIntent.objects.update(status="succeeded")
    with waiting(later, User.objects.filter(pk=alice.pk)):
        first()
    refund = Refund.objects.get()
    assert (refund.payment, refund.reason) == (payments[0], "bought already")

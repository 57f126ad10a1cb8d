"""What is kept of calls with an Idempotency-Key, and for how long."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from commerce.errors import WrongOrderStatus
from commerce.models import Order
from commerce.services.checkout.fulfilment import order_cancel
from commerce.services.orders.orders import order_confirm, order_delete
from commerce.tests.steps import order_of
from config.core.errors import KeyReused, Missing, StillRunning
from config.core.idempotency import (
    Once,
    call_answer,
    call_answered,
    call_claim,
    call_find,
    call_forget,
    calls_forget_old,
)
from config.core.models import IdempotentCall

pytestmark = pytest.mark.django_db


def once(user, key="k", fingerprint="one"):
    return Once(user.pk, key, "cultureup.orders.create", fingerprint)


def test_what_a_call_made_is_given_again(bob, artwork):
    order = order_of(bob, artwork, once=once(bob))
    assert order_of(bob, artwork, once=once(bob)) == order
    call = IdempotentCall.objects.get()
    assert (call.made_label, call.made_id, call.status) == ("commerce.order", str(order.pk), None)
    assert Order.objects.count() == 1


def test_it_is_given_as_it_is_now(bob, artwork):
    order = order_of(bob, artwork, once=once(bob))
    order_confirm(actor=bob, order_id=order.pk)
    assert order_of(bob, artwork, once=once(bob)).status == "confirmed"


def test_another_request_under_the_key_is_refused(bob, artwork):
    order_of(bob, artwork, once=once(bob))
    for call in (order_of, lambda *args, once: call_answered(once), lambda *args, once: call_find(once)):
        with pytest.raises(KeyReused):
            call(bob, artwork, once=once(bob, fingerprint="two"))
    assert Order.objects.count() == 1


def test_keys_are_each_persons_own(bob, charlie, artwork):
    orders = {order_of(person, artwork, once=once(person)).pk for person in (bob, charlie)}
    assert len(orders) == 2


def test_a_step_that_was_taken_is_not_refused(bob, artwork):
    order = order_of(bob, artwork)
    for _ in range(2):
        assert order_cancel(actor=bob, order_id=order.pk, once=once(bob)).status == "cancelled"
    with pytest.raises(WrongOrderStatus):
        order_cancel(actor=bob, order_id=order.pk)


def test_a_refusal_leaves_no_row_of_its_own(bob, artwork):
    order = order_of(bob, artwork)
    order_cancel(actor=bob, order_id=order.pk)
    with pytest.raises(WrongOrderStatus):
        order_cancel(actor=bob, order_id=order.pk, once=once(bob))
    assert not IdempotentCall.objects.exists()


def test_what_was_made_and_is_gone_is_not_made_again(bob, artwork):
    order = order_of(bob, artwork, once=once(bob))
    order_delete(actor=bob, order_id=order.pk)
    with pytest.raises(Missing):
        order_of(bob, artwork, once=once(bob))
    assert not Order.objects.exists()


def test_a_refusal_that_was_answered_a_moment_ago_asks_to_come_again(bob, artwork):
    """The edge has looked for an answer before another call with the key was refused."""
    call_answer(once(bob), status=400, body={"error": "Sold out."})
    with pytest.raises(StillRunning):
        order_of(bob, artwork, once=once(bob))
    with pytest.raises(StillRunning):
        call_find(once(bob))


def test_the_first_answer_counts(bob, artwork):
    order_of(bob, artwork, once=once(bob))
    for body in ({"id": 1}, {"id": 2}):
        call_answer(once(bob), status=201, body=body)
    call_answer(once(bob, fingerprint="two"), status=409, body={})
    call = call_answered(once(bob))
    assert call is not None
    assert (call.status, call.body) == (201, {"id": 1})


def test_a_call_that_left_nothing_behind_frees_its_key(bob):
    with transaction.atomic():
        assert call_claim(once(bob)) is None
        call_forget(once(bob))
    assert not IdempotentCall.objects.exists()
    call_answer(once(bob), status=400, body={})
    call_forget(once(bob))
    assert IdempotentCall.objects.exists(), "an answer stays"


def test_answers_are_forgotten_after_thirty_days_and_what_has_none_never(bob, artwork, time_machine):
    order_of(bob, artwork, once=once(bob, "never answered"))
    call_answer(once(bob, "refused"), status=400, body={})
    order_of(bob, artwork, once=once(bob, "answered late"))
    time_machine.move_to(timezone.now() + timedelta(days=29), tick=False)
    call_answer(once(bob, "answered late"), status=201, body={})
    assert calls_forget_old() == 0
    time_machine.move_to(timezone.now() + timedelta(days=2), tick=False)
    assert calls_forget_old() == 1
    assert set(IdempotentCall.objects.values_list("key", flat=True)) == {"never answered", "answered late"}
    time_machine.move_to(timezone.now() + timedelta(days=400), tick=False)
    assert calls_forget_old() == 1
    assert IdempotentCall.objects.get().key == "never answered"

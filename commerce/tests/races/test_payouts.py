"""Payouts and saved methods, two at once, on real connections to PostgreSQL."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest
from rest_framework.test import APIClient

from accounts.authentication import access_token
from commerce.choices import PayoutMethod, PayoutSchedule
from commerce.errors import BalanceTooLow, WrongCode, WrongPayoutStatus
from commerce.models import LedgerEntry, Payout, PayoutSettings, SavedMethod
from commerce.services.payments.saved_methods import code_to_tell, method_set_default, method_verify
from commerce.services.payouts.payouts import (
    payout_complete,
    payout_fail,
    payout_let_go,
    payout_process,
    payout_request,
    payout_stop,
)
from commerce.services.payouts.schedule import payouts_make_due
from commerce.services.payouts.settings import payout_settings_update
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.services.payments.test_saved_methods import card_of, default_of
from commerce.tests.services.payouts.test_payouts import asked
from commerce.tests.steps import at_once, balances, order_of, paid_order, payment_of
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sale(alice, bob):
    _order, payment = paid_order(bob, ArtworkFactory.create(seller=alice, currency="USD", price=Decimal("100.00")))
    return payment


def ask(seller, amount: str) -> Payout:
    payout = payout_request(
        actor=seller, amount=Decimal(amount), net_amount=Decimal(amount), method=PayoutMethod.PAYPAL
    )
    Payout.objects.filter(pk=payout.pk).update(waits_until=None)  # not the account's first one
    return payout


def refused(results, kind):
    unexpected = [result for result in results if isinstance(result, Exception) and not isinstance(result, kind)]
    assert not unexpected, unexpected
    return [result for result in results if isinstance(result, kind)]


def test_several_requests_at_once_do_not_exceed_the_balance(alice, sale):
    results = at_once(*[partial(ask, alice, "40.00")] * 6)
    assert len(refused(results, BalanceTooLow)) == 4
    assert balances()[("seller", alice.pk)] == Decimal("10.00")
    assert balances()[("payout", alice.pk)] == Decimal("80.00")


def test_one_key_pays_out_once(alice, sale):
    body = {"amount": 30, "method": "paypal", "net_amount": 30}

    def send():
        client = APIClient(HTTP_AUTHORIZATION=f"Bearer {access_token(alice)}", HTTP_IDEMPOTENCY_KEY="one")
        return client.post("/api/v1/commerce/payouts", body, format="json").status_code

    assert set(at_once(*[send] * 4)) <= {201, 409}
    assert Payout.objects.count() == 1


def test_the_sweep_twice_at_once(alice, bob, sale, time_machine):
    settings = payout_settings_update(
        actor=alice,
        method=PayoutMethod.PAYPAL,
        account={"account_number": "alice@example.com"},
        payout_schedule=PayoutSchedule.DAILY,
    )
    PayoutSettings.objects.filter(pk=settings.pk).update(is_verified=True)
    time_machine.move_to(datetime(2031, 1, 1, 3, tzinfo=UTC))
    results = at_once(*[payouts_make_due] * 4)
    assert sorted(results) == [0, 0, 0, 1]
    assert Payout.objects.get().amount == Decimal("90.00")


def test_paid_and_failed_at_once(alice, admin, sale):
    for _ in range(5):
        payout = ask(alice, "18.00")
        results = at_once(
            partial(payout_complete, actor=admin, payout_id=payout.pk),
            partial(payout_fail, actor=admin, payout_id=payout.pk, reason="x"),
            partial(payout_fail, actor=admin, payout_id=payout.pk, reason="y"),
        )
        # It may be paid first and come back then; it comes back once.
        assert len(refused(results, WrongPayoutStatus)) in {1, 2}
        assert (
            LedgerEntry.objects.filter(
                transaction__payout=payout, account__kind="seller", amount=Decimal("18.00")
            ).count()
            == 1
        )


def test_let_go_and_stopped_at_once(alice, admin, sale):
    for _ in range(5):
        payout = asked(alice, "18.00", waits=True)
        let_go = partial(payout_let_go, actor=admin, payout_id=payout.pk, reason="She called us")
        stop = partial(payout_stop, actor=alice, reference=payout.pk)
        refused(
            at_once(let_go, stop, stop, partial(payout_process, actor=admin, payout_id=payout.pk)), WrongPayoutStatus
        )
        payout.refresh_from_db()
        back = LedgerEntry.objects.filter(transaction__payout=payout, account__kind="seller", amount=Decimal("18.00"))
        assert back.count() == (payout.status == "failed")
        assert payout.status in {"failed", "processing"}
        if payout.status == "processing":
            payout_fail(actor=admin, payout_id=payout.pk, reason="x")


def test_a_refund_and_a_payout_at_once(alice, admin, sale):
    results = at_once(partial(ask, alice, "90.00"), partial(payment_refund, actor=admin, payment_id=sale.pk))
    refusals = refused(results, BalanceTooLow)
    expected = Decimal(0) if refusals else Decimal("-90.00")
    assert balances().get(("seller", alice.pk), Decimal(0)) == expected


def test_one_default_of_two_at_once(bob):
    cards = [card_of(bob) for _ in range(3)]
    for _ in range(5):
        results = at_once(*(partial(method_set_default, actor=bob, method_id=card.pk) for card in cards))
        assert not [result for result in results if isinstance(result, Exception)]
        assert SavedMethod.objects.filter(is_default=True).count() == 1


def test_guesses_at_once_all_count(bob):
    method = card_of(bob)
    wrong = "000000" if code_to_tell(user=bob, method_id=method.pk) != "000000" else "000001"
    results = at_once(*[partial(method_verify, actor=bob, method_id=method.pk, code=wrong)] * 3)
    assert sorted(error.data["tries_left"] for error in refused(results, WrongCode)) == [2, 3, 4]
    method.refresh_from_db()
    assert method.code_tries == 3


def test_one_payment_charged_twice_at_once(alice, bob):
    from commerce.models import SandboxIntent
    from commerce.services.payments.charging import payment_charge_saved
    from config.core.errors import DomainError

    default_of(bob)
    cube = ArtworkFactory.create(seller=alice, currency="USD", price=Decimal("100.00"))
    payment = payment_of(order_of(bob, cube))
    results = at_once(*[partial(payment_charge_saved, actor=bob, payment_id=payment.pk)] * 3)
    assert all(not isinstance(result, Exception) or isinstance(result, DomainError) for result in results), results
    payment.refresh_from_db()
    assert payment.status == "completed"
    assert SandboxIntent.objects.count() == 1
    assert balances()[("seller", alice.pk)] == Decimal("90.00")

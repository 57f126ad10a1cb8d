"""What a person has sold, kept beside the ledger in the currency of the market for 3-D models."""

from decimal import Decimal

import pytest

from commerce.services.audit.ledger import ledger_faults
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.shop import design_of
from commerce.tests.steps import paid_job, paid_order
from jobs.tests.factories import completed_job

pytestmark = pytest.mark.django_db


def totals(user):
    user.refresh_from_db()
    return user.sales_total, user.revenue_total


def test_a_sale_and_what_is_refunded_of_it(bob, alice, dora, admin):
    _order, payment = paid_order(bob, design_of(alice, "40.00"), design_of(dora, "10.00"), channel="nexus")
    assert totals(alice) == (Decimal("40.00"), Decimal("37.00"))
    assert totals(dora) == (Decimal("10.00"), Decimal("9.25"))
    assert totals(bob) == (0, 0)

    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("25.00"))
    assert totals(alice) == (Decimal("20.00"), Decimal("18.50"))

    payment_refund(actor=admin, payment_id=payment.pk)
    assert (totals(alice), totals(dora)) == ((0, 0), (0, 0))


def test_neither_jobs_nor_other_currencies(bob, alice, artwork):
    paid_order(bob, artwork)
    paid_job(completed_job(buyer=bob, artist=alice))
    assert totals(alice) == (0, 0)


def test_with_one_currency_both_are_kept(bob, alice, settings):
    settings.CURRENCIES = dict.fromkeys(settings.CURRENCIES, "USD")
    paid_order(bob, design_of(alice, "40.00"), channel="nexus")
    assert totals(alice) == (Decimal("40.00"), Decimal("37.00"))
    assert alice.earned == Decimal("37.00")


def test_a_wrong_total_is_found(bob, alice):
    paid_order(bob, design_of(alice, "40.00"), channel="nexus")
    alice.refresh_from_db()
    alice.sales_total = alice.revenue_total = Decimal("38.00")
    alice.save(update_fields=["sales_total", "revenue_total"])
    assert list(ledger_faults()) == [
        f"user {alice.pk}: sales_total says 38.000, the payments say 40.000",
        f"user {alice.pk}: revenue_total says 38.000, the payments say 37.000",
    ]
    alice.sales_total, alice.revenue_total = Decimal("40.00"), Decimal("37.00")
    alice.save(update_fields=["sales_total", "revenue_total"])

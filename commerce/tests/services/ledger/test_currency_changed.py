"""`PAYMENT_CURRENCY` is changed on a platform on which money has come in already."""

from decimal import Decimal

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from commerce.services.audit.ledger import ledger_faults
from commerce.tests.shop import design_of
from commerce.tests.steps import paid_order

pytestmark = pytest.mark.django_db


def changed(settings, **currencies):
    settings.CURRENCIES = settings.CURRENCIES | currencies


def said():
    return [(error.id, error.msg) for error in run_checks(tags=["database"], databases=["default"])]


def totals(user):
    user.refresh_from_db()
    return user.spent, user.earned, user.sales_total, user.revenue_total


@pytest.fixture
def sold(alice, bob, artwork):
    """For 299.99 PKR in the art market, and for 40 USD in that for 3-D models."""
    paid_order(bob, artwork)
    paid_order(bob, design_of(alice, "40.00"), channel="nexus")
    assert (said(), list(ledger_faults())) == ([], [])


def test_it_is_told_once_and_not_for_everybody(sold, settings):
    changed(settings, cultureup="EUR", nexus="EUR", v1="EUR")
    art, models = "the art market is kept in PKR,", "the market for 3-D models is kept in USD,"
    assert [code for code, _words in said()] == ["atelier.E007"] * 2
    for words, (_code, told), fault in zip((art, models), said(), ledger_faults(), strict=True):
        assert (words in told, "would be shown in EUR" in told, "manage.py count_totals" in fault) == (True,) * 3
    with pytest.raises(SystemCheckError, match="Set PAYMENT_CURRENCY as it was"):
        call_command("check", databases=["default"])
    call_command("count_totals")


def test_counted_anew_they_are_of_the_new_currency(sold, settings, alice, bob):
    before = totals(alice), totals(bob)
    changed(settings, cultureup="USD")
    assert [code for code, _words in said()] == ["atelier.E007"]
    call_command("count_totals")
    assert totals(bob) == (40, 0, 0, 0)
    assert totals(alice) == (0, 37, 40, 37)
    assert (said(), list(ledger_faults())) == ([], [])
    changed(settings, cultureup="PKR")
    call_command("count_totals")
    assert (totals(alice), totals(bob)) == before == ((0, Decimal("269.99"), 40, 37), (Decimal("299.99"), 0, 0, 0))


def test_before_anything_was_sold_it_may_be_changed(db, settings, artwork):
    changed(settings, cultureup="EUR", nexus="EUR", v1="EUR")
    assert said() == []
    assert run_checks(tags=["database"]) == []

"""What SQLite's floating point leaves of nothing is shown as nothing."""

from decimal import Decimal

import pytest

from config.core.fields import MoneyField
from config.core.money import quantise
from config.dialects.v1 import AmountIn, number

LEFT = [Decimal("-0.00"), Decimal("-2.8999956e-15"), Decimal("-0.0004"), Decimal("2e-15"), Decimal("-0")]


@pytest.mark.parametrize("left", LEFT)
@pytest.mark.parametrize("currency", ["PKR", "JPY", "KWD"])
def test_in_its_currency(left, currency):
    assert not str(quantise(left, currency)).startswith("-")


@pytest.mark.parametrize("left", LEFT)
def test_as_a_column_or_a_sum_is_read(left):
    assert str(MoneyField().from_db_value(left, None, None)) == "0.000"


def test_what_is_more_than_dust_stays():
    for amount in ("-0.001", "0.001", "-12.345"):
        assert MoneyField().from_db_value(Decimal(amount), None, None) == Decimal(amount)
    assert MoneyField().from_db_value(None, None, None) is None


@pytest.mark.parametrize("left", [*LEFT, -0.0, -0.001, 0])
def test_as_v1_shows_it(left):
    assert str(number(left)) == "0.0"


@pytest.mark.parametrize("sent", ["-0", "-0.00", -0.0])
def test_as_v1_takes_it(sent):
    assert str(AmountIn(min_value=0).run_validation(sent)) == "0"

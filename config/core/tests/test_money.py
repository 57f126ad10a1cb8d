"""Amounts: which fit their currency, what is rounded to what can be charged, how they are shown."""

from decimal import Decimal

import pytest

from config.core.errors import Invalid
from config.core.money import chargeable, exact, percent_of, share_out, shown, unit


@pytest.fixture
def at_stripe(settings):
    settings.STRIPE_SECRET_KEY = "sk_test_1"


@pytest.mark.parametrize(
    ("currency", "amount", "text"),
    [
        ("USD", "18.61", "18.61"),
        ("USD", "5", "5.00"),
        ("USD", "5.000", "5.00"),
        ("JPY", "1000", "1000"),
        ("JPY", "1E+3", "1000"),
        ("KWD", "18.605", "18.605"),
        ("KWD", "6.67", "6.670"),
        ("PKR", "99999999999", "99999999999.00"),
    ],
)
def test_what_fits_is_taken_as_it_is(currency, amount, text):
    assert shown(exact(Decimal(amount), currency, field="price"), currency) == text


@pytest.mark.parametrize(
    ("currency", "amount", "words"),
    [
        ("USD", "18.605", "no more than 2 decimal places"),
        ("JPY", "0.40", "JPY has no decimal places"),
        ("JPY", "1000.50", "JPY has no decimal places"),
        ("KWD", "0.0004", "no more than 3 decimal places"),
        ("USD", "99999999999.01", "at most 99999999999"),
        ("USD", "1E+40", "at most 99999999999"),
        ("USD", "NaN", "at most 99999999999"),
        ("USD", "-Infinity", "at most 99999999999"),
    ],
)
def test_what_does_not_fit_is_refused(currency, amount, words):
    with pytest.raises(Invalid, match=words) as refusal:
        exact(Decimal(amount), currency, field="price")
    assert refusal.value.field == "price"


def test_stripe_charges_thousandths_in_tens(at_stripe):
    assert [str(unit(currency)) for currency in ("USD", "JPY", "KWD")] == ["0.01", "1", "0.010"]
    assert str(exact(Decimal("6.67"), "KWD")) == "6.670"
    with pytest.raises(Invalid, match=r"steps of 0\.010"):
        exact(Decimal("6.667"), "KWD")
    assert (str(chargeable(Decimal("6.665"), "KWD")), str(chargeable(Decimal("6.664"), "KWD"))) == ("6.670", "6.660")
    assert str(percent_of(Decimal("10"), Decimal("33.33"), "KWD")) == "3.330"
    assert str(percent_of(Decimal("10"), Decimal("33.33"), "USD")) == "3.33"
    assert [str(part) for part in share_out(Decimal("0.050"), [Decimal("0.040")] * 3, "KWD")] == [
        *("0.020", "0.020", "0.010")
    ]


def test_without_stripe_all_thousandths_count():
    assert (str(unit("KWD")), str(percent_of(Decimal("10.005"), Decimal("33.33"), "KWD"))) == ("0.001", "3.335")
    assert [str(part) for part in share_out(Decimal("0.050"), [Decimal("0.040")] * 3, "KWD")] == [
        *("0.017", "0.017", "0.016")
    ]


def test_what_was_agreed_before_stripe_came_is_parted_to_the_last_thousandth(at_stripe):
    parts = share_out(Decimal("18.605"), [Decimal("9.303"), Decimal("9.302")], "KWD")
    assert sum(parts) == Decimal("18.605")
    assert parts == [Decimal("9.303"), Decimal("9.302")]

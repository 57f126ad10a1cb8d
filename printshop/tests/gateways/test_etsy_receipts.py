"""Whatever stands in a receipt: it is read into what the columns hold, or refused as unreadable."""

from decimal import Decimal
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from printshop.gateways.etsy_receipts import Unreadable, fees_read, receipt_read
from printshop.models import ShopOrder, ShopOrderItem
from tests.stand_ins.etsy_receipts import new_receipt

GOOD = new_receipt(count(1).__next__, 1_767_225_600, "USD", tax=300)
amounts = some.fixed_dictionaries(
    {
        "amount": some.one_of(some.integers(), some.integers(-(10**50), 10**50)),
        "divisor": some.sampled_from([1, 100, 1000, 3, 10**30, 0, -1]),
        "currency_code": some.one_of(some.sampled_from(["USD", "usd", "KWD"]), some.text(max_size=4)),
    }
)
scalars = some.one_of(
    some.none(), some.booleans(), some.integers(), some.integers(0, 2**80), some.floats(), some.text()
)
anything = some.recursive(
    some.one_of(scalars, amounts),
    lambda inner: some.one_of(
        some.lists(inner, max_size=3),
        some.dictionaries(some.sampled_from([*GOOD["transactions"][0], "created_timestamp"]), inner, max_size=5),
        some.fixed_dictionaries({"amount": amounts}),
    ),
    max_leaves=8,
)


@settings(max_examples=150)
@given(some.dictionaries(some.sampled_from(sorted(GOOD)), anything, min_size=1, max_size=6), amounts)
def test_any_receipt_is_read_or_refused(changes: dict[str, Any], fees: dict[str, Any]):
    try:
        receipt = receipt_read(GOOD | changes)
    except Unreadable:
        return
    fits(ShopOrder, receipt.columns)
    for line in receipt.lines or ():
        fits(ShopOrderItem, line.columns)
    assert len(receipt.digest) == 64
    read = fees_read([{"amount_fees": fees}] * 3, "USD")
    assert read is None or abs(read) < 10**11 + 1


def fits(model: Any, columns: Any) -> None:
    for name, value in columns.items():
        field = model._meta.get_field(name)
        if isinstance(value, str):
            value.encode()
            assert "\0" not in value
            assert field.max_length is None or len(value) <= field.max_length, name
        if isinstance(value, Decimal):
            assert abs(value) < 10**11 + 1, name
            assert value.is_finite(), name
            assert -int(value.as_tuple().exponent) <= 3, name

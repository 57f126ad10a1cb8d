"""Etsy's receipts, as its stand-in makes, lists and shows them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
EARLIEST = 946_684_800
SORTS = {"created": "created_timestamp", "updated": "updated_timestamp", "receipt_id": "receipt_id"}
MOMENTS = {
    "min_created": ("created_timestamp", 1),
    "max_created": ("created_timestamp", -1),
    "min_last_modified": ("updated_timestamp", 1),
    "max_last_modified": ("updated_timestamp", -1),
}
FLAGS = ("was_paid", "was_shipped", "was_delivered", "was_canceled")
FEE_PERCENT, FEE_FIXED = 3, 25


def new_receipt(
    new_id: Callable[[], int],
    at: int,
    currency: str,
    *,
    name: str = "Jordan Sample",
    sku: str | None = "BRKT-L-RED",
    title: str = "Custom Bracket",
    listing_id: int = 1_234_500_001,
    quantity: int = 1,
    price: int = 4400,
    shipping: int = 599,
    tax: int = 0,
    paid: bool = True,
    divisor: int = 100,
    ship_in: int = 432_000,
    is_digital: bool = False,
    **columns: Any,
) -> Json:
    """Placed at `at`. Amounts are in the currency's `divisor`-ths; `price` is of one piece."""

    def money(amount: int) -> Json:
        return {"amount": amount, "divisor": divisor, "currency_code": currency}

    receipt_id = new_id()
    transaction = {
        "transaction_id": new_id(),
        "receipt_id": receipt_id,
        "title": title,
        "quantity": quantity,
        "listing_id": listing_id,
        "product_id": listing_id + 7,
        "sku": sku,
        "is_digital": is_digital,
        "price": money(price),
        "shipping_cost": money(0),
        "expected_ship_date": at + ship_in,
        "paid_timestamp": at if paid else None,
        "shipped_timestamp": None,
        "variations": [
            {"property_id": 200, "value_id": 1, "formatted_name": "Primary color", "formatted_value": "Red"}
        ],
    }
    receipt = {
        "receipt_id": receipt_id,
        "receipt_type": 0,
        "seller_user_id": 98_001_122,
        "buyer_user_id": 55_500_001,
        "buyer_email": None,
        "name": name,
        "first_line": "12 Example Street",
        "second_line": None,
        "city": "Springfield",
        "state": "IL",
        "zip": "62701",
        "country_iso": "US",
        "formatted_address": f"{name}\n12 Example Street\nSpringfield, IL 62701\nUnited States",
        "status": "paid" if paid else "open",
        "is_paid": paid,
        "is_shipped": False,
        "create_timestamp": at,
        "created_timestamp": at,
        "update_timestamp": at,
        "updated_timestamp": at,
        "message_from_buyer": None,
        "is_gift": False,
        "grandtotal": money(price * quantity + shipping + tax),
        "subtotal": money(price * quantity),
        "total_price": money(price * quantity),
        "total_shipping_cost": money(shipping),
        "total_tax_cost": money(tax),
        "total_vat_cost": money(0),
        "discount_amt": money(0),
        "gift_wrap_price": money(0),
        "transactions": [transaction],
        "shipments": [],
        "refunds": [],
    }
    return receipt | columns


def new_payments(receipt: Json, new_id: Callable[[], int]) -> list[Json]:
    """One for a paid receipt: 3 % and a fixed part are the fees."""
    if not receipt["is_paid"]:
        return []
    gross = receipt["grandtotal"]
    fees = gross["amount"] * FEE_PERCENT // 100 + FEE_FIXED
    return [
        {
            "payment_id": receipt["receipt_id"] + 5,
            "receipt_id": receipt["receipt_id"],
            "amount_gross": gross,
            "amount_fees": {**gross, "amount": fees},
            "amount_net": {**gross, "amount": gross["amount"] - fees},
            "posted_gross": None,
            "posted_fees": None,
            "posted_net": None,
            "adjusted_gross": None,
            "adjusted_fees": None,
            "adjusted_net": None,
            "currency": gross["currency_code"],
            "shop_currency": gross["currency_code"],
            "status": "open",
        }
    ]


def shown(receipt: Json, *, capitals: bool) -> Json:
    """A copy, so that what changes later does not change it."""
    row = copy.deepcopy(receipt)
    if capitals:
        row["status"] = row["status"].title()
    return row


@dataclass(frozen=True)
class Filters:
    """Those of `GET …/receipts`. Not asked for, a flag lets both through."""

    moments: Mapping[str, int]
    flags: Mapping[str, bool]
    limit: int
    offset: int
    sort_on: str
    descending: bool

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Filters:
        moments = {name: int(asked[name]) for name in MOMENTS if name in asked}
        if any(value < EARLIEST for value in moments.values()):
            raise ValueError("Timestamps must be at least 946684800")
        limit, offset = int(asked.get("limit", 25)), int(asked.get("offset", 0))
        sort_on, order = asked.get("sort_on", "created"), asked.get("sort_order", "desc")
        if not 1 <= limit <= 100 or offset < 0 or sort_on not in SORTS or order not in ("asc", "desc"):
            raise ValueError("Invalid parameter")
        flags = {name: asked[name] == "true" for name in FLAGS if name in asked}
        return cls(moments, flags, limit, offset, sort_on, order == "desc")

    def page(self, receipts: list[Json]) -> tuple[int, list[Json]]:
        rows = [row for row in receipts if self._fits(row)]
        rows.sort(key=lambda row: (row[SORTS[self.sort_on]], row["receipt_id"]), reverse=self.descending)
        return len(rows), rows[self.offset : self.offset + self.limit]

    def _fits(self, row: Json) -> bool:
        for name, bound in self.moments.items():
            column, sign = MOMENTS[name]
            if row[column] * sign < bound * sign:
                return False
        is_canceled = row["status"] == "canceled"
        if is_canceled and "min_last_modified" in self.moments and not self.flags.get("was_canceled"):
            return False  # so it is in reality
        has = {
            "was_paid": row["is_paid"],
            "was_shipped": row["is_shipped"],
            "was_delivered": False,
            "was_canceled": is_canceled,
        }
        return all(has[name] == wanted for name, wanted in self.flags.items())

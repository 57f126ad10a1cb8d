"""What Etsy's receipts say, in our columns.

Amounts come as `{amount, divisor, currency_code}` and are divided exactly. Names, titles and texts come escaped for
HTML and are unescaped once. Statuses come in any case; those that Etsy invents later are kept. What a region or Etsy's
rules withhold (address, e-mail) is empty, and the order is none the worse for it.
"""

import hashlib
import html
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from config.core.money import MOST_AMOUNT, ZERO
from config.core.storable import UNSTORABLE
from printshop.gateways.etsy import number_of

logger = logging.getLogger(__name__)

PERSONALIZATION: Final = 54
"""The property that holds what a buyer wrote for this piece."""
MOST_LINES: Final = 500
MOST_PIECES: Final = 100_000
PLACES: Final = Decimal("0.001")
ADDRESS: Final = ("first_line", "second_line", "city", "state", "zip")
PAID: Final = frozenset({"paid", "completed", "partially refunded", "fully refunded"})


class Unreadable(Exception):
    """It is no receipt that an order could be made of."""


@dataclass(frozen=True)
class ReceiptLine:
    transaction_id: str
    columns: Mapping[str, Any]


@dataclass(frozen=True)
class Parcel:
    shipping_id: str
    carrier: str
    tracking_code: str
    told_at: datetime | None


@dataclass(frozen=True)
class Receipt:
    """`columns` are those of ShopOrder; `lines` is None where Etsy did not send any. `unread` are the ids of lines that
    cannot be made out: what is known of them stays."""

    receipt_id: str
    columns: Mapping[str, Any]
    lines: tuple[ReceiptLine, ...] | None
    parcels: tuple[Parcel, ...]
    unread: frozenset[str] = frozenset()

    @property
    def changed_at(self) -> datetime:
        return self.columns["changed_at"]  # type: ignore[no-any-return]

    @property
    def digest(self) -> str:
        """The same for two readings that differ in nothing."""
        said = [self.columns, [(line.transaction_id, line.columns) for line in self.lines or ()], self.parcels]
        return hashlib.sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()


def receipt_read(said: Mapping[str, Any]) -> Receipt:
    """Raises Unreadable."""
    receipt_id = number_of(said.get("receipt_id"))
    created_at = _moment(said, "created_timestamp", "create_timestamp")
    if not receipt_id or created_at is None:
        raise Unreadable("no id or no time")
    total, currency = _money(said.get("grandtotal"))
    status = _text(said.get("status"), 40).lower()
    is_paid = said.get("is_paid")
    lines, unread = _lines(said.get("transactions"))
    parcels = _parcels(said.get("shipments"))
    transactions = _rows(said.get("transactions"))
    shipped = [_moment(row, "shipped_timestamp") for row in transactions] + [parcel.told_at for parcel in parcels]
    columns = {
        "buyer_name": _text(said.get("name"), 255),
        "buyer_email": _email(said.get("buyer_email")),
        "address": _address(said),
        "country": _text(said.get("country_iso"), 2).upper(),
        "message": _text(said.get("message_from_buyer"), 10_000),
        "is_gift": said.get("is_gift") is True,
        "source_status": status,
        "is_paid": is_paid if isinstance(is_paid, bool) else status in PAID,
        "is_shipped": said.get("is_shipped") is True,
        "total_amount": total,
        "currency": currency,
        "shipping_amount": _part(said.get("total_shipping_cost"), currency),
        "tax_amount": _bounded(
            _part(said.get("total_tax_cost"), currency) + _part(said.get("total_vat_cost"), currency)
        ),
        "refunded_amount": _bounded(_refunded(said.get("refunds"), currency)),
        "expected_ship_at": _earliest(line.columns["expected_ship_at"] for line in lines or ()),
        "paid_at": _earliest(_moment(row, "paid_timestamp") for row in transactions),
        "shipped_at": _earliest(shipped),
        "created_at": created_at,
        "changed_at": _moment(said, "updated_timestamp", "update_timestamp") or created_at,
    }
    return Receipt(receipt_id, columns, lines, parcels, unread)


def fees_read(payments: Iterable[Mapping[str, Any]], currency: str) -> Decimal | None:
    """What Etsy kept of a receipt's payments: as adjusted by refunds, else as posted, else as announced. None while
    there is no payment, or where it was settled in another currency than the order's."""
    fees = None
    for payment in payments:
        told = next(
            (payment[name] for name in ("adjusted_fees", "posted_fees", "amount_fees") if payment.get(name)), None
        )
        try:
            amount, of = _money(told)
        except Unreadable:
            return None
        if of != currency:
            return None
        fees = (fees or ZERO) + amount
    return fees if fees is None or abs(fees) <= MOST_AMOUNT else None


def _lines(said: Any) -> tuple[tuple[ReceiptLine, ...] | None, frozenset[str]]:
    """And the ids of those that cannot be read: the order is no less an order for them. One of no pieces is none."""
    if not isinstance(said, list):
        return None, frozenset()
    read: dict[str, ReceiptLine] = {}
    unread: set[str] = set()
    for row in _rows(said)[:MOST_LINES]:
        transaction_id, quantity = number_of(row.get("transaction_id")), row.get("quantity")
        if quantity == 0:
            continue
        try:
            read[transaction_id] = _line(transaction_id, quantity, row)
        except Unreadable as reason:
            logger.warning("line %s of a receipt of Etsy's cannot be read: %s", transaction_id, reason)
            unread.add(transaction_id)
    return tuple(read.values()), frozenset(unread)


def _line(transaction_id: str, quantity: Any, row: Mapping[str, Any]) -> ReceiptLine:
    if not transaction_id or not isinstance(quantity, int) or not 1 <= quantity <= MOST_PIECES:
        raise Unreadable("a line without an id or a quantity")
    variations, personal = [], []
    for entry in _rows(row.get("variations")):
        if entry.get("property_id") == PERSONALIZATION:
            personal.append(_text(entry.get("formatted_value"), 2000))
        else:
            name, value = _text(entry.get("formatted_name"), 200), _text(entry.get("formatted_value"), 1000)
            variations.append({"name": name, "value": value})
    columns = {
        "etsy_listing_id": number_of(row.get("listing_id")),
        "sku": _text(row.get("sku"), 100),
        "title": _text(row.get("title"), 500),
        "quantity": quantity,
        "price": _money(row.get("price"))[0],
        "variations": variations,
        "personalization": "\n".join(personal),
        "is_digital": row.get("is_digital") is True,
        "expected_ship_at": _moment(row, "expected_ship_date"),
    }
    return ReceiptLine(transaction_id, columns)


def _parcels(said: Any) -> tuple[Parcel, ...]:
    return tuple(
        Parcel(
            number_of(row.get("receipt_shipping_id")),
            _text(row.get("carrier_name"), 100),
            _text(row.get("tracking_code"), 100),
            _moment(row, "shipment_notification_timestamp"),
        )
        for row in _rows(said)
        if row.get("tracking_code") or row.get("carrier_name")
    )


def _money(said: Any) -> tuple[Decimal, str]:
    if not isinstance(said, Mapping):
        raise Unreadable("no amount")
    amount, divisor, currency = said.get("amount"), said.get("divisor"), said.get("currency_code")
    if not isinstance(amount, int) or not isinstance(divisor, int) or divisor <= 0:
        raise Unreadable("no amount")
    if not isinstance(currency, str) or len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
        raise Unreadable("no currency")
    return _bounded(Decimal(amount) / Decimal(divisor)).quantize(PLACES), currency.upper()


def _bounded(amount: Decimal) -> Decimal:
    """What a column holds."""
    if abs(amount) > MOST_AMOUNT:
        raise Unreadable("an amount that there is not")
    return amount


def _part(said: Any, currency: str) -> Decimal:
    """Nothing where Etsy says nothing; parts of an order are in its currency."""
    try:
        amount, of = _money(said)
    except Unreadable:
        return ZERO
    return amount if of == currency else ZERO


def _refunded(said: Any, currency: str) -> Decimal:
    return sum((_part(row.get("amount"), currency) for row in _rows(said)), ZERO)


def _address(said: Mapping[str, Any]) -> str:
    whole = _text(said.get("formatted_address"), 1000)
    return whole or "\n".join(part for name in ADDRESS if (part := _text(said.get(name), 200)))


def _email(value: Any) -> str | None:
    text = _text(value, 254)
    try:
        validate_email(text)
    except ValidationError:
        return None
    return text


def _text(value: Any, longest: int) -> str:
    return UNSTORABLE.sub("", html.unescape(value)).strip()[:longest] if isinstance(value, str) else ""


def _rows(said: Any) -> list[Mapping[str, Any]]:
    return [row for row in said if isinstance(row, Mapping)] if isinstance(said, list) else []


def _moment(said: Mapping[str, Any], *names: str) -> datetime | None:
    """Each moment has two spellings."""
    for name in names:
        value = said.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**33:
            return datetime.fromtimestamp(value, tz=UTC)
    return None


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)

"""Lines of orders as transactions: one model, its buyer and its seller, and what became of its payment.

A transaction's public name is `txn_` and the line's UUID. Rows are plain ones; what their payments say is asked once
for a whole page (`money_of`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.actors import Actor
from commerce.choices import CAME_IN, LIVE_PAYMENTS, PAID, OrderStatus, PaymentMethod, PaymentStatus
from commerce.models import OrderLine, PaymentShare
from commerce.selectors.orders import KEPT
from config.core.errors import Missing
from config.core.money import ZERO, percent_of
from config.core.references import LARGEST_ID
from marketplace.choices import Kind

PREFIX: Final = "txn_"
COLUMNS: Final = (
    *("pk", "uuid", "order_id", "listing_id", "seller_id", "title", "quantity", "unit_price", "list_price"),
    *("discount_amount", "total_price", "download_count", "order__buyer_id", "order__currency", "order__channel"),
    *("order__coupon_code", "order__pay_by", "order__status", "order__total_amount", "order__created_at"),
)
FREE: Final = Q(order__total_amount=ZERO)
CALLED_OFF: Final = Q(order__status=OrderStatus.CANCELLED)


@dataclass(frozen=True)
class Money:
    """What a line's payment says. `status` is pending, completed, failed or refunded; `method` the buyer's choice."""

    status: str
    fee: Decimal
    completed_at: datetime | None
    method: str


def transaction_name(uuid: UUID) -> str:
    return f"{PREFIX}{uuid.hex}"


def lines_sold_of_models(*, actor: Actor) -> QuerySet[OrderLine]:
    """What others ordered of the actor's models, the newest first, but what was called off without being paid."""
    came_in = PaymentShare.objects.filter(line=OuterRef("pk"), payment__status__in=CAME_IN)
    rows = OrderLine.objects.filter(seller=actor.pk, kind=Kind.MODEL)
    return rows.filter(~CALLED_OFF | Exists(came_in)).order_by("-pk")


def models_bought(*, actor: Actor) -> QuerySet[OrderLine]:
    """The models that the actor bought: paid or free, and not given back whole. The newest first."""
    kept = PaymentShare.objects.filter(KEPT, line=OuterRef("pk"), payment__status__in=PAID)
    rows = OrderLine.objects.filter(order__buyer=actor.pk, kind=Kind.MODEL)
    return rows.filter((FREE & ~CALLED_OFF) | Exists(kept)).order_by("-pk")


def model_bought(*, actor: Actor, reference: str) -> OrderLine:
    """One of them, by its number or its public name. Raises Missing."""
    line = models_bought(actor=actor).select_related("order").filter(**_named(reference)).first()
    if line is None:
        raise Missing("Purchase")
    return line


def _named(reference: str) -> dict[str, Any]:
    if reference.isascii() and reference.isdigit() and len(reference) < 20 and int(reference) <= LARGEST_ID:
        return {"pk": int(reference)}
    try:
        return {"uuid": UUID(hex=reference.removeprefix(PREFIX))}
    except ValueError:
        raise Missing("Purchase") from None


def with_status(rows: QuerySet[OrderLine], status: str) -> QuerySet[OrderLine]:
    """Those whose payment is pending, completed, failed or refunded."""
    shares = PaymentShare.objects.filter(line=OuterRef("pk"))
    kept = shares.filter(KEPT, payment__status__in=PAID)
    came_in = shares.filter(payment__status__in=CAME_IN)
    failed = shares.filter(payment__status=PaymentStatus.FAILED)
    match status:
        case "completed":
            return rows.filter((FREE & ~CALLED_OFF) | Exists(kept))
        case "refunded":
            return rows.filter(Exists(came_in)).exclude(Exists(kept))
        case "failed":
            return rows.exclude(FREE & ~CALLED_OFF).exclude(Exists(came_in)).filter(Exists(failed) | CALLED_OFF)
    return rows.exclude(FREE | CALLED_OFF).exclude(Exists(came_in) | Exists(failed))


def money_of(rows: Collection[Mapping[str, Any]]) -> dict[int, Money]:
    """By line, for rows of `COLUMNS`. One query."""
    shares = PaymentShare.objects.filter(
        line__in=[row["pk"] for row in rows], payment__status__in=[*LIVE_PAYMENTS, PaymentStatus.REFUNDED]
    )
    names = (
        *("line_id", "gross", "fee", "refunded_gross"),
        *("payment__status", "payment__completed_at", "payment__payment_method"),
    )
    by_line: dict[int, dict[str, Any]] = {}
    for share in shares.order_by("pk").values(*names):
        before = by_line.get(share["line_id"])
        if before is None or before["payment__status"] not in CAME_IN:
            by_line[share["line_id"]] = share
    return {row["pk"]: _money(row, by_line.get(row["pk"])) for row in rows}


def _money(row: Mapping[str, Any], share: Mapping[str, Any] | None) -> Money:
    method = row["order__pay_by"]
    if share is None:
        fee = percent_of(row["total_price"], settings.FEE_PERCENT[row["order__channel"]], row["order__currency"])
        free = row["order__total_amount"] == ZERO
        over = row["order__status"] == OrderStatus.CANCELLED
        status = ("refunded" if free else "failed") if over else "completed" if free else "pending"
        return Money(status, fee, row["order__created_at"] if free else None, method or "card")
    status = share["payment__status"]
    if status == PaymentStatus.REFUNDED or (share["gross"] and share["refunded_gross"] == share["gross"]):
        shown = "refunded"
    elif status in PAID:
        shown = "completed"
    else:
        shown = "failed" if status == PaymentStatus.FAILED else "pending"
    chosen = share["payment__payment_method"]
    return Money(
        shown,
        share["fee"],
        share["payment__completed_at"],
        method or ("card" if chosen == PaymentMethod.STRIPE else chosen),
    )

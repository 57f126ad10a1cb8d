"""Reads of single lines, as buyers and sellers of v1 see them: what was bought, what was sold."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.actors import Actor
from commerce.choices import LIVE_PAYMENTS, PAID, OrderStatus, PaymentStatus
from commerce.models import DownloadEvent, OrderLine, PaymentShare
from commerce.selectors.orders import KEPT
from config.core.money import ZERO, percent_of
from config.core.references import Reference, referred

CAME_IN = (*PAID, PaymentStatus.REFUNDED)


class SaleStatus(StrEnum):
    COMPLETED = "completed"
    PENDING = "pending"
    REFUNDED = "refunded"


@dataclass(frozen=True)
class Sale:
    """A line and its money. `earnings` is what it brings the seller after fee and refunds, also while it is held or not
    paid yet; `commission_rate` is the fee's part of the price (0.1 is ten percent)."""

    line: OrderLine
    status: SaleStatus
    date: datetime
    earnings: Decimal
    commission_rate: Decimal
    transaction_id: str | None
    is_held: bool


# ---------------------------------------------------------------- lines
def lines_bought(*, actor: Actor) -> QuerySet[OrderLine]:
    """All lines that the actor ordered, the newest first, but those of orders called off without having been paid."""
    return _lines().filter(order__buyer=actor.pk)


def lines_sold(*, actor: Actor) -> QuerySet[OrderLine]:
    """The same of what others ordered from the actor."""
    return _lines().filter(seller=actor.pk)


def line_bought_by(*, actor: Actor, reference: Reference) -> OrderLine:
    """One of `lines_bought`. Raises Missing."""
    return referred(lines_bought(actor=actor), reference, "Purchase")


def purchases_kept(*, actor: Actor) -> QuerySet[OrderLine]:
    """What the actor bought, of whatever kind: paid (or free), and not given back whole.

    Each with `bought_at`, when it was paid (or ordered, where nothing was to be paid), and `last_download`.
    """
    kept = PaymentShare.objects.filter(KEPT, line=OuterRef("pk"), payment__status__in=PAID)
    free = Q(order__total_amount=ZERO) & ~Q(order__status=OrderStatus.CANCELLED)
    paid = PaymentShare.objects.filter(line=OuterRef("pk"), payment__status__in=CAME_IN).order_by("-pk")
    downloads = DownloadEvent.objects.filter(line=OuterRef("pk")).order_by("-created_at")
    return (
        lines_bought(actor=actor)
        .filter(free | Exists(kept))
        .annotate(
            bought_at=Coalesce(Subquery(paid.values("payment__completed_at")[:1]), F("order__created_at")),
            last_download=Subquery(downloads.values("created_at")[:1]),
        )
    )


def purchase_kept(*, actor: Actor, listing_id: int) -> OrderLine | None:
    """The last of `purchases_kept` of one listing."""
    if actor.pk is None:
        return None
    return purchases_kept(actor=actor).filter(listing=listing_id).first()


def _lines() -> QuerySet[OrderLine]:
    came_in = PaymentShare.objects.filter(line=OuterRef("pk"), payment__status__in=CAME_IN)
    shares = PaymentShare.objects.select_related("payment").filter(
        payment__status__in=[*LIVE_PAYMENTS, PaymentStatus.REFUNDED]
    )
    return (
        OrderLine.objects.select_related("order__buyer", "listing__category", "listing__model3d")
        .defer("listing__description", "listing__tags")
        .prefetch_related(Prefetch("payment_shares", shares.order_by("pk"), to_attr="live_shares"))
        .filter(~Q(order__status=OrderStatus.CANCELLED) | Exists(came_in))
        .order_by("-pk")
    )


# ---------------------------------------------------------------- their money
def share_of(line: OrderLine) -> PaymentShare | None:
    """Of the payment that the line was paid by, or is being paid by. `line` is one of the above."""
    shares: list[PaymentShare] = line.live_shares  # type: ignore[attr-defined]
    return max(shares, key=lambda share: (share.payment.status in CAME_IN, share.pk), default=None)


def sale_of(line: OrderLine) -> Sale:
    """Without a query, for lines of the above."""
    order, share = line.order, share_of(line)
    if share is None:
        free = order.total_amount == ZERO
        if free:
            status = SaleStatus.REFUNDED if order.status == OrderStatus.CANCELLED else SaleStatus.COMPLETED
        else:
            status = SaleStatus.PENDING
        fee = percent_of(line.total_price, settings.FEE_PERCENT[order.channel], order.currency)
        return Sale(line, status, order.created_at, line.total_price - fee, _rate(line, fee), None, is_held=False)
    payment = share.payment
    if payment.status == PaymentStatus.REFUNDED or (share.gross and share.refunded_gross == share.gross):
        status = SaleStatus.REFUNDED
    else:
        status = SaleStatus.COMPLETED if payment.status in PAID else SaleStatus.PENDING
    return Sale(
        line,
        status,
        payment.completed_at or order.created_at,
        share.earning - share.refunded_gross + share.refunded_fee,
        _rate(line, share.fee),
        payment.transaction_id,
        is_held=bool(share.held_gross),
    )


def _rate(line: OrderLine, fee: Decimal) -> Decimal:
    """The channel's, where it makes this fee: what rounding to the cent leaves of a small price is no rate."""
    percent = settings.FEE_PERCENT[line.order.channel]
    if not line.total_price or percent_of(line.total_price, percent, line.order.currency) == fee:
        return percent / 100
    return round(fee / line.total_price, 4)

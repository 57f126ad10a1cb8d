"""What listings have sold: read by lists of them, for all rows at once."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from commerce.choices import PAID, OrderStatus
from commerce.models import OrderLine, PaymentShare
from config.core.money import ZERO


@dataclass(frozen=True)
class Sold:
    """`sales` counts the paid lines (or given away) that were not refunded whole. `revenue` is what was paid for them,
    less what was refunded, before any fee, in the listing's currency."""

    sales: int = 0
    revenue: Decimal = ZERO


def sales_of(listing_ids: Collection[int]) -> dict[int, Sold]:
    """By listing; those that sold nothing are left out. Two queries, however many listings."""
    if not listing_ids:
        return {}
    kept = Q(gross=ZERO) | Q(refunded_gross__lt=F("gross"))
    paid = (
        PaymentShare.objects.filter(line__listing__in=listing_ids, payment__status__in=PAID)
        .values("line__listing")
        .annotate(sales=Count("pk", filter=kept), revenue=Sum(F("gross") - F("refunded_gross")))
    )
    found = {row["line__listing"]: Sold(row["sales"], row["revenue"]) for row in paid.order_by()}
    free = OrderLine.objects.filter(listing__in=listing_ids, order__total_amount=ZERO)
    free = free.exclude(order__status=OrderStatus.CANCELLED).order_by()
    for row in free.values("listing").annotate(sales=Count("pk")):
        before = found.get(row["listing"], Sold())
        found[row["listing"]] = Sold(before.sales + row["sales"], before.revenue)
    return found

"""What was sold of 3-D models by all creators together, in their market's currency.

The same sums as a creator's own (`creator_figures`), so the two add up: what buyers paid less what went back to them,
and the platform's part of it, which is what the ledger has on its account of fees for them.
"""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts.actors import Actor
from accounts.policies import STAFF, level
from commerce.choices import CAME_IN, OrderStatus
from commerce.models import OrderLine, PaymentShare
from commerce.selectors.creator_figures import SUMS, Sold, currency
from commerce.selectors.transactions import COLUMNS
from config.core.errors import Denied
from config.core.money import ZERO
from marketplace.choices import Kind


def market_sold() -> Sold:
    """All that ever was. Two queries."""
    paid = PaymentShare.objects.filter(
        line__kind=Kind.MODEL, payment__status__in=CAME_IN, payment__currency=currency()
    ).order_by()
    free = OrderLine.objects.filter(kind=Kind.MODEL, order__total_amount=ZERO, order__currency=currency())
    row, found = paid.aggregate(**SUMS), Sold()
    found.add(row["n"], row["g"], row["f"])
    found.add(free.exclude(order__status=OrderStatus.CANCELLED).count(), ZERO, ZERO)
    return found


def market_revenue(*, actor: Actor) -> Sold:
    """The same, for staff. Raises Denied."""
    if level(actor) < STAFF:
        raise Denied
    return market_sold()


def last_transactions(*, number: int) -> QuerySet[OrderLine, Any]:
    """Rows of COLUMNS of the newest lines, the newest first, but what was called off without being paid."""
    came_in = PaymentShare.objects.filter(line=OuterRef("pk"), payment__status__in=CAME_IN)
    lines = OrderLine.objects.filter(kind=Kind.MODEL, order__currency=currency())
    kept = lines.exclude(~Exists(came_in), order__status=OrderStatus.CANCELLED)
    return kept.order_by("-pk").values(*COLUMNS)[:number]

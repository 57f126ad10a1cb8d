"""Figures of people that are kept beside what they count, so that lists can show them and be ordered by them.

Each is called in the transaction that writes what is counted.
"""

from collections.abc import Mapping
from decimal import Decimal

from django.db.models import F

from accounts.models import User

ZERO = Decimal(0)


def totals_add(
    user_id: int, *, spent: Decimal = ZERO, earned: Decimal = ZERO, sales: Decimal = ZERO, revenue: Decimal = ZERO
) -> None:
    """Add to (or, negative, take from) the totals: `spent` and `earned` in the art market's currency, `sales` and
    `revenue` in that of the market for 3-D models."""
    User.objects.filter(pk=user_id).update(
        spent=F("spent") + spent,
        earned=F("earned") + earned,
        sales_total=F("sales_total") + sales,
        revenue_total=F("revenue_total") + revenue,
    )


def totals_set(user_id: int, totals: Mapping[str, Decimal]) -> None:
    """Write them as they were counted anew, by column: `spent`, `earned`, `sales_total`, `revenue_total`."""
    User.objects.filter(pk=user_id).update(**totals)


def models_rating_set(user_id: int, rating: Decimal) -> None:
    """The mean of all reviews of their 3-D models; 0 without any."""
    User.objects.filter(pk=user_id).update(models_rating=rating)

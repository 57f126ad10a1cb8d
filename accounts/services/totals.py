"""What a person spent and earned so far, kept beside the ledger so that lists can be ordered by it."""

from decimal import Decimal

from django.db.models import F

from accounts.models import User


def totals_add(user_id: int, *, spent: Decimal = Decimal(0), earned: Decimal = Decimal(0)) -> None:
    """Add to (or, negative, take from) the totals. Call it in the transaction that writes the ledger."""
    User.objects.filter(pk=user_id).update(spent=F("spent") + spent, earned=F("earned") + earned)

"""The proof of what sellers' figures are made of: the movements of lines are those of the ledger."""

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import F, Sum

from commerce.choices import PAID, AccountKind, PaymentStatus
from commerce.models import LedgerEntry, PaymentShare, ShareMovement
from config.core.money import ZERO

TOLERANCE = Decimal("0.0004")


def movement_faults() -> Iterator[str]:
    """Each share whose movements are not what is left of it, each seller whose movements are not the ledger's."""
    shares = PaymentShare.objects.filter(line__isnull=False, payment__status__in=[*PAID, PaymentStatus.REFUNDED])
    shares = shares.annotate(moved=Sum("movements__gross"), left=F("gross") - F("refunded_gross")).only("pk")
    for share in shares.iterator():
        if share.moved is None or abs(share.moved - share.left) > TOLERANCE:
            yield f"share {share.pk}: its movements add up to {share.moved}, and {share.left} is left of it"
    entries = LedgerEntry.objects.filter(
        account__kind=AccountKind.SELLER, transaction__payment__order__isnull=False, transaction__payout=None
    )
    booked = dict(entries.values_list("account__owner").annotate(Sum("amount")).order_by())
    moved = dict(ShareMovement.objects.values_list("share__seller").annotate(Sum("earning")).order_by())
    for seller in sorted({*booked, *moved}):
        difference = booked.get(seller, ZERO) - moved.get(seller, ZERO)
        if abs(difference) > TOLERANCE:
            yield f"seller {seller}: what the ledger and his lines' movements brought him differs by {difference}"

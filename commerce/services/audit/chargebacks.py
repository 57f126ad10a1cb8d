"""The proof of chargebacks: each is booked as it stands, and what shares lack is what refunds and chargebacks took."""

from collections.abc import Container, Iterator
from decimal import Decimal

from django.db.models import Model, Q, Sum

from commerce.choices import SETTLED_CHARGEBACKS, AccountKind, ChargebackState, RefundStatus
from commerce.models import Chargeback, LedgerEntry, PaymentShare
from config.core.money import ZERO

TOLERANCE = Decimal("0.0004")


def chargeback_faults(there: Container[type[Model]]) -> Iterator[str]:
    if Chargeback in there:
        yield from _entries_of_each()
    yield from _what_shares_lack()


def _entries_of_each() -> Iterator[str]:
    """The gateway took what is withdrawn and its fee; what no share had left, and the fee, are expenses."""
    for chargeback in Chargeback.objects.select_related("payment").annotate(took=Sum("reversals__gross")).iterator():
        booked = {
            row["account__kind"]: row["total"]
            for row in LedgerEntry.objects.filter(
                transaction__chargeback=chargeback, account__kind__in=[AccountKind.GATEWAY, AccountKind.EXPENSES]
            )
            .values("account__kind")
            .annotate(total=Sum("amount"))
            .order_by()
        }
        expected = {
            AccountKind.GATEWAY: chargeback.withdrawn + chargeback.fee,
            AccountKind.EXPENSES: -chargeback.loss - chargeback.fee,
        }
        for kind, amount in expected.items():
            if abs(booked.get(kind, ZERO) - amount) > TOLERANCE:
                yield f"chargeback {chargeback.pk} is booked with {booked.get(kind, ZERO)} on {kind}, not {amount}"
        if abs((chargeback.took or ZERO) - (chargeback.withdrawn - chargeback.loss)) > TOLERANCE:
            yield f"chargeback {chargeback.pk} took {chargeback.took} of shares, not what it withdrew less its loss"


def _what_shares_lack() -> Iterator[str]:
    settled = Q(reversals__chargeback__state__in=SETTLED_CHARGEBACKS)
    undecided = Q(reversals__chargeback__state__in=set(ChargebackState) - set(SETTLED_CHARGEBACKS))
    refunded = Q(reversals__refund__status=RefundStatus.SUCCEEDED)
    rows = PaymentShare.objects.annotate(
        gone=Sum("reversals__gross", filter=refunded | settled),
        out=Sum("reversals__gross", filter=undecided),
        strays=Sum(
            "reversals__gross", filter=Q(reversals__refund__status__in=[RefundStatus.PENDING, RefundStatus.FAILED])
        ),
    ).filter(
        Q(refunded_gross__gt=0) | Q(withdrawn_gross__gt=0) | Q(gone__gt=0) | Q(out__gt=0) | Q(strays__gt=0),
    )
    for share in rows.only("refunded_gross", "withdrawn_gross").iterator():
        for name, kept, counted in (
            ("refunded", share.refunded_gross, share.gone),
            ("withdrawn", share.withdrawn_gross, share.out),
            ("put back", ZERO, share.strays),
        ):
            if abs(kept - (counted or ZERO)) > TOLERANCE:
                yield f"share {share.pk}: {kept} {name}, its refunds and chargebacks say {counted}"

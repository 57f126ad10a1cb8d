"""The audit trail held against the refunds: each that administrators were told is made is one of its own."""

from collections.abc import Iterator

from django.db.models import QuerySet

from commerce.choices import RefundStatus
from commerce.models import Refund
from config.core.models import AuditEntry


def refund_trail_faults() -> Iterator[str]:
    """Each accepted request that has no refund of its own, in words. Nothing when all have."""
    accepted = AuditEntry.objects.filter(action="payment.refund").order_by("pk")
    refunds = _refunds_of(accepted)
    named: dict[int, AuditEntry] = {}
    for entry in accepted.iterator():
        number, asked = entry.after["refund"], f"audit entry {entry.pk}"
        refund = refunds.get(number)
        if refund is None or str(refund.payment_id) != entry.target_id:
            yield f"{asked}: there is no refund {number} of payment {entry.target_id}"
            continue
        earlier = named.setdefault(number, entry)
        if earlier != entry and _is_another(earlier, entry):
            yield f"{asked}: refund {number} is that of entry {earlier.pk} already"
        if entry.after["refund_status"] == RefundStatus.SUCCEEDED and refund.status == RefundStatus.PENDING:
            yield f"{asked}: refund {number} was said to have succeeded, and is {refund.status}"


def _refunds_of(accepted: QuerySet[AuditEntry]) -> dict[int, Refund]:
    payments = {int(target) for target in accepted.values_list("target_id", flat=True)}
    return {refund.pk: refund for refund in Refund.objects.filter(payment__in=payments)}


def _is_another(earlier: AuditEntry, entry: AuditEntry) -> bool:
    """Not the same request once more, which presents what the first one made."""
    key = entry.after.get("key")
    return key is None or key != earlier.after.get("key")

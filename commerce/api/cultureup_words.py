"""CultureUp knows four states of a payment; the core knows more."""

from typing import Final

from commerce.choices import PaymentStatus

PAYMENT_STATUS_OUT: Final[dict[str, str]] = {
    PaymentStatus.PENDING: "pending",
    PaymentStatus.REQUIRES_ACTION: "pending",
    PaymentStatus.COMPLETED: "completed",
    PaymentStatus.PARTIALLY_REFUNDED: "completed",
    PaymentStatus.FAILED: "failed",
    PaymentStatus.CANCELLED: "failed",
    PaymentStatus.REFUNDED: "refunded",
}
PAYMENT_STATUS_IN: Final[dict[str, list[str]]] = {
    word: [status for status, out in PAYMENT_STATUS_OUT.items() if out == word]
    for word in ("pending", "completed", "failed", "refunded")
}

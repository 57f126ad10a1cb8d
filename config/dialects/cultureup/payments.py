"""CultureUp knows four states of a payment; the core knows more."""

from typing import Final

from commerce.choices import PaymentStatus

WORD_OF_STATUS: Final[dict[str, str]] = {
    PaymentStatus.PENDING: "pending",
    PaymentStatus.REQUIRES_ACTION: "pending",
    PaymentStatus.COMPLETED: "completed",
    PaymentStatus.PARTIALLY_REFUNDED: "completed",
    PaymentStatus.FAILED: "failed",
    PaymentStatus.CANCELLED: "failed",
    PaymentStatus.REFUNDED: "refunded",
}
STATUSES_OF_WORD: Final[dict[str, list[str]]] = {
    word: [status for status, shown in WORD_OF_STATUS.items() if shown == word]
    for word in ("pending", "completed", "failed", "refunded")
}

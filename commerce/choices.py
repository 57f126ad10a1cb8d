"""Words of orders, payments and the ledger, and their tables of status changes."""

from typing import Final

from django.db import models


class OrderType(models.TextChoices):
    ARTWORK = "artwork"
    EQUIPMENT = "equipment"


class OrderStatus(models.TextChoices):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


ORDER_CHANGES: Final[dict[str, frozenset[str]]] = {
    OrderStatus.PENDING: frozenset({OrderStatus.CONFIRMED, OrderStatus.DELIVERED, OrderStatus.CANCELLED}),
    OrderStatus.CONFIRMED: frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.CANCELLED}),
    OrderStatus.SHIPPED: frozenset({OrderStatus.DELIVERED, OrderStatus.CANCELLED}),
    OrderStatus.DELIVERED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
}


class PaymentMethod(models.TextChoices):
    JAZZCASH = "jazzcash"
    BANK_TRANSFER = "bank_transfer"
    CASH_ON_DELIVERY = "cash_on_delivery"
    STRIPE = "stripe"


# No gateway tells that these have come in; staff, or the delivery, do.
PAID_BY_HAND: Final = frozenset({PaymentMethod.BANK_TRANSFER, PaymentMethod.CASH_ON_DELIVERY})
# Nobody to ask over the network: an administrator hands the money back and says so by asking for the refund.
REFUNDED_BY_HAND: Final = PAID_BY_HAND | {PaymentMethod.JAZZCASH}


class PaymentStatus(models.TextChoices):
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    COMPLETED = "completed"
    FAILED = "failed"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


PAYMENT_CHANGES: Final[dict[str, frozenset[str]]] = {
    PaymentStatus.PENDING: frozenset(
        {PaymentStatus.REQUIRES_ACTION, PaymentStatus.COMPLETED, PaymentStatus.FAILED, PaymentStatus.CANCELLED}
    ),
    PaymentStatus.REQUIRES_ACTION: frozenset(
        {PaymentStatus.PENDING, PaymentStatus.COMPLETED, PaymentStatus.FAILED, PaymentStatus.CANCELLED}
    ),
    # A new try after a declined card goes back to pending; a late success of the gateway still counts.
    PaymentStatus.FAILED: frozenset({PaymentStatus.PENDING, PaymentStatus.COMPLETED, PaymentStatus.CANCELLED}),
    PaymentStatus.COMPLETED: frozenset({PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}),
    PaymentStatus.PARTIALLY_REFUNDED: frozenset({PaymentStatus.REFUNDED}),
    PaymentStatus.REFUNDED: frozenset(),
    # Money that arrives for an abandoned payment is taken in and given back; see services.payments.
    PaymentStatus.CANCELLED: frozenset({PaymentStatus.COMPLETED}),
}
LIVE_PAYMENTS: Final = (
    PaymentStatus.PENDING,
    PaymentStatus.REQUIRES_ACTION,
    PaymentStatus.FAILED,
    PaymentStatus.COMPLETED,
    PaymentStatus.PARTIALLY_REFUNDED,
)
PAID: Final = (PaymentStatus.COMPLETED, PaymentStatus.PARTIALLY_REFUNDED)


class HireStatus(models.TextChoices):
    PENDING = "pending"
    RELEASED = "released"
    CANCELLED = "cancelled"


class DisputeState(models.TextChoices):
    OPEN = "open"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


DISPUTE_CHANGES: Final[dict[str, frozenset[str]]] = {
    DisputeState.OPEN: frozenset({DisputeState.DECIDED, DisputeState.WITHDRAWN}),
    DisputeState.DECIDED: frozenset(),
    DisputeState.WITHDRAWN: frozenset(),
}


class DisputeOutcome(models.TextChoices):
    """Whose the held money is: the artist's, the buyer's, or some of it each one's."""

    RELEASE = "release"
    REFUND = "refund"
    SPLIT = "split"


class RefundStatus(models.TextChoices):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class AccountKind(models.TextChoices):
    """Whose money a ledger account holds. Balances of what we owe are positive, what we are owed negative."""

    GATEWAY = "gateway", "money at a payment gateway"
    SELLER = "seller", "owed to a seller"
    HELD = "held", "held for a job until released"
    FEES = "fees", "the platform's fees"
    BUYER_CREDIT = "buyer_credit", "owed back to a buyer"


class TransactionKind(models.TextChoices):
    PAYMENT = "payment"
    REFUND = "refund"
    RELEASE = "release"
    PAYOUT = "payout"
    CORRECTION = "correction"

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


class PayBy(models.TextChoices):
    """What a buyer chooses in Nexus. The card gateway takes them all that are offered; only the sandbox plays PayPal
    and crypto."""

    CARD = "card"
    PAYPAL = "paypal"
    CRYPTO = "crypto"
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
    # Backwards when a refund fails after it had succeeded, or a lost chargeback is won in an appeal.
    PaymentStatus.PARTIALLY_REFUNDED: frozenset({PaymentStatus.REFUNDED, PaymentStatus.COMPLETED}),
    PaymentStatus.REFUNDED: frozenset({PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.COMPLETED}),
    # Money that arrives for an abandoned payment is taken in and given back; see services.payment_completion.
    PaymentStatus.CANCELLED: frozenset({PaymentStatus.COMPLETED}),
}
LIVE_PAYMENTS: Final = (
    PaymentStatus.PENDING,
    PaymentStatus.REQUIRES_ACTION,
    PaymentStatus.FAILED,
    PaymentStatus.COMPLETED,
    PaymentStatus.PARTIALLY_REFUNDED,
)
UNPAID: Final = (PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION, PaymentStatus.FAILED)
PAID: Final = (PaymentStatus.COMPLETED, PaymentStatus.PARTIALLY_REFUNDED)
CAME_IN: Final = (*PAID, PaymentStatus.REFUNDED)


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


class ChargebackState(models.TextChoices):
    """How a cardholder's dispute stands at their bank. The gateway says it, and may say anything after anything: a lost
    one is open again in an appeal."""

    INQUIRY = "inquiry", "inquiry: the bank asks, nothing is withdrawn"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed", "closed without a decision"


OPEN_CHARGEBACKS: Final = (ChargebackState.INQUIRY, ChargebackState.OPEN)
# What the gateway has withdrawn stays withdrawn.
SETTLED_CHARGEBACKS: Final = (ChargebackState.LOST, ChargebackState.CLOSED)


class DisputeOutcome(models.TextChoices):
    """Whose the held money is: the artist's, the buyer's, or some of it each one's."""

    RELEASE = "release"
    REFUND = "refund"
    SPLIT = "split"


class RefundStatus(models.TextChoices):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class PieceSize(models.TextChoices):
    """In which size a design is wanted (v1)."""

    S = "S"
    M = "M"
    L = "L"
    XL = "XL"
    CUSTOM = "Custom"


class DiscountType(models.TextChoices):
    PERCENTAGE = "percentage"
    FIXED_AMOUNT = "fixed_amount"


class Audience(models.TextChoices):
    """Whom a campaign is for."""

    EVERYONE = "everyone"
    NEW_CUSTOMERS = "new_customers", "who never bought from the seller"
    RETURNING_CUSTOMERS = "returning_customers", "who bought from the seller before"
    FOLLOWERS = "followers", "who follow the seller"


class CampaignState(models.TextChoices):
    """What its seller set. Whether a campaign that is on runs now is the clock's and the budget's matter."""

    DRAFT = "draft"
    ON = "on"
    PAUSED = "paused"
    REMOVED = "removed"


class PromotionType(models.TextChoices):
    """How a promoted listing is shown: featured ones stand first in the list of designs."""

    FEATURED = "featured"


class PayoutMethod(models.TextChoices):
    PAYPAL = "paypal"
    STRIPE = "stripe"
    BANK_TRANSFER = "bank_transfer"
    CRYPTO = "crypto"


class PayoutStatus(models.TextChoices):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


# A bank may return what it had paid out already, so completed is not the end.
PAYOUT_CHANGES: Final[dict[str, frozenset[str]]] = {
    PayoutStatus.PENDING: frozenset({PayoutStatus.PROCESSING, PayoutStatus.COMPLETED, PayoutStatus.FAILED}),
    PayoutStatus.PROCESSING: frozenset({PayoutStatus.COMPLETED, PayoutStatus.FAILED}),
    PayoutStatus.COMPLETED: frozenset({PayoutStatus.FAILED}),
    PayoutStatus.FAILED: frozenset(),
}
OPEN_PAYOUTS: Final = (PayoutStatus.PENDING, PayoutStatus.PROCESSING)


class PayoutSchedule(models.TextChoices):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class SavedMethodType(models.TextChoices):
    CREDIT_CARD = "credit_card"
    DEBIT_CARD = "debit_card"
    PAYPAL = "paypal"
    BANK_TRANSFER = "bank_transfer"


class BillingCycle(models.TextChoices):
    MONTHLY = "monthly"
    YEARLY = "yearly"


class SubscriptionStatus(models.TextChoices):
    """Incomplete: its first payment has not come in. Past due: a renewal's has not, and is tried again."""

    INCOMPLETE = "incomplete"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


SUBSCRIPTION_CHANGES: Final[dict[str, frozenset[str]]] = {
    SubscriptionStatus.INCOMPLETE: frozenset(
        {SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELLED, SubscriptionStatus.EXPIRED}
    ),
    SubscriptionStatus.ACTIVE: frozenset(
        {SubscriptionStatus.PAST_DUE, SubscriptionStatus.CANCELLED, SubscriptionStatus.EXPIRED}
    ),
    SubscriptionStatus.PAST_DUE: frozenset(
        {SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELLED, SubscriptionStatus.EXPIRED}
    ),
    # What was given up for want of payment is revived by it.
    SubscriptionStatus.EXPIRED: frozenset({SubscriptionStatus.ACTIVE}),
    SubscriptionStatus.CANCELLED: frozenset(),
}
LIVE_SUBSCRIPTIONS: Final = (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE)


class ReversalKind(models.TextChoices):
    """How money of a subscription went back."""

    REFUND = "refund"
    DISPUTE = "dispute", "a cardholder's dispute"


class AccountKind(models.TextChoices):
    """Whose money a ledger account holds. Balances of what we owe are positive, what we are owed negative."""

    GATEWAY = "gateway", "money at a payment gateway"
    SELLER = "seller", "owed to a seller"
    HELD = "held", "held for a job, or for a file to come, until released"
    FEES = "fees", "the platform's fees"
    BUYER_CREDIT = "buyer_credit", "owed back to a buyer"
    PAYOUT = "payout", "on its way to a seller"
    EXPENSES = "expenses", "the platform's expenses"
    SUBSCRIPTIONS = "subscriptions", "the platform's, by subscriptions"


class TransactionKind(models.TextChoices):
    PAYMENT = "payment"
    REFUND = "refund"
    RELEASE = "release"
    PAYOUT = "payout"
    PROMOTION = "promotion"
    CHARGEBACK = "chargeback"
    CORRECTION = "correction"
    SUBSCRIPTION = "subscription"

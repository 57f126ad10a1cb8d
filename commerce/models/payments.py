"""Payments, how they are shared between sellers, and their refunds."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from commerce.choices import LIVE_PAYMENTS, DisputeState, HireStatus, PaymentMethod, PaymentStatus, RefundStatus
from commerce.models.orders import Order, OrderLine
from config.core.fields import MoneyField, adds_up
from config.core.history import StatusHistory


class Payment(models.Model):
    """Money from one person for an order, a job, a bounty or a promotion. `services.states.payments` alone moves its
    status.

    An order's money is the sellers' as soon as it is paid, but for what was sold without its file. That lies in escrow
    (`held_amount`) until the file is there, that of a job or bounty until it is released to who did the work, refunded,
    or shared out by a dispute.
    """

    payer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payments_made")
    payee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payments_received")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="payments")
    job = models.ForeignKey("jobs.Job", on_delete=models.PROTECT, null=True, blank=True, related_name="payments")
    bounty = models.ForeignKey("jobs.Bounty", on_delete=models.PROTECT, null=True, blank=True, related_name="payments")
    promotion = models.ForeignKey(
        "commerce.Promotion", on_delete=models.PROTECT, null=True, blank=True, related_name="payments"
    )
    transaction_id = models.CharField(max_length=32, unique=True)
    payment_method = models.CharField(max_length=20, choices=PaymentMethod)
    status = models.CharField(max_length=20, choices=PaymentStatus, default=PaymentStatus.PENDING, editable=False)
    hire_status = models.CharField(max_length=10, choices=HireStatus, default=HireStatus.PENDING, editable=False)
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    platform_fee = MoneyField()
    artist_earning = MoneyField()
    refunded_amount = MoneyField(default=0, editable=False)
    held_amount = MoneyField(default=0, editable=False, help_text="What nobody has got yet.")

    gateway = models.CharField(max_length=20, blank=True, help_text="stripe, sandbox, jazzcash, … once processed.")
    gateway_reference = models.CharField(max_length=100, blank=True, help_text="The gateway's own id of the payment.")
    attempt = models.UUIDField(default=uuid.uuid4, help_text="Idempotency key of the present try at the gateway.")
    failure_code = models.CharField(max_length=60, blank=True)
    failure_message = models.CharField(max_length=200, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When the gateway was last asked.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=adds_up("amount", F("platform_fee") + F("artist_earning")),
                name="payment_fee_and_earning_add_up",
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0, refunded_amount__lte=F("amount")),
                name="payment_refund_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False, job__isnull=True, bounty__isnull=True, promotion__isnull=True)
                | Q(order__isnull=True, job__isnull=False, bounty__isnull=True, promotion__isnull=True)
                | Q(order__isnull=True, job__isnull=True, bounty__isnull=False, promotion__isnull=True)
                | Q(order__isnull=True, job__isnull=True, bounty__isnull=True, promotion__isnull=False),
                name="payment_for_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(held_amount__gte=0, held_amount__lte=F("amount")), name="payment_holds_within_amount"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status__in=LIVE_PAYMENTS), name="payment_one_live_an_order"
            ),
            models.UniqueConstraint(
                fields=["job"], condition=Q(status__in=LIVE_PAYMENTS), name="payment_one_live_a_job"
            ),
            models.UniqueConstraint(
                fields=["bounty"], condition=Q(status__in=LIVE_PAYMENTS), name="payment_one_live_a_bounty"
            ),
            models.UniqueConstraint(
                fields=["promotion"], condition=Q(status__in=LIVE_PAYMENTS), name="payment_one_live_a_promotion"
            ),
            models.UniqueConstraint(
                fields=["gateway", "gateway_reference"],
                condition=~Q(gateway_reference=""),
                name="payment_reference_unique",
            ),
        ]
        indexes = [
            models.Index(fields=["payer", "-created_at", "-id"], name="payments_by_payer"),
            models.Index(fields=["payee", "-created_at", "-id"], name="payments_to_payee"),
            models.Index(fields=["status", "-created_at"], name="payments_by_status"),
            models.Index(fields=["-created_at", "-id"], name="payments_newest"),
            models.Index(fields=["amount", "id"], name="payments_by_amount"),
            models.Index(fields=["completed_at"], name="payments_completed"),
            models.Index(
                fields=["gateway_reference"], name="payments_by_reference", condition=~Q(gateway_reference="")
            ),
            models.Index(fields=["job"], name="payments_holding", condition=Q(held_amount__gt=0)),
            models.Index(
                Coalesce("checked_at", "created_at"),
                "id",
                name="payments_to_settle",
                condition=Q(status__in=[PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION])
                & ~Q(gateway_reference=""),
            ),
        ]

    def __str__(self) -> str:
        return self.transaction_id

    @property
    def description(self) -> str:
        """What it is for, as gateways and their statements name it."""
        if self.order_id is not None:
            return f"Order {self.order_id}"
        if self.bounty_id is not None:
            return f"Bounty {self.bounty_id}"
        return f"Job {self.job_id}" if self.job_id is not None else f"Promotion {self.promotion_id}"

    @property
    def is_for_work(self) -> bool:
        """Of a job or a bounty: one person's, and held until the work is accepted."""
        return self.job_id is not None or self.bounty_id is not None

    @property
    def net_earning(self) -> Decimal:
        """What it brings its sellers: after the fee, and less what went back to the buyer. Asks for its shares."""
        kept = (share.earning - share.refunded_gross + share.refunded_fee for share in self.shares.all())
        return sum(kept, Decimal(0))


class PaymentShare(models.Model):
    """What one line of an order, or a job as a whole, brings its seller: gross = fee + earning.

    Refunds and chargebacks reduce it in proportion, whether the money was the seller's already or still in escrow. Of a
    promotion's payment all is fee.
    """

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="shares")
    line = models.ForeignKey(
        OrderLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payment_shares",
        help_text="Empty for a job and a promotion.",
    )
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    gross = MoneyField(currency="payment.currency")
    fee = MoneyField(currency="payment.currency")
    earning = MoneyField(currency="payment.currency")
    refunded_gross = MoneyField(
        currency="payment.currency", default=0, help_text="What went back of it, by refunds and lost chargebacks."
    )
    refunded_fee = MoneyField(currency="payment.currency", default=0)
    held_gross = MoneyField(
        currency="payment.currency", default=0, editable=False, help_text="What of it the seller has not got yet."
    )
    withdrawn_gross = MoneyField(
        currency="payment.currency",
        default=0,
        editable=False,
        help_text="What of it the gateway has withdrawn until a bank has decided.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=adds_up("gross", F("fee") + F("earning")), name="share_adds_up"),
            models.CheckConstraint(
                condition=Q(refunded_gross__gte=0, refunded_gross__lte=F("gross"))
                & Q(refunded_fee__gte=0, refunded_fee__lte=F("fee")),
                name="share_refund_within_share",
            ),
            models.CheckConstraint(
                condition=Q(held_gross__gte=0, withdrawn_gross__gte=0)
                & Q(held_gross__lte=F("gross") - F("refunded_gross") - F("withdrawn_gross") + Decimal("0.0004")),
                name="share_holds_within_rest",
            ),
        ]
        indexes = [models.Index(fields=["line"], name="shares_holding", condition=Q(held_gross__gt=0))]

    def __str__(self) -> str:
        return f"Share of {self.seller_id} in {self.payment_id}"


class PaymentChange(StatusHistory):
    """The history of a payment's status. Rows are only added."""

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=20, choices=PaymentStatus, blank=True)
    after = models.CharField(max_length=20, choices=PaymentStatus)
    reason = models.CharField(max_length=200, blank=True)


class Refund(models.Model):
    """Money going back. A pending refund already reserves its amount, so two at once cannot exceed the payment."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    share = models.ForeignKey(
        PaymentShare,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="refunds",
        help_text="Of this line alone; empty: of all of the payment, in proportion.",
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text="Idempotency key at the gateway.")
    amount = MoneyField(currency="payment.currency")
    status = models.CharField(max_length=10, choices=RefundStatus, default=RefundStatus.PENDING, editable=False)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    gateway_reference = models.CharField(max_length=100, blank=True)
    failure_message = models.CharField(max_length=200, blank=True)
    made_at_gateway = models.BooleanField(
        default=False, help_text="Not asked for here: made in the gateway's own dashboard."
    )
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.UniqueConstraint(
                fields=["gateway_reference"], condition=~Q(gateway_reference=""), name="refund_reference_unique"
            ),
        ]
        indexes = [
            models.Index(
                fields=["attempts", "created_at"], name="refunds_pending", condition=Q(status=RefundStatus.PENDING)
            ),
            models.Index(fields=["-created_at", "-id"], name="refunds_newest"),
            models.Index(fields=["amount", "id"], name="refunds_by_amount"),
        ]

    def __str__(self) -> str:
        return f"Refund {self.pk} on {self.payment_id}"


class Dispute(models.Model):
    """Buyer and artist of a job disagree: its held money stays where it is until staff decide who gets what."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="disputes_opened")
    reason = models.TextField(max_length=2000)
    state = models.CharField(max_length=10, choices=DisputeState, default=DisputeState.OPEN, editable=False)
    artist_amount = MoneyField(
        currency="payment.currency",
        null=True,
        blank=True,
        help_text="Of what was held: released to the artist, before fee.",
    )
    buyer_amount = MoneyField(
        currency="payment.currency", null=True, blank=True, help_text="Of what was held: refunded to the buyer."
    )
    answer = models.TextField(max_length=2000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment"], condition=Q(state=DisputeState.OPEN), name="dispute_one_open_a_payment"
            ),
            models.CheckConstraint(
                condition=~Q(state=DisputeState.DECIDED) | Q(artist_amount__gte=0, buyer_amount__gte=0),
                name="dispute_decided_has_amounts",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-created_at", "-id"], name="disputes_by_state"),
            models.Index(fields=["-created_at", "-id"], name="disputes_newest"),
        ]

    def __str__(self) -> str:
        return f"Dispute #{self.pk} ({self.state})"

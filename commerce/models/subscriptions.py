"""What the platform sells itself: plans, the subscriptions to them, and what was paid for each period."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from commerce.choices import LIVE_SUBSCRIPTIONS, BillingCycle, PayBy, RefundStatus, ReversalKind, SubscriptionStatus
from commerce.models.gateways import SandboxIntent
from commerce.models.ledger import LedgerTransaction
from config.core.fields import FoldedField, MoneyField
from config.core.history import StatusHistory


class Plan(models.Model):
    """Its prices are those of new subscriptions; what somebody has subscribed to keeps its own."""

    slug = models.CharField(max_length=50)
    name = models.CharField(max_length=100)
    name_folded = FoldedField(of="name")
    description = models.TextField(max_length=5000, blank=True)
    price_monthly = MoneyField()
    price_yearly = MoneyField()
    currency = models.CharField(max_length=3)
    features = models.JSONField(default=list, blank=True)
    is_popular = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.IntegerField(default=0)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug"], condition=Q(removed_at=None), name="plan_slug_once"),
            models.UniqueConstraint(fields=["name_folded"], condition=Q(removed_at=None), name="plan_name_once"),
            models.CheckConstraint(
                condition=Q(price_monthly__gte=0, price_yearly__gte=0), name="plan_prices_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["position", "id"], name="plans_offered", condition=Q(removed_at=None))]

    def __str__(self) -> str:
        return self.name


class PlanPrice(models.Model):
    """A gateway's name for what a period of a plan costs. A plan that changes its price gets another one."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="prices")
    gateway = models.CharField(max_length=20)
    cycle = models.CharField(max_length=10, choices=BillingCycle)
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "gateway", "cycle", "amount", "currency"], name="plan_price_once")
        ]

    def __str__(self) -> str:
        return self.reference


class Subscription(models.Model):
    """`services.states.subscriptions` alone moves its status. What the gateway says of it is asked for, never guessed.

    `wanted` is what its gateway has still to be told: end_now, end_with_period or keep. One with a `token` and without
    a `gateway_reference` may have been begun there, and the answer lost: it is looked for by its `key`.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="subscriptions")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="subscriptions")
    billing_cycle = models.CharField(max_length=10, choices=BillingCycle)
    status = models.CharField(
        max_length=12, choices=SubscriptionStatus, default=SubscriptionStatus.INCOMPLETE, editable=False
    )
    payment_method = models.CharField(max_length=10, choices=PayBy)
    amount = MoneyField(help_text="Of a period.")
    currency = models.CharField(max_length=3)
    current_period_start = models.DateTimeField()
    current_period_end = models.DateTimeField()
    cancel_at_period_end = models.BooleanField(default=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=500, blank=True)
    gateway = models.CharField(max_length=20, blank=True, help_text="Empty where nothing is to be paid.")
    gateway_reference = models.CharField(max_length=100, blank=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="Idempotency key at the gateway.")
    token = models.CharField(max_length=255, blank=True, help_text="The gateway's name of the card; never its number.")
    customer = models.CharField(max_length=100, blank=True, help_text="Whose the card is at the gateway.")
    wanted = models.CharField(max_length=20, blank=True)
    changes = models.PositiveIntegerField(default=0, editable=False, help_text="How often the gateway's word was kept.")
    failure_code = models.CharField(max_length=60, blank=True)
    failure_message = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When the gateway was last asked.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status__in=LIVE_SUBSCRIPTIONS), name="subscription_one_live_a_user"
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(status="incomplete"), name="subscription_one_being_paid_a_user"
            ),
            models.UniqueConstraint(
                fields=["gateway", "gateway_reference"],
                condition=~Q(gateway_reference=""),
                name="subscription_reference_once",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="subscription_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(current_period_end__gt=F("current_period_start")), name="subscription_period_is_one"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="subscriptions_of_user"),
            models.Index(
                fields=["current_period_end"],
                name="subscriptions_to_renew",
                condition=Q(status__in=[*LIVE_SUBSCRIPTIONS, "incomplete"]),
            ),
            models.Index(fields=["id"], name="subscriptions_to_tell", condition=~Q(wanted="")),
            models.Index(fields=["id"], name="subscriptions_to_find", condition=Q(gateway_reference="") & ~Q(token="")),
        ]

    def __str__(self) -> str:
        return f"Subscription {self.pk} ({self.status})"


class SubscriptionChange(StatusHistory):
    """The history of a subscription's status. Rows are only added."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=12, choices=SubscriptionStatus, blank=True)
    after = models.CharField(max_length=12, choices=SubscriptionStatus)
    reason = models.CharField(max_length=200, blank=True)


class SubscriptionInvoice(models.Model):
    """What a gateway asked for a period. Booked once, when it is paid."""

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="invoices")
    gateway = models.CharField(max_length=20)
    reference = models.CharField(max_length=100)
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    refunded_amount = MoneyField(default=0, db_default=0, editable=False, help_text="What its refunds took.")
    disputed_amount = MoneyField(default=0, db_default=0, editable=False, help_text="What its disputes have withdrawn.")
    booked = models.OneToOneField(
        LedgerTransaction, on_delete=models.PROTECT, null=True, blank=True, related_name="subscription_invoice"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "reference"], name="subscription_invoice_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="subscription_invoice_not_negative"),
            models.CheckConstraint(
                condition=Q(booked__isnull=True) | Q(paid_at__isnull=False), name="subscription_invoice_booked_is_paid"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class InvoiceReversal(models.Model):
    """A refund or a dispute of a paid invoice, as the gateway says that it stands.

    One that staff ask for has a `key` and is written before the gateway is asked: until that has answered it has no
    `reference`, and its amount is set aside. `services.subscriptions.reversals` and `.refunds` alone write it.
    """

    invoice = models.ForeignKey(SubscriptionInvoice, on_delete=models.PROTECT, related_name="reversals")
    kind = models.CharField(max_length=10, choices=ReversalKind)
    reference = models.CharField(max_length=100, blank=True, help_text="The gateway's own id of it.")
    key = models.UUIDField(
        null=True, blank=True, unique=True, editable=False, help_text="Idempotency key at the gateway, of one of ours."
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    words = models.CharField(max_length=200, blank=True, db_default="", help_text="Why staff gave it back.")
    failure_message = models.CharField(max_length=200, blank=True, db_default="")
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    state = models.CharField(
        max_length=10, editable=False, help_text="Of a refund: pending, succeeded, failed; of a dispute a chargeback's."
    )
    amount = MoneyField(currency="invoice.currency")
    taken = MoneyField(
        currency="invoice.currency", default=0, editable=False, help_text="What of it is not with us now."
    )
    reason = models.CharField(max_length=60, blank=True)
    fee = MoneyField(
        currency="fee_currency", default=0, editable=False, help_text="What the gateway has charged for the dispute."
    )
    fee_currency = models.CharField(max_length=3, blank=True)
    changes = models.PositiveIntegerField(
        default=0, editable=False, help_text="How often it was written: who asked the gateway before writes nothing."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, taken__gte=0), name="invoice_reversal_amounts"),
            models.CheckConstraint(
                condition=~Q(reference="") | Q(key__isnull=False), name="invoice_reversal_is_known_by_something"
            ),
            models.UniqueConstraint(
                fields=["reference"], condition=~Q(reference=""), name="invoice_reversal_reference_once"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="invoice_reversals_newest"),
            models.Index(
                fields=["attempts", "id"],
                name="invoice_reversals_to_make",
                condition=Q(state=RefundStatus.PENDING, key__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference or self.key} ({self.state})"

    @property
    def ledger_key(self) -> str:
        """What the keys of its transactions in the ledger begin with."""
        return f"reversal:{self.pk}:"


# ---------------------------------------------------------------- the sandbox's own books
class SandboxSubscription(models.Model):
    """A subscription as the sandbox gateway sees it."""

    reference = models.CharField(max_length=60, unique=True)
    idempotency_key = models.CharField(max_length=100, unique=True)
    amount = models.PositiveBigIntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=3)
    cycle = models.CharField(max_length=10, choices=BillingCycle)
    payment_method = models.CharField(max_length=60)
    status = models.CharField(max_length=12, default="incomplete")
    anchor = models.DateTimeField(default=timezone.now, help_text="From when periods are counted.")
    periods = models.PositiveIntegerField(default=1, help_text="How many have begun.")
    cancel_at_period_end = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0, help_text="To charge the newest invoice.")
    next_attempt_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["status", "id"], name="sandbox_subscriptions")]

    def __str__(self) -> str:
        return self.reference


class SandboxInvoice(models.Model):
    subscription = models.ForeignKey(SandboxSubscription, on_delete=models.CASCADE, related_name="invoices")
    reference = models.CharField(max_length=60, unique=True)
    intent = models.OneToOneField(SandboxIntent, on_delete=models.CASCADE, related_name="invoice")
    number = models.PositiveIntegerField(help_text="Of its period, from 1.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "number"], name="sandbox_invoice_a_period")]

    def __str__(self) -> str:
        return self.reference

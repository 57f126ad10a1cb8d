"""Money that leaves the platform for its sellers, and how each wants to get it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from commerce.choices import OPEN_PAYOUTS, PayoutMethod, PayoutSchedule, PayoutStatus
from config.core.fields import TOTAL_DIGITS, EncryptedJSONField, EncryptedTextField, MoneyField, adds_up
from config.core.history import StatusHistory
from config.core.money import shown


class Payout(models.Model):
    """A part of a seller's balance on its way to them. `commerce.services.payouts.payouts` alone moves its status.

    The amount leaves the balance with the request, under the lock of the seller's account, and comes back if it fails.
    One to a new account waits before it is carried out.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payouts")
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=15, choices=PayoutMethod)
    fees = MoneyField(default=0)
    net_amount = MoneyField()
    balance_before = MoneyField(max_digits=TOTAL_DIGITS, help_text="What was available when it was asked for.")
    account = EncryptedTextField(blank=True, help_text="Where the money goes.")
    account_hint = models.CharField(max_length=60, blank=True, help_text="The same, masked.")
    account_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Tells whether two payouts went to the same account."
    )
    waits_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Its account was new: until then its seller may stop it."
    )
    from_settings = models.BooleanField(default=False, help_text="The account is that of the payout settings.")
    period = models.CharField(
        max_length=12, blank=True, help_text="Made by the schedule for this day, week or month; else empty."
    )
    status = models.CharField(max_length=12, choices=PayoutStatus, default=PayoutStatus.PENDING, editable=False)
    reference = models.CharField(max_length=100, blank=True, help_text="Of the bank or the gateway.")
    failure_message = models.CharField(max_length=200, blank=True)
    request_date = models.DateTimeField(default=timezone.now, editable=False)
    processed_date = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, fees__gte=0, net_amount__gt=0), name="payout_positive"),
            models.CheckConstraint(
                condition=adds_up("amount", F("net_amount") + F("fees")), name="payout_net_and_fees_add_up"
            ),
            models.CheckConstraint(condition=Q(amount__lte=F("balance_before")), name="payout_within_balance"),
            models.UniqueConstraint(fields=["seller", "period"], condition=~Q(period=""), name="payout_once_a_period"),
        ]
        indexes = [
            models.Index(fields=["seller", "-request_date", "-id"], name="payouts_of_seller"),
            models.Index(fields=["-request_date", "-id"], name="payouts_newest"),
            models.Index(fields=["amount", "id"], name="payouts_by_amount"),
            models.Index(fields=["request_date"], name="payouts_open", condition=Q(status__in=OPEN_PAYOUTS)),
        ]

    def __str__(self) -> str:
        return f"Payout of {shown(self.amount, self.currency)} {self.currency}"

    @property
    def is_waiting(self) -> bool:
        return (
            self.status == PayoutStatus.PENDING and self.waits_until is not None and self.waits_until > timezone.now()
        )


class PayoutChange(StatusHistory):
    """The history of a payout's status. Rows are only added."""

    payout = models.ForeignKey(Payout, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=12, choices=PayoutStatus, blank=True)
    after = models.CharField(max_length=12, choices=PayoutStatus)
    reason = models.CharField(max_length=200, blank=True)


class PayoutSettings(models.Model):
    """How a seller wants to be paid."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="payout_settings")
    method = models.CharField(max_length=15, choices=PayoutMethod)
    account_details = EncryptedJSONField(default=dict, blank=True)
    minimum_payout = MoneyField(default=0)
    payout_schedule = models.CharField(max_length=10, choices=PayoutSchedule, default=PayoutSchedule.MONTHLY)
    is_verified = models.BooleanField(default=False, help_text="Staff have checked the account.")
    account_changed_at = models.DateTimeField(default=timezone.now, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "payout settings"
        constraints = [models.CheckConstraint(condition=Q(minimum_payout__gte=0), name="payout_minimum_positive")]

    def __str__(self) -> str:
        return f"Payout settings of {self.user_id}"

    @property
    def currency(self) -> str:
        return settings.CURRENCIES["v1"]  # the dialect that pays out

    @property
    def account_number(self) -> str:
        return str(self.account_details.get("account_number", ""))

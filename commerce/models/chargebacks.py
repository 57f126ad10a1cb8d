"""Money that a gateway takes back because the cardholder disputes a charge at their bank."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from commerce.choices import SETTLED_CHARGEBACKS, ChargebackState
from commerce.models.payments import Payment, PaymentShare, Refund
from config.core.fields import MoneyField
from config.core.history import StatusHistory
from config.core.money import ZERO


class Chargeback(models.Model):
    """A cardholder's dispute of a charge, as the gateway says that it stands (a `Dispute` is buyer against artist).

    `commerce.services.gateway_events.chargebacks` alone writes it. What is withdrawn is taken of the payment's shares;
    what they have not got any more, because it was refunded before, is the platform's loss.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="chargebacks")
    gateway_reference = models.CharField(max_length=100, unique=True, help_text="The gateway's own id of the dispute.")
    state = models.CharField(max_length=10, choices=ChargebackState, editable=False)
    reason = models.CharField(max_length=60, blank=True, help_text="The gateway's word for it, such as fraudulent.")
    amount = MoneyField(currency="payment.currency", help_text="What is disputed.")
    withdrawn = MoneyField(
        currency="payment.currency",
        default=0,
        editable=False,
        help_text="What the gateway has taken and not given back.",
    )
    loss = MoneyField(
        currency="payment.currency", default=0, editable=False, help_text="What of it was not left of the payment."
    )
    fee = MoneyField(
        currency="fee_currency", default=0, editable=False, help_text="What the gateway has charged for the dispute."
    )
    fee_currency = models.CharField(max_length=3, blank=True)
    changes = models.PositiveIntegerField(
        default=0, editable=False, help_text="How often it was written: who asked the gateway before writes nothing."
    )
    evidence_due_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(help_text="At the gateway.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="chargeback_amount_positive"),
            models.CheckConstraint(
                condition=Q(withdrawn__gte=0, loss__gte=0, loss__lte=F("withdrawn")), name="chargeback_loss_within"
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="chargebacks_newest")]

    def __str__(self) -> str:
        return f"Chargeback {self.gateway_reference} of {self.payment_id} ({self.state})"

    @property
    def is_settled(self) -> bool:
        """What is withdrawn has gone back to the buyer for good."""
        return self.state in SETTLED_CHARGEBACKS

    @property
    def gone(self) -> Decimal:
        """What counts as gone back of the payment."""
        return self.withdrawn - self.loss if self.is_settled else ZERO


class ChargebackChange(StatusHistory):
    """The history of a chargeback's state. Rows are only added."""

    chargeback = models.ForeignKey(Chargeback, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=10, choices=ChargebackState, blank=True)
    after = models.CharField(max_length=10, choices=ChargebackState)


class ShareReversal(models.Model):
    """What one refund or chargeback took of one share, so that it can be put back where it came from."""

    share = models.ForeignKey(PaymentShare, on_delete=models.CASCADE, related_name="reversals")
    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, null=True, blank=True, related_name="reversals")
    chargeback = models.ForeignKey(
        Chargeback, on_delete=models.CASCADE, null=True, blank=True, related_name="reversals"
    )
    gross = MoneyField(currency="share.payment.currency")
    held = MoneyField(currency="share.payment.currency", default=0, help_text="What of it was in escrow.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refund__isnull=False, chargeback__isnull=True)
                | Q(refund__isnull=True, chargeback__isnull=False),
                name="reversal_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(gross__gt=0, held__gte=0, held__lte=F("gross")), name="reversal_held_within"
            ),
            models.UniqueConstraint(fields=["share", "refund"], name="reversal_once_a_refund"),
            models.UniqueConstraint(fields=["share", "chargeback"], name="reversal_once_a_chargeback"),
        ]

    def __str__(self) -> str:
        return f"Reversal {self.pk} of share {self.share_id}"

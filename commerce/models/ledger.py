"""The double-entry ledger. Append-only: triggers in the database refuse to change or delete its rows."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from commerce.choices import AccountKind, TransactionKind
from commerce.models.campaigns import Promotion
from commerce.models.chargebacks import Chargeback
from commerce.models.payments import Payment, Refund
from commerce.models.payouts import Payout
from config.core.fields import MoneyField


class LedgerAccount(models.Model):
    """An account of one kind, owner and currency. Its balance is the sum of its entries."""

    kind = models.CharField(max_length=20, choices=AccountKind)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="ledger_accounts"
    )
    name = models.CharField(max_length=20, blank=True, help_text="Which gateway, or what an expense is for.")
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "owner", "name", "currency"],
                condition=Q(owner__isnull=False),
                name="ledger_account_of_owner_unique",
            ),
            models.UniqueConstraint(
                fields=["kind", "name", "currency"],
                condition=Q(owner__isnull=True),
                name="ledger_account_of_platform_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.owner_id or self.name} {self.currency}".strip()


class LedgerTransaction(models.Model):
    """One movement of money; its entries add up to nothing. `key` makes booking it twice impossible."""

    kind = models.CharField(max_length=20, choices=TransactionKind)
    key = models.CharField(max_length=100, unique=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="ledger_transactions")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="ledger_transactions")
    chargeback = models.ForeignKey(Chargeback, on_delete=models.PROTECT, null=True, related_name="ledger_transactions")
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, null=True, related_name="ledger_transactions")
    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, null=True, related_name="ledger_transactions")
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["-created_at", "-id"], name="ledger_newest")]

    def __str__(self) -> str:
        return self.key


class LedgerProof(models.Model):
    """That everything which can be computed in two ways was, and what did not agree. Rows are only added."""

    made_at = models.DateTimeField(default=timezone.now, editable=False)
    took = models.FloatField(editable=False, help_text="Seconds.")
    faults = models.PositiveIntegerField(editable=False, help_text="How many; 0 when the books are right.")
    first_faults = models.TextField(blank=True, editable=False, help_text="In words, at most twenty, a line each.")

    class Meta:
        indexes = [models.Index(fields=["-made_at"], name="ledger_proofs_newest")]

    def __str__(self) -> str:
        found = f"{self.faults} faults" if self.faults else "right"
        return f"Ledger proof of {self.made_at:%Y-%m-%d %H:%M}: {found}"


class LedgerEntry(models.Model):
    """Money into (positive) or out of (negative) an account."""

    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="entries")
    amount = MoneyField(currency="account.currency")

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="ledger_entry_not_zero")]
        indexes = [
            models.Index(fields=["account", "id"], name="ledger_of_account"),
            models.Index(fields=["amount", "id"], name="ledger_by_amount"),
        ]

    def __str__(self) -> str:
        return f"Entry {self.pk} on {self.account_id}"

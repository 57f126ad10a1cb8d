"""A person's print shop, and its connection to Etsy."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from config.core.fields import EncryptedTextField
from printshop.choices import ConnectionState


class Shop(models.Model):
    """One a person. It is there before anything of Etsy's is: printers and filament need no Etsy.

    `etsy_seen_until` is Etsy's time of the last change that was read in full; the next sync begins a little before it.
    """

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="print_shop")
    currency = models.CharField(max_length=3, help_text="Of what filament costs, and of the shop's totals.")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="Of the working hours, such as Europe/Berlin.")
    working_days = models.JSONField(default=list, blank=True, help_text="0 is Monday. Empty: every day.")
    working_from = models.TimeField(null=True, blank=True, help_text="Prints start from then on; empty: at any hour.")
    working_until = models.TimeField(null=True, blank=True)

    etsy_state = models.CharField(max_length=10, choices=ConnectionState, default=ConnectionState.NONE, editable=False)
    etsy_user_id = models.CharField(
        max_length=20, null=True, blank=True, unique=True, editable=False, help_text="Signs the owner in."
    )
    etsy_user_before = models.CharField(
        max_length=20,
        blank=True,
        db_index=True,
        editable=False,
        help_text="Who was connected until the connection was ended: signs nobody in.",
    )
    etsy_shop_id = models.CharField(max_length=20, null=True, blank=True, unique=True, editable=False)
    etsy_shop_name = models.CharField(max_length=255, blank=True, editable=False)
    access_token = EncryptedTextField(blank=True, editable=False)
    refresh_token = EncryptedTextField(blank=True, editable=False)
    token_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    etsy_seen_until = models.DateTimeField(null=True, blank=True, editable=False)
    etsy_cancelled_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the cancelled orders were last gone through."
    )
    etsy_open_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the open orders were last read again."
    )
    etsy_settled_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the shipped orders were last read again."
    )
    etsy_place = models.JSONField(
        default=dict, blank=True, editable=False, help_text="How far a pass over the orders has got that did not end."
    )
    token_claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    sync_claim = models.UUIDField(null=True, blank=True, editable=False)
    sync_claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    next_sync_at = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)
    sync_error = models.CharField(max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.etsy_shop_name or f"Shop of {self.owner_id}"


class EtsySignIn(models.Model):
    """A sign-in that was begun: its state and the digest of its verifier, used once and for a few minutes."""

    state = models.CharField(max_length=64, unique=True)
    challenge = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the code verifier, base64url.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        help_text="Who connects their shop; empty when nobody was signed in.",
    )
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Sign-in of {self.created_at:%Y-%m-%d %H:%M}"


class SyncRun(models.Model):
    """One pass over a shop's receipts, and what it cost."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="sync_runs")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    calls = models.PositiveIntegerField(default=0, help_text="Requests to Etsy, those refused included.")
    receipts_read = models.PositiveIntegerField(default=0)
    orders_new = models.PositiveIntegerField(default=0)
    orders_changed = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["shop", "-started_at"], name="sync_runs_of_shop")]

    def __str__(self) -> str:
        return f"Sync of {self.shop_id} at {self.started_at:%Y-%m-%d %H:%M}"


class EtsyEvent(models.Model):
    """A webhook of Etsy's, by its id: taken once, worked off by a task."""

    event_id = models.CharField(max_length=100, unique=True)
    event_type = models.CharField(max_length=40)
    etsy_shop_id = models.CharField(max_length=20)
    receipt_id = models.CharField(max_length=20)
    received_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["next_try_at"], name="etsy_events_open", condition=models.Q(done_at=None)),
            models.Index(fields=["received_at"], name="etsy_events_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.receipt_id}"

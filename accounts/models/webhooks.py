"""Messages to addresses of other programs, and those addresses."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.choices import DeliveryState, WebhookState
from config.core.fields import EncryptedJSONField, EncryptedTextField


class WebhookTarget(models.Model):
    """An address that a person gave, or the platform itself, and the secret its messages are signed with.

    One worker at a time sends to it, in the order in which the messages were written. Until `slow_until`, long enough
    after it last took its time, that worker is the only one for all its owner's slow ones. While it fails it is left
    alone until `paused_until`; `told_at` says that its owner knows.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="webhook_targets",
        help_text="Empty: the platform.",
    )
    name = models.CharField(max_length=150, help_text="What it is for, in words that its owner knows.")
    url = models.URLField(max_length=500)
    state = models.CharField(
        max_length=10,
        choices=WebhookState,
        default=WebhookState.ACTIVE,
        db_default=WebhookState.ACTIVE,
        editable=False,
        help_text="What waits for one that is not active goes on waiting.",
    )
    secret = EncryptedTextField(editable=False, help_text="whsec_…, shown once to its owner.")
    old_secrets = EncryptedJSONField(
        null=True, blank=True, editable=False, help_text="[secret, until when it signs too], the oldest first."
    )
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    slow_until = models.DateTimeField(null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    told_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Nothing is sent any more.")

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-id"], name="webhook_targets_of_owner"),
            models.Index(
                fields=["claimed_until"], name="webhook_targets_claimed", condition=Q(claimed_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def replaced_secrets(self, now: datetime) -> list[tuple[str, datetime]]:
        """Those that still sign, each with its end, the oldest first."""
        kept: list[Any] = self.old_secrets or []
        dated = [(secret, datetime.fromisoformat(until)) for secret, until in kept]
        return [(secret, until) for secret, until in dated if until > now]

    @property
    def old_secret_until(self) -> datetime | None:
        """Until when a secret that was replaced signs beside the present one."""
        return max((until for _secret, until in self.replaced_secrets(timezone.now())), default=None)


class WebhookEndpoint(models.Model):
    """What a person, or the platform, wants to be told of, and where. The platform's hear of everybody's."""

    target = models.OneToOneField(WebhookTarget, on_delete=models.CASCADE, related_name="endpoint")
    description = models.CharField(max_length=200, blank=True)
    events = models.JSONField(help_text='Names of events, or ["*"] for all.')

    def __str__(self) -> str:
        return self.target.name


class WebhookMessage(models.Model):
    """One message to one target. It is written in the transaction that causes it; its `uuid` and `body` are the same in
    all tries. Of one `about` a later message waits for the earlier ones, unless they were refused."""

    target = models.ForeignKey(WebhookTarget, on_delete=models.CASCADE, related_name="messages")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="As msg_… the webhook-id.")
    event_type = models.CharField(max_length=60)
    about = models.CharField(max_length=60, blank=True, help_text="Of what it tells, such as order-17.")
    body = models.TextField(help_text="JSON, as it is signed and sent.")
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=200, blank=True)
    answer_status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of the last answer.")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_try_at"], name="webhook_messages_due", condition=Q(state="waiting")),
            models.Index(fields=["target", "id"], name="webhook_messages_open", condition=Q(state="waiting")),
            models.Index(
                fields=["target", "about", "id"], name="webhook_messages_in_order", condition=Q(state="waiting")
            ),
            models.Index(fields=["target", "-id"], name="webhook_messages_of_target"),
            models.Index(fields=["target", "state", "-id"], name="webhook_messages_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} to {self.target_id}"

    @property
    def webhook_id(self) -> str:
        """As its receiver sees it, in each try the same."""
        return f"msg_{self.uuid.hex}"

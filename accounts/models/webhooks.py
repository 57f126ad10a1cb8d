"""Messages to addresses of other programs, and those addresses."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.choices import DeliveryState
from config.core.fields import EncryptedTextField


class WebhookTarget(models.Model):
    """An address that a person gave, and the secret its messages are signed with.

    One worker at a time sends to it, in the order in which the messages were written. While it fails it is left alone
    until `paused_until`; `told_at` says that its owner knows.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhook_targets")
    name = models.CharField(max_length=150, help_text="What it is for, in words that its owner knows.")
    url = models.URLField(max_length=500)
    secret = EncryptedTextField(editable=False, help_text="whsec_…, shown once to its owner.")
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    told_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Nothing is sent any more.")

    class Meta:
        indexes = [models.Index(fields=["owner", "-id"], name="webhook_targets_of_owner")]

    def __str__(self) -> str:
        return self.name


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
            models.Index(fields=["target", "-id"], name="webhook_messages_of_target"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} to {self.target_id}"

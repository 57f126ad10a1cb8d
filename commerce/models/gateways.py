"""What payment gateways told us, and the books of the embedded sandbox gateway."""

import uuid

from django.db import models
from django.utils import timezone


class GatewayEvent(models.Model):
    """One event a gateway sent. Stored once by its id; applied until it has been."""

    gateway = models.CharField(max_length=20)
    event_id = models.CharField(max_length=100)
    event_type = models.CharField(max_length=60)
    reference = models.CharField(max_length=100, blank=True, help_text="The gateway's id of the payment concerned.")
    object_reference = models.CharField(
        max_length=100, blank=True, help_text="Its id of the refund or dispute, if it is about one."
    )
    received_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(
        null=True, blank=True, default=timezone.now, help_text="Empty: applied, or given up."
    )
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "event_id"], name="gateway_event_once")]
        indexes = [
            models.Index(
                fields=["next_try_at"], name="gateway_events_open", condition=models.Q(next_try_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.event_type}"


class SandboxIntent(models.Model):
    """A payment as the sandbox gateway sees it. Plays Stripe's states with Stripe's published test cards."""

    reference = models.CharField(max_length=60, unique=True)
    client_secret = models.CharField(max_length=100)
    idempotency_key = models.CharField(max_length=100, unique=True)
    amount = models.PositiveBigIntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=30, default="requires_payment_method")
    payment_method = models.CharField(max_length=60, blank=True)
    confirm_key = models.CharField(max_length=100, blank=True, help_text="Idempotency key of the last confirmation.")
    failure_code = models.CharField(max_length=60, blank=True)
    failure_message = models.CharField(max_length=200, blank=True)
    challenge = models.UUIDField(null=True, unique=True, default=None, help_text="The 3-D Secure page's address.")
    return_url = models.URLField(max_length=500, blank=True)
    refunded = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(refunded__lte=models.F("amount")), name="sandbox_refund_within")
        ]

    def __str__(self) -> str:
        return self.reference


class SandboxRefund(models.Model):
    intent = models.ForeignKey(SandboxIntent, on_delete=models.CASCADE, related_name="refunds")
    reference = models.CharField(max_length=60, unique=True)
    idempotency_key = models.CharField(max_length=100, unique=True, default=uuid.uuid4)
    amount = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.reference

"""What people are told, and how it reached them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.choices import DeliveryChannel, DeliveryState, notification_types


class Notification(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    notification_type = models.CharField(max_length=30, choices=notification_types)
    title = models.CharField(max_length=200)
    message = models.TextField()
    data = models.JSONField(default=dict, blank=True, help_text="Ids of what it is about.")
    is_read = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notifications_of_user"),
            models.Index(fields=["user", "-id"], name="notifications_unread", condition=Q(is_read=False)),
            models.Index(fields=["user", "notification_type", "-created_at", "-id"], name="notifications_of_type"),
        ]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """One message to be brought to one person over one channel, exactly once.

    It is written in the transaction that causes it. A worker claims it for a while, sends it, and marks it sent; a
    claim that ran out is taken up again. An e-mail keeps its Message-ID over all tries.
    """

    channel = models.CharField(max_length=10, choices=DeliveryChannel)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deliveries")
    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, null=True, related_name="deliveries")
    template = models.CharField(
        max_length=60, blank=True, help_text="E-mail: the pair templates/email/<name>.txt/.html."
    )
    context = models.JSONField(default=dict, blank=True)
    data = models.JSONField(default=dict, blank=True, help_text="E-mail: ids of what it is about, as a notification's.")
    late = models.CharField(
        max_length=120, blank=True, help_text="E-mail: the function that adds what is only known while it is rendered."
    )
    address = models.EmailField(blank=True, help_text="E-mail: where it goes, when that is not the account's address.")
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    claim = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["next_try_at"],
                name="deliveries_open",
                condition=Q(state__in=[DeliveryState.WAITING, DeliveryState.SENDING]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.template or self.notification_id} to {self.user_id}"

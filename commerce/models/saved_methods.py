"""Ways to pay that people keep: the gateway's token and what may be shown of it, never a card's number."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from commerce.choices import SavedMethodType
from config.core.fields import EncryptedJSONField, EncryptedTextField


class SavedMethod(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_methods")
    type = models.CharField(max_length=15, choices=SavedMethodType)
    provider = models.CharField(max_length=10, help_text="As the client named it.")
    gateway = models.CharField(
        max_length=20, help_text="stripe, sandbox; empty: nothing that can be charged.", blank=True
    )
    token = EncryptedTextField(blank=True, help_text="The gateway's.")
    customer = models.CharField(max_length=100, blank=True, help_text="Whose it is at the gateway.")
    brand = models.CharField(max_length=20, blank=True)
    last_four = models.CharField(max_length=4, blank=True)
    expiry_month = models.PositiveSmallIntegerField(null=True, blank=True)
    expiry_year = models.PositiveSmallIntegerField(null=True, blank=True)
    cardholder_name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True, help_text="Of a PayPal account.")
    billing_address = EncryptedJSONField(default=dict, blank=True)
    is_default = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    code_digest = models.CharField(max_length=64, blank=True, help_text="Keyed digest of the code sent by e-mail.")
    code_expires_at = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(is_default=True), name="saved_method_one_default")
        ]
        indexes = [models.Index(fields=["user", "-is_default", "-created_at"], name="saved_methods_of_user")]

    def __str__(self) -> str:
        return f"{self.type} {self.last_four}".strip()

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None

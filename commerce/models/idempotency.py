"""Calls that carry an Idempotency-Key, so that a repeated one gets the first one's answer."""

from django.conf import settings
from django.db import models

from config.core.fields import EncryptedJSONField


class IdempotentCall(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="Keyed digest of method, path and body.")
    claimed_until = models.DateTimeField(null=True, help_text="Running until then; empty when answered.")
    status = models.PositiveSmallIntegerField(null=True)
    body = EncryptedJSONField(null=True, help_text="Answers hold account numbers and client secrets.")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_unique")]

    def __str__(self) -> str:
        return self.key

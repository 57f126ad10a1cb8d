"""Rows that belong to no product."""

from django.conf import settings
from django.db import models

from config.core.fields import EncryptedJSONField


class IdempotentCall(models.Model):
    """A call that carried an Idempotency-Key: what it made, and once it was answered, how.

    What it made is noted in the transaction that made it. A row without an answer is a call whose process died, or is
    at work still: it is never forgotten, for its effect stands.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    operation = models.CharField(max_length=100, help_text="A route's name, such as cultureup.orders.create.")
    fingerprint = models.CharField(max_length=64, help_text="Keyed digest of the operation, its path and its body.")
    made_label = models.CharField(max_length=100, blank=True, help_text="Of the model of what it made or changed.")
    made_id = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=100, blank=True, help_text="How far it came, where there are several steps.")
    status = models.PositiveSmallIntegerField(null=True, help_text="Of the answer; empty before it.")
    body = EncryptedJSONField(null=True, help_text="Answers hold account numbers and client secrets.")
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="call_key_unique")]

    def __str__(self) -> str:
        return self.key

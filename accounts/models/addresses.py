"""E-mail addresses: changes under way, how many mails each may still be sent, and what people want none of."""

import uuid

from django.db import models
from django.utils import timezone

from accounts.choices import RefusalReason, mail_topics
from accounts.models.people import User


class MailAllowance(models.Model):
    """The e-mails of one kind that went to one address within a day: the row that two at once queue up at."""

    kind = models.CharField(max_length=40, help_text="A MailKind.")
    address = models.CharField(max_length=64, help_text="A keyed digest.")
    sent = models.JSONField(default=list, help_text="When, in seconds since 1970; the oldest first.")
    used_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "address"], name="mail_allowance_unique")]

    def __str__(self) -> str:
        return f"{self.kind}: {len(self.sent)}"


class EmailChange(models.Model):
    """A change of an account's address. It waits for the new one to be confirmed; after that the old one is kept for
    the account for a while, and may undo it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="email_changes")
    nonce = models.UUIDField(default=uuid.uuid4, unique=True)
    old_email = models.EmailField()
    old_key = models.CharField(
        max_length=800, db_index=True, help_text="The old address in the form it is compared in."
    )
    new_email = models.EmailField()
    requested_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(confirmed_at=None), name="email_change_one_pending"
            )
        ]

    def __str__(self) -> str:
        return f"Change of the address of {self.user_id}"


class MailRefusal(models.Model):
    """Somebody who gets no e-mails of a topic: they said so, or their address does not take them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mail_refusals")
    topic = models.CharField(max_length=20, choices=mail_topics)
    reason = models.CharField(max_length=15, choices=RefusalReason)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "topic"], name="mail_refusal_once_a_topic")]

    def __str__(self) -> str:
        return f"{self.user_id}: no {self.topic}"

"""Rows that belong to no product."""

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models

from config.core.errors import AppendOnly
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


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **_values: Any) -> NoReturn:
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly


class AuditEntry(models.Model):
    """Who did what to what, from where, and what it was before and after.

    Rows are only added: triggers in the database refuse the rest, so an account with entries cannot be deleted.
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty: the platform itself.",
    )
    action = models.CharField(max_length=60, help_text="What was done, such as artwork.approve.")
    target_type = models.CharField(max_length=40)
    target_id = models.CharField(max_length=40)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects: ClassVar[models.Manager["AuditEntry"]] = models.Manager.from_queryset(AuditEntryQuerySet)()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_of_target")]

    def __str__(self) -> str:
        return f"{self.action} {self.target_type} {self.target_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise AppendOnly


class StaffNote(models.Model):
    """What a member of staff wrote about a thing, for other staff."""

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    target_type = models.CharField(max_length=40, help_text="The model's name, as in the audit trail.")
    target_id = models.CharField(max_length=40)
    text = models.TextField(max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["target_type", "target_id", "-id"], name="notes_of_target")]

    def __str__(self) -> str:
        return f"{self.author_id} about {self.target_type} {self.target_id}"


class NumberSeries(models.Model):
    """The last number given out of a yearly series, such as that of tickets. Locked while one is taken."""

    name = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "number series"
        constraints = [models.UniqueConstraint(fields=["name", "year"], name="number_series_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.year}"


class DiscardedFile(models.Model):
    """A stored file nothing refers to any more. It is removed after the commit, again and again until it is gone."""

    storage = models.CharField(max_length=10, choices={"default": "public", "private": "private"})
    name = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

"""The audit trail of what staff did, and the platform's figures day by day."""

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

from adminpanel.errors import AppendOnly
from config.core.fields import MoneyField


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


class DailyFigures(models.Model):
    """How the platform stood at the end of a (UTC) day, or now for today."""

    date = models.DateField(unique=True)
    total_users = models.PositiveIntegerField()
    total_artists = models.PositiveIntegerField()
    total_buyers = models.PositiveIntegerField()
    total_artworks = models.PositiveIntegerField()
    total_jobs = models.PositiveIntegerField()
    total_orders = models.PositiveIntegerField()
    total_revenue = MoneyField(help_text="Completed payments less refunds, in the art market's currency.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "daily figures"

    def __str__(self) -> str:
        return f"Figures of {self.date}"

    @property
    def currency(self) -> str:
        return settings.CURRENCIES["cultureup"]

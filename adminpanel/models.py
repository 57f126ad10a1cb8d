"""The audit trail of what staff did, and the platform's figures day by day."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from config.core.fields import MoneyField


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

"""The platform's figures day by day, and the homepage that staff put together."""

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


class HomepageContent(models.Model):
    """What the homepage says, in whatever form the front-end understands. There is one row at most."""

    content = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "homepage content"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_homepage")]

    def __str__(self) -> str:
        return "The homepage"


class SliderModel(models.Model):
    """A 3-D model in the homepage's slider."""

    model = models.OneToOneField("marketplace.Listing", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return f"{self.position}: {self.model_id}"

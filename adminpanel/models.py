"""The platform's figures day by day, and the homepage that staff put together."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from config.core.fields import TOTAL_DIGITS, MoneyField


class DailyFigures(models.Model):
    """How the platform stood at the end of a (UTC) day, or now for today."""

    date = models.DateField(unique=True)
    total_users = models.PositiveIntegerField()
    total_artists = models.PositiveIntegerField()
    total_buyers = models.PositiveIntegerField()
    total_artworks = models.PositiveIntegerField()
    total_jobs = models.PositiveIntegerField()
    total_orders = models.PositiveIntegerField()
    total_revenue = MoneyField(
        max_digits=TOTAL_DIGITS, help_text="Completed payments less refunds, in the art market's currency."
    )
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


class SavedFilter(models.Model):
    """The filters, search and sorting of a list of the admin site, under a name that staff gave them."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters")
    list = models.CharField(max_length=60, help_text="Of which model, such as commerce.Order.")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, help_text="The part of the list's address after the question mark.")
    is_shared = models.BooleanField(default=False, help_text="All who see the list see it; set by administrators.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("name", "pk")
        constraints = [models.UniqueConstraint(fields=["owner", "list", "name"], name="saved_filter_name_once")]
        indexes = [
            models.Index(fields=["list", "name"], name="saved_filters_of_all", condition=models.Q(is_shared=True))
        ]

    def __str__(self) -> str:
        return self.name

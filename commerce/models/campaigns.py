"""Campaigns lower what is charged for listings; promotions show them to more people."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from commerce.choices import Audience, CampaignState, DiscountType, PromotionType
from config.core.fields import TOTAL_DIGITS, MoneyField


class Campaign(models.Model):
    """A seller's discount on some of their listings. Runs from the first second to the last, until `budget` is given.

    `state` is what its seller set; whether it is scheduled, running or over follows from the clock and the budget.
    One that was used is never deleted: its seller removes it from their sight.
    """

    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="campaigns")
    listings: models.ManyToManyField = models.ManyToManyField("marketplace.Listing", related_name="campaigns")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    discount_type = models.CharField(max_length=20, choices=DiscountType)
    discount_value = MoneyField(help_text="Percent, or the amount off one piece.")
    currency = models.CharField(max_length=3)
    start_date = models.DateTimeField()
    end_date = models.DateTimeField()
    target_audience = models.CharField(max_length=25, choices=Audience, default=Audience.EVERYONE)
    budget = MoneyField(null=True, blank=True, help_text="The most that is given off in all; empty for no limit.")
    given = MoneyField(
        max_digits=TOTAL_DIGITS, default=0, editable=False, help_text="Given off so far, orders under way included."
    )
    total_uses = models.PositiveIntegerField(default=0, editable=False)
    state = models.CharField(max_length=10, choices=CampaignState, default=CampaignState.ON)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end_date__gt=F("start_date")), name="campaign_ends_after_start"),
            models.CheckConstraint(condition=Q(discount_value__gt=0), name="campaign_discount_positive"),
            models.CheckConstraint(
                condition=~Q(discount_type=DiscountType.PERCENTAGE) | Q(discount_value__lte=100),
                name="campaign_percentage_to_100",
            ),
            models.CheckConstraint(
                condition=Q(given__gte=0) & (Q(budget__isnull=True) | Q(given__lte=F("budget"))),
                name="campaign_within_budget",
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "-created_at", "-id"], name="campaigns_of_seller"),
            models.Index(fields=["end_date", "start_date"], name="campaigns_running"),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignUse(models.Model):
    """A discount that an order line got. Taken back when the order is cancelled or its payment fails for good."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="uses")
    line = models.OneToOneField("commerce.OrderLine", on_delete=models.CASCADE, related_name="campaign_use")
    amount = MoneyField(currency="campaign.currency", help_text="Off the line in all.")
    returned_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="campaign_use_positive")]

    def __str__(self) -> str:
        return f"Campaign {self.campaign_id} on line {self.line_id}"


class Promotion(models.Model):
    """A paid time in which a listing is shown to more people.

    `from_balance` of the cost is the seller's balance's, the rest was charged. It is set aside while the charge is
    under way and booked when that has come in, so that nothing is paid by half.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=20, unique=True, help_text="PROMO-<year>-<number>")
    listing = models.ForeignKey("marketplace.Listing", on_delete=models.PROTECT, related_name="promotions")
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="promotions")
    promotion_type = models.CharField(max_length=20, choices=PromotionType)
    target_audience = models.CharField(max_length=100, blank=True)
    duration_days = models.PositiveIntegerField()
    cost = MoneyField()
    from_balance = MoneyField(default=0, editable=False, help_text="What of the cost the seller's balance pays.")
    currency = models.CharField(max_length=3)
    starts_at = models.DateTimeField(null=True, blank=True, help_text="Empty until it is paid.")
    expires_at = models.DateTimeField(null=True, blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True, help_text="It was not paid.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(cost__gte=0), name="promotion_cost_positive"),
            models.CheckConstraint(
                condition=Q(from_balance__gte=0, from_balance__lte=F("cost")), name="promotion_balance_within_cost"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True, expires_at__isnull=True)
                | Q(starts_at__isnull=False, expires_at__gt=F("starts_at"), called_off_at__isnull=True),
                name="promotion_runs_or_not",
            ),
        ]
        indexes = [
            models.Index(fields=["listing", "expires_at"], name="promotions_of_listing"),
            models.Index(fields=["expires_at"], name="promotions_running"),
            models.Index(
                fields=["seller", "created_at"],
                name="promotions_open",
                condition=Q(starts_at__isnull=True, called_off_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.number

"""Sales figures: what each line brought when, every download, and each listing's days, rolled up from these."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from commerce.choices import TransactionKind
from commerce.models.orders import OrderLine
from commerce.models.payments import PaymentShare
from config.core.fields import TOTAL_DIGITS, MoneyField


class DownloadEvent(models.Model):
    """A link to a bought file was given out."""

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="downloads")
    listing = models.ForeignKey("marketplace.Listing", on_delete=models.CASCADE, related_name="downloads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["listing", "created_at"], name="downloads_of_listing"),
            models.Index(fields=["line", "-created_at"], name="downloads_of_line"),
        ]

    def __str__(self) -> str:
        return f"Download of {self.listing_id}"


class ShareMovement(models.Model):
    """What a booking meant for one line: the ledger knows sellers, this knows what they sold. Rows are only added.

    A payment brings `gross`, a refund or a lost chargeback takes some of it back. `earning` is what moved on the
    seller's balance by it: of what is in escrow nothing until it is released.
    """

    share = models.ForeignKey(PaymentShare, on_delete=models.CASCADE, related_name="movements")
    kind = models.CharField(max_length=20, choices=TransactionKind, help_text="payment, refund, release, …")
    gross = MoneyField(currency="share.payment.currency", help_text="Negative: refunded.")
    earning = MoneyField(currency="share.payment.currency", help_text="Negative: taken back from the seller.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="movements_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} of share {self.share_id}"


class ListingDay(models.Model):
    """One listing on one (UTC) day. Made by a sweep that may run again: it replaces the row."""

    listing = models.ForeignKey("marketplace.Listing", on_delete=models.CASCADE, related_name="days")
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    views = models.PositiveIntegerField(default=0)
    downloads = models.PositiveIntegerField(default=0)
    purchases = models.PositiveIntegerField(default=0, help_text="Lines paid for on that day.")
    pieces = models.PositiveIntegerField(default=0)
    revenue = MoneyField(
        max_digits=TOTAL_DIGITS, default=0, help_text="Paid on that day, less what was refunded on that day."
    )
    earnings = MoneyField(max_digits=TOTAL_DIGITS, default=0, help_text="The seller's part of it.")
    likes = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "day"], name="listing_day_once")]
        indexes = [
            models.Index(fields=["seller", "day"], name="listing_days_of_seller"),
            models.Index(fields=["day"], name="listing_days"),
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} on {self.day}"


class ListingCountryDay(models.Model):
    """Where a listing's visitors and buyers of a day were. Rows exist only where the country is known."""

    listing = models.ForeignKey("marketplace.Listing", on_delete=models.CASCADE, related_name="country_days")
    day = models.DateField()
    country = models.CharField(max_length=2, help_text="ISO 3166-1.")
    views = models.PositiveIntegerField(default=0)
    purchases = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "day", "country"], name="listing_country_day_once")]
        indexes = [models.Index(fields=["day"], name="listing_country_days")]

    def __str__(self) -> str:
        return f"{self.listing_id} in {self.country} on {self.day}"

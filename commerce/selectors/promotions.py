"""Which listings are promoted now."""

from django.db.models import Max
from django.utils import timezone

from commerce.models import Promotion
from marketplace.models import Listing

MOST_PROMOTED = 20


def listings_promoted() -> list[int]:
    """Those on sale whose promotion runs now: 20 at most, the last that began first. Many promotions of one listing
    take one place."""
    running = Promotion.objects.filter(starts_at__isnull=False, expires_at__gt=timezone.now())
    running = running.filter(listing__in=Listing.objects.listed().values("pk"))
    began = running.values("listing").annotate(began=Max("starts_at"), last=Max("pk")).order_by("-began", "-last")
    return [row["listing"] for row in began[:MOST_PROMOTED]]

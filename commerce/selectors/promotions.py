"""Which listings are promoted now."""

from django.utils import timezone

from commerce.models import Promotion

MOST_PROMOTED = 20


def listings_promoted() -> list[int]:
    """Whose promotion runs now: the newest 20, the last that began first."""
    running = Promotion.objects.filter(starts_at__isnull=False, expires_at__gt=timezone.now())
    listings = running.order_by("-starts_at", "-pk").values_list("listing", flat=True)[:MOST_PROMOTED]
    return list(dict.fromkeys(listings))

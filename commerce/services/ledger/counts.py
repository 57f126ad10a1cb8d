"""How often listings were bought and paid for: kept with them, in the transaction of the money that it counts."""

from collections.abc import Mapping

from django.db.models import F

from commerce.models import OrderLine
from marketplace.models import Listing


def downloads_follow(lines: Mapping[int, int]) -> None:
    """By line: bought (1), or given back whole (-1). Listings are touched in the order of their ids, and after people,
    whom a checkout locks before it locks listings."""
    moved: dict[int, int] = {}
    for pk, listing in OrderLine.objects.filter(pk__in=lines).values_list("pk", "listing"):
        moved[listing] = moved.get(listing, 0) + lines[pk]
    for listing, number in sorted(moved.items()):
        if number:
            Listing.objects.filter(pk=listing).update(downloads_count=F("downloads_count") + number)

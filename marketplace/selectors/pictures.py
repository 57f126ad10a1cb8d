"""Where the public pictures of listings are."""

from collections.abc import Collection
from typing import Final

from django.core.files.storage import default_storage

from marketplace.models import Listing

# The first that is there counts.
SHOWN: Final = (
    *("artwork__picture__watermarked", "model3d__thumbnail", "model3d__mesh__thumbnail"),
    "equipment__image",
)


def pictures_shown(listing_ids: Collection[int]) -> dict[int, str]:
    """The address of what everybody may see of each listing: an artwork's watermarked rendition, a model's thumbnail.
    What has none is left out. One query."""
    if not listing_ids:
        return {}
    rows = Listing.objects.filter(pk__in=listing_ids).order_by().values_list("pk", *SHOWN)
    found = {pk: next(filter(None, names), "") for pk, *names in rows}
    return {pk: default_storage.url(name) for pk, name in found.items() if name}

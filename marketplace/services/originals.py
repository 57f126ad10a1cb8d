"""What a buyer of a file gets."""

from collections.abc import Iterable

from config.core.errors import Missing
from config.core.storage import signed_link
from marketplace.choices import ArtworkType
from marketplace.models import Artwork


def listings_sold_as_files(listing_ids: Iterable[int]) -> set[int]:
    """Which of the listings give their buyer a file and nothing by post."""
    return set(
        Artwork.objects.filter(pk__in=list(listing_ids), artwork_type=ArtworkType.DIGITAL).values_list("pk", flat=True)
    )


def original_link(*, listing_id: int) -> str:
    """A signed, expiring link to the original of an artwork. The caller has checked who asks."""
    artwork = Artwork.objects.select_related("picture").filter(pk=listing_id).first()
    if artwork is None or artwork.picture is None:
        raise Missing("File")
    extension = artwork.picture.original.name.rpartition(".")[2]
    return signed_link(artwork.picture.original.name, download_as=f"artwork-{listing_id}.{extension}")

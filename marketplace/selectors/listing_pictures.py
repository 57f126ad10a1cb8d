"""The public renditions of listings, for lists that show a few of each: names of stored files, "" for none."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from marketplace.models import Artwork, Model3D


@dataclass(frozen=True)
class Pictures:
    """`thumbnail` is a picture, `preview` what a page shows of it: a GLB with fewer faces, or the artwork itself with
    its watermark."""

    thumbnail: str = ""
    preview: str = ""


NONE: Final = Pictures()


def pictures_of(listing_ids: Iterable[int]) -> dict[int, Pictures]:
    """By listing, of those that show any. Two queries at most. Ask before who may see the listings."""
    left = set(listing_ids)
    columns = ("pk", "thumbnail", "mesh__thumbnail", "mesh__preview")
    found = {
        pk: Pictures(own or drawn or "", preview or "")
        for pk, own, drawn, preview in Model3D.objects.filter(pk__in=left).values_list(*columns)
    }
    if left := left - found.keys():
        artworks = Artwork.objects.filter(pk__in=left).values_list("pk", "picture__watermarked")
        found |= {pk: Pictures(name or "", name or "") for pk, name in artworks}
    return found

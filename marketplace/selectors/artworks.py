"""Artworks, limited to what the actor may see."""

from functools import cache
from typing import Any, Final

from django.db.models import QuerySet

from accounts.actors import Actor
from accounts.models import User
from config.core.errors import Missing
from config.core.text_search import Found, TextIndex, best_matches, each_word_in
from marketplace import policies
from marketplace.choices import Kind, Status
from marketplace.models import Artwork, Listing, ListingQuerySet
from marketplace.models.pictures import picture_bytes

# The columns of a list's rows, and nothing else: no list builds model objects.
ARTWORK_COLUMNS: Final = (
    "id",
    "title",
    "description",
    "price",
    "currency",
    "status",
    "is_available",
    "is_featured",
    "stock",
    "views_count",
    "likes_count",
    "created_at",
    "updated_at",
    "seller_id",
    "seller__username",
    "seller__email",
    "seller__first_name",
    "seller__last_name",
    "seller__user_type",
    "category_id",
    "category__name",
    "category__description",
    "artwork__artwork_type",
    "artwork__edition_size",
    "artwork__picture__original",
    "artwork__picture__watermarked",
)
ORDERINGS: Final = {
    "created_at": ("created_at", "id"),
    "-created_at": ("-created_at", "-id"),
    "price": ("price", "id"),
    "-price": ("-price", "-id"),
    "views_count": ("views_count", "id"),
    "-views_count": ("-views_count", "-id"),
    "likes_count": ("likes_count", "id"),
    "-likes_count": ("-likes_count", "-id"),
}
NEWEST: Final = "-created_at"
FOUND_COLUMNS: Final = (
    "id",
    "title",
    "price",
    "currency",
    "seller__username",
    "artwork__picture__watermarked",
)
_TEXT: Final = TextIndex(short=("title_key",), long=("description_key",))


def artworks_listed(*, search: str = "", ordering: str = NEWEST, **wanted: Any) -> QuerySet[Listing]:
    """The public list, the same for everybody: rows of ARTWORK_COLUMNS of what is approved, available, not sold out.

    `wanted` are conditions on columns of the listing; None is none.
    """
    conditions = {name: value for name, value in wanted.items() if value is not None}
    found = _artworks_listed()
    if conditions:
        found = found.filter(**conditions)
    if search:
        found = found.filter(each_word_in(search, "title_key", "description_key"))
    found = found.order_by(*ORDERINGS[ordering])
    found.counted_as = ("artworks_listed", conditions, search)
    return found


@cache
def _artworks_listed() -> ListingQuerySet[Listing]:
    """The list without filters. It is never read itself, so that it stays empty: building it costs half of a page."""
    return Listing.objects.filter(kind=Kind.ARTWORK).listed().as_rows(*ARTWORK_COLUMNS)


def artworks_found(*, text: str, shown: int) -> Found:
    """The best rows of FOUND_COLUMNS of the public list for these words, and how many there are in all."""
    return best_matches(
        _artworks_listed().as_rows(*FOUND_COLUMNS), text, matches=_TEXT.matches, rank=_TEXT.rank, shown=shown
    )


def artworks_of_artist(*, actor: Actor, artist_id: int) -> QuerySet[Listing]:
    """Rows of ARTWORK_COLUMNS, newest first: the public ones for strangers, all for the artist and moderators.

    Raises Missing when nobody of that id may sell.
    """
    artist = User.objects.filter(pk=artist_id, is_active=True).first()
    if artist is None or not artist.may_sell:
        raise Missing("Artist")
    artworks = Listing.objects.filter(kind=Kind.ARTWORK, seller=artist)
    if actor.pk == artist.pk or policies.may_moderate(actor):
        artworks = artworks.exclude(status=Status.ARCHIVED)
    else:
        artworks = artworks.listed()
    return artworks.as_rows(*ARTWORK_COLUMNS).order_by(*ORDERINGS[NEWEST])


def artwork_visible(*, actor: Actor, artwork_id: int) -> Artwork:
    """Raises Missing for what the actor may not see."""
    artworks = policies.artworks_visible_to(actor).select_related("seller", "category", "picture")
    artwork = artworks.defer(*picture_bytes("picture")).filter(pk=artwork_id).first()
    if artwork is None:
        raise Missing("Artwork")
    return artwork

"""Reads of the catalogue. Each is limited to what the actor may see."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

from django.db.models import Avg, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from config.core.errors import Denied, Missing
from config.core.text_search import Found, TextIndex, best_matches, each_word_in
from marketplace import policies
from marketplace.choices import AppealState, CheckState, Kind, Status, Verdict
from marketplace.errors import NotYours
from marketplace.models import Appeal, Artwork, Category, Equipment, Listing, ListingQuerySet, Model3D, Picture

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
EQUIPMENT_COLUMNS: Final = (
    *("id", "title", "description", "price", "currency", "stock", "is_available", "created_at"),
    *("equipment__equipment_type", "equipment__image"),
)
EQUIPMENT_ORDERINGS: Final = {
    "price": ("price", "id"),
    "-price": ("-price", "-id"),
    "stock_quantity": ("stock", "id"),
    "-stock_quantity": ("-stock", "-id"),
    "created_at": ("created_at", "id"),
    "-created_at": ("-created_at", "-id"),
}
FOUND_COLUMNS: Final = (
    "id",
    "title",
    "price",
    "currency",
    "seller__username",
    "artwork__picture__watermarked",
)
_TEXT: Final = TextIndex(short=("title_key",), long=("description_key",))


def categories_visible(*, actor: Actor) -> QuerySet[Category]:
    """Active categories, by name; moderators see all."""
    rows = Category.objects.order_by("name")
    return rows if policies.may_moderate(actor) else rows.filter(is_active=True)


def category_visible(*, actor: Actor, category_id: int) -> Category:
    category = categories_visible(actor=actor).filter(pk=category_id).first()
    if category is None:
        raise Missing("Category")
    return category


def categories_with_models(*, actor: Actor, closed_too: bool = False) -> QuerySet[Category]:
    """By position, then name, each with `model_count`: its 3-D models on sale. Closed ones for administrators only."""
    on_sale = Q(
        listings__kind=Kind.MODEL,
        listings__status=Status.APPROVED,
        listings__is_available=True,
        listings__seller_is_active=True,
    )
    rows = Category.objects.annotate(model_count=Count("listings", filter=on_sale)).order_by("position", "name")
    if closed_too and getattr(actor, "is_administrator", False):
        return rows
    return rows.filter(is_active=True)


def artworks_listed(
    *,
    category: int | None = None,
    artwork_type: str | None = None,
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    is_featured: bool | None = None,
    search: str = "",
    ordering: str = NEWEST,
) -> QuerySet[Listing]:
    """The public list, the same for everybody: rows of ARTWORK_COLUMNS of what is approved, available, not sold out."""
    conditions: dict[str, Any] = {}
    if category is not None:
        conditions["category_id"] = category
    if artwork_type is not None:
        conditions["artwork__artwork_type"] = artwork_type
    if min_price is not None:
        conditions["price__gte"] = min_price
    if max_price is not None:
        conditions["price__lte"] = max_price
    if is_featured is not None:
        conditions["is_featured"] = is_featured
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
    artwork = artworks.defer("picture__hashes", "picture__features").filter(pk=artwork_id).first()
    if artwork is None:
        raise Missing("Artwork")
    return artwork


def equipment_listed(
    *,
    actor: Actor,
    equipment_type: str | None = None,
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    in_stock: bool | None = None,
    search: str = "",
    ordering: str = NEWEST,
) -> QuerySet[Listing]:
    """Rows of EQUIPMENT_COLUMNS of what the shop offers, sold out or not; its keepers see what is not available too."""
    rows = Listing.objects.filter(kind=Kind.EQUIPMENT)
    rows = rows.exclude(status=Status.ARCHIVED) if policies.may_keep_equipment(actor) else rows.on_sale()
    if equipment_type is not None:
        rows = rows.filter(equipment__equipment_type=equipment_type)
    if min_price is not None:
        rows = rows.filter(price__gte=min_price)
    if max_price is not None:
        rows = rows.filter(price__lte=max_price)
    if in_stock is not None:
        rows = rows.in_stock() if in_stock else rows.filter(stock=0)
    if search:
        rows = rows.filter(each_word_in(search, "title_key", "description_key"))
    return rows.as_rows(*EQUIPMENT_COLUMNS).order_by(*EQUIPMENT_ORDERINGS[ordering])


def equipment_visible(*, actor: Actor, equipment_id: int) -> Equipment:
    """Raises Missing for what the actor may not see."""
    equipment = policies.equipment_visible_to(actor).filter(pk=equipment_id).first()
    if equipment is None:
        raise Missing("Equipment")
    return equipment


@dataclass(frozen=True)
class PictureCheck:
    """The newest picture of an artwork, how its check went, and the appeal about it."""

    artwork: Artwork
    picture: Picture
    appeal: Appeal | None


def artwork_check(*, actor: Actor, artwork_id: int) -> PictureCheck:
    """For the artist and moderators. Raises Missing and NotYours."""
    artwork = artwork_visible(actor=actor, artwork_id=artwork_id)
    if not (policies.owns(actor, artwork) or policies.may_moderate(actor)):
        raise NotYours
    picture = artwork.pictures.select_related("matched__seller").order_by("-pk").first()
    if picture is None:
        raise Missing("Picture")
    return PictureCheck(artwork, picture, picture.appeals.order_by("-pk").first())


def artworks_for_moderation(*, actor: Actor) -> QuerySet[Artwork]:
    """Every artwork with its artist, category and shown picture, newest first. Raises Denied.

    `waits` says whether a moderator has something to decide: the work is pending, or a new picture of it is held.
    """
    if not policies.may_moderate(actor):
        raise Denied
    artworks = Artwork.objects.exclude(status=Status.ARCHIVED).select_related("seller", "category", "picture")
    artworks = artworks.defer("picture__hashes", "picture__features")
    return waiting_marked(artworks).order_by("-created_at", "-pk")


def waiting_marked(artworks: QuerySet[Artwork]) -> QuerySet[Artwork]:
    """With `waits`: whether a moderator has something to decide about it."""
    return artworks.annotate(waits=_WAITS)


def pictures_to_review(*, actor: Actor) -> QuerySet[Picture]:
    """What moderators look at side by side, the oldest first: pictures held as likely copies, and appealed ones.

    Of several held pictures of one artwork only the newest, which is the one that is decided about. Each comes with its
    work, the work it resembles and the picture that shows, and `open_appeals`: at most one. Two queries. Raises Denied.
    """
    if not policies.may_moderate(actor):
        raise Denied
    held = Picture.objects.filter(verdict=Verdict.HELD, check_state=CheckState.DONE)
    newer = held.filter(artwork=OuterRef("artwork"), pk__gt=OuterRef("pk"))
    appealed = Appeal.objects.filter(state=AppealState.OPEN)
    about_pictures = appealed.filter(picture__isnull=False)
    waiting = held.filter(~Exists(newer)).values("pk").union(about_pictures.values("picture"))
    rows = Picture.objects.filter(pk__in=waiting).exclude(artwork__status=Status.ARCHIVED).order_by("pk")
    shown = "matched__artwork__picture"
    rows = rows.select_related("artwork__seller", "artwork__category", "matched__seller", shown)
    rows = rows.defer("hashes", "features", f"{shown}__hashes", f"{shown}__features")
    return rows.prefetch_related(
        Prefetch("appeals", queryset=appealed.select_related("author"), to_attr="open_appeals")
    )


def appeals_for_moderation(*, actor: Actor) -> QuerySet[Appeal]:
    """All appeals with what they are about, the oldest first. Raises Denied."""
    if not policies.may_moderate(actor):
        raise Denied
    related = ("author", "decided_by", "picture__artwork__seller", "picture__matched__seller", "mesh__matched")
    unread = ("picture__hashes", "picture__features", "mesh__fingerprint", "mesh__matched__fingerprint")
    shown = Prefetch("mesh__shown_by", queryset=Model3D.objects.select_related("seller").order_by("pk"))
    theirs = Prefetch("mesh__matched__shown_by", queryset=Model3D.objects.select_related("seller").order_by("pk"))
    rows = Appeal.objects.select_related(*related).defer(*unread).prefetch_related(shown, theirs)
    return rows.order_by("created_at", "pk")


def artwork_stats(*, actor: Actor) -> dict[str, Any]:
    """Figures of the catalogue: counts, and `average_price` (Decimal, in the art market's currency). Raises Denied."""
    if not policies.may_moderate(actor):
        raise Denied
    week_ago = timezone.now() - timedelta(days=7)
    return Artwork.objects.exclude(status=Status.ARCHIVED).aggregate(
        total_artworks=Count("pk"),
        available_artworks=Count("pk", filter=Q(status=Status.APPROVED, is_available=True)),
        featured_artworks=Count("pk", filter=Q(is_featured=True)),
        pending_review=Count("pk", filter=_WAITS),
        total_views=Sum("views_count", default=0),
        total_likes=Sum("likes_count", default=0),
        average_price=Avg("price", default=Decimal(0)),
        recent_uploads=Count("pk", filter=Q(created_at__gte=week_ago)),
    )


_HELD = Picture.objects.filter(artwork=OuterRef("pk"), verdict=Verdict.HELD, check_state=CheckState.DONE)
_WAITS = Q(status=Status.PENDING) | Q(Exists(_HELD))

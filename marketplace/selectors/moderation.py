"""What waits for a moderator, and what was found about it."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from accounts.actors import Actor
from config.core.errors import Denied, Missing
from marketplace import policies
from marketplace.choices import AppealState, CheckState, Kind, MeshState, Status, Verdict
from marketplace.errors import NotYours
from marketplace.models import Appeal, Artwork, Model3D, Picture
from marketplace.models.pictures import picture_bytes
from marketplace.selectors.artworks import artwork_visible


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
    artworks = artworks.defer(*picture_bytes("picture"))
    return waiting_marked(artworks).order_by("-created_at", "-pk")


def waiting_marked(artworks: QuerySet[Artwork]) -> QuerySet[Artwork]:
    """With `waits`: whether a moderator has something to decide about it."""
    return artworks.annotate(waits=_WAITS)


def pictures_to_review(*, actor: Actor) -> QuerySet[Picture]:
    """What moderators look at side by side, the oldest first: pictures held as likely copies, and appealed ones.

    Of several held pictures of one artwork only the newest, which is the one that is decided about. Each comes with its
    work, the work it resembles and the picture that shows, and `open_appeals`: at most one. Two queries. Raises Denied.
    """
    shown = "matched__artwork__picture"
    rows = _to_review(actor).order_by("pk")
    rows = rows.select_related("artwork__seller", "artwork__category", "matched__seller", shown)
    rows = rows.defer(*picture_bytes(), *picture_bytes(shown))
    appealed = Appeal.objects.filter(state=AppealState.OPEN).select_related("author")
    return rows.prefetch_related(Prefetch("appeals", queryset=appealed, to_attr="open_appeals"))


def pictures_to_review_count(*, actor: Actor) -> int:
    """How many those are, as every page of staff shows it. Raises Denied."""
    return _to_review(actor).count()


def _to_review(actor: Actor) -> QuerySet[Picture]:
    if not policies.may_moderate(actor):
        raise Denied
    held = Picture.objects.filter(verdict=Verdict.HELD, check_state=CheckState.DONE)
    newer = held.filter(artwork=OuterRef("artwork"), pk__gt=OuterRef("pk"))
    appealed = Appeal.objects.filter(state=AppealState.OPEN, picture__isnull=False)
    waiting = held.filter(~Exists(newer)).values("pk").union(appealed.values("picture"))
    return Picture.objects.filter(pk__in=waiting).exclude(artwork__status=Status.ARCHIVED)


def artworks_waiting(*, actor: Actor) -> QuerySet[Artwork]:
    """Pending artworks whose pictures were checked, the longest waiting first, with `held_id`, the newest held picture
    of each. One query. Raises Denied."""
    if not policies.may_moderate(actor):
        raise Denied
    rows = Artwork.objects.filter(kind=Kind.ARTWORK, status=Status.PENDING, picture__check_state=CheckState.DONE)
    rows = rows.select_related("seller", "category", "picture").defer(*picture_bytes("picture"))
    held = Picture.objects.filter(artwork=OuterRef("pk"), verdict=Verdict.HELD).order_by("-pk")
    return rows.annotate(held_id=Subquery(held.values("pk")[:1])).order_by("created_at", "pk")


def replacements_waiting(*, actor: Actor) -> QuerySet[Picture]:
    """Held new pictures of artworks that are not pending themselves, the longest waiting first; of several of one
    artwork the newest. One query. Raises Denied."""
    if not policies.may_moderate(actor):
        raise Denied
    held = Picture.objects.filter(verdict=Verdict.HELD, check_state=CheckState.DONE)
    newer = held.filter(artwork=OuterRef("artwork"), pk__gt=OuterRef("pk"))
    rows = held.filter(~Exists(newer)).exclude(artwork__status__in=[Status.PENDING, Status.ARCHIVED])
    rows = rows.select_related("artwork__seller", "artwork__category").defer(*picture_bytes())
    return rows.order_by("created_at", "pk")


def models_waiting(*, actor: Actor) -> QuerySet[Model3D]:
    """Pending 3-D models whose files were analysed, or that have none; the longest waiting first. One query. Raises
    Denied."""
    if not policies.may_moderate(actor):
        raise Denied
    analysed = Q(mesh=None) | Q(mesh__state=MeshState.DONE)
    rows = Model3D.objects.filter(analysed, kind=Kind.MODEL, status=Status.PENDING)
    return rows.select_related("seller", "category", "mesh").defer("mesh__fingerprint").order_by("created_at", "pk")


def appeals_for_moderation(*, actor: Actor) -> QuerySet[Appeal]:
    """All appeals with what they are about, the oldest first. Raises Denied."""
    if not policies.may_moderate(actor):
        raise Denied
    related = ("author", "decided_by", "picture__artwork__seller", "picture__matched__seller", "mesh__matched")
    unread = (*picture_bytes("picture"), "mesh__fingerprint", "mesh__matched__fingerprint")
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
        average_price=Avg("price", filter=Q(currency=settings.CURRENCIES["cultureup"]), default=Decimal(0)),
        recent_uploads=Count("pk", filter=Q(created_at__gte=week_ago)),
    )


_HELD = Picture.objects.filter(artwork=OuterRef("pk"), verdict=Verdict.HELD, check_state=CheckState.DONE)
_WAITS = Q(status=Status.PENDING) | Q(Exists(_HELD))

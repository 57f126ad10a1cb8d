"""What everybody may know of somebody who makes 3-D models."""

from dataclasses import dataclass

from django.db.models import Count, Sum

from marketplace.choices import Kind, Status
from marketplace.models import Collection, Listing


@dataclass(frozen=True)
class CreatorFigures:
    """Sums over their approved models, and how many collections of theirs are public."""

    models: int
    downloads: int
    views: int
    likes: int
    collections: int


def creator_figures(*, user_id: int) -> CreatorFigures:
    """Two queries."""
    models = Listing.objects.filter(seller=user_id, kind=Kind.MODEL, status=Status.APPROVED)
    sums = models.aggregate(
        models=Count("pk"), downloads=Sum("downloads_count"), views=Sum("views_count"), likes=Sum("likes_count")
    )
    public = Collection.objects.filter(owner=user_id, is_public=True).count()
    return CreatorFigures(**{name: total or 0 for name, total in sums.items()}, collections=public)

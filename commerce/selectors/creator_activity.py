"""What others did with a creator's models: sales, likes, comments, reviews, follows, and moderators' decisions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q

from accounts.actors import Actor
from accounts.models import Follow
from commerce.choices import PAID
from commerce.models import ListingReview, OrderLine, PaymentShare
from commerce.selectors.transactions import CALLED_OFF, FREE
from marketplace.choices import Kind, Status
from marketplace.models import Like, ListingComment, StatusChange

DECIDED: Final = {Status.APPROVED: "Model approved", Status.REJECTED: "Model rejected"}


@dataclass(frozen=True)
class Happened:
    """`person` is a row of an account's columns, each with its path before it (`prefix`); None for the platform."""

    id: str
    type: str
    title: str
    what: str
    model_id: int | None
    model_title: str
    at: datetime
    person: dict[str, Any] | None
    prefix: str

    @property
    def message(self) -> str:
        who = f"{self.person[self.prefix + 'username']} " if self.person is not None else ""
        return f"{who}{self.what} {self.model_title}".strip()


def recent_activity(*, actor: Actor, limit: int, person: tuple[str, ...]) -> list[Happened]:
    """The newest, of whatever kind. `person` are the columns of an account that are asked for. Six queries."""
    found = [*_sales(actor, limit, person), *_of_models(actor, limit, person), *_follows(actor, limit, person)]
    found += _decisions(actor, limit)
    return sorted(found, key=lambda one: (one.at, one.id), reverse=True)[:limit]


def _sales(actor: Actor, limit: int, person: tuple[str, ...]) -> Iterator[Happened]:
    paid = PaymentShare.objects.filter(line=OuterRef("pk"), payment__status__in=PAID)
    rows = OrderLine.objects.filter(seller=actor.pk, kind=Kind.MODEL)
    rows = rows.filter((FREE & ~CALLED_OFF) | Exists(paid)).order_by("-pk")
    prefix = "order__buyer__"
    columns = ("pk", "listing_id", "title", "order__created_at", *(prefix + name for name in person))
    for row in rows.values(*columns)[:limit]:
        yield Happened(
            f"sale-{row['pk']}",
            "sale",
            "New sale",
            "bought",
            row["listing_id"],
            row["title"],
            row["order__created_at"],
            row,
            prefix,
        )


def _of_models(actor: Actor, limit: int, person: tuple[str, ...]) -> Iterator[Happened]:
    """Not what the creator does with them themselves."""
    own = Q(listing__seller=actor.pk, listing__kind=Kind.MODEL)
    for model, kind, by, title, words in (
        (Like, "like", "user", "New like", "liked your model"),
        (ListingComment, "comment", "author", "New comment", "commented on"),
        (ListingReview, "review", "author", "New review", "reviewed"),
    ):
        rows: Any = model._base_manager.filter(own).exclude(**{by: actor.pk}).order_by("-pk")
        if model is ListingComment:
            rows = rows.filter(removed_at=None)
        prefix = f"{by}__"
        columns = ("pk", "listing_id", "listing__title", "created_at", *(prefix + name for name in person))
        for row in rows.values(*columns)[:limit]:
            yield Happened(
                f"{'rating' if kind == 'review' else kind}-{row['pk']}",
                kind,
                title,
                words,
                row["listing_id"],
                row["listing__title"],
                row["created_at"],
                row,
                prefix,
            )


def _follows(actor: Actor, limit: int, person: tuple[str, ...]) -> Iterator[Happened]:
    rows, prefix = Follow.objects.filter(followed=actor.pk).order_by("-created_at", "-pk"), "follower__"
    for row in rows.values("pk", "created_at", *(prefix + name for name in person))[:limit]:
        yield Happened(
            f"follow-{row['pk']}", "follow", "New follower", "follows you", None, "", row["created_at"], row, prefix
        )


def _decisions(actor: Actor, limit: int) -> Iterator[Happened]:
    """Who decided is not said."""
    rows = StatusChange.objects.filter(listing__seller=actor.pk, listing__kind=Kind.MODEL, after__in=DECIDED)
    for row in rows.order_by("-pk").values("pk", "listing_id", "listing__title", "after", "created_at")[:limit]:
        words = f"Your model was {row['after']}:"
        yield Happened(
            f"review-{row['pk']}",
            "review",
            DECIDED[Status(row["after"])],
            words,
            row["listing_id"],
            row["listing__title"],
            row["created_at"],
            None,
            "",
        )

"""What the people whom somebody follows did: models approved, posts in communities, public collections."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.actors import Actor
from accounts.models import Follow
from community.choices import CommunityStatus, MemberStatus
from community.models import CommunityMember, CommunityPost
from marketplace.choices import Kind
from marketplace.models import Collection, Listing


@dataclass(frozen=True)
class Done:
    """`person` is a row of an account's columns, each with its path before it (`prefix`)."""

    id: str
    type: str
    title: str
    what: str
    model_id: int | None
    link: str
    at: datetime
    person: dict[str, Any]
    prefix: str

    @property
    def message(self) -> str:
        return f"{self.person[self.prefix + 'username']} {self.what}"


def followed_activity(*, actor: Actor, limit: int, person: tuple[str, ...]) -> list[Done]:
    """The newest, of whatever kind, that the actor may see. `person` are the columns of an account that are asked for.
    Three queries."""
    people = Follow.objects.filter(follower=actor.pk).values("followed")
    found = [
        *_models(people, limit, person),
        *_posts(actor, people, limit, person),
        *_collections(people, limit, person),
    ]
    return sorted(found, key=lambda one: (one.at, one.id), reverse=True)[:limit]


def _models(people: QuerySet[Any, Any], limit: int, person: tuple[str, ...]) -> Iterator[Done]:
    rows = Listing.objects.listed().filter(kind=Kind.MODEL, seller__in=people, approved_at__isnull=False)
    columns = ("pk", "title", "approved_at", *(f"seller__{name}" for name in person))
    for row in rows.order_by("-approved_at", "-pk").values(*columns)[:limit]:
        what, link = f"published {row['title']}", f"/model/{row['pk']}"
        yield Done(
            f"model-{row['pk']}", "model", "New model", what, row["pk"], link, row["approved_at"], row, "seller__"
        )


def _posts(actor: Actor, people: QuerySet[Any, Any], limit: int, person: tuple[str, ...]) -> Iterator[Done]:
    own = CommunityMember.objects.filter(user=actor.pk, status=MemberStatus.ACTIVE).values("community")
    readable = Q(community__is_private=False) | Q(community__in=own)
    rows = CommunityPost.objects.filter(readable, author__in=people, is_deleted=False, author__is_active=True)
    rows = rows.filter(community__status=CommunityStatus.ACTIVE).order_by("-created_at", "-pk")
    columns = ("pk", "community_id", "community__name", "created_at", *(f"author__{name}" for name in person))
    for row in rows.values(*columns)[:limit]:
        what, link = f"wrote in {row['community__name']}", f"/community/{row['community_id']}?post={row['pk']}"
        yield Done(f"post-{row['pk']}", "post", "New post", what, None, link, row["created_at"], row, "author__")


def _collections(people: QuerySet[Any, Any], limit: int, person: tuple[str, ...]) -> Iterator[Done]:
    rows = Collection.objects.filter(is_public=True, owner__in=people, owner__is_active=True)
    columns = ("pk", "name", "created_at", *(f"owner__{name}" for name in person))
    for row in rows.order_by("-created_at", "-pk").values(*columns)[:limit]:
        what, link = f"made the collection {row['name']}", f"/collections/{row['pk']}"
        yield Done(
            f"collection-{row['pk']}",
            "collection",
            "New collection",
            what,
            None,
            link,
            row["created_at"],
            row,
            "owner__",
        )

"""Reads of the admin panel that belong to no other app."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from accounts.actors import Actor
from accounts.models import User
from adminpanel import policies
from config.core.errors import Denied
from marketplace.choices import Kind


@dataclass(frozen=True)
class Activity:
    """What a person did so far. Jobs and bids are counted once the job market opens."""

    total_artworks: int
    last_activity: datetime | None
    total_jobs_posted: int = 0
    total_bids: int = 0


def people(*, actor: Actor, search: str = "") -> QuerySet[User]:
    """Every account, newest first, for staff. Each word of `search` stands in the user name, the address or a name."""
    if not policies.may_read_all(actor):
        raise Denied
    rows = User.objects.order_by("-created_at", "-pk")
    for word in search.split():
        rows = rows.filter(
            Q(username__icontains=word)
            | Q(email__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
        )
    return rows


def activities(users: Sequence[User]) -> dict[int, Activity]:
    """By user id, in two queries for all of them."""
    asked = User.objects.filter(pk__in=[user.pk for user in users]).order_by()
    made = {
        row["pk"]: row
        for row in asked.values("pk").annotate(
            artworks=Count("listings", filter=Q(listings__kind=Kind.ARTWORK)), newest=Max("listings__created_at")
        )
    }
    ordered = dict(asked.annotate(newest=Max("orders__created_at")).values_list("pk", "newest"))
    found = {}
    for user in users:
        moments = [user.last_login, made[user.pk]["newest"], ordered[user.pk]]
        found[user.pk] = Activity(
            total_artworks=made[user.pk]["artworks"],
            last_activity=max((moment for moment in moments if moment is not None), default=None),
        )
    return found

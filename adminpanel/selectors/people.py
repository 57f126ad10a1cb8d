"""Reads of people, for staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from accounts.actors import Actor
from accounts.choices import UserType
from accounts.models import User
from adminpanel import policies
from config.core.errors import Denied
from config.core.text_search import each_word_in
from jobs.models import Bid, Job
from marketplace.choices import Kind, Status


@dataclass(frozen=True)
class Activity:
    """What a person did so far. Archived artworks are left out, as in the platform's figures."""

    total_artworks: int
    total_jobs_posted: int
    total_bids: int
    last_activity: datetime | None


@dataclass(frozen=True)
class PeopleFigures:
    """How many accounts there are, of which kinds, and how many are new: since midnight UTC, in 7 days, in 30."""

    total_users: int
    verified_users: int
    active_users: int
    artists: int
    creators: int
    buyers: int
    admins: int
    staff_users: int
    new_users_today: int
    new_users_week: int
    new_users_month: int


def people(*, actor: Actor, search: str = "") -> QuerySet[User]:
    """Every account, newest first, for staff. Each word of `search` stands in the user name, the address or a name."""
    if not policies.may_read_all(actor):
        raise Denied
    rows = User.objects.order_by("-created_at", "-pk")
    return rows.filter(each_word_in(search, "search_key", "email"))


def activities(users: Sequence[User]) -> dict[int, Activity]:
    """By user id, in four queries for all of them."""
    ids = [user.pk for user in users]
    asked = User.objects.filter(pk__in=ids).order_by()
    artworks = Q(listings__kind=Kind.ARTWORK) & ~Q(listings__status=Status.ARCHIVED)
    made = {
        row["pk"]: row
        for row in asked.values("pk").annotate(
            artworks=Count("listings", filter=artworks), newest=Max("listings__created_at")
        )
    }
    ordered = dict(asked.annotate(newest=Max("orders__created_at")).values_list("pk", "newest"))
    posted = _counted(Job.objects.filter(buyer__in=ids), "buyer_id")
    bid = _counted(Bid.objects.filter(artist__in=ids), "artist_id")
    found = {}
    for user in users:
        jobs, newest_job = posted.get(user.pk, (0, None))
        bids, newest_bid = bid.get(user.pk, (0, None))
        moments = [user.last_login, made[user.pk]["newest"], ordered[user.pk], newest_job, newest_bid]
        found[user.pk] = Activity(
            total_artworks=made[user.pk]["artworks"],
            total_jobs_posted=jobs,
            total_bids=bids,
            last_activity=max((moment for moment in moments if moment is not None), default=None),
        )
    return found


def people_figures(*, actor: Actor) -> PeopleFigures:
    """One query. Raises Denied."""
    if not policies.may_read_all(actor):
        raise Denied
    now = timezone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return PeopleFigures(
        **User.objects.aggregate(
            total_users=Count("pk"),
            verified_users=Count("pk", filter=Q(identity_verified=True)),
            active_users=Count("pk", filter=Q(is_active=True)),
            artists=Count("pk", filter=Q(user_type=UserType.ARTIST)),
            creators=Count("pk", filter=Q(user_type=UserType.CREATOR)),
            buyers=Count("pk", filter=Q(user_type=UserType.BUYER)),
            admins=Count("pk", filter=Q(user_type=UserType.ADMIN)),
            staff_users=Count("pk", filter=Q(is_staff=True)),
            new_users_today=Count("pk", filter=Q(created_at__gte=midnight)),
            new_users_week=Count("pk", filter=Q(created_at__gte=now - timedelta(days=7))),
            new_users_month=Count("pk", filter=Q(created_at__gte=now - timedelta(days=30))),
        )
    )


def _counted(rows: QuerySet[Any], by: str) -> dict[int, tuple[int, datetime]]:
    """How many rows each person has, and when the newest was made."""
    counted = rows.order_by().values(by).annotate(n=Count("pk"), newest=Max("created_at"))
    return {row[by]: (row["n"], row["newest"]) for row in counted}

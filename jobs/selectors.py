"""Reads of jobs, bids, contracts and reviews, limited to what the actor may see."""

from collections.abc import Collection
from typing import Any, Final

from django.db.models import Avg, Count, DecimalField, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.actors import Actor
from accounts.models import User
from config.core.errors import Denied, Missing
from config.core.ordering import ordered
from config.core.text_search import Found, TextIndex, best_matches, each_word_in
from jobs import policies
from jobs.choices import ContractStatus, JobStatus
from jobs.models import Bid, Bounty, BountyApplication, Contract, Job, Review

JOB_ORDERINGS: Final = ("budget_min", "-budget_min", "deadline", "-deadline", "created_at", "-created_at")
BID_ORDERINGS: Final = ("bid_amount", "-bid_amount", "delivery_time", "-delivery_time", "created_at", "-created_at")
NEWEST: Final = "-created_at"
_TEXT: Final = TextIndex(short=("title_key",), long=("skills_key", "description_key"))


# ---------------------------------------------------------------- jobs
def jobs_listed(*, actor: Actor, search: str = "", ordering: str = NEWEST, **wanted: Any) -> QuerySet[Job]:
    """The public list; `wanted` are conditions on its columns. Each word of `search` stands in the title or the
    description."""
    rows = policies.jobs_visible_to(actor).filter(each_word_in(search, "title_key", "description_key"), **wanted)
    return ordered(jobs_with_figures(rows), ordering)


def job_visible(*, actor: Actor, job_id: int) -> Job:
    """Raises Missing for what the actor may not see."""
    job = jobs_with_figures(policies.jobs_visible_to(actor)).filter(pk=job_id).first()
    if job is None:
        raise Missing("Job")
    return job


def jobs_between(one: User, other: User) -> QuerySet[Job]:
    """What two people may write to each other about: jobs that both are part of, as buyer, artist or bidder; and open
    ones, which anybody may ask about."""
    both = _part_of(one) & _part_of(other)
    return Job.objects.filter(both | Q(status=JobStatus.OPEN, buyer__is_active=True))


def _part_of(person: User) -> Q:
    bids = Bid.objects.filter(job=OuterRef("pk"), artist=person)
    return Q(buyer=person) | Q(hired_artist=person) | Q(Exists(bids))


def jobs_with_figures(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """With buyer, category and artist, and each job's `total_bids` and `average_bid` (None without bids)."""
    bids = Bid.objects.filter(job=OuterRef("pk")).order_by().values("job")
    count = Subquery(bids.annotate(count=Count("pk")).values("count"), output_field=IntegerField())
    average = Subquery(bids.annotate(average=Avg("bid_amount")).values("average"), output_field=DecimalField())
    figures = jobs.annotate(total_bids=Coalesce(count, 0), average_bid=average)
    return figures.select_related("buyer", "category", "hired_artist")


def jobs_found(*, actor: Actor, text: str, shown: int) -> Found:
    """The best jobs for these words, each with its buyer, and how many: open ones, the actor's own, all for staff."""
    rows = policies.jobs_visible_to(actor).select_related("buyer")
    if not policies.may_manage_jobs(actor):
        open_ones = Q(status=JobStatus.OPEN)
        rows = rows.filter(open_ones | Q(buyer=actor.pk) | Q(hired_artist=actor.pk) if actor.pk else open_ones)
    return best_matches(rows, text, matches=_TEXT.matches, rank=_TEXT.rank, shown=shown)


# ---------------------------------------------------------------- bids
def bids_of(*, actor: Actor, ordering: str = NEWEST, **wanted: Any) -> QuerySet[Bid]:
    """What the actor bid, and what was bid on the actor's jobs; `wanted` are conditions on columns."""
    # Two reads of an index each; one condition with OR would read the table from end to end.
    own = Bid.objects.filter(artist=actor.pk).order_by().values("pk")
    received = Bid.objects.filter(job__buyer=actor.pk).order_by().values("pk")
    rows = Bid.objects.filter(pk__in=own.union(received, all=True), **wanted)
    return ordered(bids_with_rank(rows), ordering)


def bids_on(*, actor: Actor, job_id: int) -> QuerySet[Bid]:
    """The bids on a job, the lowest first: all for its buyer and staff, an artist's own for who bid.

    Raises Missing and, for everybody else, Denied.
    """
    job = job_visible(actor=actor, job_id=job_id)
    rows = bids_with_rank(Bid.objects.filter(job=job)).order_by("bid_amount", "created_at", "pk")
    if policies.is_buyer(actor, job) or policies.may_manage_jobs(actor):
        return rows
    own = rows.filter(artist=actor.pk)
    if not own.exists():
        raise Denied("Only the job's buyer reads its bids.")
    return own


def bid_visible(*, actor: Actor, bid_id: int) -> Bid:
    """For its artist, the job's buyer, and staff. Raises Missing for all others."""
    bid = bids_with_rank(policies.bids_visible_to(actor)).filter(pk=bid_id).first()
    if bid is None:
        raise Missing("Bid")
    return bid


def bids_with_rank(bids: QuerySet[Bid]) -> QuerySet[Bid]:
    """With job and artist, and each bid's `bid_rank` on its job: the lowest is 1, among equals the earlier."""
    same = Q(bid_amount=OuterRef("bid_amount"))
    earlier = Q(created_at__lt=OuterRef("created_at")) | Q(created_at=OuterRef("created_at"), pk__lt=OuterRef("pk"))
    before = Bid.objects.filter(Q(bid_amount__lt=OuterRef("bid_amount")) | same & earlier, job=OuterRef("job"))
    counted = before.order_by().values("job").annotate(count=Count("pk")).values("count")
    rank = Coalesce(Subquery(counted, output_field=IntegerField()), 0) + 1
    return bids.annotate(bid_rank=rank).select_related("artist", "job__buyer", "job__category")


# ---------------------------------------------------------------- contracts and reviews
def contracts_of(*, actor: Actor, ordering: str = NEWEST, **wanted: Any) -> QuerySet[Contract]:
    """The contracts the actor is buyer or artist of, without what another still drafts; `wanted` are conditions on
    columns."""
    # Two reads of an index each, as for bids.
    made = Contract.objects.filter(buyer=actor.pk).order_by().values("pk")
    received = Contract.objects.filter(artist=actor.pk).exclude(status=ContractStatus.DRAFT).order_by().values("pk")
    rows = Contract.objects.filter(pk__in=made.union(received, all=True), **wanted)
    return ordered(rows.select_related("job", "artist", "buyer"), ordering)


def contract_visible(*, actor: Actor, contract_id: int) -> Contract:
    """For its two sides and staff. Raises Missing for all others."""
    rows = policies.contracts_visible_to(actor).select_related("job", "artist", "buyer")
    contract = rows.filter(pk=contract_id).first()
    if contract is None:
        raise Missing("Contract")
    return contract


def reviews_listed(*, ordering: str = NEWEST, **wanted: Any) -> QuerySet[Review]:
    """All reviews, with reviewer, artist and job; `wanted` are conditions on columns. Among equal ratings the newest
    first."""
    rows = _reviews().filter(**wanted)
    if ordering in {"rating", "-rating"}:
        return rows.order_by(ordering, "-created_at", "-pk")
    return ordered(rows, ordering)


def review_visible(*, review_id: int) -> Review:
    review = _reviews().filter(pk=review_id).first()
    if review is None:
        raise Missing("Review")
    return review


def reviews_of_artist(*, artist_id: int) -> QuerySet[Review]:
    """What buyers say of an artist, newest first. Raises Missing when nobody of that id may sell."""
    artist = User.objects.filter(pk=artist_id, is_active=True).first()
    if artist is None or not artist.may_sell:
        raise Missing("Artist")
    return ordered(_reviews().filter(artist=artist), NEWEST)


def _reviews() -> QuerySet[Review]:
    return Review.objects.select_related("reviewer", "artist", "job")


# ---------------------------------------------------------------- bounties
def bounties_listed(*, actor: Actor, search: str = "", **wanted: Any) -> QuerySet[Bounty]:
    """The newest first; `wanted` are conditions on columns. Each word of `search` stands in title or description."""
    rows = policies.bounties_visible_to(actor).filter(each_word_in(search, "title_key", "description_key"), **wanted)
    return rows.order_by("-created_at", "-pk")


def bounty_visible(*, actor: Actor, bounty_id: int) -> Bounty:
    """Raises Missing."""
    bounty = policies.bounties_visible_to(actor).select_related("creator").filter(pk=bounty_id).first()
    if bounty is None:
        raise Missing("Bounty")
    return bounty


def bounties_applied_to(*, actor: Actor, bounty_ids: Collection[int]) -> set[int]:
    """Which of them the actor has applied for."""
    if actor.pk is None or not bounty_ids:
        return set()
    mine = BountyApplication.objects.filter(user=actor.pk, bounty__in=bounty_ids)
    return set(mine.values_list("bounty", flat=True))


def bounty_applications(*, actor: Actor, bounty_id: int) -> QuerySet[BountyApplication]:
    """Of a bounty that the actor manages, the newest first. Raises Missing and Denied."""
    bounty = bounty_visible(actor=actor, bounty_id=bounty_id)
    if not policies.may_manage_bounty(actor, bounty):
        raise Denied
    return BountyApplication.objects.filter(bounty=bounty).order_by("-created_at", "-pk")

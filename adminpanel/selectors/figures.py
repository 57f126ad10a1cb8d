"""How the platform stands: now, for the dashboard of staff, and at the end of a day, for the daily figures."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.db.models import Avg, Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from accounts.actors import Actor
from accounts.choices import UserType
from accounts.models import User
from adminpanel import policies
from adminpanel.models import DailyFigures
from adminpanel.selectors.people import PeopleFigures, people_figures
from adminpanel.selectors.revenue import Revenues, revenues
from commerce.choices import SETTLED_CHARGEBACKS, OrderStatus, PaymentStatus, RefundStatus
from commerce.models import Chargeback, Order, Payment, Refund
from community.models import Message
from config.core.errors import Denied, Missing
from config.core.money import ZERO, quantise
from jobs.choices import BidStatus, ContractStatus, JobStatus
from jobs.models import Bid, Contract, Job, Review
from marketplace.choices import Status
from marketplace.models import Artwork, Category, StatusChange
from marketplace.selectors.moderation import artwork_stats

RECENT = 5


# ---------------------------------------------------------------- now
@dataclass(frozen=True)
class ContentFigures:
    """Artworks without the archived ones; pending is what waits for a moderator."""

    total_artworks: int
    featured_artworks: int
    pending_artworks: int
    total_jobs: int
    open_jobs: int
    completed_jobs: int
    total_categories: int
    active_categories: int


@dataclass(frozen=True)
class MoneyFigures:
    revenues: Revenues
    pending_payments: int
    total_orders: int
    pending_orders: int


@dataclass(frozen=True)
class ActivityFigures:
    total_bids: int
    pending_bids: int
    total_messages: int
    unread_messages: int
    total_reviews: int
    average_rating: Decimal
    total_contracts: int
    active_contracts: int


@dataclass(frozen=True)
class RecentActivity:
    """The newest five of each, with the people that belong to them."""

    users: list[User]
    artworks: list[Artwork]
    jobs: list[Job]
    payments: list[Payment]


@dataclass(frozen=True)
class PlatformFigures:
    people: PeopleFigures
    content: ContentFigures
    money: MoneyFigures
    activity: ActivityFigures
    recent: RecentActivity
    generated_at: datetime


def platform_figures(*, actor: Actor) -> PlatformFigures:
    """All that a dashboard for staff shows, in fifteen queries however much there is. Raises Denied."""
    if not policies.may_read_all(actor):
        raise Denied
    return PlatformFigures(
        people=people_figures(actor=actor),
        content=content_figures(actor=actor),
        money=money_figures(actor=actor),
        activity=activity_figures(actor=actor),
        recent=recent_activity(actor=actor),
        generated_at=timezone.now(),
    )


def content_figures(*, actor: Actor) -> ContentFigures:
    if not policies.may_read_all(actor):
        raise Denied
    artworks = artwork_stats(actor=actor)
    jobs = Job.objects.aggregate(
        total=Count("pk"),
        open=Count("pk", filter=Q(status=JobStatus.OPEN)),
        completed=Count("pk", filter=Q(status=JobStatus.COMPLETED)),
    )
    categories = Category.objects.aggregate(total=Count("pk"), active=Count("pk", filter=Q(is_active=True)))
    return ContentFigures(
        total_artworks=artworks["total_artworks"],
        featured_artworks=artworks["featured_artworks"],
        pending_artworks=artworks["pending_review"],
        total_jobs=jobs["total"],
        open_jobs=jobs["open"],
        completed_jobs=jobs["completed"],
        total_categories=categories["total"],
        active_categories=categories["active"],
    )


def money_figures(*, actor: Actor) -> MoneyFigures:
    if not policies.may_read_all(actor):
        raise Denied
    waiting = Payment.objects.filter(status__in=[PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION])
    orders = Order.objects.aggregate(total=Count("pk"), pending=Count("pk", filter=Q(status=OrderStatus.PENDING)))
    return MoneyFigures(
        revenues=revenues(actor=actor),
        pending_payments=waiting.count(),
        total_orders=orders["total"],
        pending_orders=orders["pending"],
    )


def activity_figures(*, actor: Actor) -> ActivityFigures:
    if not policies.may_read_all(actor):
        raise Denied
    bids = Bid.objects.aggregate(total=Count("pk"), pending=Count("pk", filter=Q(status=BidStatus.PENDING)))
    messages = Message.objects.aggregate(total=Count("pk"), unread=Count("pk", filter=Q(is_read=False)))
    reviews = Review.objects.aggregate(total=Count("pk"), average=Avg("rating"))
    contracts = Contract.objects.aggregate(
        total=Count("pk"), active=Count("pk", filter=Q(status=ContractStatus.ACTIVE))
    )
    return ActivityFigures(
        total_bids=bids["total"],
        pending_bids=bids["pending"],
        total_messages=messages["total"],
        unread_messages=messages["unread"],
        total_reviews=reviews["total"],
        average_rating=rounded(reviews["average"]),
        total_contracts=contracts["total"],
        active_contracts=contracts["active"],
    )


def recent_activity(*, actor: Actor) -> RecentActivity:
    if not policies.may_read_all(actor):
        raise Denied
    artworks = Artwork.objects.exclude(status=Status.ARCHIVED).select_related("seller")
    return RecentActivity(
        users=list(User.objects.order_by("-created_at", "-pk")[:RECENT]),
        artworks=list(artworks.order_by("-created_at", "-pk")[:RECENT]),
        jobs=list(Job.objects.select_related("buyer").order_by("-created_at", "-pk")[:RECENT]),
        payments=list(Payment.objects.select_related("payer", "payee").order_by("-created_at", "-pk")[:RECENT]),
    )


def rounded(number: float | Decimal | None) -> Decimal:
    """Two places, half up; over nothing it is 0."""
    return Decimal(str(number or 0)).quantize(Decimal("0.01"), ROUND_HALF_UP)


# ---------------------------------------------------------------- day by day
@dataclass(frozen=True)
class Standing:
    """How the platform stood at some moment. Revenue is in the art market's currency."""

    total_users: int
    total_artists: int
    total_buyers: int
    total_artworks: int
    total_jobs: int
    total_orders: int
    total_revenue: Decimal


def standing_at(moment: datetime) -> Standing:
    """From the rows that are there now: what was deleted since is missing, kinds of accounts are today's.

    Archived artworks and money that went back count as they did at that moment. Seven queries.
    """
    users = User.objects.filter(created_at__lte=moment).aggregate(
        total=Count("pk"),
        artists=Count("pk", filter=Q(user_type=UserType.ARTIST)),
        buyers=Count("pk", filter=Q(user_type=UserType.BUYER)),
    )
    archived = StatusChange.objects.filter(listing=OuterRef("pk"), after=Status.ARCHIVED, created_at__lte=moment)
    currency = settings.CURRENCIES["cultureup"]
    paid = Payment.objects.filter(currency=currency, completed_at__lte=moment)
    returned = Refund.objects.filter(payment__currency=currency, status=RefundStatus.SUCCEEDED, settled_at__lte=moment)
    revenue = paid.aggregate(total=Sum("amount", default=ZERO))["total"]
    revenue -= returned.aggregate(total=Sum("amount", default=ZERO))["total"]
    lost = Chargeback.objects.filter(payment__currency=currency, state__in=SETTLED_CHARGEBACKS, closed_at__lte=moment)
    revenue -= lost.aggregate(total=Sum(F("withdrawn") - F("loss"), default=ZERO))["total"]
    return Standing(
        total_users=users["total"],
        total_artists=users["artists"],
        total_buyers=users["buyers"],
        total_artworks=Artwork.objects.filter(~Exists(archived), created_at__lte=moment).count(),
        total_jobs=Job.objects.filter(created_at__lte=moment).count(),
        total_orders=Order.objects.filter(created_at__lte=moment).count(),
        total_revenue=quantise(revenue, currency),
    )


def daily_figures(*, actor: Actor) -> QuerySet[DailyFigures]:
    """Newest day first, for staff. Raises Denied."""
    if not policies.may_read_all(actor):
        raise Denied
    return DailyFigures.objects.order_by("-date")


def daily_figures_of(*, actor: Actor, figures_id: int) -> DailyFigures:
    figures = daily_figures(actor=actor).filter(pk=figures_id).first()
    if figures is None:
        raise Missing("Figures")
    return figures

"""What people see of their own work when they sign in: artists, buyers, and those who work here."""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import Avg, Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from adminpanel.selectors.figures import activity_figures, content_figures, money_figures, rounded
from adminpanel.selectors.people import people_figures
from commerce.choices import PAID, OrderStatus
from commerce.models import Order, OrderLine, Payment
from config.core.errors import Denied
from config.core.money import quantise
from jobs.choices import ACTIVE_JOBS, BidStatus, JobStatus
from jobs.models import Bid, Job, Review
from marketplace.choices import Kind, Status
from marketplace.models import Listing


@dataclass(frozen=True)
class ArtistDashboard:
    """Earnings are what was credited net of fees, less refunds. Of jobs, pending are those in progress."""

    total_earnings: Decimal
    total_projects_completed: int
    active_bids: int
    pending_jobs: int
    average_rating: Decimal
    total_reviews: int
    completion_rate: Decimal
    artworks_uploaded: int
    artworks_sold: int


@dataclass(frozen=True)
class BuyerDashboard:
    """Spent is what was paid, less refunds. Pieces count, not orders; what was refunded as a whole does not."""

    total_spent: Decimal
    active_jobs: int
    completed_jobs: int
    total_jobs_posted: int
    artworks_purchased: int
    equipment_purchased: int
    pending_orders: int


@dataclass(frozen=True)
class StaffDashboard:
    """The platform's own figures. Revenue is before fees and less refunds, in the art market's currency."""

    total_users: int
    total_artists: int
    total_buyers: int
    new_users_week: int
    total_artworks: int
    pending_artworks: int
    total_jobs: int
    open_jobs: int
    total_orders: int
    pending_orders: int
    pending_payments: int
    total_revenue: Decimal
    revenue_month: Decimal
    unread_messages: int
    active_contracts: int


def artist_dashboard(*, actor: User) -> ArtistDashboard:
    """Of the actor themselves, in five queries."""
    jobs = Job.objects.filter(hired_artist=actor).aggregate(
        completed=Count("pk", filter=Q(status=JobStatus.COMPLETED)),
        cancelled=Count("pk", filter=Q(status=JobStatus.CANCELLED)),
        under_way=Count("pk", filter=Q(status=JobStatus.IN_PROGRESS)),
    )
    reviews = Review.objects.filter(artist=actor).aggregate(count=Count("pk"), average=Avg("rating"))
    ended = jobs["completed"] + jobs["cancelled"]
    artworks = Listing.objects.filter(seller=actor, kind=Kind.ARTWORK)
    return ArtistDashboard(
        total_earnings=quantise(actor.earned, settings.CURRENCIES["cultureup"]),
        total_projects_completed=jobs["completed"],
        active_bids=Bid.objects.filter(artist=actor, status=BidStatus.PENDING, job__status=JobStatus.OPEN).count(),
        pending_jobs=jobs["under_way"],
        average_rating=rounded(reviews["average"]),
        total_reviews=reviews["count"],
        completion_rate=rounded(Decimal(jobs["completed"] * 100) / ended if ended else None),
        artworks_uploaded=artworks.exclude(status=Status.ARCHIVED).count(),
        artworks_sold=_pieces(_paid_lines().filter(seller=actor))["artworks"],
    )


def buyer_dashboard(*, actor: User) -> BuyerDashboard:
    """Of the actor themselves, in three queries."""
    jobs = Job.objects.filter(buyer=actor).aggregate(
        posted=Count("pk"),
        active=Count("pk", filter=Q(status__in=ACTIVE_JOBS)),
        completed=Count("pk", filter=Q(status=JobStatus.COMPLETED)),
    )
    pieces = _pieces(_paid_lines().filter(order__buyer=actor))
    return BuyerDashboard(
        total_spent=quantise(actor.spent, settings.CURRENCIES["cultureup"]),
        active_jobs=jobs["active"],
        completed_jobs=jobs["completed"],
        total_jobs_posted=jobs["posted"],
        artworks_purchased=pieces["artworks"],
        equipment_purchased=pieces["equipment"],
        pending_orders=Order.objects.filter(buyer=actor, status=OrderStatus.PENDING).count(),
    )


def staff_dashboard(*, actor: User) -> StaffDashboard:
    """In eleven queries. Raises Denied for everybody but staff."""
    if not actor.is_staff_member:
        raise Denied
    people, content = people_figures(actor=actor), content_figures(actor=actor)
    money, activity = money_figures(actor=actor), activity_figures(actor=actor)
    return StaffDashboard(
        total_users=people.total_users,
        total_artists=people.artists,
        total_buyers=people.buyers,
        new_users_week=people.new_users_week,
        total_artworks=content.total_artworks,
        pending_artworks=content.pending_artworks,
        total_jobs=content.total_jobs,
        open_jobs=content.open_jobs,
        total_orders=money.total_orders,
        pending_orders=money.pending_orders,
        pending_payments=money.pending_payments,
        total_revenue=money.revenues.revenue.total,
        revenue_month=money.revenues.revenue.month,
        unread_messages=activity.unread_messages,
        active_contracts=activity.active_contracts,
    )


def _paid_lines() -> QuerySet[OrderLine]:
    """Lines of orders that were paid, or cost nothing, and were neither cancelled nor refunded as a whole."""
    paid = Payment.objects.filter(order=OuterRef("order"), status__in=PAID)
    lines = OrderLine.objects.exclude(order__status=OrderStatus.CANCELLED)
    return lines.filter(Q(Exists(paid)) | Q(order__total_amount=0))


def _pieces(lines: QuerySet[OrderLine]) -> dict[str, int]:
    return lines.aggregate(
        artworks=Coalesce(Sum("quantity", filter=Q(kind=Kind.ARTWORK)), 0),
        equipment=Coalesce(Sum("quantity", filter=Q(kind=Kind.EQUIPMENT)), 0),
    )

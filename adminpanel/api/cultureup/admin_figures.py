"""CultureUp's figures: the dashboard of staff, the revenue report, the figures of each day, and everybody's own."""

from dataclasses import asdict
from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import UserType
from accounts.models import User
from adminpanel.api.permissions import MayReadAll
from adminpanel.models import DailyFigures
from adminpanel.selectors import dashboards, figures, revenue
from adminpanel.services import figures as services
from commerce.choices import PaymentMethod
from commerce.models import Payment
from config.dialects.amounts import AmountOut
from config.dialects.base import operation
from config.dialects.cultureup import PAYMENT_STATUS, WORD_OF_STATUS, CultureupAdminView, CultureupView
from jobs.choices import JobStatus
from jobs.models import Job
from marketplace.models import Artwork


# ---------------------------------------------------------------- the dashboard of staff
class UserStats(serializers.Serializer[Any]):
    total_users = serializers.IntegerField()
    new_users_today = serializers.IntegerField()
    new_users_week = serializers.IntegerField()
    new_users_month = serializers.IntegerField()
    verified_users = serializers.IntegerField()
    active_users = serializers.IntegerField()
    artists = serializers.IntegerField()
    creators = serializers.IntegerField()
    buyers = serializers.IntegerField()


class ContentStats(serializers.Serializer[Any]):
    total_artworks = serializers.IntegerField()
    featured_artworks = serializers.IntegerField()
    pending_artworks = serializers.IntegerField()
    total_jobs = serializers.IntegerField()
    open_jobs = serializers.IntegerField()
    completed_jobs = serializers.IntegerField()
    total_categories = serializers.IntegerField()
    active_categories = serializers.IntegerField()


class RevenueStats(serializers.Serializer[Any]):
    total_revenue = AmountOut(currency=None, source="total")
    revenue_today = AmountOut(currency=None, source="today")
    revenue_week = AmountOut(currency=None, source="week")
    revenue_month = AmountOut(currency=None, source="month")


class FinancialStats(serializers.Serializer[Any]):
    total_revenue = AmountOut(currency=None, source="revenues.revenue.total")
    revenue_today = AmountOut(currency=None, source="revenues.revenue.today")
    revenue_week = AmountOut(currency=None, source="revenues.revenue.week")
    revenue_month = AmountOut(currency=None, source="revenues.revenue.month")
    pending_payments = serializers.IntegerField()
    total_orders = serializers.IntegerField()
    pending_orders = serializers.IntegerField()
    currency = serializers.CharField(source="revenues.currency")
    other_currencies = serializers.DictField(child=RevenueStats(), source="revenues.other_currencies")


class ActivityStats(serializers.Serializer[Any]):
    total_bids = serializers.IntegerField()
    pending_bids = serializers.IntegerField()
    total_messages = serializers.IntegerField()
    unread_messages = serializers.IntegerField()
    total_reviews = serializers.IntegerField()
    average_rating = serializers.FloatField()
    total_contracts = serializers.IntegerField()
    active_contracts = serializers.IntegerField()


class RecentUser(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields: ClassVar = ["id", "username", "email", "user_type", "created_at"]


class RecentArtwork(serializers.ModelSerializer[Artwork]):
    id = serializers.IntegerField(source="pk")
    artist__username = serializers.CharField(source="seller.username")
    price = AmountOut()

    class Meta:
        model = Artwork
        fields: ClassVar = ["id", "title", "artist__username", "price", "currency", "created_at"]


class RecentJob(serializers.ModelSerializer[Job]):
    buyer__username = serializers.CharField(source="buyer.username")
    status = serializers.ChoiceField(JobStatus.choices)

    class Meta:
        model = Job
        fields: ClassVar = ["id", "title", "buyer__username", "status", "created_at"]


class RecentPayment(serializers.ModelSerializer[Payment]):
    payer__username = serializers.CharField(source="payer.username")
    payee__username = serializers.CharField(source="payee.username")
    amount = AmountOut()
    status = serializers.SerializerMethodField()

    class Meta:
        model = Payment
        fields: ClassVar = [
            *("id", "transaction_id", "payer__username", "payee__username", "amount", "currency", "status"),
            "created_at",
        ]

    @extend_schema_field(serializers.ChoiceField(PAYMENT_STATUS))
    def get_status(self, payment: Payment) -> str:
        return WORD_OF_STATUS[payment.status]


class RecentActivity(serializers.Serializer[Any]):
    recent_users = RecentUser(many=True, source="users")
    recent_artworks = RecentArtwork(many=True, source="artworks")
    recent_jobs = RecentJob(many=True, source="jobs")
    recent_payments = RecentPayment(many=True, source="payments")


class Dashboard(serializers.Serializer[figures.PlatformFigures]):
    user_stats = UserStats(source="people")
    content_stats = ContentStats(source="content")
    financial_stats = FinancialStats(source="money")
    activity_stats = ActivityStats(source="activity")
    recent_activity = RecentActivity(source="recent")
    generated_at = serializers.DateTimeField()


# ---------------------------------------------------------------- the revenue report
class ReportQuery(serializers.Serializer[Any]):
    start_date = serializers.DateField(required=False)
    end_date = serializers.DateField(required=False)


class DateRange(serializers.Serializer[revenue.Period]):
    start_date = serializers.DateField(source="start")
    end_date = serializers.DateField(source="end")


class MethodRow(serializers.Serializer[revenue.TakenBy]):
    payment_method = serializers.ChoiceField(PaymentMethod.choices, source="key")
    total = AmountOut(currency=None)
    count = serializers.IntegerField()


class DayRow(serializers.Serializer[revenue.TakenBy]):
    day = serializers.DateField(source="key")
    total = AmountOut(currency=None)
    count = serializers.IntegerField()


class ArtistRow(serializers.Serializer[revenue.TakenBy]):
    payee__username = serializers.CharField(source="key")
    total_earned = AmountOut(currency=None, source="total")
    payment_count = serializers.IntegerField(source="count")


class BuyerRow(serializers.Serializer[revenue.TakenBy]):
    payer__username = serializers.CharField(source="key")
    total_spent = AmountOut(currency=None, source="total")
    payment_count = serializers.IntegerField(source="count")


class OtherTotal(serializers.Serializer[revenue.Taken]):
    total_revenue = AmountOut(currency=None, source="total")
    total_transactions = serializers.IntegerField(source="count")


class Report(serializers.Serializer[revenue.RevenueReport]):
    date_range = DateRange(source="period")
    total_revenue = AmountOut(currency=None, source="total.total")
    total_transactions = serializers.IntegerField(source="total.count")
    revenue_by_method = MethodRow(many=True, source="by_method")
    daily_revenue = DayRow(many=True, source="by_day")
    top_artists = ArtistRow(many=True)
    top_buyers = BuyerRow(many=True)
    currency = serializers.CharField()
    other_currencies = serializers.DictField(child=OtherTotal())


class Figures(CultureupAdminView):
    @operation(answer=Dashboard, who=MayReadAll)
    def dashboard(self, request: Request) -> Response:
        return self.answer(figures.platform_figures(actor=request.user))

    @operation(query=ReportQuery, answer=Report, who=MayReadAll)
    def revenue_report(self, request: Request) -> Response:
        wanted = self.query()
        start, end = wanted.get("start_date"), wanted.get("end_date")
        return self.answer(revenue.revenue_report(actor=request.user, start=start, end=end))


# ---------------------------------------------------------------- day by day
class DayOut(serializers.ModelSerializer[DailyFigures]):
    total_revenue = AmountOut()
    currency = serializers.CharField()

    class Meta:
        model = DailyFigures
        fields: ClassVar = [
            *("id", "date", "total_users", "total_artists", "total_buyers", "total_artworks", "total_jobs"),
            *("total_orders", "total_revenue", "currency", "created_at", "updated_at"),
        ]


class Analytics(CultureupView):
    @operation(answer=DayOut, rows="page", who=MayReadAll)
    def list(self, request: Request) -> Response:
        return self.page(figures.daily_figures(actor=request.user))

    @operation(answer=DayOut, who=MayReadAll)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(figures.daily_figures_of(actor=request.user, figures_id=id))

    @operation(answer=DayOut, who=MayReadAll)
    def calculate_today(self, request: Request) -> Response:
        day = services.today()
        return self.answer(services.figures_calculate(actor=request.user, day=day))


# ---------------------------------------------------------------- everybody's own
AMOUNTS = frozenset({"total_earnings", "total_spent", "total_revenue", "revenue_month"})
RATES = frozenset({"average_rating", "completion_rate"})


def _field_of(name: str) -> serializers.Field[Any, Any, Any, Any]:
    if name in AMOUNTS:
        return AmountOut(currency=None)
    if name == "currency":
        return serializers.CharField()
    return serializers.FloatField() if name in RATES else serializers.IntegerField()


class OwnStats(serializers.Serializer[Any]):
    """What fits the kind of account; amounts are text."""

    forms: ClassVar = {
        "StaffStats": (
            *("total_users", "total_artists", "total_buyers", "new_users_week", "total_artworks", "pending_artworks"),
            *("total_jobs", "open_jobs", "total_orders", "pending_orders", "pending_payments", "total_revenue"),
            *("revenue_month", "unread_messages", "active_contracts", "currency"),
        ),
        "SellerStats": (
            *("total_earnings", "total_projects_completed", "active_bids", "pending_jobs", "average_rating"),
            *("total_reviews", "completion_rate", "artworks_uploaded", "artworks_sold", "currency"),
        ),
        "BuyerStats": (
            *("total_spent", "active_jobs", "completed_jobs", "total_jobs_posted", "artworks_purchased"),
            *("equipment_purchased", "pending_orders", "currency"),
        ),
    }

    def get_fields(self) -> dict[str, Any]:
        names = {name for names in self.forms.values() for name in names}
        return {name: _field_of(name) for name in sorted(names)}


class OwnDashboard(serializers.Serializer[Any]):
    user_type = serializers.ChoiceField(UserType.choices)
    stats = OwnStats()


class OwnFigures(CultureupView):
    @operation(answer=OwnDashboard)
    def stats(self, request: Request) -> Response:
        """Staff see the platform's figures, sellers and buyers their own."""
        actor = self.caller
        found: Any
        if actor.is_staff_member:
            user_type, found = UserType.ADMIN.value, dashboards.staff_dashboard(actor=actor)
        elif actor.may_sell:
            user_type, found = actor.user_type, dashboards.artist_dashboard(actor=actor)
        else:
            user_type, found = actor.user_type, dashboards.buyer_dashboard(actor=actor)
        stats = {name: _shown(name, value) for name, value in asdict(found).items()}
        stats["currency"] = settings.CURRENCIES["cultureup"]
        return self.answer({"user_type": user_type, "stats": stats})


def _shown(name: str, value: Any) -> Any:
    if name in AMOUNTS:
        return str(value)
    return value if isinstance(value, int) else float(value)

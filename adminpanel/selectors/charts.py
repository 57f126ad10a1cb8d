"""What the dashboard draws beside the figures that other reads already give."""

from datetime import UTC, date, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate

from accounts.actors import Actor
from accounts.models import User
from adminpanel import policies
from adminpanel.selectors.revenue import Period
from commerce.choices import OrderStatus
from commerce.models import Order
from config.core.errors import Denied


def days_of(period: Period) -> list[date]:
    """Every day of it, the first and the last included."""
    return [period.start + timedelta(days=number) for number in range((period.end - period.start).days + 1)]


def new_people_by_day(*, actor: Actor, period: Period) -> dict[date, int]:
    """How many accounts were made on each UTC day, days without one included. One query. Raises Denied."""
    if not policies.may_read_all(actor):
        raise Denied
    rows = User.objects.filter(period.holds("created_at")).order_by()
    found = rows.annotate(day=TruncDate("created_at", tzinfo=UTC)).values("day").annotate(count=Count("pk"))
    counted = {row["day"]: row["count"] for row in found}
    return {day: counted.get(day, 0) for day in days_of(period)}


def orders_by_status(*, actor: Actor) -> dict[OrderStatus, int]:
    """Every status, those of no order included. One query. Raises Denied."""
    if not policies.may_read_all(actor):
        raise Denied
    found = Order.objects.order_by().values("status").annotate(count=Count("pk"))
    counted = {row["status"]: row["count"] for row in found}
    return {status: counted.get(status, 0) for status in OrderStatus}

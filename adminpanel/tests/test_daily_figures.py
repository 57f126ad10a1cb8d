"""The figures of each day: as of its end, once a day, and made up for when a run was missed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import User
from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory
from adminpanel.models import DailyFigures
from adminpanel.selectors.figures import Standing, standing_at
from adminpanel.services.figures import figures_calculate, figures_keep, today
from adminpanel.tasks import figures_keep as figures_keep_task
from adminpanel.tests.factories import DailyFiguresFactory
from commerce.models import Order, Payment, Refund
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import at_once, order_of, paid_order
from config.core.callers import called_from
from config.core.days import end_of
from config.core.errors import Denied, Invalid
from config.core.models import AuditEntry
from jobs.tests.factories import JobFactory
from marketplace.choices import Status
from marketplace.models import Artwork, StatusChange
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 14)
DURING, AFTER = datetime(2026, 3, 14, 15, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC)


def test_how_it_stood_at_the_end_of_a_past_day(admin):
    """What came after is left out: accounts, works, jobs, orders, payments; also archiving and money given back."""
    alice, bob = ArtistFactory(), BuyerFactory()
    then, archived_then, archived_later, later = (ArtworkFactory(seller=alice) for _ in range(4))
    for artwork, moment in ((archived_then, DURING), (archived_later, AFTER)):
        Artwork.objects.filter(pk=artwork.pk).update(status=Status.ARCHIVED)
        change = StatusChange.objects.create(listing=artwork, before=Status.APPROVED, after=Status.ARCHIVED)
        StatusChange.objects.filter(pk=change.pk).update(created_at=moment)
    order, payment = paid_order(bob, then)
    _order, paid_later = paid_order(bob, later)
    unpaid = order_of(bob, then)
    for amount, moment in (("10.00", DURING), ("25.00", AFTER)):
        refund = payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal(amount))
        Refund.objects.filter(pk=refund.pk).update(settled_at=moment)
    Payment.objects.filter(pk=payment.pk).update(completed_at=end_of(DAY))
    Payment.objects.filter(pk=paid_later.pk).update(completed_at=AFTER)
    Order.objects.filter(pk__in=[order.pk, unpaid.pk]).update(created_at=DURING)
    Artwork.objects.exclude(pk=later.pk).update(created_at=DURING)
    User.objects.update(created_at=DURING)
    JobFactory(buyer=bob, created_at=end_of(DAY))
    JobFactory(buyer=bob, created_at=AFTER)
    BuyerFactory()

    figures = figures_calculate(actor=SYSTEM, day=DAY)
    assert standing_at(end_of(DAY)) == Standing(
        total_users=3,
        total_artists=1,
        total_buyers=1,
        total_artworks=2,
        total_jobs=1,
        total_orders=2,
        total_revenue=Decimal("90.00"),
    )
    assert (figures.date, figures.total_revenue, figures.total_artworks) == (DAY, Decimal("90.00"), 2)
    assert standing_at(timezone.now()).total_revenue == Decimal("165.00")


def test_calculating_again_changes_the_one_row(admin, bob):
    with called_from("203.0.113.7"):
        first = figures_calculate(actor=admin, day=today())
        ArtistFactory()
        second = figures_calculate(actor=admin, day=today())
    assert (first.pk, first.total_users, second.pk, second.total_users) == (second.pk, 2, first.pk, 3)
    row = DailyFigures.objects.get()
    assert (row.total_artists, row.created_at, row.updated_at > first.updated_at) == (1, first.created_at, True)
    made, changed = AuditEntry.objects.order_by("pk")
    assert (made.actor, made.action, made.target_id) == (admin, "figures.calculate", str(row.pk))
    assert (made.before, made.after["total_users"], made.after["date"]) == ({}, "2", str(today()))
    assert (changed.before["total_users"], changed.after["total_users"]) == ("2", "3")
    assert changed.address == "203.0.113.7"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_row():
    results = at_once(*[lambda: figures_calculate(actor=SYSTEM, day=DAY)] * 4)
    assert [type(result).__name__ for result in results] == ["DailyFigures"] * 4
    assert DailyFigures.objects.get().date == DAY


def test_a_day_to_come_has_no_figures(admin):
    with pytest.raises(Invalid) as refusal:
        figures_calculate(actor=admin, day=today() + timedelta(days=1))
    assert (refusal.value.field, DailyFigures.objects.count()) == ("day", 0)


def test_who_may_not_calculate(bob):
    for actor in (bob, ModeratorFactory(), AnonymousUser()):
        with pytest.raises(Denied):
            figures_calculate(actor=actor, day=today())
    assert (DailyFigures.objects.count(), AuditEntry.objects.count()) == (0, 0)


# ---------------------------------------------------------------- by the clock
def days() -> list[date]:
    return list(DailyFigures.objects.order_by("date").values_list("date", flat=True))


def written(day: date, moment: datetime) -> DailyFigures:
    figures = DailyFiguresFactory.create(date=day, total_users=999)
    DailyFigures.objects.filter(pk=figures.pk).update(updated_at=moment)
    return figures


def test_the_first_run_writes_today():
    figures_keep_task()
    figures_keep_task()
    assert (days(), AuditEntry.objects.count()) == ([today()], 0)


def test_yesterday_is_closed_once():
    yesterday = today() - timedelta(days=1)
    figures = written(yesterday, end_of(yesterday) - timedelta(minutes=58))
    figures_keep()
    figures.refresh_from_db()
    assert (days(), figures.total_users) == ([yesterday, today()], 0)
    DailyFigures.objects.filter(pk=figures.pk).update(total_users=7)
    figures_keep()
    figures.refresh_from_db()
    assert figures.total_users == 7


def test_days_that_were_missed_are_made_up_for():
    start = today() - timedelta(days=4)
    closed = written(start, end_of(start) + timedelta(minutes=2))
    figures_calculate(actor=SYSTEM, day=today())  # somebody was faster
    figures_keep()
    assert days() == [start + timedelta(days=number) for number in range(5)]
    closed.refresh_from_db()
    assert closed.total_users == 999


def test_an_outage_of_years_is_not_made_up_for():
    written(date(2020, 1, 1), datetime(2020, 1, 1, 12, tzinfo=UTC))
    figures_keep()
    assert days() == [date(2020, 1, 1), today()]


def test_the_clock_knows_the_task(settings):
    entry = settings.CELERY_BEAT_SCHEDULE["keep the daily figures"]
    assert (entry["task"], entry["schedule"].minute, len(entry["schedule"].hour)) == (figures_keep_task.name, {2}, 24)

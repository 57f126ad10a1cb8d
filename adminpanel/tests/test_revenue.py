"""Revenue: what it counts, of which days, and that it agrees with the ledger."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Sum
from django.utils import timezone

from accounts.tests.factories import ArtistFactory, BuyerFactory
from adminpanel.selectors.revenue import Period, Revenue, Taken, TakenBy, revenue_report, revenues
from commerce.choices import PaymentMethod
from commerce.models import LedgerEntry, Payment
from commerce.services.escrow.holds import payment_release
from commerce.services.payments.by_hand import payment_complete_by_hand
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import order_of, paid_job, paid_order, payment_of
from config.core.errors import Denied, Invalid
from jobs.tests.factories import completed_job
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.now().astimezone(UTC).date


def paid_on(payment: Payment, moment: datetime) -> Payment:
    Payment.objects.filter(pk=payment.pk).update(completed_at=moment)
    return payment


def sale(seller, buyer, price="100.00", **columns) -> Payment:
    return paid_order(buyer, ArtworkFactory.create(seller=seller, price=Decimal(price), **columns))[1]


@pytest.fixture
def sales(admin, alice, bob):
    """alice sells for 100, 50.05 and 30; bob gets 20 of the 100 and all of the 30 back; 70 in dollars, 40 not paid."""
    first, second, third = sale(alice, bob), sale(alice, bob, "50.05"), sale(alice, bob, "30.00")
    payment_refund(actor=admin, payment_id=first.pk, amount=Decimal("20.00"))
    payment_refund(actor=admin, payment_id=third.pk)
    sale(alice, bob, "70.00", currency="USD")
    payment_of(order_of(bob, ArtworkFactory(seller=alice, price=Decimal("40.00"))))
    return [first, second, third]


def test_a_report_counts_completed_payments_less_what_went_back(admin, sales):
    report = revenue_report(actor=admin)
    assert (report.currency, report.total) == ("PKR", Taken(Decimal("130.05"), 2))
    assert report.by_method == [TakenBy("stripe", Decimal("130.05"), 2)]
    assert report.by_day == [TakenBy(TODAY(), Decimal("130.05"), 2)]
    assert report.top_artists == [TakenBy("alice", Decimal("117.04"), 2)]  # 72.00 and 45.04: fees are 8.00 and 5.01
    assert report.top_buyers == [TakenBy("bob", Decimal("130.05"), 2)]
    assert report.other_currencies == {"USD": Taken(Decimal("70.00"), 1)}


def test_revenue_agrees_with_the_ledger(admin, sales):
    """What the gateways' accounts say of the same payments, and of all of them together."""

    def at_gateways(**of) -> Decimal:
        entries = LedgerEntry.objects.filter(account__kind="gateway", account__currency="PKR", **of)
        return -entries.aggregate(total=Sum("amount"))["total"]

    report = revenue_report(actor=admin)
    assert report.total.total == at_gateways(transaction__payment__in=sales[:2]) == at_gateways()
    assert sum(row.total for row in report.by_method) == sum(row.total for row in report.by_day) == report.total.total
    assert revenues(actor=admin).revenue.total == report.total.total
    alice = sales[0].payee
    alice.refresh_from_db()
    assert report.top_artists[0].total == alice.earned


def test_both_dates_are_included_and_days_are_utc(admin, alice, bob):
    first, last = date(2026, 3, 1), date(2026, 3, 31)
    inside = [datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 31, 23, 59, 59, 999999, tzinfo=UTC)]
    for moment in [*inside, datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)]:
        paid_on(sale(alice, bob), moment)
    report = revenue_report(actor=admin, start=first, end=last)
    assert report.total == Taken(Decimal("200.00"), 2)
    assert [row.key for row in report.by_day] == [first, last]


def test_only_the_ten_best_are_named(admin):
    for number in range(12):
        sale(ArtistFactory(username=f"a{number:02}"), BuyerFactory(username=f"b{number:02}"), f"{100 + number}.00")
    report = revenue_report(actor=admin)
    assert [row.key for row in report.top_artists] == [f"a{number:02}" for number in range(11, 1, -1)]
    assert [row.key for row in report.top_buyers] == [f"b{number:02}" for number in range(11, 1, -1)]
    assert report.top_buyers[0] == TakenBy("b11", Decimal("111.00"), 1)


def test_an_order_of_two_artists_is_each_ones_own_part(admin, alice, bob):
    dora = ArtistFactory(username="dora")
    paid_order(bob, ArtworkFactory(seller=alice, price=100), ArtworkFactory(seller=dora, price=50))
    report = revenue_report(actor=admin)
    expected = [TakenBy("alice", Decimal("90.00"), 1), TakenBy("dora", Decimal("45.00"), 1)]
    assert (report.top_artists, report.total) == (expected, Taken(Decimal("150.00"), 1))


def test_money_held_for_a_job_came_in_but_is_nobodys_yet(admin, alice, bob):
    payment = paid_job(completed_job(buyer=bob, artist=alice))
    report = revenue_report(actor=admin)
    assert (report.total, report.top_artists) == (Taken(Decimal("850.00"), 1), [])
    payment_release(actor=admin, payment_id=payment.pk)
    report = revenue_report(actor=admin)
    assert (report.total, report.top_artists) == (
        Taken(Decimal("850.00"), 1),
        [TakenBy("alice", Decimal("765.00"), 1)],
    )


def test_methods_are_told_apart(admin, alice, bob):
    sale(alice, bob)
    transfer = payment_of(order_of(bob, ArtworkFactory(seller=alice, price=250)), PaymentMethod.BANK_TRANSFER)
    payment_complete_by_hand(actor=admin, payment_id=transfer.pk)
    assert revenue_report(actor=admin).by_method == [
        TakenBy("bank_transfer", Decimal("250.00"), 1),
        TakenBy("stripe", Decimal("100.00"), 1),
    ]


def test_a_report_costs_the_same_for_a_day_and_for_ten_thousand_years(admin, alice, bob, django_assert_num_queries):
    sale(alice, bob)
    with django_assert_num_queries(5):
        revenue_report(actor=admin, start=TODAY())
    for number in range(5):
        paid_on(sale(ArtistFactory(), BuyerFactory()), timezone.now() - timedelta(days=400 * number))
    with django_assert_num_queries(5):
        report = revenue_report(actor=admin, start=date.min, end=date.max)
    assert (report.total.count, len(report.by_day)) == (6, 5)


def test_revenue_of_today_of_a_week_and_of_a_month(admin, alice, bob):
    now = timezone.now()
    for days, price in ((0, "1.00"), (6, "20.00"), (29, "300.00"), (31, "4000.00")):
        paid_on(sale(alice, bob, price), now - timedelta(days=days))
    sale(alice, bob, "5.00", currency="USD")
    found = revenues(actor=admin)
    assert found.revenue == Revenue(*map(Decimal, ("4321.00", "1.00", "21.00", "321.00")))
    assert found.other_currencies == {"USD": Revenue(*[Decimal("5.00")] * 4)}


def test_nothing_came_in(admin):
    report = revenue_report(actor=admin)
    assert (report.total, report.by_day, report.top_artists) == (Taken(Decimal("0.00"), 0), [], [])
    assert revenues(actor=admin).revenue == Revenue(*[Decimal("0.00")] * 4)


def test_a_period_is_the_last_thirty_days_unless_said():
    today = TODAY()
    assert Period.of(None, None) == Period(today - timedelta(days=29), today)
    assert Period.of(None, date(2026, 1, 30)) == Period(date(2026, 1, 1), date(2026, 1, 30))
    assert Period.of(date(2026, 1, 1), None) == Period(date(2026, 1, 1), today)
    assert Period.of(None, date.min) == Period(date.min, date.min)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [(date(2026, 2, 1), date(2026, 1, 31), "end_date"), (date(9999, 12, 31), None, "start_date")],
)
def test_a_reversed_period_is_refused(start, end, field):
    with pytest.raises(Invalid) as refusal:
        Period.of(start, end)
    assert refusal.value.field == field


@pytest.mark.parametrize("selector", [revenue_report, revenues])
def test_revenue_is_for_staff(selector, staff, moderator, bob):
    selector(actor=staff)
    for actor in (moderator, bob, AnonymousUser()):
        with pytest.raises(Denied):
            selector(actor=actor)

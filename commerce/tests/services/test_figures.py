"""The roll-up of listings' days: what it counts, that it may run again, that it agrees with the ledger to the cent."""

import threading
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.tests.factories import ArtistFactory, BuyerFactory
from commerce.choices import AccountKind, DiscountType
from commerce.models import DownloadEvent, LedgerEntry, ListingCountryDay, ListingDay, ShareMovement
from commerce.selectors.listing_days import Figures, days_of, today
from commerce.services.audit.ledger import ledger_faults
from commerce.services.campaigns.campaigns import campaign_create
from commerce.services.checkout.checkout import checkout
from commerce.services.figures import listing_days_keep, listing_days_roll_up
from commerce.services.orders.carts import cart_add
from commerce.services.refunds.refunds import payment_refund
from commerce.tasks import listing_days_keep as keep_task
from commerce.tests.steps import at_once, order_of, paid_order
from config.core.errors import Invalid
from marketplace.models import Like, View
from marketplace.services.views import view_count
from marketplace.tests.factories import ArtworkFactory, Model3DFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as travelling:
        yield travelling


def stored(listing) -> list[tuple]:
    return list(
        ListingDay.objects.filter(listing=listing)
        .order_by("day")
        .values_list("day", "views", "downloads", "purchases", "pieces", "revenue", "earnings", "likes")
    )


def test_what_a_day_holds(bob, charlie, alice):
    design = Model3DFactory.create(seller=alice, price=Decimal("30.00"))
    order, _payment = paid_order(bob, design)
    for user in (bob, charlie):
        view_count(actor=user, listing=design, address="192.0.2.1", agent="Browser")
        Like.objects.create(listing=design, user=user)
    DownloadEvent.objects.create(line=order.lines.get(), listing=design, user=bob)
    assert listing_days_roll_up(today()) == 1
    assert stored(design) == [(today(), 2, 1, 1, 1, Decimal("30.000"), Decimal("27.000"), 2)]
    row = ListingDay.objects.get()
    assert (row.seller, row.currency) == (alice, "USD")


def test_running_again_replaces_the_day_and_leaves_others_alone(bob, alice):
    design, gone = Model3DFactory.create_batch(2, seller=alice, price=Decimal("30.00"))
    yesterday = today() - timedelta(days=1)
    for listing in (design, gone):
        ListingDay.objects.create(listing=listing, seller=alice, day=today(), views=77, currency="USD")
    kept = ListingDay.objects.create(listing=design, seller=alice, day=yesterday, views=5, currency="USD")
    paid_order(bob, design)
    for _ in range(2):
        listing_days_roll_up(today())
        assert stored(gone) == []
        assert stored(design)[1] == (today(), 0, 0, 1, 1, Decimal("30.000"), Decimal("27.000"), 0)
    assert ListingDay.objects.get(day=yesterday) == kept


def test_a_gift_is_a_purchase_that_brings_nothing(bob, alice):
    free = Model3DFactory.create(seller=alice, price=Decimal("0.00"))
    order_of(bob, free)
    listing_days_roll_up(today())
    assert stored(free) == [(today(), 0, 0, 1, 1, Decimal("0.000"), Decimal("0.000"), 0)]


def test_what_is_not_paid_is_no_sale(bob, artwork):
    order_of(bob, artwork)
    assert listing_days_roll_up(today()) == 0
    assert not ListingDay.objects.exists()


def test_no_day_to_come():
    with pytest.raises(Invalid):
        listing_days_roll_up(today() + timedelta(days=1))


def test_days_begin_and_end_at_midnight_in_utc(bob, artwork, clock):
    clock.move_to(datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC))
    paid_order(bob, artwork)
    clock.move_to(datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC))
    paid_order(bob, artwork)
    for day in (date(2026, 3, 1), date(2026, 3, 2)):
        listing_days_roll_up(day)
        assert ListingDay.objects.get(day=day).purchases == 1


class TestMoney:
    """Sums over the days are what the ledger says."""

    @pytest.fixture(autouse=True)
    def agrees(self, alice, clock):
        yield  # the clock stands where the test left it: visitors of long ago are forgotten
        for day in set(ShareMovement.objects.values_list("created_at__date", flat=True)):
            listing_days_roll_up(day)
        entries = LedgerEntry.objects.filter(account__kind=AccountKind.SELLER)
        booked = dict(entries.values_list("account__owner").annotate(Sum("amount")).order_by())
        rolled = dict(ListingDay.objects.values_list("seller").annotate(Sum("earnings")).order_by())
        assert {who: amount for who, amount in rolled.items() if amount or who in booked} == booked
        by_day = LedgerEntry.objects.filter(account__kind=AccountKind.SELLER).values_list(
            "account__owner", "transaction__created_at__date"
        )
        of_days = ListingDay.objects.values_list("seller", "day").annotate(Sum("earnings")).order_by()
        ledger = {(row[0], row[1]): row[2] for row in by_day.annotate(Sum("amount")).order_by()}
        assert {(row[0], row[1]): row[2] for row in of_days} == ledger

    def test_several_sellers_refunded_in_parts_over_days(self, bob, alice, admin, clock):
        dora, emil = ArtistFactory.create(), ArtistFactory.create()
        works = [
            ArtworkFactory.create(seller=seller, price=Decimal(price))
            for seller, price in ((alice, "3.33"), (alice, "19.99"), (dora, "3.33"), (emil, "0.07"))
        ]
        begin = datetime(2026, 5, 1, 12, tzinfo=UTC)
        clock.move_to(begin)
        _order, payment = paid_order(bob, *works)
        for number, amount in enumerate(("0.01", "3.32", "7.77", "1.11"), start=1):
            clock.move_to(begin + timedelta(days=number))
            payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal(amount))
        for number in range(5):
            listing_days_roll_up(date(2026, 5, 1 + number))
        revenue = ListingDay.objects.values_list("day").annotate(Sum("revenue")).order_by("day")
        assert [row[1] for row in revenue] == [Decimal(text) for text in ("26.72", "-0.01", "-3.32", "-7.77", "-1.11")]

    def test_refunded_whole(self, bob, alice, admin, artwork):
        _order, payment = paid_order(bob, artwork)
        payment_refund(actor=admin, payment_id=payment.pk)
        listing_days_roll_up(today())
        assert stored(artwork) == [(today(), 0, 0, 1, 1, Decimal(0), Decimal(0), 0)]

    def test_at_the_campaigns_price(self, bob, alice, charlie):
        designs = [Model3DFactory.create(seller=alice, price=Decimal(price)) for price in ("9.99", "10.01")]
        campaign_create(
            actor=alice,
            currency="USD",
            name="Spring",
            discount_type=DiscountType.PERCENTAGE,
            discount_value=Decimal("33.33"),
            start_date=timezone.now() - timedelta(days=1),
            end_date=timezone.now() + timedelta(days=1),
            designs=[designs[0].pk],
        )
        for design in designs:
            cart_add(actor=bob, channel="v1", listing=design)
        paid = checkout(actor=bob, channel="v1").order
        assert paid.total_amount == Decimal("16.67")
        listing_days_roll_up(today())
        assert [ListingDay.objects.get(listing=design).revenue for design in designs] == [
            Decimal("6.66"),
            Decimal("10.01"),
        ]


def test_the_audit_finds_a_movement_that_is_missing(bob, artwork, admin):
    _order, payment = paid_order(bob, artwork)
    assert list(ledger_faults()) == []
    movement = ShareMovement.objects.get()
    ShareMovement.objects.all().delete()
    faults = " ".join(ledger_faults())
    assert "its movements add up to None" in faults
    assert "what the ledger and his lines' movements brought him differs by" in faults
    movement.save(force_insert=True)


class TestCountries:
    def test_views_and_buyers_by_where_they_were(self, bob, charlie, alice):
        design = Model3DFactory.create(seller=alice)
        visit = {"listing": design, "address": "192.0.2.1", "agent": "Browser"}
        view_count(actor=bob, country="US", **visit)
        view_count(actor=charlie, country="US", **visit)
        view_count(actor=BuyerFactory.create(), country="PK", **visit)
        view_count(actor=BuyerFactory.create(), **visit)
        View.objects.filter(country="US").update(day=today() - timedelta(days=3))
        paid_order(bob, design)
        paid_order(BuyerFactory.create(), design)  # whose country is not known
        listing_days_roll_up(today())
        rows = ListingCountryDay.objects.order_by("country").values_list("country", "views", "purchases")
        assert list(rows) == [("PK", 1, 0), ("US", 0, 1)]
        listing_days_roll_up(today())
        assert list(rows.all()) == [("PK", 1, 0), ("US", 0, 1)]

    def test_a_visit_after_the_purchase_tells_nothing(self, bob, alice):
        design = Model3DFactory.create(seller=alice)
        paid_order(bob, design)
        ShareMovement.objects.update(created_at=timezone.now() - timedelta(days=1))
        view_count(actor=bob, listing=design, address="192.0.2.1", agent="Browser", country="US")
        listing_days_roll_up(today() - timedelta(days=1))
        assert not ListingCountryDay.objects.exists()


def test_the_number_of_queries_does_not_grow(alice, django_assert_num_queries):
    def sell(how_many):
        for design in Model3DFactory.create_batch(how_many, seller=alice):
            buyer = BuyerFactory.create()
            view_count(actor=buyer, listing=design, address="192.0.2.1", agent="Browser", country="US")
            paid_order(buyer, design)

    sell(1)
    with django_assert_num_queries(17):
        listing_days_roll_up(today())
    sell(6)
    with django_assert_num_queries(17):
        listing_days_roll_up(today())
    assert ListingDay.objects.count() == 7


class TestKeeping:
    def test_the_days_since_it_ran_last(self, bob, artwork, clock):
        noon = datetime(2026, 6, 10, 12, tzinfo=UTC)
        for days in (4, 3, 1, 0):
            clock.move_to(noon - timedelta(days=days))
            paid_order(bob, artwork)
            if days == 4:
                listing_days_keep()
        ListingDay.objects.update(purchases=9)  # the last day it kept is not over when it ran
        keep_task()
        rows = ListingDay.objects.order_by("day").values_list("day", "purchases")
        assert list(rows) == [(date(2026, 6, day), 1) for day in (6, 7, 9, 10)]

    def test_yesterday_once_more_in_the_first_hour(self, bob, artwork, clock):
        clock.move_to(datetime(2026, 6, 10, 23, 59, tzinfo=UTC))
        paid_order(bob, artwork)
        for minute, kept in ((datetime(2026, 6, 11, 0, 4, tzinfo=UTC), 1), (datetime(2026, 6, 11, 1, tzinfo=UTC), 9)):
            clock.move_to(minute)
            paid_order(bob, artwork)
            listing_days_roll_up(minute.date())
            ListingDay.objects.filter(day=date(2026, 6, 10)).update(purchases=9)
            listing_days_keep()
            assert [row.purchases for row in ListingDay.objects.filter(day=date(2026, 6, 10))] in ([kept], [])


def test_rebuilding_a_range(bob, artwork, capsys):
    paid_order(bob, artwork)
    ShareMovement.objects.update(created_at=timezone.now() - timedelta(days=2))
    call_command("roll_up_figures", str(today() - timedelta(days=3)))
    assert capsys.readouterr().out.splitlines() == [
        f" 25 %  {today() - timedelta(days=3)}  0 listings",
        f" 50 %  {today() - timedelta(days=2)}  1 listings",
        f" 75 %  {today() - timedelta(days=1)}  0 listings",
        f"100 %  {today()}  0 listings",
    ]
    for days in (["tomorrow"], ["2026-02-02", "2026-02-01"], [str(today() + timedelta(days=1))], ["0001-01-01"]):
        with pytest.raises(CommandError):
            call_command("roll_up_figures", *days)


def test_a_few_listings_alone(bob, alice):
    one, other = ArtworkFactory.create_batch(2, seller=alice, price=Decimal("10.00"))
    paid_order(bob, one)
    paid_order(bob, other)
    days = days_of(today(), today(), listings=type(one).objects.filter(pk=one.pk))
    assert days == {(one.pk, today()): Figures(purchases=1, pieces=1, revenue=Decimal(10), earnings=Decimal(9))}


@pytest.mark.django_db(transaction=True)
def test_two_at_once_take_turns(bob, artwork):
    paid_order(bob, artwork)
    written = threading.Event()

    def first():
        with transaction.atomic():
            listing_days_roll_up(today())
            written.set()
            time.sleep(1)

    def second():
        assert written.wait(10)
        return listing_days_roll_up(today())

    assert at_once(first, second) == [None, 1]
    assert ListingDay.objects.get().purchases == 1

"""v1's analytics over HTTP: the documented shapes, and exactly what they count."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ProfileView
from accounts.services.follows import follow
from accounts.tests.factories import ArtistFactory, BuyerFactory
from commerce.models import DownloadEvent, ListingDay
from commerce.selectors.seller_figures import TREND_DAYS
from commerce.services.figures import listing_days_keep, listing_days_roll_up
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import paid_order
from marketplace.models import Like, Listing, ListingComment, View
from marketplace.services.views import view_count
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, Model3DFactory

pytestmark = pytest.mark.django_db
DESIGN = "/api/v1/analytics/design-analytics"
USER = "/api/v1/analytics/user-analytics"
SALES = "/api/v1/analytics/sales"
NOON = datetime(2026, 4, 20, 12, tzinfo=UTC)
TODAY = NOON.date()


@pytest.fixture(autouse=True)
def clock(settings):
    settings.ACCESS_TOKEN_EXPIRE_MINUTES = 30
    with time_machine.travel(NOON, tick=False) as travelling:
        yield travelling


@pytest.fixture
def category():
    return CategoryFactory.create(name="Engineering")


@pytest.fixture
def gear(alice, category):
    return Model3DFactory.create(seller=alice, title="Mechanical Gear", category=category, price=Decimal("30.00"))


def look(design, *people, country=""):
    for person in people:
        view_count(actor=person, listing=design, address="192.0.2.1", agent="Browser", country=country)


def sold(buyer, design):
    """Bought and downloaded once."""
    order, payment = paid_order(buyer, design)
    DownloadEvent.objects.create(line=order.lines.get(), listing=design, user=buyer)
    return payment


@pytest.fixture
def history(clock, gear, bob, charlie, alice, admin):
    """Sales three days ago and today, one refunded yesterday; a view of 40 days ago that no month includes."""
    dora = BuyerFactory.create(username="dora")
    clock.move_to(NOON - timedelta(days=40))
    look(gear, dora, country="DE")
    clock.move_to(NOON - timedelta(days=3))
    look(gear, bob, dora, country="US")
    payment = sold(bob, gear)
    clock.move_to(NOON - timedelta(days=1))
    look(gear, bob, country="US")
    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("10.00"))
    for days in (40, 3, 1):
        listing_days_roll_up(TODAY - timedelta(days=days))
    clock.move_to(NOON)
    look(gear, charlie, country="PK")
    look(gear, BuyerFactory.create())
    sold(charlie, gear)
    Like.objects.create(listing=gear, user=bob)
    Listing.objects.filter(pk=gear.pk).update(rating=Decimal("4.70"), rating_count=23)


class TestDesign:
    @pytest.mark.operation("v1.analytics.design")
    def test_a_month(self, client_of, alice, gear, history):
        answer = client_of(alice).get(DESIGN, {"period": "month", "design_id": gear.pk})
        assert answer.status_code == 200
        found = answer.json()
        days = found.pop("daily_stats")
        assert found == {
            "design_id": gear.pk,
            "period": "month",
            "total_views": 5,
            "unique_views": 4,
            "total_downloads": 2,
            "total_purchases": 2,
            "revenue_generated": 50.0,
            "currency": "USD",
            "average_rating": 4.7,
            "conversion_rate": 40.0,
            "geographic_data": [
                {"country": "United States", "views": 3, "purchases": 1},
                {"country": "Pakistan", "views": 1, "purchases": 1},
            ],
        }
        assert [day["date"] for day in days] == [str(TODAY - timedelta(days=number)) for number in range(29, -1, -1)]
        assert [(d["date"][-2:], d["views"], d["downloads"], d["purchases"]) for d in days if d["views"]] == [
            ("17", 2, 1, 1),
            ("19", 1, 0, 0),
            ("20", 2, 1, 1),
        ]

    @pytest.mark.parametrize(("period", "days", "views"), [("day", 1, 2), ("week", 7, 5), ("year", 365, 6)])
    def test_other_periods_and_the_uuid(self, client_of, alice, gear, history, period, days, views):
        found = client_of(alice).get(DESIGN, {"period": period, "design_id": str(gear.uuid)}).json()
        assert (found["design_id"], found["period"], found["total_views"]) == (gear.pk, period, views)
        assert len(found["daily_stats"]) == days
        assert sum(day["views"] for day in found["daily_stats"]) == views

    def test_without_anything(self, client_of, alice, gear):
        found = client_of(alice).get(DESIGN, {"design_id": gear.pk}).json()
        assert found["period"] == "month"
        assert (found["conversion_rate"], found["revenue_generated"], found["total_views"]) == (0, 0, 0)
        assert (found["average_rating"], found["geographic_data"]) == (None, [])

    def test_the_roll_up_changes_nothing_of_what_is_told(self, client_of, alice, gear, history):
        client = client_of(alice)
        asked = {"period": "week", "design_id": gear.pk}
        before = client.get(DESIGN, asked).json()
        listing_days_keep()
        assert ListingDay.objects.filter(day=TODAY).exists()
        assert client.get(DESIGN, asked).json() == before

    def test_only_ones_own(self, client_of, bob, charlie, admin, gear):
        for person in (bob, charlie, admin):
            answer = client_of(person).get(DESIGN, {"design_id": gear.pk})
            assert (answer.status_code, answer.json()) == (404, {"detail": "Design not found", "status_code": 404})
        assert client_of(None).get(DESIGN, {"design_id": gear.pk}).status_code == 401

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({}, "design_id"),
            ({"design_id": "x"}, "design_id"),
            ({"design_id": "-1"}, "design_id"),
            ({"design_id": "9" * 30}, "design_id"),
            ({"design_id": "1", "period": "decade"}, "period"),
        ],
    )
    def test_malformed(self, client_of, alice, asked, field):
        answer = client_of(alice).get(DESIGN, asked)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]


class TestUser:
    @pytest.mark.operation("v1.analytics.user")
    def test_a_week(self, client_of, alice, bob, gear, history, category):
        other = Model3DFactory.create(seller=alice, title="Bracket", rating=Decimal("4.00"), rating_count=7)
        Model3DFactory.create(seller=alice, title="Thrown away", status="archived")
        ArtworkFactory.create(seller=alice)
        look(other, bob)
        follow(actor=bob, user_id=alice.pk)
        for number, days in enumerate((0, 6, 7)):
            ProfileView.objects.create(user=alice, visitor=str(number), day=TODAY - timedelta(days=days))
        answer = client_of(alice).get(USER, {"period": "week"})
        assert answer.status_code == 200
        assert answer.json() == {
            "period": "week",
            "profile_views": 2,
            "total_designs": 2,
            "total_sales": 2,
            "total_revenue": 50.0,
            "currency": "USD",
            "follower_count": 1,
            "average_design_rating": 4.54,
            "top_performing_designs": [
                {"design_id": gear.pk, "title": "Mechanical Gear", "views": 5, "purchases": 2, "revenue": 50.0},
                {"design_id": other.pk, "title": "Bracket", "views": 1, "purchases": 0, "revenue": 0.0},
            ],
            "engagement_metrics": {"likes_received": 1, "comments_received": 0, "shares": None},
        }

    def test_comments_of_others_on_these_days_that_still_stand(self, client_of, alice, bob, gear, clock):
        def write(author, listing, **columns):
            return ListingComment.objects.create(listing=listing, author=author, content="Lovely", **columns)

        first = write(bob, gear, created_at=datetime(2026, 4, 14, tzinfo=UTC))
        write(bob, gear, created_at=datetime(2026, 4, 13, 23, 59, 59, tzinfo=UTC))
        write(alice, gear, parent=first, root=first, number=1)
        write(bob, gear, parent=first, root=first, number=2)
        write(bob, gear, removed_at=NOON)
        write(bob, Model3DFactory.create(seller=ArtistFactory.create()))
        for period, comments in (("week", 2), ("month", 3)):
            found = client_of(alice).get(USER, {"period": period}).json()
            assert found["engagement_metrics"]["comments_received"] == comments, period

    def test_somebody_who_sells_nothing(self, client_of, bob, gear, history):
        found = client_of(bob).get(USER).json()
        assert found["period"] == "month"
        assert found["top_performing_designs"] == []
        assert (found["total_designs"], found["total_sales"], found["total_revenue"]) == (0, 0, 0)
        assert found["average_design_rating"] is None


class TestSales:
    @pytest.mark.operation("v1.analytics.sales")
    def test_a_month(self, client_of, alice, bob, gear, history):
        ring = Model3DFactory.create(seller=alice, title="Ring", category=None, subcategory="Jewels", price="5.00")
        loose = Model3DFactory.create(seller=alice, title="Loose", category=None, price="4.00")
        for design in (ring, loose):
            sold(bob, design)
        sold(bob, ArtworkFactory.create(seller=alice, currency="USD"))  # no design
        answer = client_of(alice).get(SALES, {"period": "month"})
        assert answer.status_code == 200
        found = answer.json()
        days = found.pop("daily_sales")
        assert found == {
            "period": "month",
            "total_sales": 4,
            "total_revenue": 59.0,
            "average_order_value": 14.75,
            "currency": "USD",
            "top_selling_designs": [
                {"design_id": gear.pk, "title": "Mechanical Gear", "sales_count": 2, "revenue": 50.0},
                {"design_id": ring.pk, "title": "Ring", "sales_count": 1, "revenue": 5.0},
                {"design_id": loose.pk, "title": "Loose", "sales_count": 1, "revenue": 4.0},
            ],
            "sales_by_category": [
                {"category": "Engineering", "sales": 2, "revenue": 50.0},
                {"category": "Jewels", "sales": 1, "revenue": 5.0},
                {"category": None, "sales": 1, "revenue": 4.0},
            ],
        }
        assert len(days) == 30
        assert [day for day in days if day["sales"] or day["revenue"]] == [
            {"date": "2026-04-17", "sales": 1, "revenue": 30.0},
            {"date": "2026-04-19", "sales": 0, "revenue": -10.0},
            {"date": "2026-04-20", "sales": 3, "revenue": 39.0},
        ]

    @pytest.mark.parametrize(
        ("asked", "period", "first", "last", "sales"),
        [
            ({"start_date": "2026-04-17", "end_date": "2026-04-19"}, "custom", "2026-04-17", "2026-04-19", 1),
            ({"period": "day", "start_date": "2026-04-17", "end_date": "2026-04-17"}, "day", *["2026-04-17"] * 2, 1),
            ({"start_date": "2026-04-18"}, "custom", "2026-04-18", "2026-04-20", 1),
            ({"period": "week", "end_date": "2026-04-19"}, "week", "2026-04-13", "2026-04-19", 1),
            ({"start_date": "2026-04-20", "end_date": "2026-05-02"}, "custom", "2026-04-20", "2026-05-02", 1),
            ({"start_date": "9999-12-30", "end_date": "9999-12-31"}, "custom", "9999-12-30", "9999-12-30", 0),
            ({}, "month", "2026-03-22", "2026-04-20", 2),
        ],
    )
    def test_dates_win(self, client_of, alice, history, asked, period, first, last, sales):
        found = client_of(alice).get(SALES, asked).json()
        days = [day["date"] for day in found["daily_sales"]]
        assert (found["period"], days[0], days[-1], found["total_sales"]) == (period, first, last, sales)
        assert len(days) == (date.fromisoformat(last) - date.fromisoformat(first)).days + 1

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({"start_date": "2026-04-20", "end_date": "2026-04-19"}, "end_date"),
            ({"start_date": "20.04.2026"}, "start_date"),
            ({"end_date": "2026-02-30"}, "end_date"),
            ({"end_date": "a\0b"}, "end_date"),
            ({"start_date": "0001-01-01"}, "start_date"),
            ({"period": "fortnight"}, "period"),
        ],
    )
    def test_malformed(self, client_of, alice, asked, field):
        answer = client_of(alice).get(SALES, asked)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]


class TestPerformance:
    def at(self, design) -> str:
        return f"/api/v1/commerce/designs/{design.pk}/performance"

    @pytest.mark.operation("v1.designs.performance")
    def test_the_shape(self, client_of, alice, gear, history):
        answer = client_of(alice).get(self.at(gear), {"days": 30})
        assert answer.status_code == 200
        assert answer.json() == {
            "design_id": gear.pk,
            "period_days": 30,
            "views": 5,
            "downloads": 2,
            "purchases": 2,
            "revenue": 50.0,
            "currency": "USD",
            "rating": 4.7,
            "reviews_count": 23,
            "conversion_rate": 40.0,
            "trending_score": 10.0,
            "rank_in_category": 1,
        }

    def test_against_its_category(self, client_of, alice, bob, gear, category):
        """Points are 1 a view, 5 a like, 20 a purchase: 25 here; the others have 75 and 25, so their mean is 50."""
        look(gear, *BuyerFactory.create_batch(20))
        Like.objects.create(listing=gear, user=bob)
        rivals = Model3DFactory.create_batch(3, category=category)
        for rival, purchases, views in zip(rivals, (3, 1, 0), (15, 5, 0), strict=True):
            ListingDay.objects.create(
                listing=rival, seller=rival.seller, day=TODAY, views=views, purchases=purchases, currency="USD"
            )
        before = TODAY - timedelta(days=TREND_DAYS)
        ListingDay.objects.create(listing=rivals[2], seller=rivals[2].seller, day=before, views=999, currency="USD")
        elsewhere = Model3DFactory.create()
        ListingDay.objects.create(listing=elsewhere, seller=alice, day=TODAY, views=999, currency="USD")
        found = client_of(alice).get(self.at(gear)).json()
        assert (found["trending_score"], found["rank_in_category"]) == (3.33, 2)
        assert (found["views"], found["period_days"], found["rating"], found["conversion_rate"]) == (20, 30, None, 0)

    def test_only_ones_own(self, client_of, charlie, admin, gear):
        for person in (charlie, admin):
            assert client_of(person).get(self.at(gear)).status_code == 404

    @pytest.mark.parametrize("days", ["0", "366", "-1", "1.5", "x", "9" * 40])
    def test_malformed(self, client_of, alice, gear, days):
        answer = client_of(alice).get(self.at(gear), {"days": days})
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["days"]


def test_as_many_queries_for_a_crowd(client_of, alice, gear, history, category):
    def counts():
        client = client_of(alice)
        asked = [
            (DESIGN, {"design_id": gear.pk, "period": "year"}),
            (USER, {"period": "year"}),
            (SALES, {"period": "year"}),
            (f"/api/v1/commerce/designs/{gear.pk}/performance", {"days": 365}),
        ]
        found = []
        for address, query in asked:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address, query).status_code == 200
            found.append(len(queries))
        return found

    few = counts()
    for design in Model3DFactory.create_batch(6, seller=alice, category=category):
        for days in (0, 1, 2, 200):
            View.objects.create(listing=design, visitor="x", day=TODAY - timedelta(days=days), country="US")
            if days > 1:
                listing_days_roll_up(TODAY - timedelta(days=days))
        sold(BuyerFactory.create(), design)
        sold(BuyerFactory.create(), gear)
    assert counts() == few
    assert max(few) <= 17


def test_a_hundred_an_hour_together(client_of, alice, gear, settings):
    settings.RATE_LIMITS = "on"
    client = client_of(alice)
    for number in range(100):
        address = USER if number % 2 else f"/api/v1/commerce/designs/{gear.pk}/performance"
        assert client.get(address).status_code == 200, number
    answer = client.get(SALES)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert client_of(ArtistFactory.create()).get(SALES).status_code == 200

"""CultureUp's figures: the dashboard of staff, the revenue report, the figures of each day, and everybody's own."""

from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ArtistFactory, BuyerFactory, CreatorFactory, StaffFactory
from adminpanel.models import DailyFigures
from adminpanel.tests.conftest import client_of
from adminpanel.tests.factories import DailyFiguresFactory
from commerce.models import Order
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import order_of, paid_order, payment_of
from community.models import Conversation, Message
from config.core.models import AuditEntry
from jobs.choices import BidStatus, ContractStatus, JobStatus
from jobs.models import Contract
from jobs.tests.factories import BidFactory, ContractFactory, JobFactory, ReviewFactory, completed_job, hired_job
from marketplace.models import Category
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, EquipmentFactory

pytestmark = pytest.mark.django_db
DASHBOARD, REPORT, ANALYTICS = "/api/admin/dashboard/", "/api/admin/revenue-report/", "/api/analytics/"


def text(moment) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def message(sender, receiver, **columns) -> Message:
    first, second = sorted((sender, receiver), key=lambda user: user.pk)
    conversation, _made = Conversation.objects.get_or_create(first=first, second=second)
    return Message.objects.create(
        conversation=conversation, sender=sender, receiver=receiver, content="Hello", **columns
    )


# ---------------------------------------------------------------- the dashboard of staff
@pytest.mark.operation("cultureup.admin.dashboard")
def test_the_dashboard_counts_everything(as_admin, admin, alice, bob):
    now = timezone.now()
    User.objects.filter(pk=admin.pk).update(created_at=now - timedelta(days=20))
    User.objects.filter(pk=alice.pk).update(created_at=now - timedelta(days=40), identity_verified=True, is_active=True)
    category = CategoryFactory()
    sold = ArtworkFactory(seller=alice, category=category, is_featured=True)
    ArtworkFactory(seller=alice, category=category, status="pending", title="Waiting")
    _order, payment = paid_order(bob, sold)
    paid_order(bob, ArtworkFactory(seller=alice, category=category, price=Decimal("7.00"), currency="USD"))
    waiting = payment_of(order_of(bob, sold))
    job = JobFactory(buyer=bob, category=category, title="A mural")
    BidFactory(job=job, artist=alice)
    finished = completed_job(buyer=bob, artist=alice, category=category)
    ReviewFactory(job=finished, rating=4)
    contract = ContractFactory(job=hired_job(buyer=bob, artist=alice, category=category))
    Contract.objects.filter(pk=contract.pk).update(
        status=ContractStatus.ACTIVE, artist_signed_at=now, buyer_signed_at=now, terms_digest="0" * 64
    )
    Category.objects.exclude(pk=category.pk).update(is_active=False)
    message(alice, bob)
    message(bob, alice, is_read=True)

    body = as_admin.get(DASHBOARD).json()
    assert list(body) == [
        "user_stats",
        "content_stats",
        "financial_stats",
        "activity_stats",
        "recent_activity",
        "generated_at",
    ]
    assert body["user_stats"] == {
        "total_users": 3,
        "new_users_today": 1,
        "new_users_week": 1,
        "new_users_month": 2,
        "verified_users": 1,
        "active_users": 3,
        "artists": 1,
        "creators": 0,
        "buyers": 1,
    }
    categories = Category.objects.count()
    assert body["content_stats"] == {
        "total_artworks": 3,
        "featured_artworks": 1,
        "pending_artworks": 1,
        "total_jobs": 3,
        "open_jobs": 1,
        "completed_jobs": 1,
        "total_categories": categories,
        "active_categories": 1,
    }
    dollars = dict.fromkeys(("total_revenue", "revenue_today", "revenue_week", "revenue_month"), "7.00")
    assert body["financial_stats"] == {
        "total_revenue": "100.00",
        "revenue_today": "100.00",
        "revenue_week": "100.00",
        "revenue_month": "100.00",
        "pending_payments": 1,
        "total_orders": 3,
        "pending_orders": 1,
        "currency": "PKR",
        "other_currencies": {"USD": dollars},
    }
    assert body["activity_stats"] == {
        "total_bids": 3,
        "pending_bids": 1,
        "total_messages": 2,
        "unread_messages": 1,
        "total_reviews": 1,
        "average_rating": 4.0,
        "total_contracts": 1,
        "active_contracts": 1,
    }
    recent = body["recent_activity"]
    assert recent["recent_users"][0] == {
        "id": bob.pk,
        "username": "bob",
        "email": "bob@example.com",
        "user_type": "buyer",
        "created_at": text(bob.created_at),
    }
    assert recent["recent_artworks"][-1] == {
        "id": sold.pk,
        "title": sold.title,
        "artist__username": "alice",
        "price": "100.00",
        "currency": "PKR",
        "created_at": text(sold.created_at),
    }
    assert recent["recent_jobs"][-1] == {
        "id": job.pk,
        "title": "A mural",
        "buyer__username": "bob",
        "status": "open",
        "created_at": text(job.created_at),
    }
    assert [row["id"] for row in recent["recent_payments"]][0] == waiting.pk
    assert recent["recent_payments"][-1] == {
        "id": payment.pk,
        "transaction_id": payment.transaction_id,
        "payer__username": "bob",
        "payee__username": "alice",
        "amount": "100.00",
        "currency": "PKR",
        "status": "completed",
        "created_at": text(payment.created_at),
    }


@pytest.mark.operation("cultureup.admin.dashboard")
def test_the_dashboard_of_an_empty_platform(as_admin):
    body = as_admin.get(DASHBOARD).json()
    assert body["financial_stats"]["total_revenue"] == "0.00"
    assert (body["activity_stats"]["average_rating"], body["recent_activity"]["recent_jobs"]) == (0.0, [])


@pytest.mark.operation("cultureup.admin.dashboard")
def test_the_dashboard_costs_the_same_for_one_and_for_thirty(as_admin, django_assert_num_queries):
    def fill() -> None:
        paid_order(BuyerFactory.create(), ArtworkFactory.create())
        BidFactory()

    fill()
    with django_assert_num_queries(15):
        as_admin.get(DASHBOARD)
    for _ in range(29):
        fill()
    with django_assert_num_queries(15):
        recent = as_admin.get(DASHBOARD).json()["recent_activity"]
    assert {name: len(rows) for name, rows in recent.items()} == {
        "recent_users": 5,
        "recent_artworks": 5,
        "recent_jobs": 5,
        "recent_payments": 5,
    }


# ---------------------------------------------------------------- the revenue report
@pytest.mark.operation("cultureup.admin.revenue_report")
def test_the_report(as_staff, admin, alice, bob):
    _order, payment = paid_order(bob, ArtworkFactory(seller=alice))
    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("20.00"))
    paid_order(bob, ArtworkFactory(seller=alice, price=Decimal("7.00"), currency="USD"))
    today = timezone.now().astimezone(UTC).date()
    answer = as_staff.get(f"{REPORT}?start_date={today - timedelta(days=300)}&end_date={today}")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "date_range": {"start_date": str(today - timedelta(days=300)), "end_date": str(today)},
            "total_revenue": "80.00",
            "total_transactions": 1,
            "revenue_by_method": [{"payment_method": "stripe", "total": "80.00", "count": 1}],
            "daily_revenue": [{"day": str(today), "total": "80.00", "count": 1}],
            "top_artists": [{"payee__username": "alice", "total_earned": "72.00", "payment_count": 1}],
            "top_buyers": [{"payer__username": "bob", "total_spent": "80.00", "payment_count": 1}],
            "currency": "PKR",
            "other_currencies": {"USD": {"total_revenue": "7.00", "total_transactions": 1}},
        },
    )


@pytest.mark.operation("cultureup.admin.revenue_report")
def test_the_report_of_the_last_thirty_days(as_staff):
    today = timezone.now().astimezone(UTC).date()
    body = as_staff.get(REPORT).json()
    assert body["date_range"] == {"start_date": str(today - timedelta(days=29)), "end_date": str(today)}
    assert (body["total_revenue"], body["total_transactions"], body["daily_revenue"]) == ("0.00", 0, [])
    body = as_staff.get(f"{REPORT}?start_date=0001-01-01&end_date=9999-12-31").json()
    assert body["date_range"] == {"start_date": "0001-01-01", "end_date": "9999-12-31"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("start_date=yesterday", "start_date"),
        ("start_date=2026-02-30", "start_date"),
        ("end_date=01/02/2026", "end_date"),
        ("end_date=2026-01-01T00:00:00Z", "end_date"),
        ("start_date=2026-02-01&end_date=2026-01-31", "end_date"),
        ("start_date=9999-01-01", "start_date"),
    ],
)
@pytest.mark.operation("cultureup.admin.revenue_report")
def test_a_period_that_is_none(as_staff, query, field):
    answer = as_staff.get(f"{REPORT}?{query}")
    assert (answer.status_code, list(answer.json())) == (400, [field])


# ---------------------------------------------------------------- day by day
@pytest.mark.operation("cultureup.analytics.list")
@pytest.mark.operation("cultureup.analytics.get")
def test_days_are_listed_newest_first(as_staff, django_assert_num_queries):
    old, new = DailyFiguresFactory(date=date(2025, 12, 10)), DailyFiguresFactory(date=date(2025, 12, 11))
    shown = {
        "id": new.pk,
        "date": "2025-12-11",
        "total_users": 1250,
        "total_artists": 450,
        "total_buyers": 800,
        "total_artworks": 3500,
        "total_jobs": 890,
        "total_orders": 1200,
        "total_revenue": "125000.50",
        "currency": "PKR",
        "created_at": text(new.created_at),
        "updated_at": text(new.updated_at),
    }
    body = as_staff.get(ANALYTICS).json()
    assert (body["count"], body["next"], body["previous"]) == (2, None, None)
    assert (body["results"][0], body["results"][1]["id"]) == (shown, old.pk)
    assert as_staff.get(f"{ANALYTICS}{new.pk}/").json() == shown
    answer = as_staff.get(f"{ANALYTICS}{10**15}/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Figures not found"})
    with django_assert_num_queries(2):
        as_staff.get(ANALYTICS)
    DailyFiguresFactory.create_batch(28)
    with django_assert_num_queries(2):
        assert len(as_staff.get(f"{ANALYTICS}?page_size=30").json()["results"]) == 30
    assert as_staff.get(f"{ANALYTICS}?page=9").status_code == 404


@pytest.mark.operation("cultureup.analytics.calculate_today")
def test_calculate_today(as_staff, staff, alice):
    DailyFiguresFactory()
    for _ in range(2):
        answer = as_staff.post(f"{ANALYTICS}calculate-today/", {"date": "2020-01-01"}, REMOTE_ADDR="203.0.113.7")
        body = answer.json()
        assert (answer.status_code, body["date"]) == (200, str(timezone.now().astimezone(UTC).date()))
        assert (body["total_users"], body["total_artists"], body["total_revenue"]) == (2, 1, "0.00")
    assert DailyFigures.objects.count() == 2
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.action, entry.address) == (staff, "figures.calculate", "203.0.113.7")
    assert (entry.target_id, entry.before["total_users"], entry.after["total_users"]) == (str(body["id"]), "2", "2")


@pytest.mark.parametrize("level", ["buyer", "artist", "moderator"])
def test_days_are_for_staff(as_level, level):
    client = as_level(level)
    figures = DailyFiguresFactory()
    for answer in (
        client.get(ANALYTICS),
        client.get(f"{ANALYTICS}{figures.pk}/"),
        client.post(f"{ANALYTICS}calculate-today/"),
    ):
        assert answer.status_code == 403
    assert DailyFigures.objects.count() == 1


# ---------------------------------------------------------------- everybody's own
def own(user) -> dict:
    user.refresh_from_db()
    answer = client_of(user).get("/api/dashboard/stats/")
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture
def business(admin, alice, bob):
    """alice works and sells, bob buys; somebody else does the same, which is none of theirs."""
    sold = ArtworkFactory(seller=alice, price=Decimal("100.00"), stock=9)
    ArtworkFactory(seller=alice, status="archived")
    paid_order(bob, sold, quantity=2)
    _order, refunded = paid_order(bob, sold)
    payment_refund(actor=admin, payment_id=refunded.pk)
    paid_order(bob, EquipmentFactory(price=Decimal("10.00")), quantity=3)
    order_of(bob, sold)
    cancelled = order_of(bob, sold)
    Order.objects.filter(pk=cancelled.pk).update(status="cancelled")
    BidFactory(artist=alice, job=JobFactory(buyer=bob))
    BidFactory(artist=alice, status=BidStatus.REJECTED)
    BidFactory(artist=alice, job=JobFactory(status=JobStatus.CANCELLED))
    hired_job(buyer=bob, artist=alice)
    hired_job(artist=alice, status=JobStatus.CANCELLED)
    for rating in (5, 4):
        ReviewFactory(job=completed_job(buyer=bob, artist=alice), rating=rating)
    paid_order(BuyerFactory(), ArtworkFactory(seller=ArtistFactory()))
    ReviewFactory(rating=1)
    hired_job()


@pytest.mark.operation("cultureup.dashboard.stats")
def test_an_artist_sees_his_work(business, alice):
    assert own(alice) == {
        "user_type": "artist",
        "stats": {
            "total_earnings": "180.00",
            "currency": "PKR",
            "total_projects_completed": 2,
            "active_bids": 1,
            "pending_jobs": 1,
            "average_rating": 4.5,
            "total_reviews": 2,
            "completion_rate": 66.67,
            "artworks_uploaded": 1,
            "artworks_sold": 2,
        },
    }


@pytest.mark.operation("cultureup.dashboard.stats")
def test_a_buyer_sees_his_purchases(business, bob):
    assert own(bob) == {
        "user_type": "buyer",
        "stats": {
            "total_spent": "230.00",
            "currency": "PKR",
            "active_jobs": 2,
            "completed_jobs": 2,
            "total_jobs_posted": 4,
            "artworks_purchased": 2,
            "equipment_purchased": 3,
            "pending_orders": 1,
        },
    }


@pytest.mark.operation("cultureup.dashboard.stats")
def test_who_has_done_nothing_yet():
    body = own(CreatorFactory())
    assert body["user_type"] == "creator"
    assert body["stats"] == {
        "total_earnings": "0.00",
        "currency": "PKR",
        "total_projects_completed": 0,
        "active_bids": 0,
        "pending_jobs": 0,
        "average_rating": 0.0,
        "total_reviews": 0,
        "completion_rate": 0.0,
        "artworks_uploaded": 0,
        "artworks_sold": 0,
    }
    assert set(own(BuyerFactory())["stats"].values()) == {0, "0.00", "PKR"}


@pytest.mark.operation("cultureup.dashboard.stats")
def test_staff_see_the_platform(business, admin, staff):
    for person in (admin, staff, StaffFactory(user_type="artist")):
        body = own(person)
        assert body["user_type"] == "admin"
        stats = body["stats"]
        assert (stats["total_revenue"], stats["revenue_month"]) == ("330.00", "330.00")
        assert (stats["total_orders"], stats["pending_orders"], stats["pending_payments"]) == (6, 1, 0)
        assert (stats["total_artworks"], stats["pending_artworks"], stats["unread_messages"]) == (2, 0, 0)
        assert stats["total_users"] == User.objects.count()


@pytest.mark.operation("cultureup.dashboard.stats")
def test_a_content_moderator_sees_his_own(moderator):
    assert own(moderator)["user_type"] == "buyer"


@pytest.mark.operation("cultureup.dashboard.stats")
def test_own_figures_cost_the_same_for_one_and_for_thirty(alice, bob, django_assert_num_queries):
    def fill() -> None:
        paid_order(bob, ArtworkFactory.create(seller=alice))
        ReviewFactory(job=completed_job(buyer=bob, artist=alice))

    fill()
    alice.refresh_from_db()
    bob.refresh_from_db()
    for _ in range(2):
        with django_assert_num_queries(5):
            client_of(alice).get("/api/dashboard/stats/")
        with django_assert_num_queries(3):
            client_of(bob).get("/api/dashboard/stats/")
        for _ in range(29):
            fill()

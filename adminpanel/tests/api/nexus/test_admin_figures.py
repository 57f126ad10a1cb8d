"""Nexus's figures for staff over HTTP, and that they agree with the ledger."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from accounts.tests.factories import CreatorFactory
from accounts.tests.people import as_bearer
from adminpanel.selectors import market
from commerce.models import LedgerEntry
from commerce.selectors.creator_figures import sold
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import order_of, paid_order
from marketplace.choices import Status
from marketplace.tests.factories import ArtworkFactory, Model3DFactory

pytestmark = pytest.mark.django_db
STATS, REVENUE, ANALYTICS = "/api/admin/stats", "/api/admin/revenue", "/api/admin/analytics"


@pytest.fixture
def sales(alice, bob, charlie, admin, settings):
    """40.00 sold, 20.00 sold and half of it given back, one free, one not paid, and an artwork, which is no model."""
    settings.SANDBOX_ALLOWED = True
    prices = ("40.00", "20.00", "0.00", "9.00")
    models = [Model3DFactory(seller=alice, price=price, channel="nexus") for price in prices]
    paid_order(bob, models[0], channel="nexus")
    _order, payment = paid_order(charlie, models[1], channel="nexus")
    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("10.00"))
    order_of(bob, models[2], channel="nexus")
    order_of(charlie, models[3], channel="nexus")
    paid_order(bob, ArtworkFactory(seller=alice, price="500.00"))
    return models


@pytest.mark.operation("nexus.admin.stats")
def test_stats(staff, bob, sales):
    Model3DFactory(status=Status.PENDING)
    Model3DFactory(status=Status.ARCHIVED)
    shown = as_bearer(staff).get(STATS).json()
    load = shown.pop("serverLoad")
    assert isinstance(load, int) and 0 <= load <= 100
    people = type(bob).objects.count()
    assert shown == {
        "totalRevenue": 50.0,
        "platformFees": 3.75,
        "currency": "USD",
        "activeUsers": people,
        "pendingModels": 1,
        "totalModels": 5,
    }
    assert as_bearer(bob).get(STATS).status_code == 403


@pytest.mark.parametrize(("average", "processors", "percent"), [(0.5, 2, 25), (7.0, 2, 100), (0, 4, 0), (1.0, 3, 33)])
def test_the_load_is_the_machine_s(monkeypatch, average, processors, percent):
    monkeypatch.setattr(market.os, "getloadavg", lambda: (average, 0, 0))
    monkeypatch.setattr(market.os, "sched_getaffinity", lambda _pid: set(range(processors)))
    assert market.server_load() == percent


@pytest.mark.operation("nexus.admin.revenue")
def test_revenue(staff, bob, alice, sales):
    shown = as_bearer(staff).get(REVENUE).json()
    assert (shown["totalRevenue"], shown["platformFees"]) == (50.0, 3.75)
    assert shown["avgTransaction"] == 16.67  # by three: the free one is a sale as well
    assert [row["model_id"] for row in shown["transactions"]] == [model.pk for model in sales]
    assert [row["status"] for row in shown["transactions"]] == ["completed", "completed", "completed", "pending"]
    assert (shown["transactions"][0]["amount"], shown["transactions"][0]["platform_fee"]) == (40.0, 3.0)
    assert as_bearer(bob).get(REVENUE).status_code == 403
    own = sold(seller_id=alice.pk)
    assert (float(own.gross), float(own.fees)) == (50.0, 3.75)
    fees = LedgerEntry.objects.filter(account__kind="fees", account__currency="USD").aggregate(total=Sum("amount"))
    assert float(fees["total"]) == 3.75


def test_revenue_before_there_is_any(staff):
    assert as_bearer(staff).get(REVENUE).json() == {
        "totalRevenue": 0.0,
        "platformFees": 0.0,
        "avgTransaction": 0.0,
        "currency": "USD",
        "transactions": [],
    }


@pytest.mark.operation("nexus.admin.analytics")
def test_analytics(staff, bob, alice):
    models = [Model3DFactory(seller=alice, downloads_count=number) for number in range(12)]
    pending = Model3DFactory(seller=alice, downloads_count=99, status=Status.PENDING)
    best = CreatorFactory(username="best", revenue_total="1258.00", sales_total="1360.00", models_count=24)
    shown = as_bearer(staff).get(ANALYTICS).json()
    assert [each["id"] for each in shown["topModels"]] == [pending.pk, *(model.pk for model in models[:2:-1])]
    first = shown["topCreators"][0]
    assert (first["id"], first["email"], first["total_sales"], first["total_revenue"]) == (
        *(best.pk, "best@example.com", 1360.0, 1258.0),
    )
    assert {"is_banned", "is_admin", "last_login", "email_verified"} <= set(first)
    assert len(shown["topCreators"]) == type(bob).objects.count()
    assert as_bearer(bob).get(ANALYTICS).status_code == 403

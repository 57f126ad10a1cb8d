"""A shop's figures, and what an order brings."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from accounts.tests.people import as_bearer
from commerce.tests.steps import order_of
from marketplace.choices import ArtworkType
from marketplace.tests.factories import ArtworkFactory
from printshop.choices import RunOutcome, RunState, SpoolChangeKind
from printshop.models import PrintRun, SpoolChange
from printshop.services.orders.fees import fees_sweep, shop_fees_read
from printshop.services.orders.sync import orders_sync
from printshop.tests.factories import (
    FilamentFactory,
    PrinterFactory,
    ScheduledPrintFactory,
    ShopFactory,
    ShopOrderFactory,
)

pytestmark = pytest.mark.django_db

DASHBOARD, REVENUE = "/api/printshop/analytics/dashboard", "/api/printshop/analytics/revenue"
ESTIMATED = "transaction and listing fees: estimated"


@pytest.fixture
def hers(alice):
    return ShopFactory(owner=alice)


def at(month, day, hour=12):
    return datetime(2025, month, day, hour, tzinfo=UTC)


def run_of(shop, outcome, *, item=None, grams=None, cost="0", currency="USD"):
    """An ended run of a print, which used filament."""
    printer = PrinterFactory(shop=shop)
    scheduled = ScheduledPrintFactory(shop=shop, printer=printer, item=item)
    run = PrintRun.objects.create(
        scheduled_print=scheduled,
        printer=printer,
        submission=PrintRun.objects.count() + 1,
        state=RunState.ENDED,
        outcome=outcome,
        ended_at=timezone.now(),
    )
    if grams is not None:
        is_failed = outcome == RunOutcome.FAILED
        SpoolChange.objects.create(
            spool=FilamentFactory(shop=shop).spools.get(),
            kind=SpoolChangeKind.FAILED_PRINT if is_failed else SpoolChangeKind.PRINT,
            grams=-Decimal(grams),
            run=run,
            position=1,
            cost=cost,
            currency=currency,
        )
    return run


@pytest.mark.operation("printshop.analytics.dashboard")
def test_the_dashboard(hers, alice, django_assert_num_queries):
    for columns in (
        {"created_at": at(5, 31)},
        {"created_at": at(6, 1), "total_amount": "1200.00"},
        {"created_at": at(6, 2), "total_amount": "60.00", "refunded_amount": "10.50"},
        {"created_at": at(6, 3), "status": "canceled"},
        {"created_at": at(6, 4), "is_paid": False, "status": "open"},
        {"created_at": at(6, 5), "total_amount": "7", "currency": "EUR"},
    ):
        ShopOrderFactory(shop=hers, **columns)
    ShopOrderFactory(created_at=at(6, 2))
    for _ in range(2):
        run_of(hers, RunOutcome.COMPLETED, grams="1000.5")
    run_of(hers, RunOutcome.FAILED, grams="10")
    run_of(hers, RunOutcome.STOPPED)
    run_of(hers, RunOutcome.NOT_STARTED)
    FilamentFactory(shop=hers, current_amount=0, is_low=True)
    FilamentFactory(shop=hers, current_amount=5, is_low=True, removed_at=timezone.now())
    client = as_bearer(alice)

    with time_machine.travel(at(6, 30), tick=False):
        client = as_bearer(alice)
        with django_assert_num_queries(7):
            answer = client.get(DASHBOARD)

    assert answer.json() == {
        "total_orders": 6,
        "orders_this_month": 3,
        "revenue_this_month": 1249.5,
        "average_order_value": 624.75,
        "total_prints": 3,
        "prints_completed": 2,
        "print_success_rate": 66.7,
        "filament_used_kg": 2.011,
        "materials_in_stock": 3,
        "low_stock_alerts": 1,
        "currency": "USD",
        "prints_failed": 1,
        "by_currency": [{"currency": "EUR", "revenue": 7.0, "order_count": 1, "average_order": 7.0}],
    }


def test_who_has_no_shop_has_no_figures(alice):
    answer = as_bearer(alice).get(DASHBOARD).json()

    assert (answer["total_orders"], answer["print_success_rate"], answer["by_currency"]) == (0, 0.0, [])
    assert as_bearer(alice).get(REVENUE).json()["data"] == []


@pytest.mark.operation("printshop.analytics.revenue")
@pytest.mark.parametrize(
    ("period", "rows"),
    [
        ("daily", [("2025-01-06", 10.0, 1), ("2025-01-12", 30.5, 2), ("2025-02-01", 5.0, 1)]),
        ("weekly", [("2025-01-06", 40.5, 3), ("2025-01-27", 5.0, 1)]),
        ("monthly", [("2025-01-01", 40.5, 3), ("2025-02-01", 5.0, 1)]),
    ],
)
def test_revenue_by_period(hers, alice, period, rows):
    for moment, amount, currency in (
        (at(1, 6), "10", "USD"),
        (at(1, 12), "10.25", "USD"),
        (at(1, 12, 20), "20.25", "USD"),
        (at(2, 1, 23), "5", "USD"),
        (at(2, 1), "8", "EUR"),
        (at(3, 1), "99", "USD"),
    ):
        ShopOrderFactory(shop=hers, created_at=moment, total_amount=amount, currency=currency)

    asked = {"start_date": "2025-01-06", "end_date": "2025-02-01", "period": period}
    answer = as_bearer(alice).get(REVENUE, asked).json()

    assert answer == {
        "period": period,
        "data": [
            {"date": date, "revenue": amount, "order_count": count, "average_order": round(amount / count, 2)}
            for date, amount, count in rows
        ],
        "total_revenue": 45.5,
        "total_orders": 4,
        "currency": "USD",
        "by_currency": [{"currency": "EUR", "revenue": 8.0, "order_count": 1, "average_order": 8.0}],
    }


def test_days_are_those_of_the_shop(hers, alice):
    hers.time_zone = "America/New_York"
    hers.save()
    ShopOrderFactory(shop=hers, created_at=at(2, 1, 3))

    answer = as_bearer(alice).get(REVENUE, {"period": "daily", "start_date": "2025-01-01", "end_date": "2025-03-01"})

    assert [row["date"] for row in answer.json()["data"]] == ["2025-01-31"]
    for day, orders in ((30, 0), (31, 1)):
        asked = {"period": "daily", "start_date": f"2025-01-{day}", "end_date": f"2025-01-{day}"}
        assert as_bearer(alice).get(REVENUE, asked).json()["total_orders"] == orders
    asked = {"start_date": "2025-02-01T03:00:00Z", "end_date": "2025-02-01T03:00:00Z"}
    assert as_bearer(alice).get(REVENUE, asked).json()["total_orders"] == 1
    assert as_bearer(alice).get(REVENUE, {"end_date": "9999-12-31"}).status_code == 200


@pytest.mark.parametrize(
    ("period", "first", "before"),
    [
        ("monthly", at(6, 1, 4), at(6, 1, 3)),
        ("weekly", at(6, 9, 4), at(6, 9, 3)),
        ("daily", at(6, 15, 4), at(6, 15, 3)),
    ],
)
def test_a_report_without_a_beginning_begins_with_a_whole_period(hers, alice, period, first, before):
    hers.time_zone = "America/New_York"  # four hours behind in summer
    hers.save()
    for moment in (first, before):
        ShopOrderFactory(shop=hers, created_at=moment)

    answer = as_bearer(alice).get(REVENUE, {"period": period, "end_date": "2026-06-15"}).json()

    assert [(row["date"], row["order_count"]) for row in answer["data"]] == [(f"2025-{first:%m-%d}", 1)]


@pytest.mark.parametrize(
    "asked",
    [{"period": "hourly"}, {"start_date": "2025-02-01", "end_date": "2025-01-01"}, {"start_date": "1901-01-01"}],
)
def test_what_is_no_report_is_400(hers, alice, asked):
    assert as_bearer(alice).get(REVENUE, asked).status_code == 400


@pytest.mark.operation("printshop.orders.profit")
def test_what_an_order_brings(etsy, there, shop, alice):
    etsy.receipt(there, price=4400, shipping=599, tax=100)
    orders_sync(actor=alice)
    order = shop.orders.get()
    address = f"/api/printshop/orders/{order.pk}/profit"
    before = as_bearer(alice).get(address).json()
    assert (before["fees"], before["profit"], before["missing"]) == (None, None, ["fees", ESTIMATED])
    assert shop_fees_read(shop_id=shop.pk) == 1
    item = order.items.get()
    run_of(shop, RunOutcome.COMPLETED, item=item, grams="50", cost="1.00")
    run_of(shop, RunOutcome.FAILED, item=item, grams="10", cost="0.205")

    assert as_bearer(alice).get(address).json() == {
        "order_id": order.pk,
        "currency": "USD",
        "income": 49.99,
        "fees": 1.77,
        "estimated_fees": 3.45,
        "filament_cost": 1.0,
        "failed_prints_cost": 0.21,
        "profit": 43.56,
        "is_final": False,
        "missing": [ESTIMATED],
    }
    order.items.get().prints.update(status="completed")
    assert as_bearer(alice).get(address).json()["is_final"] is False  # Etsy tells no better
    order.items.update(quantity=3)
    assert as_bearer(alice).get(address).json()["estimated_fees"] == 3.85  # 6.5 % of 49.99, and 0.20 a piece
    type(order).objects.update(currency="EUR")
    answer = as_bearer(alice).get(address).json()
    assert (answer["estimated_fees"], answer["missing"][-2:]) == (3.25, [ESTIMATED, "listing fees in EUR"])


def test_what_is_given_back_takes_its_part_of_the_taxes_with_it(hers, alice):
    order = ShopOrderFactory(shop=hers, total_amount="110.00", tax_amount="10.00", refunded_amount="55.00", fees="0")
    address = f"/api/printshop/orders/{order.pk}/profit"

    assert as_bearer(alice).get(address).json()["income"] == 50.0
    type(order).objects.update(refunded_amount="110.00")
    answer = as_bearer(alice).get(address).json()
    assert (answer["income"], answer["estimated_fees"]) == (0.0, 0.2)  # the listing fee is not given back


@pytest.mark.parametrize(
    "columns", [{"status": "canceled"}, {"source_status": "canceled"}, {"status": "fully refunded"}]
)
def test_what_was_called_off_brings_nothing_as_in_the_revenue(hers, alice, columns):
    order = ShopOrderFactory(shop=hers, total_amount="110.00", fees="0", **columns)
    answer = as_bearer(alice).get(f"/api/printshop/orders/{order.pk}/profit").json()
    assert (answer["income"], answer["estimated_fees"], answer["profit"]) == (0.0, 0.2, -0.2)


def test_an_order_of_the_platforms_is_final(hers, alice, bob):
    listing = ArtworkFactory(seller=alice, artwork_type=ArtworkType.PHYSICAL)
    placed = order_of(bob, listing)
    order = ShopOrderFactory(shop=hers, source="platform", etsy_order_id="", order=placed, fees="5.00")

    answer = as_bearer(alice).get(f"/api/printshop/orders/{order.pk}/profit").json()

    assert (answer["estimated_fees"], answer["is_final"], answer["missing"]) == (0.0, True, [])


def test_what_is_not_known_makes_no_profit(hers, alice):
    order = ShopOrderFactory(shop=hers, fees="2.00")
    run_of(hers, RunOutcome.COMPLETED, item=order.items.get())
    address = f"/api/printshop/orders/{order.pk}/profit"

    answer = as_bearer(alice).get(address).json()
    assert (answer["filament_cost"], answer["profit"], answer["missing"]) == (None, None, ["filament", ESTIMATED])
    order.currency = "EUR"
    order.save()
    answer = as_bearer(alice).get(address).json()
    assert (answer["income"], answer["profit"], answer["missing"]) == (
        49.99,
        None,
        ["filament in EUR", ESTIMATED, "listing fees in EUR"],
    )


def test_what_filament_cost_in_another_currency_is_not_known(hers, alice):
    """A shop may count in another one by now."""
    order = ShopOrderFactory(shop=hers, fees="2.00")
    run_of(hers, RunOutcome.COMPLETED, item=order.items.get(), grams="50", cost="1.00", currency="PKR")

    answer = as_bearer(alice).get(f"/api/printshop/orders/{order.pk}/profit").json()

    assert (answer["filament_cost"], answer["profit"], answer["missing"][0]) == (None, None, "filament")


def test_fees_are_read_again_after_a_refund(etsy, there, shop, alice):
    receipt = etsy.receipt(there)
    orders_sync(actor=alice)
    assert fees_sweep() == 1
    shop_fees_read(shop_id=shop.pk)
    assert fees_sweep() == 0

    etsy.refund(receipt, 1000)
    orders_sync(actor=alice)

    assert fees_sweep() == 1
    assert shop.orders.get().fees == Decimal("1.74")

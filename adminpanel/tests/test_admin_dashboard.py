"""The first page of Django's admin site and its menu: each level sees its part, from the figures of the admin API."""

import json
import re
from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.services.levels import groups_prepare
from accounts.tests.factories import (
    AdminFactory,
    ArtistFactory,
    BuyerFactory,
    ModeratorFactory,
    StaffFactory,
    SuperuserFactory,
)
from adminpanel.pages.plumbing import PLUMBING
from adminpanel.selectors.charts import new_people_by_day, orders_by_status
from adminpanel.selectors.figures import platform_figures
from adminpanel.selectors.revenue import Period, revenue_report
from commerce.models import Payment
from commerce.tests.steps import order_of, paid_order
from config.core.errors import Denied
from jobs.tests.factories import JobFactory
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def front_page(client):
    """The page as a person of that level sees it: the text, and the context."""

    def opened(factory):
        groups_prepare()
        client.force_login(factory())
        answer = client.get("/admin/")
        assert answer.status_code == 200
        return answer.content.decode(), answer.context

    return opened


def fill(number=1):
    for _ in range(number):
        alice = ArtistFactory()
        _order, payment = paid_order(BuyerFactory(), ArtworkFactory(seller=alice, price=Decimal("250.00")))
        ArtworkFactory(seller=alice, status="pending", picture__verdict="held", picture__similarity_score=70)
        order_of(BuyerFactory(), ArtworkFactory(seller=alice))
        JobFactory()
    return payment


def values(context, title):
    part = next(part for part in context["parts"] if part.title == title)
    return {figure.name: figure.value for figure in part.figures}


@pytest.mark.parametrize("factory", [StaffFactory, AdminFactory, SuperuserFactory])
def test_staff_see_the_figures_of_the_api(front_page, factory):
    payment = fill()
    Payment.objects.update(completed_at=timezone.now())
    page, context = front_page(factory)
    figures = platform_figures(actor=User.objects.get(pk=context["user"].pk))
    assert values(context, "To decide") == {
        "Artworks": "1",
        "Held duplicates": "1",
        "Payments": "0",
        "Orders": "1",
        "Bids": "0",
        "Messages": "0",
    }
    assert values(context, "Revenue") == {
        "Today, PKR": "250.00",
        "7 days, PKR": "250.00",
        "30 days, PKR": "250.00",
        "In all, PKR": "250.00",
    }
    assert values(context, "People")["Accounts"] == str(figures.people.total_users)
    assert values(context, "Content and jobs") == {
        "Artworks": "3",
        "Categories": "4",
        "Jobs": "1",
        "Contracts": "0",
        "Reviews": "0",
        "Orders": "2",
    }
    assert f"/admin/commerce/payment/{payment.pk}/change/" in page
    assert "Revenue by day" in page and "As of " in page


def test_charts_draw_what_the_report_says(front_page):
    fill(2)
    yesterday = timezone.now().astimezone(UTC) - timedelta(days=1)
    Payment.objects.filter(pk=Payment.objects.first().pk).update(completed_at=yesterday)
    User.objects.filter(user_type="buyer").update(created_at=timezone.now() - timedelta(days=40))
    _page, context = front_page(StaffFactory)
    report = revenue_report(actor=context["user"])
    revenue, people = context["charts"]
    drawn = json.loads(revenue.data)
    assert len(drawn["labels"]) == 30 and len(drawn["datasets"][0]["data"]) == 30
    assert drawn["datasets"][0]["data"][-2:] == [250.0, 250.0] and sum(drawn["datasets"][0]["data"]) == 500.0
    assert revenue.rows == [(f"{each.key:%Y-%m-%d}", "250.00") for each in report.by_day]
    new = User.objects.filter(created_at__gte=yesterday)
    assert 0 < new.count() < User.objects.count()
    assert sum(json.loads(people.data)["datasets"][0]["data"]) == new.count()
    orders, jobs, methods = context["bars"]
    assert {bar.name: (bar.value, bar.percent) for bar in orders.bars} == {
        "Pending": ("2", 100.0),
        "Confirmed": ("0", 0.0),
        "Shipped": ("0", 0.0),
        "Delivered": ("2", 100.0),
        "Cancelled": ("0", 0.0),
    }
    assert [(bar.name, bar.value) for bar in jobs.bars] == [
        *[("Open", "2"), ("In Progress", "0"), ("Completed", "0"), ("Cancelled", "0")],
    ]
    assert [(bar.name, bar.value, bar.percent) for bar in methods.bars] == [("Stripe", "500.00", 100.0)]


def test_content_moderators_see_the_content_part_alone(front_page):
    fill()
    page, context = front_page(ModeratorFactory)
    assert [part.title for part in context["parts"]] == ["To decide", "Artworks"]
    assert values(context, "To decide") == {"Artworks": "1", "Held duplicates": "1"}
    assert values(context, "Artworks")["All"] == "3"
    for kept_back in ("Revenue", "250.00", "PKR", "Accounts", "Newest", "/admin/accounts/"):
        assert kept_back not in page, kept_back
    # Of what is commerce's, what people wrote about works is content.
    assert set(re.findall(r"/admin/commerce/(\w*)", page)) == {"listingreview"}
    assert "charts" not in context and "recent" not in context


def test_an_empty_platform_has_a_first_page(front_page):
    page, context = front_page(SuperuserFactory)
    assert values(context, "Revenue")["In all, PKR"] == "0.00"
    assert "None yet." in page and "Nothing yet." in page


def test_other_currencies_stand_beside_and_are_not_added_up(front_page):
    fill(2)
    Payment.objects.filter(pk=Payment.objects.first().pk).update(currency="USD")
    _page, context = front_page(StaffFactory)
    assert values(context, "Revenue")["In all, PKR"] == values(context, "Revenue")["In all, USD"] == "250.00"


@pytest.mark.parametrize("factory", [ArtistFactory, BuyerFactory])
def test_others_are_sent_to_sign_in(client, factory):
    client.force_login(factory())
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("factory", [ModeratorFactory, StaffFactory])
def test_the_page_costs_the_same_for_more_rows(client, factory):
    groups_prepare()
    client.force_login(factory())
    fill()
    client.get("/admin/")
    with CaptureQueriesContext(connection) as few:
        client.get("/admin/")
    fill(6)
    with CaptureQueriesContext(connection) as many:
        client.get("/admin/")
    assert len(many) == len(few) < 45


def test_markup_in_names_is_shown_as_text(front_page):
    evil = "<script>alert(1)</script>"
    ArtworkFactory(title=evil)
    JobFactory(title=evil)
    page, _context = front_page(StaffFactory)
    assert evil not in page and page.count("&lt;script&gt;alert(1)") == 2


def menu_of(context):
    return {item["title"]: item.get("badge") for group in context["sidebar_navigation"] for item in group["items"]}


def test_the_menu_names_what_each_level_may_see(front_page):
    fill(3)
    _page, context = front_page(ModeratorFactory)
    assert set(menu_of(context)) == {
        *("Dashboard", "Queue", "Artworks", "Held duplicates", "Appeals", "3-D models", "Categories"),
        *("Reports of abuse", "Communities", "Posts", "Comments", "Buyers' reviews", "Blog comments"),
    }
    assert menu_of(context)["Held duplicates"] == 3
    _page, context = front_page(StaffFactory)
    assert {"Held duplicates", "Orders", "Payments", "Ledger", "Accounts", "Audit trail"} <= set(menu_of(context))
    assert all(item["link"].startswith("/admin/") for group in context["sidebar_navigation"] for item in group["items"])


def lists_of(apps):
    return {model["model"]._meta.label for app in apps for model in app["models"]}


def test_lists_of_plumbing_stand_on_a_page_of_their_own_for_superusers(client, front_page):
    page, context = front_page(SuperuserFactory)
    every = {model._meta.label for model in admin.site._registry}
    assert every >= PLUMBING
    assert lists_of(context["available_apps"]) == every - PLUMBING
    assert menu_of(context).keys() >= {"Plumbing", "Chargebacks"} and "/admin/plumbing/" in page
    shown = client.get("/admin/plumbing/")
    assert lists_of(shown.context["app_list"]) == PLUMBING
    assert "/admin/commerce/gatewayevent/" in shown.content.decode()
    assert client.get("/admin/commerce/gatewayevent/").status_code == 200
    _page, context = front_page(AdminFactory)
    assert "Plumbing" not in menu_of(context) and not lists_of(context["available_apps"]) & PLUMBING
    assert client.get("/admin/plumbing/").status_code == 403


def test_reads_for_the_charts_are_for_staff(db):
    for factory in (ModeratorFactory, BuyerFactory):
        with pytest.raises(Denied):
            orders_by_status(actor=factory())
        with pytest.raises(Denied):
            new_people_by_day(actor=factory(), period=Period.of(None, None))

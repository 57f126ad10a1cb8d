"""Lists of the admin site from one day or amount to another."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib import admin

from accounts.models import User
from accounts.tests.factories import BuyerFactory, SuperuserFactory
from adminpanel.tests.test_admin_site import page
from commerce.models import Order, Payment
from commerce.tests.steps import paid_order
from config.adminsite.ranges import DateRange, NumberRange, is_range
from marketplace.models import Artwork
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
RANGES = [
    (model, *each[:2]) for model, shown in admin.site._registry.items() for each in shown.list_filter if is_range(each)
]
HOSTILE = ("x", "2026-13-01", "9999-12-31\0", "\0", "NaN", "1e9999999", "-" + "9" * 40, "２０", "'; --", "2026-W01-1x")


@pytest.fixture
def boss(client):
    person = SuperuserFactory.create(username="boss")
    client.force_login(person)
    return person


def shown(client, model, **asked: str) -> list[int]:
    answer = client.get(page(model, "changelist"), asked)
    assert answer.status_code == 200
    return sorted(row.pk for row in answer.context["cl"].result_list)


def test_both_ends_are_included_and_optional(boss, client):
    order, payment = paid_order(BuyerFactory.create(), ArtworkFactory.create(price=Decimal("250.00")))
    late = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
    Order.objects.filter(pk=order.pk).update(created_at=late)
    User.objects.exclude(pk=boss.pk).update(last_login=late)
    assert shown(client, Order, created_at_from="2026-01-31", created_at_to="2026-01-31") == [order.pk]
    assert shown(client, Order, created_at_from="2026-01-01") == [order.pk]
    assert shown(client, Order, created_at_to="2026-01-30") == []
    assert shown(client, Order, created_at_from="2026-02-01", total_amount_to="") == []
    assert shown(client, Order, total_amount_from="250", total_amount_to=" 250.00 ", status__exact=order.status) == [
        order.pk
    ]
    assert shown(client, Payment, amount_from="250.01") == []
    assert shown(client, Payment, amount_to="250") == [payment.pk]
    assert shown(client, Artwork, price_from="-1", price_to="249.99") == []
    assert boss.pk not in shown(client, User, last_login_from="2026-01-31", last_login_to="2026-01-31")
    assert shown(client, Order, created_at_from="2026-01-31", _facets="True") == [order.pk]
    text = client.get(page(Order, "changelist"), {"created_at_from": "2026-01-31"}).content.decode()
    assert 'type="date" name="created_at_from" value="2026-01-31"' in text and "Apply Filters" in text


@pytest.mark.parametrize(("model", "name", "kind"), RANGES, ids=lambda each: getattr(each, "__name__", each))
def test_what_cannot_be_read_is_refused_politely(boss, client, model, name, kind):
    fits = {DateRange: "2026-01-01", NumberRange: "5"}[kind]
    assert client.get(page(model, "changelist"), {f"{name}_from": fits, f"{name}_to": fits}).status_code == 200
    for value in HOSTILE:
        for end in ("from", "to"):
            answer = client.get(page(model, "changelist"), {f"{name}_{end}": value})
            assert (answer.status_code, answer.headers.get("Location", "")[-4:]) == (302, "?e=1"), (value, end)
    assert client.get(page(model, "changelist"), {f"{name}_to": "9999-12-31"}).status_code == 302


def test_the_lists_that_matter_have_them():
    there = {model._meta.label for model, _name, kind in RANGES if kind is DateRange}
    assert there >= {
        *("commerce.Order", "commerce.Payment", "commerce.Refund", "commerce.Payout", "commerce.LedgerTransaction"),
        *("commerce.LedgerEntry", "commerce.Dispute", "community.SupportTicket", "marketplace.Artwork"),
        *("marketplace.Model3D", "accounts.User", "jobs.Job", "printshop.ShopOrder", "core.AuditEntry"),
    }

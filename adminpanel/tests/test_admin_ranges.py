"""Lists of the admin site from one day or amount to another."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.admin import AllValuesFieldListFilter, FieldListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.db import connection
from django.db.models import DateTimeField
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import BuyerFactory, SuperuserFactory
from adminpanel.tests.test_admin_site import page
from commerce.models import Order, Payment
from commerce.tests.steps import paid_order
from config.adminsite.ranges import DateRange, NumberRange
from config.adminsite.typed import TypedValue
from config.core.audit import audit_record
from jobs.models import Review
from marketplace.models import Artwork
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
RANGES = [
    (model, *each)
    for model, shown in admin.site._registry.items()
    for each in shown.list_filter
    if isinstance(each, tuple) and each[1] in (DateRange, NumberRange)
]
DJANGOS = FieldListFilter._field_list_filters  # type: ignore[attr-defined]
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
def test_what_cannot_be_read_is_refused_politely(boss, client, without_menu, model, name, kind):
    fits = {DateRange: "2026-01-01", NumberRange: "5"}[kind]
    assert client.get(page(model, "changelist"), {f"{name}_from": fits, f"{name}_to": fits}).status_code == 200
    for value in HOSTILE:
        for end in ("from", "to"):
            answer = client.get(page(model, "changelist"), {f"{name}_{end}": value})
            assert (answer.status_code, answer.headers.get("Location", "")[-4:]) == (302, "?e=1"), (value, end)
    is_day = kind is DateRange and not isinstance(get_fields_from_path(model, name)[-1], DateTimeField)
    assert client.get(page(model, "changelist"), {f"{name}_to": "9999-12-31"}).status_code == (200 if is_day else 302)


def test_the_lists_that_matter_have_them():
    there = {model._meta.label for model, _name, kind in RANGES if kind is DateRange}
    assert there >= {
        *("commerce.Order", "commerce.Payment", "commerce.Refund", "commerce.Payout", "commerce.LedgerTransaction"),
        *("commerce.LedgerEntry", "commerce.Dispute", "community.SupportTicket", "marketplace.Artwork"),
        *("marketplace.Model3D", "accounts.User", "jobs.Job", "printshop.ShopOrder", "core.AuditEntry"),
    }


def test_no_filter_reads_a_whole_table(boss, client):
    """By counting its rows for each value, or by looking for the values or dates that there are."""
    order, _payment = paid_order(BuyerFactory.create(), ArtworkFactory.create())
    entry = audit_record(actor=boss, action="thing.change", target=order)
    for model, asked in (
        (Order, {"currency": "PKR"}),
        (type(entry), {"action": " thing.change ", "target_type": "order"}),
    ):
        with CaptureQueriesContext(connection) as made:
            found = shown(client, model, _facets="True", **asked)
        assert found == [order.pk if model is Order else entry.pk]
        assert not [each["sql"] for each in made if "DISTINCT" in each["sql"] or "MIN(" in each["sql"]]
        assert not shown(client, model, **dict.fromkeys(asked, "x"))
    for each in admin.site._registry.values():
        fields = [get_fields_from_path(each.model, name)[-1] for name in each.list_filter if isinstance(name, str)]
        kinds = [next(kind for fits, kind in DJANGOS if fits(field)) for field in fields]
        assert AllValuesFieldListFilter not in kinds, each
        assert not each.date_hierarchy


@pytest.mark.parametrize("value", ["x", "\0", "1.5", "٣x"])
def test_a_typed_value_that_cannot_be_read_is_refused_politely(boss, client, value):
    assert ("rating", TypedValue) in admin.site.get_model_admin(Review).list_filter
    answer = client.get(page(Review, "changelist"), {"rating": value})
    assert (answer.status_code, answer.headers.get("Location", "")[-4:]) == (302, "?e=1")

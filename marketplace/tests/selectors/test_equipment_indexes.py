"""Every ordering of the shop's lists reads an index, for strangers and for who keeps it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.tests.factories import UserFactory
from marketplace.choices import Kind, Status
from marketplace.models import Equipment, Listing
from marketplace.selectors.equipment import equipment_listed
from tests.planning import counted, emptied

ROWS = 20_000


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker):
    """Many pieces, some of them sold out or not available; one type is rare."""
    with django_db_blocker.unblock():
        house = UserFactory()
        now = timezone.now()
        Listing.objects.bulk_create(
            Listing(
                kind=Kind.EQUIPMENT,
                channel="cultureup",
                seller=house,
                title=f"Piece {number}",
                price=Decimal(number * 7919 % 100_000) / 100,
                currency="PKR",
                status=Status.APPROVED,
                is_available=number % 25 != 7,
                stock=number * 7907 % 1000,
                created_at=now - timedelta(minutes=number),
            )
            for number in range(ROWS)
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                INSERT INTO {Equipment._meta.db_table} (listing_id, equipment_type, image)
                SELECT id, CASE WHEN (id - min(id) OVER ()) %% 500 = 3 THEN 'canvas' ELSE 'brush' END, ''
                FROM {Listing._meta.db_table} WHERE seller_id = %s""",
                [house.pk],
            )
        counted(Equipment, Listing)
        yield
        emptied(Equipment, Listing)
        house.delete()


CASES = {
    "newest": ({}, "equipment_newest"),
    "cheapest": ({"ordering": "price"}, "listing_price"),
    "dearest": ({"ordering": "-price"}, "listing_price"),
    "fewest": ({"ordering": "stock_quantity"}, "equipment_stock"),
    "most": ({"ordering": "-stock_quantity"}, "equipment_stock"),
    "sold out": ({"in_stock": False, "ordering": "price"}, "equipment_stock"),
    "price range": ({"price__gte": Decimal(100), "price__lte": Decimal(101), "ordering": "price"}, "listing_price"),
    "rare type": ({"equipment__equipment_type": "canvas"}, "equipment_by_type"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("actor", [AnonymousUser(), SYSTEM], ids=["stranger", "keeper"])
@pytest.mark.parametrize(("filters", "index"), CASES.values(), ids=CASES.keys())
def test_a_page_of_the_shop_reads_an_index(shop, actor, filters, index):
    rows = equipment_listed(actor=actor, **filters)[:20]
    plan = rows.explain()
    assert index in plan, plan
    assert f"Seq Scan on {Listing._meta.db_table}" not in plan, plan
    assert len(rows) > 0

"""Every list and filter of designs reads an index."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from accounts.tests.factories import ArtistFactory
from marketplace.models import Category, Listing, Model3D
from marketplace.selectors.models_3d import SORTS, models_listed, models_on_sale
from marketplace.tests.factories import CategoryFactory
from tests.planning import counted, emptied

ROWS = 20_000
OF_SELLER = "listing_of_seller|listing_seller_id"


@pytest.fixture(scope="module")
def sellers(django_db_setup, django_db_blocker):
    """Many designs of two sellers: one has few; some are filed under words of their own."""
    with django_db_blocker.unblock():
        busy, small = ArtistFactory(), ArtistFactory()
        category = CategoryFactory(name="Aerospace")
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                INSERT INTO {Listing._meta.db_table} (
                    uuid, kind, channel, seller_id, category_id, title, description, price, currency, status,
                    is_available, is_featured, stock, views_count, likes_count, sold_count, tags, rating, rating_count,
                    created_at, updated_at, title_key, description_key)
                SELECT gen_random_uuid(), 'model', 'v1', CASE WHEN n %% 1000 = 5 THEN %s ELSE %s END,
                    CASE WHEN n %% 100 = 1 THEN %s END,
                    title, description, 9.99, 'USD', 'approved', true, false, NULL, 0, 0, 0, '[]', 0, 0,
                    now() - n * interval '1 minute', now(), lower(title), lower(description)
                FROM generate_series(1, %s) n,
                LATERAL (
                    SELECT 'Design ' || md5(n::text) || CASE WHEN n %% 2000 = 3 THEN ' sunflower' ELSE '' END AS title,
                        'About ' || md5((n * 3)::text) AS description
                ) written""",
                [small.pk, busy.pk, category.pk, ROWS],
            )
            cursor.execute(
                f"""
                INSERT INTO {Model3D._meta.db_table} (listing_id, licence, file_origin, technical_specs, instructions,
                    subcategory, project_name, designer, is_pinned)
                SELECT id, '', '', '', '',
                    CASE WHEN category_id IS NULL AND (id - min(id) OVER ()) % 500 = 3 THEN 'Cosplay' ELSE '' END,
                    '', '', false
                FROM {Listing._meta.db_table} WHERE kind = 'model'"""
            )
        counted(Model3D, Listing)
        yield busy, small
        emptied(Model3D, Listing)
        Category.objects.all().delete()
        busy.delete()
        small.delete()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "listed_newest"),
        ({"category": "aerospace"}, "listed_category|listing_category_id"),
        ({"category": "COSPLAY"}, "models_by_own_word"),
        ({"seller_id": "small"}, OF_SELLER),
        ({"search": "sunflower"}, "marketplace_listing_title_key_triples"),
    ],
)
def test_a_list_of_designs_reads_an_index(sellers, filters, index):
    if "seller_id" in filters:
        filters = {"seller_id": sellers[1].pk}
    rows = models_listed(actor=AnonymousUser(), **filters)[:500]
    plan = rows.explain()
    assert re.search(index, plan), plan
    assert f"Seq Scan on {Listing._meta.db_table}" not in plan, plan
    assert len(rows) > 0


@pytest.mark.django_db
def test_ones_own_list_reads_an_index(sellers):
    small = sellers[1]
    plan = models_listed(actor=small, seller_id=small.pk)[:500].explain()
    assert re.search(OF_SELLER, plan), plan


INDEXES = {
    "newest": "listed_newest",
    "oldest": "listed_newest",
    "price_asc": "listed_price",
    "price_desc": "listed_price",
    **{name: f"models_{name}" for name in ("popular", "downloads", "rating", "trending")},
}


@pytest.mark.django_db
@pytest.mark.parametrize("sort", SORTS)
def test_each_order_reads_an_index(sellers, sort):
    rows = models_on_sale(columns=("id", "title", "seller__username", "model3d__mesh__format"), sort=sort)[:50]
    plan = rows.explain()
    assert INDEXES[sort] in plan, plan
    assert "Sort" not in plan, plan
    assert len(rows) == 50


@pytest.mark.django_db
@pytest.mark.parametrize("sort", SORTS)
def test_each_order_reads_an_index_with_a_category_too(sellers, sort):
    for category in ("Aerospace", "Cosplay"):
        rows = models_on_sale(columns=("id", "title"), sort=sort, category=category)[:50]
        plan = rows.explain()
        assert "Seq Scan" not in plan, plan
        assert len(rows) > 0

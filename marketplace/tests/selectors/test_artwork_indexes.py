"""Every filter and ordering of the public list reads an index, and none reads the table from end to end."""

from decimal import Decimal

import pytest
from django.db import connection

from accounts.tests.factories import ArtistFactory
from marketplace.models import Artwork, Category, Listing
from marketplace.selectors.artworks import artworks_listed
from marketplace.tests.factories import CategoryFactory
from tests.planning import counted, emptied

ROWS = 20_000


@pytest.fixture(scope="module")
def catalogue(django_db_setup, django_db_blocker):
    """Many artworks in eight categories: a few featured, few of one type, a rare word in some titles."""
    with django_db_blocker.unblock():
        artist = ArtistFactory()
        first = min(CategoryFactory().pk for _ in range(8))
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                INSERT INTO {Listing._meta.db_table} (
                    uuid, kind, channel, seller_id, category_id, title, description, price, currency, status,
                    is_available, is_featured, stock, views_count, likes_count, sold_count, tags, rating, rating_count,
                    created_at, updated_at, title_key, description_key)
                SELECT gen_random_uuid(), 'artwork', 'cultureup', %s, %s + n %% 8, title, description,
                    (n * 7919 %% 100000) / 100.0, 'PKR', 'approved',
                    n %% 25 <> 0, n %% 500 = 7, NULL, n * 7907 %% 5000, n * 6007 %% 900, 0, '[]', 0, 0,
                    now() - n * interval '1 minute', now(), lower(title), lower(description)
                FROM generate_series(1, %s) n,
                LATERAL (
                    SELECT 'Work ' || md5(n::text) || CASE WHEN n %% 2000 = 3 THEN ' sunflower' ELSE '' END AS title,
                        'About ' || md5((n * 3)::text) AS description
                ) written""",
                [artist.pk, first, ROWS],
            )
            cursor.execute(
                f"""
                INSERT INTO {Artwork._meta.db_table} (listing_id, artwork_type)
                SELECT id, CASE WHEN (id - min(id) OVER ()) %% 500 = 3 THEN 'mixed'
                    WHEN id %% 2 = 0 THEN 'digital' ELSE 'physical' END
                FROM {Listing._meta.db_table} WHERE seller_id = %s""",
                [artist.pk],
            )
        counted(Artwork, Listing)
        yield first
        emptied(Artwork, Listing)
        Category.objects.all().delete()
        artist.delete()


CASES = {
    "newest": ({}, "listed_newest"),
    "oldest": ({"ordering": "created_at"}, "listed_newest"),
    "cheapest": ({"ordering": "price"}, "listed_price"),
    "dearest": ({"ordering": "-price"}, "listed_price"),
    "least seen": ({"ordering": "views_count"}, "listed_views"),
    "most seen": ({"ordering": "-views_count"}, "listed_views"),
    "least liked": ({"ordering": "likes_count"}, "listed_likes"),
    "most liked": ({"ordering": "-likes_count"}, "listed_likes"),
    "category": ({"category": 0}, "listed_category"),
    "rare type": ({"artwork__artwork_type": "mixed"}, "artwork_by_type"),
    "price range": ({"price__gte": Decimal(100), "price__lte": Decimal(101), "ordering": "price"}, "listed_price"),
    "featured": ({"is_featured": True}, "listed_featured"),
    "featured by price": ({"is_featured": True, "ordering": "price"}, "featured_price"),
    "featured by likes": ({"is_featured": True, "ordering": "-likes_count"}, "featured_likes"),
    "featured by views": ({"is_featured": True, "ordering": "-views_count"}, "featured_views"),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("filters", "index"), CASES.values(), ids=CASES.keys())
def test_a_page_reads_an_index(catalogue, filters, index):
    filters = filters | ({"category": catalogue} if "category" in filters else {})
    rows = artworks_listed(**filters)
    plan = rows[:20].explain()
    assert index in plan, plan
    assert f"Seq Scan on {Listing._meta.db_table}" not in plan, plan
    assert len(rows[:20]) > 0


@pytest.mark.django_db
@pytest.mark.parametrize("filters", [{}, {"category": 0}, {"is_featured": True}, {"price__gte": Decimal(999)}])
def test_counting_reads_indexes_alone(catalogue, filters):
    filters = filters | ({"category": catalogue} if "category" in filters else {})
    counted = artworks_listed(**filters).counted
    assert counted is not None
    plan = counted.order_by().values("pk").explain()
    assert "Index Only Scan" in plan or "listed_" in plan, plan
    assert f"Seq Scan on {Listing._meta.db_table}" not in plan, plan


@pytest.mark.django_db
def test_a_search_reads_the_indexes_of_words(catalogue):
    """Here all that is found: for the first page of so small a catalogue the planner may as well read the newest."""
    counted = artworks_listed(search="Sunflower").counted
    assert counted is not None
    plan = counted.order_by().values("pk").explain()
    assert "marketplace_listing_title_key_triples" in plan, plan
    assert "marketplace_listing_description_key_triples" in plan, plan
    assert counted.count() == ROWS // 2000

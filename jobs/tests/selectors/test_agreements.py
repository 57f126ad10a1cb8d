"""The indexes behind the lists of contracts and reviews."""

import pytest
from django.db import connection

from accounts.models import User
from accounts.tests.factories import ArtistFactory, BuyerFactory
from jobs import selectors
from jobs.models import Contract, Job, Review
from marketplace.tests.factories import CategoryFactory

pytestmark = pytest.mark.django_db
ROWS = 10_000


@pytest.fixture
def years_of_work():
    """Many jobs of 200 buyers and 200 artists, each with its contract and its review."""
    buyers = User.objects.bulk_create(BuyerFactory.build_batch(200))
    artists = User.objects.bulk_create(ArtistFactory.build_batch(200))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {Job._meta.db_table} (
                buyer_id, hired_artist_id, category_id, title, description, budget_min, budget_max, currency,
                duration_days, required_skills, experience_level, deadline, status, created_at, updated_at)
            SELECT %s + n %% 200, %s + n * 7 %% 200, %s, 'Work', '', 1, 2, 'PKR', 7, '', 'expert', now(), 'cancelled',
                now() - n * interval '1 minute', now()
            FROM generate_series(1, %s) n""",
            [buyers[0].pk, artists[0].pk, CategoryFactory().pk, ROWS],
        )
        cursor.execute(
            f"""
            INSERT INTO {Contract._meta.db_table} (
                job_id, artist_id, buyer_id, terms, rights_type, amount, currency, deadline, status, terms_digest,
                created_at, updated_at)
            SELECT id, hired_artist_id, buyer_id, 'Terms.', 'exclusive', id % 100 + 1, 'PKR', now(), 'pending', '',
                created_at, now()
            FROM {Job._meta.db_table}"""
        )
        cursor.execute(
            f"""
            INSERT INTO {Review._meta.db_table} (
                job_id, artist_id, reviewer_id, rating, comment, created_at, updated_at)
            SELECT id, hired_artist_id, buyer_id, id * 7919 % 5 + 1, 'Good.', created_at, now()
            FROM {Job._meta.db_table}"""
        )
        for model in (User, Job, Contract, Review):
            cursor.execute(f"ANALYZE {model._meta.db_table}")
    return {"buyer": buyers[0], "artist": artists[0]}


def test_a_page_of_reviews_reads_an_index(years_of_work):
    for wanted, index in (
        ({}, "reviews_newest"),
        ({"ordering": "created_at"}, "reviews_newest"),
        ({"ordering": "rating"}, "reviews_by_rating"),
        ({"ordering": "-rating"}, "reviews_best_first"),
        ({"rating": 5}, "reviews_b"),  # either of the two
    ):
        rows = selectors.reviews_listed(**wanted)[:20]
        plan = rows.explain()
        assert index in plan, plan
        assert f"Seq Scan on {Review._meta.db_table}" not in plan, plan
        assert "Sort" not in plan, plan
        assert len(rows) == 20


def test_a_page_of_an_artists_reviews_reads_an_index(years_of_work):
    rows = selectors.reviews_of_artist(artist_id=years_of_work["artist"].pk)[:20]
    plan = rows.explain()
    assert "reviews_of_artist" in plan, plan
    assert len(rows) == 20


@pytest.mark.parametrize("side", ["buyer", "artist"])
@pytest.mark.parametrize("ordering", ["created_at", "-created_at", "amount", "-amount"])
def test_a_page_of_contracts_reads_no_table_from_end_to_end(years_of_work, side, ordering):
    for wanted in ({}, {"status": "pending"}, {"rights_type": "exclusive"}):
        rows = selectors.contracts_of(actor=years_of_work[side], ordering=ordering, **wanted)[:20]
        plan = rows.explain()
        assert f"Seq Scan on {Contract._meta.db_table}" not in plan, plan
        assert f"Seq Scan on {Job._meta.db_table}" not in plan, plan
        assert len(rows) == 20

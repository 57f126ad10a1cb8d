"""Who sees which jobs and bids, their figures, and the indexes behind the lists."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from accounts.actors import SYSTEM
from accounts.models import User
from accounts.tests.factories import ArtistFactory, BuyerFactory
from config.core.errors import Denied, Missing
from jobs import selectors
from jobs.choices import BidStatus, JobLevel, JobStatus
from jobs.models import Bid, Job
from jobs.tests.factories import BidFactory, JobFactory, hired_job
from marketplace.models import Category
from marketplace.tests.factories import CategoryFactory
from tests.planning import counted, emptied

NOBODY = AnonymousUser()


def ids(rows):
    return [row.pk for row in rows]


@pytest.mark.django_db
class TestJobs:
    def test_everybody_sees_every_status(self):
        made = {JobFactory.create().pk, hired_job().pk, JobFactory.create(status=JobStatus.CANCELLED).pk}
        assert set(ids(selectors.jobs_listed(actor=NOBODY))) == made

    def test_those_of_deactivated_accounts_are_for_staff_and_their_artists(self, alice, bob, staff):
        bob.is_active = False
        bob.save()
        job = hired_job(buyer=bob, artist=alice)
        for actor in (alice, staff, SYSTEM):
            assert selectors.job_visible(actor=actor, job_id=job.pk) == job
        for actor in (NOBODY, ArtistFactory.create()):
            assert not selectors.jobs_listed(actor=actor).exists()
            with pytest.raises(Missing):
                selectors.job_visible(actor=actor, job_id=job.pk)

    def test_filters(self):
        cheap = JobFactory.create(budget_min=Decimal(10), budget_max=Decimal(20), experience_level=JobLevel.ENTRY)
        middle = JobFactory.create(budget_min=Decimal(20), budget_max=Decimal(80), category=cheap.category)
        dear = JobFactory.create(budget_min=Decimal(80), budget_max=Decimal(100), status=JobStatus.CANCELLED)

        columns = {"category": "category_id", "min_budget": "budget_max__gte", "max_budget": "budget_min__lte"}

        def found(**filters):
            wanted = {columns.get(name, name): value for name, value in filters.items()}
            return set(ids(selectors.jobs_listed(actor=NOBODY, **wanted)))

        assert found(status="open") == {cheap.pk, middle.pk}
        assert found(category=cheap.category_id) == {cheap.pk, middle.pk}
        assert found(experience_level="entry") == {cheap.pk}
        assert found(min_budget=Decimal(80)) == {middle.pk, dear.pk}
        assert found(max_budget=Decimal(20)) == {cheap.pk, middle.pk}
        assert found(min_budget=Decimal(81), max_budget=Decimal(79)) == set()
        assert found(min_budget=Decimal(21), max_budget=Decimal(79)) == {middle.pk}

    def test_search_is_in_title_and_description_without_case(self):
        by_title = JobFactory.create(title="Sunflower logo")
        by_text = JobFactory.create(description="Something with a SUNFLOWER.")
        JobFactory.create(required_skills="Sunflowers")
        assert set(ids(selectors.jobs_listed(actor=NOBODY, search="sunflower"))) == {by_title.pk, by_text.pk}
        assert not selectors.jobs_listed(actor=NOBODY, search="%").exists()

    def test_search_finds_each_word_wherever_it_stands(self):
        job = JobFactory.create(title="Logo design for a startup", description="Modern and minimalist.")
        JobFactory.create(title="Logo for a band", description="Loud.")
        for words in ("startup logo", "minimalist  LOGO"):
            assert ids(selectors.jobs_listed(actor=NOBODY, search=words)) == [job.pk]
        assert ids(selectors.jobs_listed(actor=NOBODY, search="logo mural")) == []

    @pytest.mark.parametrize("ordering", selectors.JOB_ORDERINGS)
    def test_orderings_are_total(self, ordering):
        moment = datetime(2030, 1, 1, tzinfo=UTC)
        equal = [JobFactory.create(created_at=moment, deadline=moment).pk for _ in range(3)]
        name = ordering.lstrip("-")
        later = {"created_at": moment + timedelta(days=1), "deadline": moment + timedelta(days=1)}
        last = JobFactory.create(**(later | {"created_at": moment} if name != "created_at" else later))
        Job.objects.filter(pk=last.pk).update(budget_min=Decimal(600))
        expected = [*equal, last.pk]
        found = ids(selectors.jobs_listed(actor=NOBODY, ordering=ordering))
        assert found == (expected[::-1] if ordering.startswith("-") else expected)

    def test_figures_count_rejected_bids_but_not_withdrawn_ones(self):
        job = JobFactory.create()
        BidFactory.create(job=job, bid_amount=Decimal("600.00"))
        BidFactory.create(job=job, bid_amount=Decimal("851.00"), status=BidStatus.REJECTED)
        BidFactory.create(job=job, bid_amount=Decimal("999.00")).delete()
        BidFactory.create()
        found = selectors.job_visible(actor=NOBODY, job_id=job.pk)
        assert (found.total_bids, found.average_bid) == (2, Decimal("725.5"))
        none = selectors.job_visible(actor=NOBODY, job_id=JobFactory.create().pk)
        assert (none.total_bids, none.average_bid) == (0, None)


@pytest.mark.django_db
class TestBids:
    def test_the_rank_is_the_place_among_all_bids_of_the_job(self, alice, bob):
        job, moment = JobFactory.create(buyer=bob), datetime(2030, 1, 1, tzinfo=UTC)
        late = BidFactory.create(job=job, bid_amount=Decimal(700), created_at=moment + timedelta(hours=1))
        early = BidFactory.create(job=job, bid_amount=Decimal(700), created_at=moment)
        twin = BidFactory.create(job=job, bid_amount=Decimal(700), created_at=moment)
        dear = BidFactory.create(job=job, bid_amount=Decimal(900), artist=alice)
        cheap = BidFactory.create(job=job, bid_amount=Decimal(600), status=BidStatus.REJECTED)
        BidFactory.create(bid_amount=Decimal(500))
        expected = [cheap.pk, early.pk, twin.pk, late.pk, dear.pk]
        found = list(selectors.bids_on(actor=bob, job_id=job.pk))
        assert ids(found) == expected
        assert [bid.bid_rank for bid in found] == [1, 2, 3, 4, 5]
        assert [bid.bid_rank for bid in selectors.bids_of(actor=alice)] == [5]
        assert [bid.bid_rank for bid in selectors.bids_of(actor=bob, status="rejected")] == [1]

    def test_an_artist_lists_his_own_a_buyer_those_on_his_jobs(self, alice, bob, charlie, staff):
        mine = BidFactory.create(artist=alice)
        received = BidFactory.create(job__buyer=bob)
        assert ids(selectors.bids_of(actor=alice)) == [mine.pk]
        assert ids(selectors.bids_of(actor=bob)) == [received.pk]
        for actor in (charlie, staff, NOBODY):
            assert ids(selectors.bids_of(actor=actor)) == []

    def test_who_does_both_lists_both(self, alice):
        both = [BidFactory.create(artist=alice), BidFactory.create(job__buyer=alice)]
        assert ids(selectors.bids_of(actor=alice)) == [bid.pk for bid in reversed(both)]

    def test_all_of_a_job_are_for_its_buyer_and_staff(self, alice, bob, charlie, dora, staff):
        job = JobFactory.create(buyer=bob)
        own, other = BidFactory.create(job=job, artist=alice), BidFactory.create(job=job)
        for actor in (bob, staff):
            assert ids(selectors.bids_on(actor=actor, job_id=job.pk)) == [own.pk, other.pk]
        assert ids(selectors.bids_on(actor=alice, job_id=job.pk)) == [own.pk]
        for actor in (charlie, dora):
            with pytest.raises(Denied):
                selectors.bids_on(actor=actor, job_id=job.pk)

    def test_one_is_for_its_artist_the_buyer_and_staff(self, alice, bob, charlie, dora, staff):
        bid = BidFactory.create(artist=alice, job__buyer=bob)
        for actor in (alice, bob, staff):
            assert selectors.bid_visible(actor=actor, bid_id=bid.pk) == bid
        for actor in (charlie, dora, NOBODY):
            with pytest.raises(Missing):
                selectors.bid_visible(actor=actor, bid_id=bid.pk)


# ---------------------------------------------------------------- indexes
ROWS = 20_000


@pytest.fixture(scope="module")
def market(django_db_setup, django_db_blocker):
    """Many jobs of 500 people in 64 categories, few of them open, with one bid each by one of 500 artists."""
    with django_db_blocker.unblock():
        buyers = User.objects.bulk_create(BuyerFactory.build_batch(500))
        artists = User.objects.bulk_create(ArtistFactory.build_batch(500))
        first, buyer, artist = min(CategoryFactory().pk for _ in range(64)), buyers[0].pk, artists[0].pk
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                INSERT INTO {Job._meta.db_table} (
                    buyer_id, category_id, title, description, budget_min, budget_max, currency, duration_days,
                    required_skills, experience_level, deadline, status, created_at, updated_at,
                    title_key, description_key)
                SELECT %s + n %% 500, %s + n %% 64, title, description,
                    n * 7919 %% 100000 / 100.0 + 1, n * 7919 %% 100000 / 100.0 + 50,
                    'PKR', 7, '', CASE WHEN n %% 500 = 3 THEN 'entry' ELSE 'expert' END,
                    now() + (n * 6007 %% 20000 - CASE WHEN n %% 100 = 7 THEN 10 ELSE 10000 END) * interval '1 hour',
                    CASE WHEN n %% 100 = 7 THEN 'open' ELSE 'cancelled' END, now() - n * interval '1 minute', now(),
                    lower(title), lower(description)
                FROM generate_series(1, %s) n,
                LATERAL (
                    SELECT 'Work ' || md5(n::text) || CASE WHEN n %% 2000 = 3 THEN ' sunflower' ELSE '' END AS title,
                        'About ' || md5((n * 3)::text) AS description
                ) written""",
                [buyer, first, ROWS],
            )
            cursor.execute(
                f"""
                INSERT INTO {Bid._meta.db_table} (
                    job_id, artist_id, bid_amount, delivery_time, cover_letter, status, created_at, updated_at)
                SELECT id, %s + id %% 500, 20 + id %% 10, 1 + id %% 30, repeat('Mine. ', 40), 'rejected', created_at,
                    now()
                FROM {Job._meta.db_table}""",
                [artist],
            )
        counted(Job, Bid, Category, User)
        yield {"category": first, "buyer": buyers[0], "artist": artists[0]}
        emptied(Bid, Job, Category, User)


CASES = {
    "newest": ({}, "jobs_newest"),
    "oldest": ({"ordering": "created_at"}, "jobs_newest"),
    "least budget": ({"ordering": "budget_min"}, "jobs_by_budget"),
    "most budget": ({"ordering": "-budget_min"}, "jobs_by_budget"),
    "first due": ({"ordering": "deadline"}, "jobs_by_deadline"),
    "last due": ({"ordering": "-deadline"}, "jobs_by_deadline"),
    "open": ({"status": "open"}, "jobs_by_status"),
    "category": ({"category_id": 0}, "jobs_by_category"),
    "level": ({"experience_level": "entry"}, "jobs_by_level"),
    "min_budget": ({"budget_max__gte": Decimal(1048)}, "jobs_by_most"),
    "max_budget": ({"budget_min__lte": Decimal(2)}, "jobs_by_budget"),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("filters", "index"), CASES.values(), ids=CASES.keys())
def test_a_page_of_jobs_reads_an_index(market, filters, index):
    filters = filters | ({"category_id": market["category"]} if "category_id" in filters else {})
    rows = selectors.jobs_listed(actor=NOBODY, **filters)[:20]
    plan = rows.explain()
    assert index in plan, plan
    assert f"Seq Scan on {Job._meta.db_table}" not in plan, plan
    assert f"Seq Scan on {Bid._meta.db_table}" not in plan, plan
    assert len(rows) > 0


@pytest.mark.django_db
def test_a_search_for_jobs_reads_the_indexes_of_words(market):
    rows = selectors.jobs_listed(actor=NOBODY, search="Sunflower")
    plan = rows.order_by().values("pk").explain()
    assert "jobs_job_title_key_triples" in plan, plan
    assert "jobs_job_description_key_triples" in plan, plan
    assert rows.count() == ROWS // 2000


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["artist", "buyer"])
@pytest.mark.parametrize("ordering", selectors.BID_ORDERINGS)
def test_a_page_of_bids_reads_no_table_from_end_to_end(market, who, ordering):
    rows = selectors.bids_of(actor=market[who], ordering=ordering)[:20]
    plan = rows.explain()
    assert f"Seq Scan on {Bid._meta.db_table}" not in plan, plan
    assert f"Seq Scan on {Job._meta.db_table}" not in plan, plan
    assert len(rows) == 20


@pytest.mark.django_db
def test_the_sweep_reads_open_jobs_alone(market):
    past = Job.objects.filter(status=JobStatus.OPEN, deadline__lte=datetime.now(UTC)).order_by("deadline")
    plan = past.values_list("pk")[:100].explain()
    assert "jobs_open_until" in plan, plan

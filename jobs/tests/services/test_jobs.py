"""Posting, changing and deleting jobs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.services.profiles import buyer_profile_create
from accounts.tests.factories import BuyerFactory, BuyerProfileFactory, ModeratorFactory
from config.core.errors import Denied, Invalid, Missing
from jobs.choices import BidStatus, JobLevel, JobStatus
from jobs.errors import WrongJobStatus
from jobs.models import Bid, Job, JobChange
from jobs.services.jobs import job_change, job_delete, job_post
from jobs.tests.factories import BidFactory, JobFactory, completed_job, hired_job
from jobs.tests.money import payment_row
from marketplace.tests.factories import CategoryFactory

pytestmark = pytest.mark.django_db


def words(**changes):
    return {
        "title": "Logo",
        "description": "A minimalist logo.",
        "category_id": changes.pop("category_id", None) or CategoryFactory.create().pk,
        "budget_min": Decimal("500.00"),
        "budget_max": Decimal("1000.00"),
        "duration_days": 7,
        "required_skills": "Logo Design",
        "experience_level": JobLevel.EXPERT,
        "deadline": timezone.now() + timedelta(days=10),
    } | changes


class TestPost:
    def test_a_new_job_is_open_and_its_history_begins(self, bob, settings):
        sent = words()
        job = Job.objects.get(pk=job_post(actor=bob, **sent).pk)
        assert {name: getattr(job, name) for name in sent} == sent
        assert (job.buyer, job.status, job.currency) == (bob, JobStatus.OPEN, settings.CURRENCIES["cultureup"])
        assert (job.hired_artist, job.hired_bid, job.final_amount, job.reminded_at) == (None, None, None, None)
        change = JobChange.objects.get()
        assert (change.job, change.before, change.after, change.actor) == (job, "", "open", bob)

    def test_who_sells_may_buy(self, alice):
        assert job_post(actor=alice, **words()).buyer == alice

    def test_budgets_are_not_rounded(self, bob):
        for field in ("budget_min", "budget_max"):
            with pytest.raises(Invalid, match="no more than 2 decimal places") as refusal:
                job_post(actor=bob, **words(**{field: Decimal("600.005")}))
            assert refusal.value.field == field
        assert not Job.objects.exists()

    def test_a_range_of_one_amount(self, bob):
        job = job_post(actor=bob, **words(budget_min=Decimal(500), budget_max=Decimal(500)))
        assert job.budget_min == job.budget_max == Decimal("500.00")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"budget_max": Decimal("499.99")}, "budget_max"),
            ({"budget_min": Decimal("-1")}, "budget_min"),
            ({"budget_min": Decimal("0")}, "budget_min"),
            ({"budget_min": Decimal("0.004")}, "budget_min"),
            ({"budget_max": Decimal("1e12")}, "budget_max"),
            ({"budget_max": Decimal("Infinity")}, "budget_max"),
            ({"budget_max": Decimal("NaN")}, "budget_max"),
            ({"duration_days": 0}, "duration_days"),
            ({"duration_days": 3651}, "duration_days"),
            ({"deadline": timezone.now() - timedelta(seconds=1)}, "deadline"),
            ({"category_id": 2**40}, "category_id"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, bob, change, field):
        with pytest.raises(Invalid) as refusal:
            job_post(actor=bob, **words(**change))
        assert refusal.value.field == field
        assert not Job.objects.exists()
        assert not JobChange.objects.exists()

    def test_a_closed_category_takes_no_jobs_from_anybody(self, bob):
        closed = CategoryFactory.create(is_active=False)
        for actor in (bob, ModeratorFactory.create()):
            with pytest.raises(Invalid) as refusal:
                job_post(actor=actor, **words(category_id=closed.pk))
            assert refusal.value.field == "category_id"


class TestProjectsPosted:
    def test_it_counts_posted_and_deleted_jobs(self, bob):
        profile = BuyerProfileFactory.create(user=bob)
        first, _second = job_post(actor=bob, **words()), job_post(actor=bob, **words())
        profile.refresh_from_db()
        assert profile.projects_posted == 2
        job_delete(actor=bob, job_id=first.pk)
        profile.refresh_from_db()
        assert profile.projects_posted == 1

    def test_a_profile_made_later_knows_the_jobs_before_it(self, bob):
        job_post(actor=bob, **words())
        JobFactory.create()
        assert buyer_profile_create(actor=bob, company_name="Ours").projects_posted == 1


class TestChange:
    def test_the_words_that_are_sent_change(self, bob):
        job = JobFactory.create(buyer=bob, title="Old")
        before = {name: getattr(job, name) for name in ("description", "budget_min", "deadline", "category_id")}
        job_change(actor=bob, job_id=job.pk, changes={"title": "New", "budget_max": Decimal("1200.00")})
        job.refresh_from_db()
        assert (job.title, job.budget_max) == ("New", Decimal("1200.00"))
        assert {name: getattr(job, name) for name in before} == before

    def test_a_bid_the_new_budget_leaves_outside_stays(self, bob):
        bid = BidFactory.create(job__buyer=bob, bid_amount=Decimal("600.00"))
        job_change(actor=bob, job_id=bid.job_id, changes={"budget_min": Decimal("700.00")})
        bid.refresh_from_db()
        assert (bid.status, bid.bid_amount) == (BidStatus.PENDING, Decimal("600.00"))

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"budget_max": Decimal("400.00")}, "budget_max"),
            ({"budget_min": Decimal("1100.00")}, "budget_min"),
            ({"budget_min": Decimal("0")}, "budget_min"),
            ({"duration_days": -1}, "duration_days"),
            ({"deadline": timezone.now() - timedelta(hours=1)}, "deadline"),
            ({"category_id": 2**40}, "category_id"),
        ],
    )
    def test_one_that_makes_no_sense_with_the_rest_is_refused(self, bob, changes, field):
        job = JobFactory.create(buyer=bob, title="Old")
        with pytest.raises(Invalid) as refusal:
            job_change(actor=bob, job_id=job.pk, changes={"title": "New"} | changes)
        assert refusal.value.field == field
        job.refresh_from_db()
        assert (job.title, job.budget_min, job.budget_max) == ("Old", Decimal("500.00"), Decimal("1000.00"))

    def test_its_category_may_be_closed_meanwhile(self, bob):
        job = JobFactory.create(buyer=bob, category__is_active=False)
        changes = {"title": "New", "category_id": job.category_id}
        assert job_change(actor=bob, job_id=job.pk, changes=changes).title == "New"

    def test_another_deadline_has_a_reminder_of_its_own(self, bob):
        job = JobFactory.create(buyer=bob, reminded_at=timezone.now())
        job_change(actor=bob, job_id=job.pk, changes={"title": "New", "deadline": job.deadline})
        job.refresh_from_db()
        assert job.reminded_at is not None
        job_change(actor=bob, job_id=job.pk, changes={"deadline": job.deadline + timedelta(days=1)})
        job.refresh_from_db()
        assert job.reminded_at is None

    @pytest.mark.parametrize("made", [hired_job, completed_job])
    def test_only_while_it_is_open(self, bob, made):
        job = made(buyer=bob)
        with pytest.raises(WrongJobStatus):
            job_change(actor=bob, job_id=job.pk, changes={"title": "New"})
        assert Job.objects.get(pk=job.pk).title == job.title

    def test_nobody_else_may(self, charlie, staff):
        job = JobFactory.create()
        for actor in (charlie, staff):
            with pytest.raises(Denied):
                job_change(actor=actor, job_id=job.pk, changes={"title": "Mine"})
        assert Job.objects.get().title == job.title

    def test_what_is_not_there(self, bob):
        with pytest.raises(Missing):
            job_change(actor=bob, job_id=1, changes={"title": "New"})

    def test_jobs_of_deactivated_accounts_are_not_there_for_strangers(self, charlie):
        job = JobFactory.create(buyer__is_active=False)
        with pytest.raises(Missing):
            job_change(actor=charlie, job_id=job.pk, changes={"title": "New"})


class TestDelete:
    def test_bids_go_with_it_and_their_artists_are_told(self, alice, bob):
        bid = BidFactory.create(artist=alice, job__buyer=bob)
        job_delete(actor=bob, job_id=bid.job_id)
        assert not Job.objects.exists()
        assert not Bid.objects.exists()
        notice = Notification.objects.get()
        assert (notice.user, notice.notification_type) == (alice, "bid_rejected")
        assert notice.data == {"job_id": bid.job_id, "bid_id": bid.pk}

    @pytest.mark.parametrize("made", [hired_job, completed_job])
    def test_only_while_it_is_open(self, bob, made):
        job = made(buyer=bob)
        with pytest.raises(WrongJobStatus):
            job_delete(actor=bob, job_id=job.pk)
        assert Job.objects.filter(pk=job.pk).exists()
        assert Bid.objects.count() == 1

    def test_not_when_anybody_paid_for_it(self, alice, bob):
        paid = hired_job(buyer=bob, artist=alice)
        payment = payment_row(paid)
        job = JobFactory.create(buyer=bob)
        payment.job = job
        payment.save()
        with pytest.raises(WrongJobStatus):
            job_delete(actor=bob, job_id=job.pk)
        assert Job.objects.filter(pk=job.pk).exists()

    def test_nobody_else_may(self, charlie, staff):
        bid = BidFactory.create()
        for actor in (charlie, staff, bid.artist, BuyerFactory.create()):
            with pytest.raises(Denied):
                job_delete(actor=actor, job_id=bid.job_id)
        assert Job.objects.exists()
        assert not Notification.objects.exists()

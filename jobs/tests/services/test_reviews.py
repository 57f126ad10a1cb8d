"""Reviews: one a job, by its buyer, after its completion; the artist's record follows each of them."""

from decimal import Decimal
from functools import partial

import pytest

from accounts.models import ArtistProfile, Notification
from accounts.tests.factories import ArtistFactory, ArtistProfileFactory, ModeratorFactory
from config.core.callers import called_from
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry
from jobs.choices import JobStatus
from jobs.errors import AlreadyReviewed, WrongJobStatus
from jobs.models import Review
from jobs.services.reviews import review_change, review_create, review_delete, review_remove
from jobs.tests.at_once import at_once
from jobs.tests.factories import JobFactory, ReviewFactory, completed_job, hired_job

pytestmark = pytest.mark.django_db
NOBODYS = 2**62


@pytest.fixture
def record(alice):
    """What alice's profile says: rating and number of reviews."""
    ArtistProfileFactory.create(user=alice)

    def read():
        profile = ArtistProfile.objects.get(pk=alice.pk)
        return profile.rating, profile.total_reviews

    return read


@pytest.fixture
def job(alice, bob):
    return completed_job(buyer=bob, artist=alice, title="Logo")


@pytest.fixture
def review(job, bob):
    return review_create(actor=bob, job=job.pk, rating=5, comment="Excellent work.")


def columns(review):
    return Review.objects.filter(pk=review.pk).values().get()


class TestCreate:
    def test_the_buyer_reviews_the_artist_of_a_completed_job(self, alice, bob, job, record):
        review = review_create(actor=bob, job=job.pk, rating=4, comment="  Excellent work.  ")

        stored = Review.objects.get()
        assert stored == review
        assert (stored.job, stored.reviewer, stored.artist) == (job, bob, alice)
        assert (stored.rating, stored.comment) == (4, "Excellent work.")
        assert record() == (Decimal("4.00"), 1)
        notice = Notification.objects.get()
        assert (notice.user, notice.notification_type, notice.title) == (alice, "new_review", "New review")
        assert notice.message == 'bob gives your work on "Logo" 4 stars.'
        assert notice.data == {"review_id": review.pk, "job_id": job.pk, "rating": 4}

    def test_once(self, bob, job, review, record):
        with pytest.raises(AlreadyReviewed):
            review_create(actor=bob, job=job.pk, rating=1, comment="Again.")
        assert (Review.objects.count(), columns(review)["rating"]) == (1, 5)

    def test_nobody_else_reviews_it(self, alice, charlie, staff, job, record):
        for actor in (alice, charlie, staff):
            with pytest.raises(Denied):
                review_create(actor=actor, job=job.pk, rating=1, comment="Bad.")
        assert not Review.objects.exists()
        assert record() == (0, 0)

    def test_only_a_completed_job(self, alice, bob):
        jobs = [JobFactory.create(buyer=bob), hired_job(buyer=bob, artist=alice)]
        jobs.append(hired_job(buyer=bob, artist=alice, status=JobStatus.CANCELLED))
        for job in jobs:
            with pytest.raises(WrongJobStatus):
                review_create(actor=bob, job=job.pk, rating=5, comment="Early.")
        assert not Review.objects.exists()
        assert not Notification.objects.exists()

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"rating": 0}, "rating"),
            ({"rating": 6}, "rating"),
            ({"comment": " "}, "comment"),
            ({"comment": "x" * 1001}, "comment"),
            ({"job": NOBODYS}, "job"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, bob, job, values, field):
        with pytest.raises(Invalid) as refusal:
            review_create(actor=bob, **({"job": job.pk, "rating": 5, "comment": "Good."} | values))
        assert refusal.value.field == field
        assert not Review.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_two_at_once_make_one(self, bob, job, record):
        write = partial(review_create, actor=bob, job=job.pk, rating=3, comment="Twice.")

        outcomes = at_once([write, write])

        assert {type(outcome) for outcome in outcomes} == {Review, AlreadyReviewed}
        assert record() == (Decimal("3.00"), 1)
        assert Notification.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_reviews_of_one_artist_at_once_are_all_counted(self, alice, record):
        jobs = [completed_job(artist=alice) for _ in range(4)]

        at_once(
            [
                partial(review_create, actor=job.buyer, job=job.pk, rating=rating, comment="Good.")
                for job, rating in zip(jobs, (5, 4, 2, 2), strict=True)
            ]
        )

        assert record() == (Decimal("3.25"), 4)


class TestChange:
    def test_its_author_says_something_else(self, bob, review, record):
        review_change(actor=bob, review_id=review.pk, rating=2, comment="Not so good.", job=review.job_id)

        assert (columns(review)["rating"], columns(review)["comment"]) == (2, "Not so good.")
        assert record() == (Decimal("2.00"), 1)
        assert Notification.objects.count() == 1  # the first one

    def test_what_is_left_out_stays(self, bob, review):
        review_change(actor=bob, review_id=review.pk, rating=3)
        review_change(actor=bob, review_id=review.pk, comment="Fine.")

        assert (columns(review)["rating"], columns(review)["comment"]) == (3, "Fine.")

    @pytest.mark.parametrize(
        ("values", "field"), [({"rating": 6}, "rating"), ({"comment": ""}, "comment"), ({"job": NOBODYS}, "job")]
    )
    def test_what_does_not_fit_is_refused(self, bob, review, record, values, field):
        before = columns(review)
        with pytest.raises(Invalid) as refusal:
            review_change(actor=bob, review_id=review.pk, **({"rating": 1} | values))
        assert refusal.value.field == field
        assert columns(review) == before

    def test_nobody_else_changes_it(self, alice, charlie, staff, review):
        before = columns(review)
        for actor in (alice, charlie, staff):
            with pytest.raises(Denied):
                review_change(actor=actor, review_id=review.pk, rating=1)
        assert columns(review) == before

    def test_one_that_is_not_there(self, bob):
        with pytest.raises(Missing):
            review_change(actor=bob, review_id=NOBODYS, rating=1)


class TestDelete:
    def test_its_author_takes_it_back_and_may_write_another(self, alice, bob, job, review, record):
        ReviewFactory.create(job=completed_job(artist=alice), rating=3)

        review_delete(actor=bob, review_id=review.pk)

        assert record() == (Decimal("3.00"), 1)
        assert review_create(actor=bob, job=job.pk, rating=4, comment="On second thoughts.").job == job
        assert record() == (Decimal("3.50"), 2)

    def test_nobody_else_deletes_it(self, alice, charlie, staff, review, record):
        for actor in (alice, charlie, staff):
            with pytest.raises(Denied):
                review_delete(actor=actor, review_id=review.pk)
        assert Review.objects.exists()

    def test_one_that_is_not_there(self, bob):
        with pytest.raises(Missing):
            review_delete(actor=bob, review_id=NOBODYS)


class TestRemove:
    def test_staff_take_it_away_and_the_trail_says_what_it_was(self, staff, review, record):
        with called_from("127.0.0.1"):
            review_remove(actor=staff, review_id=review.pk, reason="Insults.")

        assert not Review.objects.exists()
        assert record() == (0, 0)
        entry = AuditEntry.objects.get()
        assert (entry.actor, entry.action, entry.target_id) == (staff, "review.remove", str(review.pk))
        assert entry.before == {"job": review.job_id, "rating": 5, "comment": "Excellent work."}
        assert (entry.after, entry.address) == ({"reason": "Insults."}, "127.0.0.1")

    def test_nobody_else_does(self, alice, bob, charlie, review):
        for actor in (alice, bob, charlie, ModeratorFactory.create()):
            with pytest.raises(Denied):
                review_remove(actor=actor, review_id=review.pk)
        assert Review.objects.exists()
        assert not AuditEntry.objects.exists()


def test_the_artist_is_the_one_hired(bob):
    job = completed_job(buyer=bob, artist=ArtistFactory.create(username="erin"))
    assert review_create(actor=bob, job=job.pk, rating=5, comment="Good.").artist.username == "erin"

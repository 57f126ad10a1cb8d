"""What artists' profiles say of their work: counted from reviews and jobs, also when several things happen at once."""

import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction

from accounts.models import ArtistProfile
from accounts.services.profiles import artist_profile_create
from accounts.tests.factories import ArtistFactory
from jobs.choices import JobStatus
from jobs.services.records import artist_record_refresh
from jobs.tests.factories import JobFactory, ReviewFactory, completed_job, hired_job

PROFILE = {"experience_level": "expert", "hourly_rate": Decimal("50.00")}


def record_of(artist):
    profile = ArtistProfile.objects.get(pk=artist.pk)
    return profile.rating, profile.total_reviews, profile.total_projects_completed, profile.completion_rate


@pytest.mark.django_db
def test_a_record_is_counted_from_reviews_and_jobs():
    alice = ArtistFactory.create(username="alice", profile=True)
    for rating in (5, 4, 4):
        ReviewFactory.create(job=completed_job(artist=alice), rating=rating)
    hired_job(artist=alice, status=JobStatus.CANCELLED)
    hired_job(artist=alice)  # under way: neither completed nor cancelled
    JobFactory.create(status=JobStatus.CANCELLED)  # nobody was hired
    ReviewFactory.create(rating=1)  # another artist's

    artist_record_refresh(alice.pk)

    assert record_of(alice) == (Decimal("4.33"), 3, 3, Decimal("75.00"))


@pytest.mark.django_db
def test_a_half_is_rounded_up():
    alice = ArtistFactory.create(username="alice", profile=True)
    for rating in (5, 5, 5, 5, 5, 5, 5, 4):  # 4.875
        ReviewFactory.create(job=completed_job(artist=alice), rating=rating)

    artist_record_refresh(alice.pk)

    assert record_of(alice)[0] == Decimal("4.88")


@pytest.mark.django_db
def test_over_nothing_everything_is_nothing():
    alice = ArtistFactory.create(username="alice", profile=True)
    ArtistProfile.objects.filter(pk=alice.pk).update(rating=5, total_reviews=9, completion_rate=100)

    artist_record_refresh(alice.pk)

    assert record_of(alice) == (0, 0, 0, 0)


@pytest.mark.django_db
def test_an_artist_without_a_profile_is_left_alone():
    review = ReviewFactory.create()

    artist_record_refresh(review.artist_id)

    assert not ArtistProfile.objects.exists()


@pytest.mark.django_db
def test_a_profile_made_later_starts_with_the_true_figures():
    alice = ArtistFactory.create(username="alice")
    ReviewFactory.create(job=completed_job(artist=alice), rating=4)
    hired_job(artist=alice, status=JobStatus.CANCELLED)

    profile = artist_profile_create(actor=alice, **PROFILE)

    assert (profile.rating, profile.total_reviews) == (Decimal("4.00"), 1)
    assert (profile.total_projects_completed, profile.completion_rate) == (1, Decimal("50.00"))


def _in_thread(work):
    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_a_review_that_commits_late_is_counted_as_well():
    alice = ArtistFactory.create(username="alice", profile=True)
    jobs = [completed_job(artist=alice) for _ in range(2)]
    first_counted, second_waits = threading.Event(), threading.Event()

    def first():
        with transaction.atomic():
            ReviewFactory.create(job=jobs[0], rating=5)
            artist_record_refresh(alice.pk)
            first_counted.set()
            second_waits.wait(5)

    def second():
        first_counted.wait(5)
        with transaction.atomic():
            ReviewFactory.create(job=jobs[1], rating=2)
            threading.Timer(0.3, second_waits.set).start()
            artist_record_refresh(alice.pk)

    for thread in [_in_thread(first), _in_thread(second)]:
        thread.join(10)

    assert record_of(alice) == (Decimal("3.50"), 2, 2, Decimal("100.00"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("profile_first", [True, False])
def test_a_profile_and_a_review_made_at_once_know_of_each_other(profile_first):
    alice = ArtistFactory.create(username="alice")
    job = completed_job(artist=alice)
    first_done, second_waits = threading.Event(), threading.Event()

    def make_profile():
        artist_profile_create(actor=alice, **PROFILE)

    def write_review():
        ReviewFactory.create(job=job, rating=4)
        artist_record_refresh(alice.pk)

    steps = [make_profile, write_review] if profile_first else [write_review, make_profile]

    def first():
        with transaction.atomic():
            steps[0]()
            first_done.set()
            second_waits.wait(5)

    def second():
        first_done.wait(5)
        threading.Timer(0.3, second_waits.set).start()
        with transaction.atomic():
            steps[1]()

    for thread in [_in_thread(first), _in_thread(second)]:
        thread.join(10)

    assert record_of(alice) == (Decimal("4.00"), 1, 1, Decimal("100.00"))

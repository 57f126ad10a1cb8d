"""Two at the same moment, each with a connection of their own."""

import threading
import time
import uuid

import pytest
from django.db import connection, transaction

from accounts.models import Notification
from accounts.tests.factories import ArtistFactory, BuyerFactory
from bench.pictures import EDITS
from config.core.errors import DomainError
from marketplace import tasks
from marketplace.choices import Status, Verdict
from marketplace.models import Artwork, ComparedPicture, Like, Listing, Picture, StatusChange, View
from marketplace.services import likes, views
from marketplace.services.gate import GATE, gate_lock
from marketplace.services.pictures import checks
from marketplace.tests.factories import ArtworkFactory, CategoryFactory
from marketplace.tests.uploads import file_of, file_with, painting, uploaded

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*actions):
    """Run the actions in threads that start together; return what each gave, or the refusal it got."""
    start, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(number, action):
        try:
            start.wait(10)
            results[number] = action()
        except DomainError as refusal:
            results[number] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


# Seconds until the one that holds the lock goes on all the same: if one of the others never comes to wait, the test
# says by its assertions what came of that.
PATIENCE = 4


def waiting_for_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # in a transaction the first look would be the only one
        waiting = "wait_event_type = 'Lock' AND datname = current_database()"
        cursor.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {waiting}")
        return cursor.fetchone()[0]


def both_at_the_gate(*actions, gate=GATE):
    """Like `at_once`, but the gate opens only when all of them have compared and stand before it."""
    opened = threading.Event()

    def keep_shut():
        with transaction.atomic():
            gate_lock(gate)
            opened.set()
            until = time.monotonic() + PATIENCE
            while waiting_for_locks() < len(actions) and time.monotonic() < until:
                time.sleep(0.05)

    def after_it_is_shut(action):
        def run():
            opened.wait(10)
            return action()

        return run

    return at_once(keep_shut, *map(after_it_is_shut, actions))[1:]


def one_while_the_other_waits(monkeypatch, module, name, first, second):
    """`first` stops where it calls `module.name`, until `second`, which begins then, waits for a lock."""
    holds, call = threading.Event(), getattr(module, name)

    def stopped(*said, **named):
        holds.set()
        until = time.monotonic() + PATIENCE
        while not waiting_for_locks() and time.monotonic() < until:
            time.sleep(0.02)
        return call(*said, **named)

    def begun():
        holds.wait(10)
        return second()

    monkeypatch.setattr(module, name, stopped)
    return at_once(first, begun)


@pytest.mark.parametrize("seed", [3, 4])
def test_of_two_artists_with_the_same_file_one_passes(seed):
    category_id = CategoryFactory().pk
    data = file_of(painting(seed)).read()
    alice, bob = ArtistFactory(identity_verified=True), ArtistFactory(identity_verified=True)
    results = both_at_the_gate(
        lambda: uploaded(alice, file_with(data), category_id=category_id),
        lambda: uploaded(bob, file_with(data), category_id=category_id),
    )
    assert sorted(type(result).__name__ for result in results) == ["Artwork", "DuplicatePicture"]
    assert Artwork.objects.filter(status=Status.APPROVED).count() == 1
    assert Artwork.objects.filter(status=Status.REJECTED).count() == 1


def test_of_two_artists_with_copies_of_one_picture_one_is_on_sale():
    category_id = CategoryFactory().pk
    alice, bob = ArtistFactory(identity_verified=True), ArtistFactory(identity_verified=True)
    one, other = painting(1_000_003), EDITS["jpeg q30"](painting(1_000_003))
    both_at_the_gate(
        lambda: uploaded(alice, one, category_id=category_id), lambda: uploaded(bob, other, category_id=category_id)
    )
    assert Artwork.objects.filter(status=Status.APPROVED).count() == 1
    assert Picture.objects.filter(verdict=Verdict.PASSED).count() == 1


def test_of_two_workers_one_settles_a_picture(settings):
    settings.DUPLICATE_CHECK_WAIT = 0
    work = uploaded(ArtistFactory(identity_verified=True))
    assert work.status == Status.PENDING
    at_once(*[lambda: tasks.picture_check(work.picture_id)] * 4)
    work.refresh_from_db()
    assert work.status == Status.APPROVED
    assert work.picture.check_attempts == 2
    assert Notification.objects.count() == 1
    assert ComparedPicture.objects.count() == 1
    assert StatusChange.objects.filter(after=Status.APPROVED).count() == 1


def test_a_worker_whose_claim_ran_out_settles_nothing_a_second_time(settings):
    """Both have compared and stand before the gate; only the one that holds the claim writes."""
    settings.DUPLICATE_CHECK_WAIT = 0
    work = uploaded(ArtistFactory(identity_verified=True))
    late, current = uuid.uuid4(), uuid.uuid4()
    Picture.objects.filter(pk=work.picture_id).update(check_state="running", check_claim=current)
    picture = Picture.objects.get(pk=work.picture_id)
    both_at_the_gate(
        lambda: checks._judge(picture, late, None, None, tell=True),
        lambda: checks._judge(picture, current, None, None, tell=True),
    )
    assert Notification.objects.count() == 1
    assert ComparedPicture.objects.count() == 1


def test_two_likes_of_one_person_count_once():
    work, alice = ArtworkFactory(), BuyerFactory()
    counts = at_once(*[lambda: likes.artwork_like(actor=alice, artwork_id=work.pk)] * 2)
    assert counts == [1, 1]
    assert Listing.objects.get(pk=work.pk).likes_count == 1
    assert Like.objects.count() == 1


def test_likes_of_two_people_count_twice():
    work, alice, bob = ArtworkFactory(), BuyerFactory(), BuyerFactory()
    counts = at_once(
        lambda: likes.artwork_like(actor=alice, artwork_id=work.pk),
        lambda: likes.artwork_like(actor=bob, artwork_id=work.pk),
    )
    assert sorted(counts) == [1, 2]
    assert Listing.objects.get(pk=work.pk).likes_count == 2


def test_a_like_taken_back_twice_counts_once():
    work, alice = ArtworkFactory(likes_count=5), BuyerFactory()
    likes.artwork_like(actor=alice, artwork_id=work.pk)
    at_once(*[lambda: likes.artwork_unlike(actor=alice, artwork_id=work.pk)] * 2)
    assert Listing.objects.get(pk=work.pk).likes_count == 5


def test_two_visits_at_once_count_once():
    work, alice = ArtworkFactory(), BuyerFactory()
    visit = {"actor": alice, "address": "10.0.0.1", "agent": "Browser"}
    at_once(*[lambda: views.view_count(listing=Listing.objects.get(pk=work.pk), **visit)] * 3)
    assert Listing.objects.get(pk=work.pk).views_count == 1
    assert View.objects.count() == 1


def test_a_listing_that_is_locked_keeps_no_visitor_waiting():
    work, bob = ArtworkFactory(), BuyerFactory()
    locked, seen = threading.Event(), threading.Event()

    def sell():
        with transaction.atomic():
            Listing.objects.select_for_update().get(pk=work.pk)
            locked.set()
            return seen.wait(20)

    def visit():
        locked.wait(10)
        views.view_count(actor=bob, listing=Listing.objects.get(pk=work.pk), address="10.0.0.1", agent="Browser")
        seen.set()

    visited_meanwhile, _ = at_once(sell, visit)
    assert visited_meanwhile is True
    assert Listing.objects.get(pk=work.pk).views_count == 0
    assert not View.objects.exists(), "a view that was not counted may be counted later"

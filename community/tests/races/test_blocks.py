"""Somebody follows at the moment at which they are blocked: whoever is second sees what the first has done."""

import threading
from functools import partial

import pytest
from django.db import connection

from accounts.models import Follow
from accounts.services import follows
from accounts.services.follows import follow
from accounts.tests.factories import UserFactory
from commerce.tests.races.test_lock_order import somebody_waits
from community.models import Block
from community.services import blocks
from community.services.blocks import block_add
from config.core.errors import Denied

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meanwhile(monkeypatch):
    """Before the next call of a step another call begins, which ends at once, or waits for this one and ends later."""
    threads, results = [], []

    def run(other):
        try:
            results.append(other())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    def begins(place, name, other):
        step = getattr(place, name)

        def between(*args, **kwargs):
            monkeypatch.setattr(place, name, step)
            threads.append(threading.Thread(target=run, args=(other,)))
            threads[0].start()
            while threads[0].is_alive() and not somebody_waits():
                pass
            return step(*args, **kwargs)

        monkeypatch.setattr(place, name, between)

    def ended():
        threads[0].join(timeout=20)
        return results

    begins.ended = ended
    return begins


def test_a_block_ends_what_was_followed_at_this_moment(meanwhile):
    alice, bob = UserFactory(), UserFactory()
    meanwhile(follows, "_count", partial(block_add, actor=alice, user_id=bob.pk))

    follow(actor=bob, user_id=alice.pk)

    assert meanwhile.ended() == [Block.objects.get()]
    assert not Follow.objects.exists()
    alice.refresh_from_db()
    assert alice.followers_count == 0


def test_nobody_follows_who_blocks_them_at_this_moment(meanwhile):
    alice, bob = UserFactory(), UserFactory()
    meanwhile(blocks, "unfollow", partial(follow, actor=bob, user_id=alice.pk))

    block_add(actor=alice, user_id=bob.pk)

    assert [type(result) for result in meanwhile.ended()] == [Denied]
    assert not Follow.objects.exists()

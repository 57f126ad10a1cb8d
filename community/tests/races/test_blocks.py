"""Somebody follows at the moment at which they are blocked: whoever is second sees what the first has done."""

from functools import partial

import pytest

from accounts.models import Follow
from accounts.services import follows
from accounts.services.follows import follow
from accounts.tests.factories import UserFactory
from community.models import Block
from community.services import blocks
from community.services.blocks import block_add
from config.core.errors import Denied
from tests.interleaving import begins_before

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_block_ends_what_was_followed_at_this_moment(monkeypatch):
    alice, bob = UserFactory(), UserFactory()
    ended = begins_before(monkeypatch, follows, "_count", partial(block_add, actor=alice, user_id=bob.pk))

    follow(actor=bob, user_id=alice.pk)

    assert ended() == [Block.objects.get()]
    assert not Follow.objects.exists()
    alice.refresh_from_db()
    assert alice.followers_count == 0


def test_nobody_follows_who_blocks_them_at_this_moment(monkeypatch):
    alice, bob = UserFactory(), UserFactory()
    ended = begins_before(monkeypatch, blocks, "unfollow", partial(follow, actor=bob, user_id=alice.pk))

    block_add(actor=alice, user_id=bob.pk)

    assert [type(result) for result in ended()] == [Denied]
    assert not Follow.objects.exists()

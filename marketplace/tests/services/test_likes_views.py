"""Likes and views: who counts, how often, and what happens when counting fails."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils import timezone

from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory, UserFactory
from config.core.errors import Missing
from marketplace.choices import Status
from marketplace.models import Like, Listing, View
from marketplace.services.likes import artwork_like, artwork_unlike
from marketplace.services.views import view_count
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
STRANGER = AnonymousUser()


def count(work, **changes):
    visit = {"actor": STRANGER, "address": "192.0.2.1", "agent": "Mozilla/5.0"} | changes
    view_count(listing=work, **visit)
    return Listing.objects.get(pk=work.pk).views_count


class TestLikes:
    def test_once_a_person(self):
        work, alice, bob = ArtworkFactory(likes_count=89), BuyerFactory(), BuyerFactory()
        changed = work.updated_at
        assert artwork_like(actor=alice, artwork_id=work.pk) == 90
        assert artwork_like(actor=alice, artwork_id=work.pk) == 90
        assert artwork_like(actor=bob, artwork_id=work.pk) == 91
        assert artwork_unlike(actor=alice, artwork_id=work.pk) == 90
        assert artwork_unlike(actor=alice, artwork_id=work.pk) == 90
        assert Like.objects.get().user == bob
        assert Listing.objects.get(pk=work.pk).updated_at == changed

    @pytest.mark.parametrize("columns", [{"status": Status.PENDING}, {"is_available": False}])
    def test_only_what_one_may_see(self, columns):
        work = ArtworkFactory(**columns)
        for act in (artwork_like, artwork_unlike):
            with pytest.raises(Missing):
                act(actor=BuyerFactory(), artwork_id=work.pk)
            with pytest.raises(Missing):
                act(actor=BuyerFactory(), artwork_id=2**62)
        assert not Like.objects.exists()
        assert artwork_like(actor=work.seller, artwork_id=work.pk) == 1


class TestViews:
    def test_one_a_visitor_and_day(self):
        work, alice = ArtworkFactory(), BuyerFactory()
        assert count(work) == 1
        assert count(work) == 1
        assert count(work, agent="Other browser") == 2
        assert count(work, address="192.0.2.2") == 3
        assert count(work, actor=alice) == 4
        assert count(work, actor=alice, address="192.0.2.9", agent="Telephone") == 4
        assert count(ArtworkFactory()) == 1

    def test_again_the_next_day(self):
        work = ArtworkFactory()
        count(work)
        View.objects.update(day=timezone.now().date() - timedelta(days=1))
        assert count(work) == 2

    def test_not_the_owner_not_moderators(self):
        work = ArtworkFactory()
        assert count(work, actor=work.seller) == 0
        assert count(work, actor=ModeratorFactory()) == 0
        assert count(work, actor=ArtistFactory()) == 1

    @pytest.mark.parametrize(
        "agent",
        [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0)",
            "Mozilla/5.0 (compatible; Yahoo! Slurp)",
            "facebookexternalhit/1.1",
            "AhrefsSpider",
        ],
    )
    def test_not_robots(self, agent):
        assert count(ArtworkFactory(), agent=agent) == 0

    def test_who_it_was_is_not_kept(self):
        work = ArtworkFactory()
        count(work)
        (view,) = View.objects.values()
        assert "192.0.2.1" not in str(view)
        assert len(view["visitor"]) == 32

    @pytest.mark.django_db(transaction=True)
    def test_a_database_that_refuses_fails_nobody(self):
        work = ArtworkFactory()
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {View._meta.db_table} RENAME TO away")
        try:
            assert count(work, actor=UserFactory()) == 0
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE away RENAME TO {View._meta.db_table}")

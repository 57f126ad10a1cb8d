"""Who sees which artworks, and what lists hold and cost."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory, StaffFactory
from config.core.errors import Missing
from marketplace.choices import Status
from marketplace.errors import NotYours
from marketplace.selectors.artworks import artwork_visible, artworks_listed, artworks_of_artist
from marketplace.selectors.moderation import artwork_check
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, EquipmentFactory, PictureFactory
from marketplace.tests.services.test_artwork_edit import order_of

pytestmark = pytest.mark.django_db
STRANGER = AnonymousUser()


def ids(rows):
    return [row["id"] for row in rows]


def sees(actor, work) -> bool:
    try:
        return artwork_visible(actor=actor, artwork_id=work.pk).pk == work.pk
    except Missing:
        return False


class TestVisible:
    @pytest.mark.parametrize(
        ("columns", "strangers", "owner", "moderators"),
        [
            ({}, True, True, True),
            ({"stock": 0, "edition_size": 1}, True, True, True),
            ({"is_available": False}, False, True, True),
            ({"status": Status.PENDING}, False, True, True),
            ({"status": Status.REJECTED}, False, True, True),
            ({"status": Status.DRAFT}, False, True, True),
            ({"status": Status.ARCHIVED}, False, False, True),
        ],
    )
    def test_by_whom(self, columns, strangers, owner, moderators):
        work = ArtworkFactory(**columns)
        seen = [sees(actor, work) for actor in (STRANGER, BuyerFactory(), ArtistFactory())]
        assert seen == [strangers] * 3
        assert sees(work.seller, work) is owner
        assert [sees(actor, work) for actor in (ModeratorFactory(), StaffFactory())] == [moderators] * 2

    def test_an_archived_one_by_its_buyers(self):
        work = ArtworkFactory(status=Status.ARCHIVED)
        buyer = order_of(work).order.buyer
        order_of(work)
        assert sees(buyer, work)
        assert not sees(BuyerFactory(), work)

    def test_equipment_is_no_artwork(self):
        assert not sees(STRANGER, EquipmentFactory())

    def test_the_check_by_its_artist_and_moderators(self):
        work = ArtworkFactory()
        newest = PictureFactory(artwork=work)
        for actor in (work.seller, ModeratorFactory()):
            assert artwork_check(actor=actor, artwork_id=work.pk).picture == newest
        with pytest.raises(NotYours):
            artwork_check(actor=BuyerFactory(), artwork_id=work.pk)
        with pytest.raises(Missing):
            artwork_check(actor=BuyerFactory(), artwork_id=ArtworkFactory(status=Status.PENDING).pk)
        with pytest.raises(Missing):
            artwork_check(actor=ModeratorFactory(), artwork_id=ArtworkFactory(picture=False).pk)


class TestList:
    def test_what_it_holds(self):
        shown = ArtworkFactory()
        ArtworkFactory(is_available=False)
        ArtworkFactory(stock=0, edition_size=3)
        EquipmentFactory()
        for status in (Status.PENDING, Status.REJECTED, Status.DRAFT, Status.ARCHIVED):
            ArtworkFactory(status=status)
        assert ids(artworks_listed()) == [shown.pk]

    def test_filters(self):
        painted, drawn = CategoryFactory(), CategoryFactory()
        one = ArtworkFactory(category=painted, artwork_type="digital", price=Decimal(10), title="Über den Dünen")
        two = ArtworkFactory(category=drawn, artwork_type="physical", price=Decimal(20), description="Dunes at night")
        ArtworkFactory(category=drawn, artwork_type="mixed", price=Decimal(30), is_featured=True, title="100 % wool_")
        columns = {
            "artwork_type": "artwork__artwork_type",
            "min_price": "price__gte",
            "max_price": "price__lte",
        }

        def titles(**filters):
            return sorted(ids(artworks_listed(**{columns.get(name, name): filters[name] for name in filters})))

        assert titles(category=painted.pk) == [one.pk]
        assert titles(category=2**62) == []
        assert titles(artwork_type="physical") == [two.pk]
        assert titles(min_price=Decimal(10), max_price=Decimal(20)) == [one.pk, two.pk]
        assert titles(min_price=Decimal("10.01"), max_price=Decimal("19.99")) == []
        assert len(titles(is_featured=True)) == 1
        assert titles(is_featured=False) == [one.pk, two.pk]
        assert titles(search="DUNES") == [two.pk]
        assert titles(search="night DUNES") == [two.pk]
        assert titles(search="dünen") == [one.pk]
        assert len(titles(search="%")) == 1
        assert len(titles(search="wool_")) == 1
        assert titles(search="_ool") == []

    @pytest.mark.parametrize("name", ["price", "created_at", "views_count", "likes_count"])
    def test_orderings(self, name):
        now = timezone.now()
        works = [
            ArtworkFactory(
                price=Decimal(value),
                views_count=value,
                likes_count=value,
                created_at=now + timedelta(minutes=value),
            )
            for value in (2, 1, 3, 1)
        ]
        first, second, third, fourth = (work.pk for work in works)
        assert ids(artworks_listed(ordering=name))[2:] == [first, third]
        assert ids(artworks_listed(ordering=f"-{name}"))[:2] == [third, first]
        if name != "created_at":
            assert ids(artworks_listed(ordering=name))[:2] == [second, fourth]

    def test_counting_leaves_out_what_only_brings_columns(self, django_assert_num_queries):
        ArtworkFactory.create_batch(3)
        with django_assert_num_queries(1) as captured:
            assert artworks_listed().count() == 3
        assert "accounts_user" not in captured[0]["sql"]
        assert "marketplace_artwork" not in captured[0]["sql"]

    def test_an_artists_own(self):
        alice = ArtistFactory()
        live = ArtworkFactory(seller=alice)
        pending = ArtworkFactory(seller=alice, status=Status.PENDING)
        ArtworkFactory(seller=alice, status=Status.ARCHIVED)
        ArtworkFactory()
        assert ids(artworks_of_artist(actor=STRANGER, artist_id=alice.pk)) == [live.pk]
        assert ids(artworks_of_artist(actor=BuyerFactory(), artist_id=alice.pk)) == [live.pk]
        for actor in (alice, ModeratorFactory()):
            assert ids(artworks_of_artist(actor=actor, artist_id=alice.pk)) == [pending.pk, live.pk]

    def test_of_nobody_who_sells(self):
        for artist_id in (BuyerFactory().pk, 2**62, ArtistFactory(is_active=False).pk):
            with pytest.raises(Missing):
                artworks_of_artist(actor=STRANGER, artist_id=artist_id)

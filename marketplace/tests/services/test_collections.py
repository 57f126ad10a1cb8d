"""Collections: whose they are, what is in them, and what their counters say."""

import pytest

from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory, ModeratorFactory
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry
from marketplace.choices import Status
from marketplace.errors import AlreadyCollected, CollectionFull, NotCollected
from marketplace.models import Collection, CollectionItem
from marketplace.selectors.collections import collection_items, collections_listed, covers_of
from marketplace.services import collections as services
from marketplace.services.models_3d.models import model_delete
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob():
    return BuyerFactory()


@pytest.fixture
def ships(bob):
    return services.collection_create(actor=bob, details={"name": "Spaceships 🚀", "is_public": True})


def add(ships, *models, **changes):
    for model in models:
        services.collection_add(**{"actor": ships.owner, "collection_id": ships.pk, "model_id": model.pk} | changes)


def inside(actor, ships):
    return [row["listing_id"] for row in collection_items(actor=actor, collection_id=ships.pk)]


def count(ships):
    ships.refresh_from_db()
    return ships.models_count


class TestModels:
    def test_in_order(self, ships):
        one, two, three = (Model3DFactory(mesh=None) for _ in range(3))
        add(ships, one, two)
        add(ships, three, position=0)
        assert inside(ships.owner, ships) == [one.pk, three.pk, two.pk]
        services.collection_update(actor=ships.owner, collection_id=ships.pk, changes={}, model_ids=[three.pk, two.pk])
        assert inside(ships.owner, ships) == [three.pk, two.pk, one.pk]
        assert services.collection_remove(actor=ships.owner, collection_id=ships.pk, model_id=two.pk) == 2
        with pytest.raises(NotCollected):
            services.collection_remove(actor=ships.owner, collection_id=ships.pk, model_id=two.pk)
        with pytest.raises(Invalid):
            services.collection_update(actor=ships.owner, collection_id=ships.pk, changes={}, model_ids=[two.pk])
        assert count(ships) == 2

    def test_what_is_refused_changes_nothing(self, ships, monkeypatch):
        model, hidden = Model3DFactory(mesh=None), Model3DFactory(mesh=None, status=Status.PENDING)
        add(ships, model)
        for changes, refusal in (
            ({}, AlreadyCollected),
            ({"model_id": hidden.pk}, Missing),
            ({"model_id": 2**62}, Missing),
            ({"collection_id": 2**62}, Missing),
            ({"actor": ArtistFactory()}, Denied),
            ({"actor": ModeratorFactory()}, Denied),
        ):
            with pytest.raises(refusal):
                add(ships, model, **changes)
        monkeypatch.setattr(services, "MOST_MODELS", 1)
        with pytest.raises(CollectionFull):
            add(ships, Model3DFactory(mesh=None))
        assert (count(ships), CollectionItem.objects.count()) == (1, 1)

    @pytest.mark.parametrize(
        "columns",
        [
            {"status": Status.ARCHIVED},
            {"status": Status.REJECTED},
            {"is_available": False},
            {"seller_is_active": False},
        ],
    )
    def test_what_is_no_longer_on_sale_is_not_shown(self, ships, columns):
        model, other = Model3DFactory(), Model3DFactory()
        add(ships, model, other)
        for name, value in columns.items():
            setattr(model, name, value)
        model.save()
        for actor in (ships.owner, BuyerFactory()):
            assert inside(actor, ships) == [other.pk]
        assert covers_of([ships.pk]) == {ships.pk: [other.mesh.thumbnail.name]}
        own = [] if columns.get("status") == Status.ARCHIVED else [model.pk]
        assert inside(model.seller, ships) == [*own, other.pk]

    def test_a_deleted_model_is_in_none(self, ships):
        model = Model3DFactory(mesh=None)
        add(ships, model)
        model_delete(actor=model.seller, model_id=model.pk)
        assert (count(ships), CollectionItem.objects.count()) == (0, 0)

    def test_four_covers(self, ships, django_assert_num_queries):
        models = [Model3DFactory() for _ in range(6)]
        add(ships, *models)
        with django_assert_num_queries(1):
            covers = covers_of([ships.pk])
        assert covers[ships.pk] == [model.mesh.thumbnail.name for model in models[:4]]


class TestWhoseTheyAre:
    def test_private_ones(self, bob, ships):
        services.collection_follow(actor=ArtistFactory(), collection_id=ships.pk)
        services.collection_update(actor=bob, collection_id=ships.pk, changes={"is_public": False})
        stranger = BuyerFactory()
        assert [row["id"] for row in collections_listed(actor=bob, user_id=bob.pk)] == [ships.pk]
        assert not collections_listed(actor=stranger, user_id=bob.pk)
        assert not collections_listed(actor=bob)
        for act in (
            lambda: collection_items(actor=stranger, collection_id=ships.pk),
            lambda: services.collection_follow(actor=stranger, collection_id=ships.pk),
            lambda: services.collection_unfollow(actor=stranger, collection_id=ships.pk),
            lambda: services.collection_update(actor=stranger, collection_id=ships.pk, changes={"name": "Mine"}),
            lambda: services.collection_delete(actor=stranger, collection_id=ships.pk),
        ):
            with pytest.raises(Missing):
                act()
        follower = ships.followers.get().user
        assert services.collection_unfollow(actor=follower, collection_id=ships.pk) == 0

    def test_of_a_banned_owner(self, bob, ships):
        bob.is_active = False
        bob.save(update_fields=["is_active"])
        assert not collections_listed(actor=BuyerFactory())
        with pytest.raises(Missing):
            collection_items(actor=BuyerFactory(), collection_id=ships.pk)

    def test_by_an_administrator_with_an_entry(self, ships):
        admin = AdminFactory()
        services.collection_update(actor=admin, collection_id=ships.pk, changes={"name": "Ships"})
        services.collection_delete(actor=admin, collection_id=ships.pk)
        assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["collection.edit", "collection.delete"]
        assert not Collection.objects.exists()

    def test_following_counts_once_a_person(self, ships):
        alice, carol = ArtistFactory(), BuyerFactory()
        for _ in range(2):
            assert services.collection_follow(actor=alice, collection_id=ships.pk) == 1
        assert services.collection_follow(actor=carol, collection_id=ships.pk) == 2
        for _ in range(2):
            assert services.collection_unfollow(actor=alice, collection_id=ships.pk) == 1

    def test_a_name_is_needed(self, bob, ships):
        with pytest.raises(Invalid):
            services.collection_create(actor=bob, details={"name": "  "})
        with pytest.raises(Invalid):
            services.collection_update(actor=bob, collection_id=ships.pk, changes={"name": ""})

"""What a deactivated account sells is on sale no longer, in any dialect, and is again with the account."""

from functools import partial

import pytest
from rest_framework.test import APIClient

from accounts.services import people
from accounts.services.accounts import house_account
from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory
from accounts.tests.people import as_token
from commerce.tests.steps import at_once, order_of
from marketplace.errors import NotOnSale
from marketplace.models import Listing
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory, Model3DFactory


def found() -> dict[str, int]:
    """How many things strangers find where."""
    client = APIClient()
    counts = {
        path: client.get(path).json()["count"]
        for path in ("/api/artworks/", "/api/artworks/featured/", "/api/equipment/")
    }
    counts["search"] = client.get("/api/search/?q=quokka").json()["total_results"]
    counts["designs"] = len(client.get("/api/v1/commerce/designs").json())
    return counts


@pytest.mark.django_db
def test_nothing_of_a_deactivated_seller_is_on_sale(admin):
    alice, bob = ArtistFactory(), BuyerFactory()
    work = ArtworkFactory(seller=alice, title="Quokka", is_featured=True)
    other = ArtworkFactory(title="Quokka too", is_featured=True)
    hidden = ArtworkFactory(seller=alice, is_available=False)
    model = Model3DFactory(seller=alice)
    EquipmentFactory()
    order_of(bob, work)
    on_sale = found()
    assert on_sale == {
        "/api/artworks/": 2,
        "/api/artworks/featured/": 2,
        "/api/equipment/": 1,
        "search": 2,
        "designs": 1,
    }

    people.user_deactivate(actor=admin, user_id=alice.pk)

    assert found() == {
        "/api/artworks/": 1,
        "/api/artworks/featured/": 1,
        "/api/equipment/": 1,
        "search": 1,
        "designs": 0,
    }
    stranger = as_token(BuyerFactory())
    for path in (f"/api/artworks/{work.pk}/", f"/api/v1/commerce/designs/{model.pk}"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/api/artworks/{work.pk}/like/").status_code == 404
    assert as_token(bob).get(f"/api/artworks/{work.pk}/").status_code == 200, "its buyers keep it"
    assert stranger.get(f"/api/artworks/{other.pk}/").status_code == 200

    people.user_activate(actor=admin, user_id=alice.pk)

    assert found() == on_sale
    assert APIClient().get(f"/api/artworks/{hidden.pk}/").status_code == 404, "her own switch stays as it was"


@pytest.mark.django_db
def test_the_house_sells_without_being_active(admin):
    EquipmentFactory(seller=house_account())
    people.user_deactivate(actor=admin, user_id=house_account().pk)
    assert APIClient().get("/api/equipment/").json()["count"] == 1


@pytest.mark.django_db(transaction=True)
def test_an_order_and_the_deactivation_of_its_seller_at_once():
    admin, bob = AdminFactory(), BuyerFactory()
    for _ in range(10):
        alice = ArtistFactory()
        works = ArtworkFactory.create_batch(3, seller=alice)
        ordered, decided = at_once(
            partial(order_of, bob, *works), partial(people.user_deactivate, actor=admin, user_id=alice.pk)
        )
        assert not isinstance(decided, Exception), decided
        assert not isinstance(ordered, Exception) or isinstance(ordered, NotOnSale), ordered
        assert not Listing.objects.filter(seller=alice, seller_is_active=True).exists()

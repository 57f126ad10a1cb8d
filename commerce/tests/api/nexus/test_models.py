"""One 3-D model over HTTP, with what the caller has to do with it."""

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory
from commerce.services.orders.carts import cart_add
from commerce.tests.steps import order_of, paid_order
from marketplace.choices import Status
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, Model3DFactory

pytestmark = pytest.mark.django_db


def client_of(user=None):
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.mark.operation("nexus.models.retrieve")
class TestDetail:
    def test_to_a_stranger(self):
        art = CategoryFactory()
        model = Model3DFactory(category=art, views_count=4, comments_count=5)
        others = [Model3DFactory(category=art) for _ in range(5)]
        Model3DFactory(category=art, status=Status.PENDING)
        ArtworkFactory(category=art)
        body = client_of().get(f"/api/models/{model.pk}", HTTP_USER_AGENT="Mozilla/5.0").json()
        assert (body["views"], body["comment_count"], body["file_url"]) == (5, 5, None)
        assert [row["id"] for row in body["related_models"]] == [other.pk for other in others[:0:-1]]
        assert list(body["related_models"][0]) == [
            *("id", "title", "name", "thumbnail_url", "price", "is_free", "category", "file_formats"),
            *("creator_id", "creator"),
        ]
        assert (body["is_liked"], body["is_purchased"], body["is_in_cart"]) == (False, False, False)

    def test_to_who_likes_it_and_has_it_in_the_cart(self):
        model, bob = Model3DFactory(category=None), BuyerFactory()
        client = client_of(bob)
        client.post(f"/api/models/{model.pk}/like")
        cart_add(actor=bob, channel="nexus", listing=model)
        body = client.get(f"/api/models/{model.pk}").json()
        assert (body["is_liked"], body["is_in_cart"], body["is_purchased"]) == (True, True, False)
        assert (body["file_url"], body["related_models"]) == (None, [])

    def test_to_its_buyer_also_when_it_was_rejected_later(self, settings):
        settings.SANDBOX_ALLOWED = True
        model, bob, charlie = Model3DFactory(), BuyerFactory(), BuyerFactory()
        order_of(charlie, model, channel="nexus")
        paid_order(bob, model, channel="nexus")
        body = client_of(bob).get(f"/api/models/{model.pk}").json()
        assert (body["is_purchased"], body["file_url"] is None) == (True, False)
        assert client_of(charlie).get(f"/api/models/{model.pk}").json()["is_purchased"] is False
        model.status = Status.REJECTED
        model.save(update_fields=["status"])
        body = client_of(bob).get(f"/api/models/{model.pk}").json()
        assert (body["status"], body["is_purchased"], body["file_url"] is None) == ("rejected", True, False)

    @pytest.mark.parametrize("columns", [{"status": Status.PENDING}, {"is_available": False}])
    def test_what_is_not_public(self, columns):
        model = Model3DFactory(**columns)
        for person, status in (
            (None, 404),
            (BuyerFactory(), 404),
            (ArtistFactory(), 404),
            (model.seller, 200),
            (ModeratorFactory(), 200),
        ):
            assert client_of(person).get(f"/api/models/{model.pk}").status_code == status
        assert client_of().get(f"/api/models/{model.pk}").json() == {"detail": "Model not found"}

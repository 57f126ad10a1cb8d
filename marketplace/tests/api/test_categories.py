"""Categories in both dialects that show them."""

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import AdminFactory, ArtistFactory, ModeratorFactory
from marketplace.models import Listing
from marketplace.tests.factories import ArtworkFactory, CategoryFactory

pytestmark = pytest.mark.django_db


def client_of(user=None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.mark.operation("cultureup.categories.list")
def test_cultureup_lists_open_ones_by_name(django_assert_num_queries):
    CategoryFactory(name="Oil")
    CategoryFactory(name="Digital Art", description="Digital artwork category")
    CategoryFactory(name="Closed", is_active=False)
    body = client_of().get("/api/categories/").json()
    assert (body["count"], [row["name"] for row in body["results"]]) == (2, ["Digital Art", "Oil"])
    assert list(body["results"][0]) == ["id", "name", "description", "is_active", "created_at"]
    assert client_of(ModeratorFactory()).get("/api/categories/").json()["count"] == 3
    assert client_of(ArtistFactory()).get("/api/categories/").json()["count"] == 2
    CategoryFactory.create_batch(10)
    with django_assert_num_queries(2):
        client_of().get("/api/categories/")


@pytest.mark.operation("cultureup.categories.get")
def test_cultureup_shows_one():
    category = CategoryFactory(name="Oil")
    closed = CategoryFactory(is_active=False)
    assert client_of().get(f"/api/categories/{category.pk}/").json()["name"] == "Oil"
    assert client_of().get(f"/api/categories/{closed.pk}/").status_code == 404
    assert client_of(ModeratorFactory()).get(f"/api/categories/{closed.pk}/").status_code == 200
    assert client_of().get("/api/categories/99999999999999999999/").status_code == 404


@pytest.mark.operation("nexus.categories.list")
def test_nexus_lists_them_by_position_with_their_models(django_assert_num_queries):
    vehicles = CategoryFactory(name="Vehicles", position=2)
    toys = CategoryFactory(name="Toys", position=1, icon="🧸")
    CategoryFactory(name="Closed", is_active=False)
    ArtworkFactory(category=toys)
    for status in ("approved", "approved", "pending"):
        Listing.objects.create(
            kind="model",
            channel="nexus",
            seller=ArtistFactory(),
            category=vehicles,
            title="Car",
            price=5,
            currency="USD",
            status=status,
        )
    with django_assert_num_queries(1):
        body = client_of().get("/api/categories").json()
    assert body == [
        {"id": toys.pk, "name": "Toys", "icon": "🧸", "enabled": True, "model_count": 0, "order": 1},
        {"id": vehicles.pk, "name": "Vehicles", "icon": "📦", "enabled": True, "model_count": 2, "order": 2},
    ]
    assert len(client_of(AdminFactory()).get("/api/categories?all=true").json()) == 3
    assert len(client_of(ArtistFactory()).get("/api/categories?all=true").json()) == 2
    assert client_of().get("/api/categories?all=perhaps").status_code == 422

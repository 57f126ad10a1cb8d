"""Categories in both dialects that show them."""

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import AdminFactory, ArtistFactory, ModeratorFactory
from config.core.models import AuditEntry
from marketplace.models import Category, Listing
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, Model3DFactory

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
    with django_assert_num_queries(2):
        body = client_of().get("/api/categories").json()
    assert body == [
        {"id": toys.pk, "name": "Toys", "icon": "🧸", "enabled": True, "model_count": 0, "order": 1},
        {"id": vehicles.pk, "name": "Vehicles", "icon": "📦", "enabled": True, "model_count": 2, "order": 2},
    ]
    assert len(client_of(AdminFactory()).get("/api/categories?all=true").json()) == 3
    assert len(client_of(ArtistFactory()).get("/api/categories?all=true").json()) == 2
    assert client_of().get("/api/categories?all=perhaps").status_code == 422


@pytest.mark.operation("nexus.categories.create")
def test_a_new_one_takes_in_what_makers_called_so():
    worded = Model3DFactory(category=None, subcategory="vehicles")
    Model3DFactory(category=None, subcategory="Toys")
    answer = client_of(AdminFactory()).post("/api/categories", {"name": "Vehicles"}, format="json")
    body = answer.json()
    assert answer.status_code == 201
    assert body == {
        "id": Category.objects.get().pk,
        "name": "Vehicles",
        "icon": "📦",
        "enabled": True,
        "model_count": 1,
        "order": 0,
    }
    worded.refresh_from_db()
    assert (worded.category_id, worded.subcategory) == (body["id"], "")
    assert AuditEntry.objects.get().action == "category.create"
    answer = client_of(AdminFactory()).post("/api/categories", {"name": "VEHICLES"}, format="json")
    assert (answer.status_code, answer.json()) == (409, {"detail": "Category already exists"})
    for wrong, field in (({"name": " "}, "name"), ({}, "name"), ({"name": "x", "order": "last"}, "order")):
        answer = client_of(AdminFactory()).post("/api/categories", wrong, format="json")
        assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", field])
    answer = client_of(ArtistFactory()).post("/api/categories", {"name": "Mine"}, format="json")
    assert (answer.status_code, answer.json()) == (403, {"detail": "Not enough permissions"})
    assert Category.objects.count() == 1


@pytest.mark.operation("nexus.categories.retrieve")
@pytest.mark.operation("nexus.categories.update")
def test_one_is_shown_and_changed():
    art, toys, admin = CategoryFactory(name="Art"), CategoryFactory(name="Toys"), client_of(AdminFactory())
    address = f"/api/categories/{art.pk}"
    assert client_of().get(address).json()["name"] == "Art"
    body = admin.put(address, {"name": "Fine Art", "icon": "🎨", "order": 3}, format="json").json()
    assert (body["name"], body["icon"], body["order"], body["enabled"]) == ("Fine Art", "🎨", 3, True)
    answer = admin.put(address, {"name": "toys"}, format="json")
    assert (answer.status_code, answer.json()) == (409, {"detail": "Category already exists"})
    assert admin.put(address, {"enabled": False}, format="json").json()["enabled"] is False
    assert client_of().get(address).json() == {"detail": "Category not found"}
    assert admin.put("/api/categories/0", {"name": "x"}, format="json").json() == {"detail": "Category not found"}
    assert client_of(ArtistFactory()).put(address, {"name": "x"}, format="json").status_code == 403
    assert AuditEntry.objects.filter(action="category.update").count() == 2
    toys.refresh_from_db()
    assert toys.name == "Toys"


@pytest.mark.operation("nexus.categories.delete")
def test_one_is_deleted_while_nothing_is_in_it():
    art, toys, admin = CategoryFactory(), CategoryFactory(), client_of(AdminFactory())
    Model3DFactory(category=toys, mesh=None)
    assert client_of(ArtistFactory()).delete(f"/api/categories/{art.pk}").status_code == 403
    assert admin.delete(f"/api/categories/{art.pk}").json() == {"message": "Category deleted"}
    answer = admin.delete(f"/api/categories/{toys.pk}")
    assert (answer.status_code, answer.json()) == (409, {"detail": "Category is in use"})
    assert admin.delete(f"/api/categories/{art.pk}").json() == {"detail": "Category not found"}
    assert [entry.action for entry in AuditEntry.objects.all()] == ["category.delete"]

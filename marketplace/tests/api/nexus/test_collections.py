"""Collections over HTTP."""

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import BuyerFactory
from marketplace.models import Collection
from marketplace.services.collections import collection_add, collection_create
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db
SHAPE = [
    *("id", "owner_id", "owner", "name", "description", "is_public", "model_count", "views", "followers"),
    *("cover_images", "is_following", "created_at", "updated_at"),
]
BROWSER = {"HTTP_USER_AGENT": "Mozilla/5.0"}


def client_of(user=None):
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.fixture
def bob():
    return BuyerFactory()


@pytest.fixture
def ships(bob):
    made = collection_create(actor=bob, details={"name": "Spaceships"})
    collection_add(actor=bob, collection_id=made.pk, model_id=Model3DFactory(title="Rocket").pk)
    return made


@pytest.mark.operation("nexus.collections.create")
def test_create(bob):
    answer = client_of(bob).post("/api/collections", {"name": "Spaceships", "description": None}, format="json")
    body = answer.json()
    assert (answer.status_code, list(body)) == (201, SHAPE)
    assert (body["owner_id"], body["description"], body["is_public"]) == (bob.pk, None, True)
    assert (body["model_count"], body["views"], body["followers"], body["cover_images"]) == (0, 0, 0, [])
    for wrong in ({}, {"name": " "}, {"name": "x" * 121}):
        answer = client_of(bob).post("/api/collections", wrong, format="json")
        assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "name"])
    assert client_of().post("/api/collections", {"name": "x"}, format="json").status_code == 401


@pytest.mark.operation("nexus.collections.list")
def test_list(bob, ships, django_assert_num_queries):
    secret = collection_create(actor=bob, details={"name": "Secret", "is_public": False})
    with django_assert_num_queries(3):
        body = client_of().get("/api/collections").json()
    assert [row["id"] for row in body.pop("items")] == [ships.pk]
    assert body == {"total": 1, "page": 1, "limit": 20, "pages": 1}
    mine = client_of(bob).get(f"/api/collections?user_id={bob.pk}").json()["items"]
    assert [row["id"] for row in mine] == [secret.pk, ships.pk]
    assert len(mine[1]["cover_images"]) == 1
    assert client_of(BuyerFactory()).get(f"/api/collections?user_id={bob.pk}").json()["total"] == 1
    assert client_of().get("/api/collections?user_id=").json()["total"] == 1
    assert client_of().get("/api/collections?page=10000").json()["items"] == []
    assert client_of().get("/api/collections?user_id=x").status_code == 422


@pytest.mark.operation("nexus.collections.retrieve")
def test_retrieve_counts_visits(bob, ships):
    address = f"/api/collections/{ships.pk}"
    assert client_of(bob).get(address, **BROWSER).json()["views"] == 0
    assert client_of().get(address, **BROWSER).json()["views"] == 1
    assert client_of().get(address, **BROWSER).json()["views"] == 1
    assert client_of(BuyerFactory()).get(address, **BROWSER).json()["views"] == 2
    Collection.objects.update(is_public=False)
    assert client_of(bob).get(address).status_code == 200
    assert client_of().get(address).json() == {"detail": "Collection not found"}


@pytest.mark.operation("nexus.collections.update")
@pytest.mark.operation("nexus.collections.delete")
def test_update_and_delete(bob, ships):
    address, stranger = f"/api/collections/{ships.pk}", client_of(BuyerFactory())
    body = client_of(bob).put(address, {"name": "Spaceships II", "is_public": False}, format="json").json()
    assert (body["name"], body["is_public"], body["model_count"]) == ("Spaceships II", False, 1)
    client_of(bob).put(address, {"is_public": True}, format="json")
    for answer in (stranger.put(address, {"name": "Mine"}, format="json"), stranger.delete(address)):
        assert (answer.status_code, answer.json()) == (403, {"detail": "Not enough permissions"})
    assert client_of(bob).delete(address).json() == {"message": "Collection deleted"}
    assert client_of(bob).delete(address).json() == {"detail": "Collection not found"}


@pytest.mark.operation("nexus.collections.follow")
@pytest.mark.operation("nexus.collections.unfollow")
def test_following(ships):
    client, address = client_of(BuyerFactory()), f"/api/collections/{ships.pk}/follow"
    followed = {"message": "Collection followed", "is_following": True, "followers": 1}
    assert client.post(address).json() == followed
    assert client.post(address).json() == followed
    assert client.get(f"/api/collections/{ships.pk}").json()["is_following"] is True
    assert client.delete(address).json() == {"message": "Collection unfollowed", "is_following": False, "followers": 0}
    assert client.delete("/api/collections/0/follow").json() == {"detail": "Collection not found"}


@pytest.mark.operation("nexus.collections.models")
@pytest.mark.operation("nexus.collections.add_model")
@pytest.mark.operation("nexus.collections.remove_model")
def test_models_inside(bob, ships):
    drone, client = Model3DFactory(title="Drone"), client_of(bob)
    address = f"/api/collections/{ships.pk}"
    answer = client.post(f"{address}/add-model", {"model_id": drone.pk}, format="json")
    assert answer.status_code == 201
    body = answer.json()
    assert list(body) == ["id", "collection_id", "model_id", "order", "added_at", "model"]
    assert (body["order"], body["model"]["title"]) == (1, "Drone")
    answer = client.post(f"{address}/add-model", {"model_id": drone.pk}, format="json")
    assert (answer.status_code, answer.json()) == (409, {"detail": "Model is already in this collection"})
    answer = client.post(f"{address}/add-model", {"model_id": 0}, format="json")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Model not found"})
    rows = client_of().get(f"{address}/models").json()
    assert [row["model"]["title"] for row in rows] == ["Rocket", "Drone"]
    assert client_of().get(f"{address}/models?page=1&limit=1").json()["total"] == 2
    removed = client.delete(f"{address}/remove-model/{drone.pk}")
    assert removed.json() == {"message": "Model removed from collection", "model_count": 1}
    removed = client.delete(f"{address}/remove-model/{drone.pk}")
    assert (removed.status_code, removed.json()) == (404, {"detail": "Model is not in this collection"})
    assert client_of(BuyerFactory()).delete(f"{address}/remove-model/{drone.pk}").status_code == 403

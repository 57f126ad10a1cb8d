"""CultureUp's artworks over HTTP."""

import pytest
from rest_framework.test import APIClient

from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory
from marketplace.choices import Status
from marketplace.models import Artwork, Listing
from marketplace.tests.conftest import file_of, painting
from marketplace.tests.factories import ArtworkFactory, CategoryFactory

pytestmark = pytest.mark.django_db


def client_of(user=None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


def form(**changes):
    sent = {
        "title": "Sunset Over Mountains",
        "description": "A beautiful digital painting",
        "artwork_type": "digital",
        "price": "299.99",
        "image": file_of(painting(1)),
    }
    if "category_id" not in changes:
        sent["category_id"] = CategoryFactory().pk
    return sent | changes


@pytest.mark.operation("cultureup.artworks.create")
def test_an_upload_answers_as_documented():
    alice = ArtistFactory(username="alice", is_verified=True)
    answer = client_of(alice).post("/api/artworks/", form(), format="multipart")
    assert answer.status_code == 201, answer.data
    body = answer.json()
    assert set(body) == {"message", "artwork", "duplicate_check", "rekognition_labels"}
    assert body["message"] == "Artwork uploaded successfully"
    assert body["duplicate_check"] == {"checked": True, "total_compared": 0, "duplicate_found": False}
    work = body["artwork"]
    assert work["artist"] == {"id": alice.pk, "username": "alice"}
    assert work["price"] == "299.99"
    assert work["rekognition_checked"] is True
    assert work["similarity_score"] == "0.00"
    assert work["is_available"] is True
    assert Listing.objects.get(pk=work["id"]).status == Status.APPROVED


@pytest.mark.operation("cultureup.artworks.list")
def test_the_list_answers_as_documented(django_assert_num_queries):
    alice = ArtistFactory(username="alice")
    ArtworkFactory(seller=alice, title="Sunset")
    answer = client_of().get("/api/artworks/")
    assert answer.status_code == 200
    assert answer.json()["count"] == 1


@pytest.mark.operation("cultureup.artworks.get")
def test_one_artwork_answers_as_documented():
    work = ArtworkFactory()
    answer = client_of().get(f"/api/artworks/{work.pk}/")
    assert answer.status_code == 200, answer.data
    assert answer.json()["views_count"] == 1

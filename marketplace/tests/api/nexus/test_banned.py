"""What a banned person had put into the catalogue is seen by nobody, and comes back with them."""

import pytest
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.services.people import user_ban, user_unban
from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory
from marketplace.services.collections import collection_add, collection_create
from marketplace.services.comments import model_comment
from marketplace.services.uploads import parts
from marketplace.tests.factories import CategoryFactory, Model3DFactory

pytestmark = pytest.mark.django_db


def test_nothing_of_theirs_is_shown():
    alice, bob, admin = ArtistFactory(username="alice"), BuyerFactory(), AdminFactory()
    art = CategoryFactory()
    theirs, other = Model3DFactory(seller=alice, category=art), Model3DFactory(category=art)
    hers = collection_create(actor=alice, details={"name": "Hers"})
    mixed = collection_create(actor=bob, details={"name": "Mixed"})
    for model in (theirs, other):
        collection_add(actor=bob, collection_id=mixed.pk, model_id=model.pk)
    model_comment(actor=alice, model_id=other.pk, content="Buy mine")
    client = APIClient()

    def get(path):
        return client.get(f"/api/{path}")

    def seen():
        pages = ("", "/public", "/comments", "/versions", "/similar")
        return (
            [row["id"] for row in get("models").json()],
            [get(f"models/{theirs.pk}{page}").status_code for page in pages],
            [row["id"] for row in get(f"models/{other.pk}").json()["related_models"]],
            get("users/alice/models").status_code,
            [row["id"] for row in get("collections").json()["items"]],
            get(f"collections/{hers.pk}").status_code,
            [row["model_id"] for row in get(f"collections/{mixed.pk}/models").json()],
            len(get("collections").json()["items"][0]["cover_images"]),
            get(f"models/{other.pk}/comments").json()[0]["content"],
            get(f"categories/{art.pk}").json()["model_count"],
        )

    before = seen()
    user_ban(actor=admin, user_id=alice.pk)
    assert seen() == (*([other.pk], [404] * 5, [], 404, [mixed.pk], 404, [other.pk], 1, "[removed]", 1),)
    user_unban(actor=admin, user_id=alice.pk)
    assert seen() == before
    assert before[1] == [200] * 5


def test_their_uploads_stop():
    alice = ArtistFactory()
    parted = parts.parts_begin(actor=alice, kind="document", file_name="a.txt", size=5)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(alice)}")
    address = f"/api/upload/parts/{parted.uuid}"
    assert client.put(f"{address}/1", b"hello", content_type="text/plain").status_code == 200
    user_ban(actor=AdminFactory(), user_id=alice.pk)
    assert client.post(f"{address}/complete").status_code == 401

"""One 3-D model over HTTP, with what the caller has to do with it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory, ModeratorFactory
from bench.solids import part
from commerce.services.orders.carts import cart_add
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import order_of, paid_order
from marketplace.choices import Status
from marketplace.meshes.reducing import glb_of
from marketplace.models import Listing, Model3D
from marketplace.services.models_3d import offers
from marketplace.services.models_3d.analyses import mesh_analyse
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, Model3DFactory
from marketplace.tests.services.test_uploaded_files import FBX, picture
from marketplace.tests.solids import mesh_file

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
            *("id", "title", "name", "thumbnail_url", "price", "currency", "is_free", "category"),
            "file_formats",
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

    def test_the_link_of_a_buyer_ends_with_their_right(self, settings):
        settings.SANDBOX_ALLOWED = True
        model, bob = Model3DFactory(), BuyerFactory()
        order, payment = paid_order(bob, model, channel="nexus")
        client, address = client_of(bob), f"/api/models/{model.pk}"
        link = client.get(address).json()["file_url"]
        assert APIClient().get(link).status_code == 200
        order.lines.update(download_count=10)
        assert client.get(address).json()["file_url"] is None
        order.lines.update(download_count=0)
        payment_refund(actor=AdminFactory(), payment_id=payment.pk)
        body = client.get(address).json()
        assert (body["file_url"], body["is_purchased"]) == (None, False)
        assert APIClient().get(link).status_code == 404

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


SAID = {"title": "Sci-Fi Drone", "description": "Game-ready", "price": "40.00", "category": "Vehicles"}


@pytest.fixture
def at_once(monkeypatch):
    """The worker is quicker than the request."""
    await_it = offers.mesh_await

    def analyse(mesh_id, *, seconds):
        mesh_analyse(mesh_id)
        return await_it(mesh_id, seconds=seconds)

    monkeypatch.setattr(offers, "mesh_await", analyse)


@pytest.mark.operation("nexus.models.upload")
class TestUpload:
    def test_in_one_call(self, at_once):
        bob = BuyerFactory()
        drone = part(5).mesh
        sent = SAID | {
            "tags": '["sci-fi", "drone"]',
            "file": SimpleUploadedFile("drone.glb", glb_of(drone)),
            "thumbnail": SimpleUploadedFile("t.jpg", picture()),
            "preview_images": [SimpleUploadedFile("p.jpg", picture()), SimpleUploadedFile("q.png", picture("PNG"))],
            "poly_count": "999999",
            "license": "personal",
        }
        answer = client_of(bob).post("/api/models/upload", sent, format="multipart")
        body = answer.json()
        assert answer.status_code == 201, body
        assert (body["title"], body["name"], body["price"], body["status"]) == (
            "Sci-Fi Drone",
            "Sci-Fi Drone",
            40.0,
            "pending",
        )
        assert (body["poly_count"], body["file_formats"], body["tags"]) == (
            len(drone.faces),
            ["GLB"],
            ["sci-fi", "drone"],
        )
        assert (body["file_url"] is None, body["category"], body["creator_id"]) == (False, "Vehicles", bob.pk)
        assert "/uploads/" in body["thumbnail_url"]
        assert sum("/uploads/" in each for each in body["preview_images"]) == 2
        bob.refresh_from_db()
        assert bob.user_type == "creator"

    def test_of_a_file_that_was_uploaded_before(self, settings):
        settings.MESH_CHECK_WAIT = 0
        client = client_of(ArtistFactory())
        made = client.post("/api/upload/model", {"file": mesh_file()}, format="multipart").json()
        seen = client.post("/api/upload/image", {"file": SimpleUploadedFile("t.jpg", picture())}, format="multipart")
        beside = client.post("/api/upload/model", {"file": SimpleUploadedFile("d.fbx", FBX)}, format="multipart").json()
        sent = {
            "name": "Drone",
            "description": "A scout",
            "category": "Mechanical",
            "price": 10,
            "is_free": True,
            "file_id": made["file_id"],
            "thumbnail_url": seen.json()["url"],
            "further_files": beside["file_id"],
        }
        answer = client.post("/api/models/upload", sent, format="multipart")
        body = answer.json()
        assert answer.status_code == 201, body
        assert (body["title"], body["price"], body["is_free"], body["poly_count"]) == ("Drone", 0.0, True, None)
        assert (body["file_formats"], body["thumbnail_url"]) == (["STL", "FBX"], seen.json()["url"])
        assert client.delete(f"/api/upload/{made['file_id']}").status_code == 409
        assert client.delete(f"/api/upload/{beside['file_id']}").status_code == 409

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"title": ""}, "title"),
            ({"category": ""}, "category"),
            ({"price": "-1"}, "price"),
            ({"file": SimpleUploadedFile("d.glb", b"no model")}, "file"),
            ({"file": SimpleUploadedFile("d.zip", FBX)}, "file"),
            ({"file": ""}, "file"),
            ({"thumbnail": SimpleUploadedFile("t.jpg", b"no picture")}, "thumbnail"),
            ({"preview_images": "https://elsewhere.example/cat.jpg"}, "preview_images"),
            ({"license": "none"}, "license"),
        ],
    )
    def test_what_is_refused(self, settings, changes, field):
        settings.MESH_CHECK_WAIT = 0
        sent = SAID | {"file": mesh_file()} | changes
        answer = client_of(BuyerFactory()).post("/api/models/upload", sent, format="multipart")
        assert answer.status_code == 422, answer.json()
        assert answer.json()["detail"][0]["loc"] == ["body", field]
        assert not Model3D.objects.exists()

    def test_a_broken_file(self, at_once):
        flat = SimpleUploadedFile("d.obj", b"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n")
        answer = client_of(BuyerFactory()).post("/api/models/upload", SAID | {"file": flat}, format="multipart")
        assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "file"])
        assert not Listing.objects.exists()


@pytest.mark.operation("nexus.models.update")
def test_update():
    model = Model3DFactory(channel="nexus", title="Drone", currency="USD")
    client, address = client_of(model.seller), f"/api/models/{model.pk}"
    answer = client.put(address, {"title": "Drone v2", "name": "x", "price": 45.0, "likes": 9}, format="json")
    body = answer.json()
    assert (answer.status_code, body["title"], body["price"], body["likes"]) == (200, "Drone v2", 45.0, 0)
    assert client.put(address, {"is_published": False}, format="json").json()["is_published"] is False
    assert client.put(address, {"status": "rejected"}, format="json").json()["status"] == "approved"
    assert client.put(address, {"price": -1}, format="json").json()["detail"][0]["loc"] == ["body", "price"]
    assert client.put(address, {"file_id": "nothing"}, format="json").json()["detail"][0]["loc"] == ["body", "file_id"]
    # What the detail shows may be sent back as it is.
    shown = client.get(address).json()
    kept = {name: shown[name] for name in ("title", "description", "tags", "thumbnail_url", "preview_images")}
    again = client.put(address, kept, format="json")
    assert again.status_code == 200, again.json()
    assert again.json()["thumbnail_url"] == shown["thumbnail_url"]
    assert client_of(ArtistFactory()).put(address, {}, format="json").status_code == 404
    client.put(address, {"is_published": True}, format="json")
    answer = client_of(ArtistFactory()).put(address, {"title": "Mine"}, format="json")
    assert (answer.status_code, answer.json()) == (403, {"detail": "Not enough permissions"})


@pytest.mark.operation("nexus.models.delete")
def test_delete():
    model = Model3DFactory(channel="nexus")
    address = f"/api/models/{model.pk}"
    assert client_of(ArtistFactory()).delete(address).json() == {"detail": "Not enough permissions"}
    assert client_of(model.seller).delete(address).json() == {"message": "Model deleted"}
    assert client_of(model.seller).delete(address).json() == {"detail": "Model not found"}

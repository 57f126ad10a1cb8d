"""What was bought, in whatever dialect, in Nexus: purchases, their links, reviews of them."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from commerce.services.checkout.downloads import DOWNLOAD_LIMIT
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.shop import coupon_of, design_of
from commerce.tests.steps import order_of, paid_order
from marketplace.choices import UploadKind
from marketplace.models import Listing
from marketplace.services.models_3d.models import model_attach
from marketplace.services.models_3d.pictures import further_files_set
from marketplace.services.models_3d.states import model_lock
from marketplace.services.uploads.files import file_upload
from marketplace.tests.factories import MeshFileFactory
from marketplace.tests.services.test_uploaded_files import FBX

pytestmark = pytest.mark.django_db
PURCHASES = "/api/purchases"


@pytest.fixture
def drone(alice):
    return design_of(alice, price="40.00", title="Sci-Fi Drone", mesh__file_name="drone.stl")


@pytest.mark.operation("nexus.purchases.list")
def test_the_list(client_of, alice, bob, charlie, drone, artwork, django_assert_num_queries):
    coupon_of()
    paid_order(bob, drone, channel="v1")
    paid_order(bob, artwork)
    order_of(bob, design_of(alice))
    order = order_of(bob, design_of(alice, price="0.00"), channel="nexus")
    with django_assert_num_queries(4):  # who calls, the lines, their payments, files beside
        rows = client_of(bob).get(PURCHASES).json()
    assert [(row["model_id"], row["transaction"]["amount"]) for row in rows] == [
        (order.lines.get().listing_id, 0.0),
        (drone.pk, 40.0),
    ]
    assert rows[1]["transaction"]["payment_method"] == "card"
    assert client_of(bob).get(PURCHASES, {"page": 2}).json() == {
        "items": [],
        "total": 2,
        "page": 2,
        "limit": 20,
        "pages": 1,
    }
    assert client_of(charlie).get(PURCHASES).json() == []


@pytest.mark.operation("nexus.purchases.retrieve")
def test_one(client_of, admin, bob, charlie, drone):
    order, payment = paid_order(bob, drone, channel="nexus")
    line, client = order.lines.get(), client_of(bob)
    body = client.get(f"{PURCHASES}/{line.pk}").json()
    assert (body["transaction"]["transaction_id"], body["user_id"]) == (f"txn_{line.uuid.hex}", bob.pk)
    assert client.get(f"{PURCHASES}/txn_{line.uuid.hex}").json() == body
    Listing.objects.filter(pk=drone.pk).update(status="archived")
    assert client.get(f"{PURCHASES}/{line.pk}").status_code == 200  # buyers keep what they bought
    for who, reference in ((charlie, line.pk), (bob, "txn_x"), (bob, "9" * 30), (bob, "²")):
        answer = client_of(who).get(f"{PURCHASES}/{reference}")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Purchase not found"})
    payment_refund(actor=admin, payment_id=payment.pk)
    assert client_of(bob).get(f"{PURCHASES}/{line.pk}").status_code == 404
    drone.refresh_from_db()
    assert drone.downloads_count == 0


@pytest.mark.operation("nexus.purchases.download_link")
class TestLinks:
    def test_ten_of_them(self, client_of, bob, drone):
        line = paid_order(bob, drone, channel="nexus")[0].lines.get()
        client, address = client_of(bob), f"{PURCHASES}/txn_{line.uuid.hex}/download-link"
        body = client.get(address).json()
        assert body.pop("download_url").startswith("http://testserver/")
        assert body.pop("expires_at")
        assert body == {
            "filename": "drone.stl",
            "file_size": drone.mesh.byte_size,
            "download_count": 1,
            "download_limit": 10,
            "downloads_remaining": 9,
        }
        type(line).objects.filter(pk=line.pk).update(download_count=DOWNLOAD_LIMIT)
        refused = client.get(address)
        assert (refused.status_code, refused.json()) == (403, {"detail": "Download limit reached"})

    def test_none_without_a_right(self, client_of, alice, bob, charlie, drone):
        line = paid_order(bob, drone, channel="nexus")[0].lines.get()
        unpaid = order_of(bob, design_of(alice)).lines.get()
        for who, pk in ((charlie, line.pk), (alice, line.pk), (bob, unpaid.pk)):
            assert client_of(who).get(f"{PURCHASES}/{pk}/download-link").status_code == 404

    def test_a_file_to_come(self, client_of, alice, bob):
        line = paid_order(bob, design_of(alice, mesh=None), channel="v1")[0].lines.get()
        assert client_of(bob).get(f"{PURCHASES}/{line.pk}/download-link").status_code == 409


@pytest.mark.operation("nexus.models.reviews.list")
@pytest.mark.operation("nexus.models.reviews.create")
def test_reviews(client_of, alice, bob, charlie, drone):
    paid_order(bob, drone, channel="nexus")
    address = f"/api/models/{drone.pk}/reviews"
    answer = client_of(bob).post(address, {"rating": 4, "comment": "Fits 🚀"}, format="json")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["user"]["username"], body["rating"], body["comment"]) == ("bob", 4, "Fits 🚀")
    again = client_of(bob).post(address, {"rating": 5}, format="json")
    assert (again.status_code, again.json()["id"]) == (200, body["id"])
    assert [row["rating"] for row in client_of(None).get(address).json()] == [5]
    assert client_of(charlie).post(address, {"rating": 1}, format="json").status_code == 403
    assert client_of(bob).post(address, {"rating": 6}, format="json").status_code == 422
    assert client_of(bob).get("/api/models/999999/reviews").json() == {"detail": "Model not found"}
    drone.refresh_from_db()
    assert (drone.rating, drone.rating_count) == (5, 1)


@pytest.mark.operation("nexus.purchases.download_link")
def test_other_versions_and_files_beside(client_of, alice, bob, drone):
    order, _payment = paid_order(bob, drone, channel="nexus")
    line = order.lines.get()
    newer = MeshFileFactory(owner=alice, file_name="drone2.stl", byte_size=2000)
    model_attach(actor=alice, model_id=drone.pk, mesh_id=newer.pk)
    fbx, poses = (
        file_upload(actor=alice, kind=UploadKind.MODEL, file=SimpleUploadedFile(name, data))
        for name, data in (("drone.fbx", FBX), ("poses.fbx", FBX + b"2"))
    )
    with transaction.atomic():
        further_files_set(model_lock(drone.pk), owner=alice, file_ids=[str(poses.uuid), str(fbx.uuid)])
    client, address = client_of(bob), f"{PURCHASES}/{line.pk}/download-link"
    for query, name, size in (
        ("", "drone2.stl", 2000),
        ("?version=2", "drone2.stl", 2000),
        ("?version=1", "drone.stl", 684),
        ("?file_format=FBX", "drone.fbx", len(FBX)),
        (f"?file_id={fbx.uuid}", "drone.fbx", len(FBX)),
        (f"?file_id={poses.uuid}&file_format=fbx", "poses.fbx", len(FBX) + 1),
        ("?file_format=stl", "drone2.stl", 2000),
    ):
        body = client.get(address + query).json()
        assert (body["filename"], body["file_size"]) == (name, size)
        assert client.get(body["download_url"]).status_code == 200
    for query, field in (
        ("?version=3", "version"),
        ("?file_format=blend", "file_format"),
        ("?version=1&file_format=fbx", "file_format"),
        (f"?file_id={uuid4()}", "file_id"),
        (f"?version=1&file_id={fbx.uuid}", "file_id"),
        (f"?file_format=blend&file_id={fbx.uuid}", "file_id"),
    ):
        answer = client.get(address + query)
        assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["query", field])
    line.refresh_from_db()
    assert line.download_count == 7
    assert client.get(f"{PURCHASES}/{line.pk}").json()["further_files"] == [
        {"file_id": str(fbx.uuid), "filename": "drone.fbx", "format": "fbx", "file_size": len(FBX)},
        {"file_id": str(poses.uuid), "filename": "poses.fbx", "format": "fbx", "file_size": len(FBX) + 1},
    ]

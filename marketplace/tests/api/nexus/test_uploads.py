"""Uploads over HTTP: in one piece, and in parts."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.tests.factories import BuyerFactory
from marketplace.models import UploadedFile
from marketplace.services.models_3d.files import mesh_of_upload
from marketplace.services.uploads import parts
from marketplace.tests.factories import Model3DFactory
from marketplace.tests.services.test_uploaded_files import FBX, picture
from marketplace.tests.solids import mesh_file

pytestmark = pytest.mark.django_db
SHAPE = ["file_id", "kind", "url", "filename", "content_type", "size", "created_at"]
WRONG = {"loc": ["body", "file"], "msg": "Unsupported file type", "type": "value_error"}


@pytest.fixture
def bob():
    return BuyerFactory()


@pytest.fixture
def client(bob):
    client = APIClient()
    client.force_authenticate(bob)
    return client


def named(data: bytes, name: str = "drone.glb") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


@pytest.mark.operation("nexus.upload.model")
@pytest.mark.operation("nexus.upload.model_file")
@pytest.mark.parametrize("path", ["model", "model-file"])
def test_a_model(client, path):
    answer = client.post(f"/api/upload/{path}", {"file": mesh_file()}, format="multipart")
    body = answer.json()
    assert (answer.status_code, list(body)) == (201, SHAPE)
    assert (body["kind"], body["filename"], body["content_type"]) == ("model", "gear.stl", "model/stl")
    assert body["size"] == mesh_file().size
    assert client.get(body["url"]).status_code == 200
    assert UploadedFile.objects.get().stored not in body["url"]
    answer = client.post(f"/api/upload/{path}", {"file": named(b"MZ\0\0")}, format="multipart")
    assert (answer.status_code, answer.json()) == (422, {"detail": [WRONG]})
    cut = named(b"glTF\x02\0\0\0\xff\xff\0\0" + b"\0" * 20)
    answer = client.post(f"/api/upload/{path}", {"file": cut}, format="multipart")
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "file"])
    answer = client.post(f"/api/upload/{path}", {}, format="multipart")
    assert answer.json()["detail"][0]["loc"] == ["body", "file"]
    assert APIClient().post(f"/api/upload/{path}", {"file": mesh_file()}, format="multipart").status_code == 401


@pytest.mark.operation("nexus.upload.model")
def test_one_that_is_too_large(client, settings):
    settings.MESH_MAX_BYTES = 50
    answer = client.post("/api/upload/model", {"file": named(FBX)}, format="multipart")
    detail = f"File too large: it has {len(FBX)} bytes, and at most 50 bytes are taken."
    assert (answer.status_code, answer.json()) == (413, {"detail": detail})


@pytest.mark.operation("nexus.upload.image")
@pytest.mark.operation("nexus.upload.avatar")
@pytest.mark.operation("nexus.upload.document")
@pytest.mark.parametrize("kind", ["image", "avatar", "document"])
def test_pictures_and_documents(client, kind):
    answer = client.post(f"/api/upload/{kind}", {"file": named(picture(), "me.jpg")}, format="multipart")
    body = answer.json()
    assert (answer.status_code, list(body), body["kind"]) == (201, SHAPE, kind)
    assert (body["filename"], body["content_type"]) == ("me.jpg", "image/jpeg")
    answer = client.post(f"/api/upload/{kind}", {"file": named(b"\x7fELF\0\0", "me.jpg")}, format="multipart")
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "file"])


@pytest.mark.operation("nexus.upload.delete")
def test_deleting(client, bob):
    made = client.post("/api/upload/model", {"file": mesh_file()}, format="multipart").json()
    address = f"/api/upload/{made['file_id']}"
    stranger = APIClient()
    stranger.force_authenticate(BuyerFactory())
    answer = stranger.delete(address)
    assert (answer.status_code, answer.json()) == (403, {"detail": "Not enough permissions"})
    model = Model3DFactory(seller=bob, mesh=mesh_of_upload(UploadedFile.objects.get()))
    answer = client.delete(address)
    assert (answer.status_code, answer.json()) == (409, {"detail": "File is in use"})
    model.delete()
    assert client.delete(address).json() == {"message": "File deleted"}
    assert client.delete(address).json() == {"detail": "File not found"}
    assert client.delete("/api/upload/nothing").status_code == 404


@pytest.mark.operation("nexus.upload.parts.begin")
@pytest.mark.operation("nexus.upload.parts.part")
@pytest.mark.operation("nexus.upload.parts.state")
@pytest.mark.operation("nexus.upload.parts.complete")
def test_in_parts(client, monkeypatch):
    monkeypatch.setattr(parts, "PART_BYTES", 20_000)
    data = mesh_file().read()
    sent = {"filename": "gear.stl", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    begun = client.post("/api/upload/parts", sent, format="json")
    assert begun.status_code == 201
    state = begun.json()
    count, address = state["part_count"], f"/api/upload/parts/{state['file_id']}"
    assert (state["received"], state["state"], state["file"], state["part_size"]) == ([], "open", None, 20_000)
    for number in range(count, 1, -1):
        part = data[(number - 1) * 20_000 : number * 20_000]
        answer = client.put(f"{address}/{number}?sha256={hashlib.sha256(part).hexdigest()}", part, content_type="x/y")
        assert answer.status_code == 200, answer.content
    assert client.get(address).json()["received"] == list(range(2, count + 1))
    answer = client.post(f"{address}/complete")
    assert (answer.status_code, answer.json()["missing"]) == (409, [1])
    answer = client.put(f"{address}/1", b"x", content_type="application/octet-stream")
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "part"])
    client.put(f"{address}/1", data[:20_000], content_type="application/octet-stream")
    answer = client.post(f"{address}/complete")
    assert (answer.status_code, list(answer.json()), answer.json()["size"]) == (201, SHAPE, len(data))
    assert client.post(f"{address}/complete").json()["file_id"] == answer.json()["file_id"]
    state = client.get(address).json()
    assert (state["state"], state["file"]["file_id"]) == ("complete", answer.json()["file_id"])
    assert client.put(f"{address}/1", data[:20_000], content_type="x/y").status_code == 409
    stranger = APIClient()
    stranger.force_authenticate(BuyerFactory())
    assert stranger.get(address).json() == {"detail": "Upload not found"}


@pytest.mark.operation("nexus.upload.parts.part")
@pytest.mark.operation("nexus.upload.parts.cancel")
def test_a_part_that_is_too_large_and_the_end(client, monkeypatch):
    begun = client.post("/api/upload/parts", {"filename": "x", "size": 9}, format="json").json()
    address = f"/api/upload/parts/{begun['file_id']}"
    monkeypatch.setattr("marketplace.api.nexus.uploads.Part.body_max_bytes", 10)
    assert client.put(f"{address}/1", b"x" * 11, content_type="x/y").status_code == 413
    for number in ("0", "2", "one", "-1", "9" * 30):
        assert client.put(f"{address}/{number}", b"x" * 9, content_type="x/y").status_code == 404
    assert client.delete(address).json() == {"message": "Upload cancelled"}
    assert client.get(address).status_code == 404


@pytest.mark.operation("nexus.upload.list")
def test_ones_own(client, bob):
    for kind, file in (("document", named(b"brief", "a.txt")), ("model", mesh_file()), ("model", named(FBX))):
        assert client.post(f"/api/upload/{kind}", {"file": file}, format="multipart").status_code == 201
    upload = UploadedFile.objects.get(format="stl")
    Model3DFactory(seller=bob, mesh=mesh_of_upload(upload))
    rows = client.get("/api/upload").json()
    assert [(row["filename"], row["in_use"]) for row in rows] == [
        ("drone.glb.fbx", False),
        ("gear.stl", True),
        ("a.txt", False),
    ]
    assert list(rows[0]) == [*SHAPE, "in_use"]
    assert client.get("/api/upload?page=1&limit=1").json()["total"] == 3
    stranger = APIClient()
    stranger.force_authenticate(BuyerFactory())
    assert stranger.get("/api/upload").json() == []

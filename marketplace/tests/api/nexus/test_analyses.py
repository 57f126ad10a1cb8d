"""How far an analysis is, the versions of a file, and models of a like shape, over HTTP."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory
from commerce.tests.steps import order_of
from marketplace.choices import MeshState, Status, Verdict
from marketplace.meshes.fingerprint import fingerprint_of
from marketplace.meshes.geometry import Mesh
from marketplace.models import MeshFile, Model3D
from marketplace.services.models_3d import analyses
from marketplace.services.models_3d.models import model_attach
from marketplace.tests.factories import MeshFileFactory, Model3DFactory
from marketplace.tests.solids import analysed, solid

pytestmark = pytest.mark.django_db


def heard(*_about):
    """Takes the place of the sockets."""


def client_of(user=None):
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.mark.operation("nexus.models.analysis")
def test_how_far_it_is():
    model = Model3DFactory(
        status=Status.PENDING,
        mesh__state=MeshState.RUNNING,
        mesh__progress=40,
        mesh__verdict=Verdict.UNCHECKED,
        mesh__analysed_at=None,
    )
    client, address = client_of(model.seller), f"/api/models/{model.pk}/analysis"
    assert client.get(address).json() == {
        "model_id": model.pk,
        "state": "running",
        "percent": 40,
        "error": None,
        "status": "pending",
        "reason": None,
        "status_reason": "Its file is being analysed.",
        "duplicate_check": None,
        "analysed_at": None,
    }
    MeshFile.objects.update(state=MeshState.FAILED, error="The file has no faces.", analysed_at=timezone.now())
    shown = client_of(ModeratorFactory()).get(address).json()
    assert (shown["state"], shown["percent"], shown["error"]) == ("failed", 100, "The file has no faces.")
    other = Model3DFactory(title="Rover")
    MeshFile.objects.filter(pk=model.mesh_id).update(
        state=MeshState.DONE,
        verdict=Verdict.HELD,
        similarity_score="74.3",
        matched=other.mesh,
        evidence={"explanation": "The shapes are nearly the same."},
    )
    shown = client.get(address).json()
    assert shown["status_reason"] == (
        "Its shape resembles another model, so a moderator looks at it first. The shapes are nearly the same."
    )
    assert shown["duplicate_check"] == {
        "verdict": "held",
        "similarity_score": 74.3,
        "explanation": "The shapes are nearly the same.",
        "matched_model": {"id": other.pk, "title": "Rover", "creator": other.seller.username},
        "picture_url": None,
    }
    Model3D.objects.filter(pk=model.pk).update(status=Status.DRAFT)
    draft = client.get(address).json()
    assert (draft["status"], draft["status_reason"]) == ("pending", shown["status_reason"])
    MeshFile.objects.filter(pk=model.mesh_id).update(verdict=Verdict.REFUSED)
    assert client.get(address).json()["status_reason"] == (
        "Its shape is that of another model, so it cannot be published. The shapes are nearly the same."
    )
    MeshFile.objects.filter(pk=model.mesh_id).update(verdict=Verdict.PASSED)
    assert client.get(address).json()["status_reason"] is None
    without = Model3DFactory(mesh=None)
    assert client_of(without.seller).get(f"/api/models/{without.pk}/analysis").json()["state"] == "none"
    assert client_of(BuyerFactory()).get(f"/api/models/{without.pk}/analysis").status_code == 403
    assert client_of(BuyerFactory()).get(address).status_code == 404


@pytest.mark.operation("nexus.models.analysis")
def test_its_owner_hears_of_the_progress(monkeypatch, settings):
    told = []
    settings.SOCKET_PUSH = "marketplace.tests.api.nexus.test_analyses.heard"
    monkeypatch.setattr("marketplace.tests.api.nexus.test_analyses.heard", lambda *about: told.append(about))
    model = Model3DFactory(mesh__state=MeshState.RUNNING)
    mesh = model.mesh
    MeshFile.objects.update(claim="5f0c1d7e-3b0a-4c55-9c1e-6f6f1c9f2a10")
    mesh.refresh_from_db()
    tell = analyses._telling(mesh, mesh.claim)
    tell(30)
    sent = {"type": "model_analysis", "model_ids": [model.pk], "state": "running", "percent": 30}
    assert told == [(mesh.owner_id, sent)]
    mesh.refresh_from_db()
    assert mesh.progress == 30
    # Whose claim ran out tells nothing any more.
    MeshFile.objects.update(claim=None)
    tell(40)
    assert len(told) == 1
    settings.SOCKET_PUSH = "nowhere.push"
    MeshFile.objects.update(claim=mesh.claim)
    tell(50)
    mesh.refresh_from_db()
    assert mesh.progress == 50


@pytest.mark.operation("nexus.models.versions")
def test_versions_of_a_file_that_was_sold():
    model = Model3DFactory(channel="nexus", seller=ArtistFactory(identity_verified=True))
    address = f"/api/models/{model.pk}/versions"
    assert client_of().get(address).json() == []
    order_of(BuyerFactory(), model, channel="nexus")
    model_attach(actor=model.seller, model_id=model.pk, mesh_id=MeshFileFactory(owner=model.seller).pk)
    waiting = MeshFileFactory(owner=model.seller, state=MeshState.WAITING, verdict=Verdict.UNCHECKED)
    model_attach(actor=model.seller, model_id=model.pk, mesh_id=waiting.pk, before_analysis=True)
    rows = client_of(model.seller).get(address).json()
    assert [(row["version"], row["is_current"], bool(row["file_url"])) for row in rows] == [
        (3, True, True),
        (2, False, True),
        (1, False, True),
    ]
    model.status = Status.APPROVED
    model.save(update_fields=["status"])
    rows = client_of(BuyerFactory()).get(address).json()
    assert [(row["version"], row["file_url"]) for row in rows] == [(2, None), (1, None)]
    assert list(rows[0]) == [
        *("version", "is_current", "filename", "format", "file_size", "poly_count", "vertex_count"),
        *("file_url", "created_at"),
    ]


def shaped(mesh: Mesh, **columns):
    print_ = fingerprint_of(mesh)
    return Model3DFactory(
        mesh__fingerprint=print_.data,
        mesh__shape_flatness=print_.flatness,
        mesh__shape_elongation=print_.elongation,
        mesh__shape_compactness=print_.compactness,
        **columns,
    )


@pytest.mark.operation("nexus.models.similar")
class TestSimilar:
    def test_the_most_alike_come_first(self, django_assert_num_queries):
        gear, plate = solid(30_000), solid(30_001)
        stretched = Mesh(gear.vertices * [1.0, 1.0, 1.1], gear.faces)
        model, like, other = shaped(gear), shaped(stretched), shaped(plate)
        shaped(gear, status=Status.PENDING)
        Model3DFactory(mesh=like.mesh, seller=like.seller, title="The same file again")
        with django_assert_num_queries(5):
            rows = client_of().get(f"/api/models/{model.pk}/similar").json()
        assert [row["title"] for row in rows] == ["The same file again", other.title]
        assert rows[0]["similarity"] > 80 > rows[1]["similarity"]
        assert len(client_of().get(f"/api/models/{model.pk}/similar?limit=1").json()) == 1

    def test_of_what_was_not_analysed_nothing_is_known(self):
        for model in (Model3DFactory(mesh=None), Model3DFactory()):
            assert client_of().get(f"/api/models/{model.pk}/similar").json() == []
        assert client_of().get("/api/models/0/similar").json() == {"detail": "Model not found"}
        assert client_of().get(f"/api/models/{model.pk}/similar?limit=0").status_code == 422


def test_a_model_is_drawn_from_several_sides():
    mesh = analysed(ArtistFactory()).mesh
    assert (len(mesh.views), mesh.progress) == (3, 100)
    storage = mesh.thumbnail.storage
    pictures = [storage.open(name).read() for name in (mesh.thumbnail.name, *mesh.views)]
    assert len(set(pictures)) == 4
    assert all(each.startswith(b"\xff\xd8") for each in pictures)

"""v1's upload of 3-D files over HTTP, with the workers' part done at once."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.tests.factories import ArtistFactory, BuyerFactory
from commerce.tests.api.v1.test_designs import TIME, client_of
from marketplace.choices import MeshState, Status
from marketplace.models import MeshFile, Model3D
from marketplace.tests.meshes.known import FORMATS, file_in, known_meshes
from marketplace.tests.solids import mesh_file, solid

UPLOAD = "/api/v1/upload_stl"
FORM = {
    "name": "Mechanical Gear",
    "description": "Precision gear",
    "project_name": "Gearbox",
    "designer": "John Doe",
    "tags": ["gear", "mechanical"],
}


def upload(user, file=None, **changes):
    form = {**FORM, "file": mesh_file() if file is None else file, **changes}
    sent = {name: value for name, value in form.items() if value is not None}
    return client_of(user).post(UPLOAD, sent, format="multipart")


@pytest.fixture
def workers(settings):
    """Tasks run where they are published."""
    settings.CELERY_TASK_ALWAYS_EAGER = True


@pytest.mark.operation("v1.models.upload_stl")
@pytest.mark.django_db(transaction=True)
def test_an_upload_is_analysed_and_stays_a_draft(workers):
    alice = ArtistFactory(username="alice")
    answer = upload(alice)
    model = Model3D.objects.select_related("mesh").get()
    shown = answer.json()
    assert answer.status_code == 201
    assert TIME.match(shown["created_at"]) and re.match(r"^http://testserver/\S+\.jpg$", shown["thumbnail"])
    assert shown == {
        "id": str(model.uuid),
        "model_id": model.pk,
        "name": "Mechanical Gear",
        "file_name": "gear.stl",
        "file_path": f"/uploads/{model.uuid}/gear.stl",
        "file_size": shown["file_size"],
        "file_type": "stl",
        "description": "Precision gear",
        "web_link": None,
        "tags": ["gear", "mechanical"],
        "thumbnail": shown["thumbnail"],
        "project_name": "Gearbox",
        "designer": "John Doe",
        "created_by_user_id": alice.pk,
        "analysis": "done",
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }
    assert re.match(r"^\d+\.\d KB$", shown["file_size"])
    assert model.mesh.original.name not in answer.content.decode()
    assert (model.status, model.mesh.state) == (Status.DRAFT, MeshState.DONE)
    assert client_of(BuyerFactory()).get(f"/api/v1/commerce/designs/{model.uuid}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_copy_of_anothers_model_is_refused_with_evidence(workers):
    first = Model3D.objects.get(uuid=upload(ArtistFactory(username="alice")).json()["id"])
    answer = upload(ArtistFactory(username="mallory"), mesh_file(name="mine.stl"), name="Mine")
    shown = answer.json()
    assert answer.status_code == 400
    assert (shown["detail"], shown["status_code"]) == ("Duplicate model detected", 400)
    assert (shown["duplicate_detected"], shown["similarity_score"]) == (True, 100)
    assert shown["matched_model"] == {"id": first.pk, "title": None, "creator": "alice"}
    assert shown["evidence"]
    kept = Model3D.objects.get(title="Mine")
    assert (shown["model_id"], kept.status) == (kept.pk, Status.DRAFT)
    sold = client_of(kept.seller).post(
        "/api/v1/commerce/designs",
        {"name": "Mine", "price": 1, "status": "active", "original_model_id": kept.pk},
        format="json",
    )
    assert sold.status_code == 400


@pytest.mark.django_db(transaction=True)
def test_a_file_that_turns_out_broken_leaves_nothing(workers):
    alice = ArtistFactory(username="alice")
    cut_off = b"solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\n"
    answer = upload(alice, SimpleUploadedFile("x.stl", cut_off))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "file"
    assert not Model3D.objects.exists() and not MeshFile.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_taken(kind, settings):
    settings.MESH_CHECK_WAIT = 0
    data = file_in(known_meshes()["cube"].mesh, kind)
    answer = upload(ArtistFactory(), SimpleUploadedFile("C:\\models\\Würfel.bin", data))
    assert answer.status_code == 201
    assert answer.json()["file_type"] == kind.removesuffix("_ascii")
    assert (answer.json()["thumbnail"], answer.json()["analysis"]) == (None, "waiting")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "tags", [["gear", "mechanical"], ["gear,mechanical"], ['["gear", "mechanical"]'], "gear, mechanical,"]
)
def test_tags_come_in_any_way_that_forms_have(tags, settings):
    settings.MESH_CHECK_WAIT = 0
    assert upload(ArtistFactory(), tags=tags).json()["tags"] == ["gear", "mechanical"]


@pytest.mark.django_db
def test_half_of_a_character_in_a_list_of_tags_is_no_list(settings):
    settings.MESH_CHECK_WAIT = 0
    assert upload(ArtistFactory(), tags=[r'["\ud800"]']).json()["tags"] == [r'["\ud800"]']


@pytest.mark.django_db
def test_only_the_file_and_the_name_are_needed(settings):
    settings.MESH_CHECK_WAIT = 0
    shown = upload(ArtistFactory(), description=None, project_name=None, designer="", tags=None).json()
    assert [shown[name] for name in ("description", "project_name", "designer", "tags")] == [None, None, None, []]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"file": SimpleUploadedFile("gear.stl", b"not a model at all")}, "file"),
        ({"file": SimpleUploadedFile("gear.stl", b"")}, "file"),
        ({"file": "gear.stl"}, "file"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"tags": ['["a", 1]']}, "tags"),
        ({"tags": ["[" * 4_000]}, "tags"),
    ],
)
def test_a_form_that_does_not_fit_is_refused_and_stores_nothing(changes, field, settings):
    settings.MESH_CHECK_WAIT = 0
    answer = upload(ArtistFactory(), **changes)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert not Model3D.objects.exists() and not MeshFile.objects.exists()


@pytest.mark.django_db
def test_what_is_larger_than_200_mb_is_refused(settings):
    settings.MESH_MAX_BYTES = 1000
    settings.MESH_CHECK_WAIT = 0
    answer = upload(ArtistFactory(), mesh_file(solid()))
    assert answer.status_code == 413
    assert not MeshFile.objects.exists()


@pytest.mark.django_db
def test_buyers_and_strangers_upload_nothing(settings):
    settings.MESH_CHECK_WAIT = 0
    assert upload(None).status_code == 401
    assert upload(BuyerFactory()).status_code == 403
    assert not MeshFile.objects.exists()

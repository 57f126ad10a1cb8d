"""Copies of 3-D shapes with edits, and honest works that are alike, through the analysis as makers send them."""

import io
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from PIL import Image

from accounts.tests.factories import ArtistFactory, ModeratorFactory
from config.core.errors import Upstream
from config.core.models import DiscardedFile
from config.core.sandbox import SandboxFault
from marketplace import tasks
from marketplace.choices import MeshState, Status, Verdict
from marketplace.meshes.geometry import Mesh
from marketplace.meshes.likeness.deadlines import LikenessUnavailable
from marketplace.models import MeshFile, ShapeDescription
from marketplace.services import erasure
from marketplace.services.appeals import appeal_decide, model_appeal_create
from marketplace.services.models_3d import analyses, describing
from marketplace.services.models_3d.analyses import mesh_analyse
from marketplace.services.models_3d.files import mesh_discard
from marketplace.services.models_3d.shapes import shape_index
from marketplace.tests.factories import MeshFileFactory
from marketplace.tests.solids import analysed, analysed_once, figure, for_sale, mesh_file, on_a_disc, uploaded

pytestmark = pytest.mark.django_db
FILES = Path(__file__).parents[1] / "files" / "shapes"


@pytest.fixture(autouse=True)
def _each_file_once(monkeypatch):
    monkeypatch.setattr(analyses, "analyse", analysed_once)
    monkeypatch.setattr(describing, "analyse", analysed_once)


def sent(name):
    return for_sale(ArtistFactory(), SimpleUploadedFile(name, (FILES / name).read_bytes())).mesh


def edited():
    """On a disc, laid on its side, seven tenths of the size."""
    mesh = on_a_disc(figure())
    return Mesh(mesh.vertices[:, [1, 2, 0]] * 0.7, mesh.faces)


def orange(picture):
    """The share of a picture that is marked."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    return ((pixels[:, :, 0] - pixels[:, :, 2]) > 60).mean()


def test_a_copy_with_edits_is_held_and_shows_where_it_agrees():
    original = for_sale(ArtistFactory(), mesh_file(figure()))
    copy = for_sale(ArtistFactory(), mesh_file(edited()))
    mesh = copy.mesh
    assert (mesh.verdict, copy.status, mesh.matched) == (Verdict.HELD, Status.PENDING, original.mesh)
    assert 60 <= mesh.similarity_score <= 84
    assert mesh.evidence["share"] >= 0.7
    assert mesh.evidence["scale"] == pytest.approx(0.7, abs=0.03)
    assert "70%" in mesh.evidence["explanation"]
    assert storages["private"].exists(mesh.evidence_picture.name)
    assert not storages["default"].exists(mesh.evidence_picture.name)
    with mesh.evidence_picture.open() as file:
        assert 0.05 < orange(file.read()) < 0.9
    appeal = model_appeal_create(actor=copy.seller, model_id=copy.pk, reason="Mine.")
    before = ShapeDescription.objects.get(mesh=mesh).pk
    appeal_decide(actor=ModeratorFactory(), appeal_id=appeal.pk, accept=False)
    mesh.refresh_from_db()
    assert (mesh.verdict, mesh.origin) == (Verdict.REFUSED, original.seller)
    assert ShapeDescription.objects.get(mesh=mesh).pk > before, "entered anew, as the other's shape"
    own = for_sale(original.seller, mesh_file(Mesh(figure().vertices * [1, 1.05, 1], figure().faces)))
    assert (own.mesh.verdict, own.mesh.evidence_picture.name) == (Verdict.PASSED, "")
    with transaction.atomic():
        model, picture = copy.pk, mesh.evidence_picture.name
        copy.delete()
        mesh.shown_by.all().delete()
        mesh.versions.all().delete()
        mesh_discard(mesh)
    assert model and not ShapeDescription.objects.filter(pk=before).exists()
    assert not storages["private"].exists(picture) or DiscardedFile.objects.filter(name=picture).exists()


@pytest.mark.parametrize(
    ("first", "second"),
    [("n_washer_m3_fn64.stl", "n_washer_m3_trimesh64.stl"), ("n_plate_ANNA.stl", "n_plate_ANNE.stl")],
)
def test_what_many_make_alike_is_noted_at_most(first, second):
    before = sent(first)
    mesh = sent(second)
    assert mesh.verdict == Verdict.PASSED
    assert mesh.similarity_score < 60
    assert mesh.matched in (None, before)
    if mesh.matched:
        assert mesh.evidence["explanation"]
    if "washer" in first:
        same = sent(first)
        assert (same.verdict, same.matched, same.similarity_score) == (Verdict.REFUSED, before, 100), "the same bytes"


def test_who_is_late_with_comparing_is_tried_again_and_at_last_held(monkeypatch):
    def late(*_args, **_options):
        raise LikenessUnavailable

    monkeypatch.setattr(analyses, "shapes_alike", late)
    model = uploaded(ArtistFactory())
    mesh_analyse(model.mesh_id)
    mesh = MeshFile.objects.get()
    assert (mesh.state, mesh.attempts, mesh.verdict) == (MeshState.WAITING, 1, Verdict.UNCHECKED)
    assert mesh.error.startswith("LikenessUnavailable")
    MeshFile.objects.update(attempts=analyses.MOST_ATTEMPTS - 1, claimed_until=timezone.now())
    mesh_analyse(model.mesh_id)
    mesh = MeshFile.objects.get()
    assert (mesh.state, mesh.verdict) == (MeshState.DONE, Verdict.HELD)
    assert mesh.evidence["explanation"] == "Its shape could not be compared with all others in time."


def test_files_analysed_before_shapes_were_described_are_described_later(monkeypatch):
    first = analysed(ArtistFactory(), mesh_file(figure()))
    ShapeDescription.objects.all().delete()
    MeshFile.objects.update(verdict=Verdict.CLEARED)
    tasks.shapes_describe()
    assert ShapeDescription.objects.get().mesh_id == first.mesh_id
    assert set(MeshFile.objects.values_list("state", "verdict", "claim")) == {("done", "cleared", None)}
    copy = for_sale(ArtistFactory(), mesh_file(edited())).mesh
    assert (copy.verdict, copy.matched) == (Verdict.HELD, first.mesh)

    ShapeDescription.objects.filter(mesh=first.mesh).delete()

    def broken(*_args, **_options):
        raise SandboxFault("no")

    monkeypatch.setattr(describing, "analyse", broken)
    tasks.shapes_describe()
    mesh = MeshFile.objects.get(pk=first.mesh_id)
    assert mesh.claim is None and mesh.claimed_until > timezone.now(), "later again"
    past = timezone.now() - timedelta(seconds=1)
    MeshFile.objects.filter(pk=mesh.pk).update(attempts=2 * analyses.MOST_ATTEMPTS, claimed_until=past)
    tasks.shapes_describe()
    assert bytes(ShapeDescription.objects.get(mesh=mesh).data) == b"", "not for ever"


@pytest.mark.parametrize("fault", [ValueError("odd"), Upstream()])
def test_a_description_that_fails_in_another_way_is_tried_later_and_keeps_no_other_waiting(monkeypatch, fault):
    first, second = (MeshFileFactory(state=MeshState.DONE) for _ in range(2))

    def broken(*_args, **_options):
        raise fault

    monkeypatch.setattr(describing, "analyse", broken)
    tasks.shapes_describe()
    is_away = isinstance(fault, Upstream)
    tried = [(mesh.attempts, mesh.claim, mesh.claimed_until is None) for mesh in MeshFile.objects.order_by("pk")]
    assert tried == ([(0, None, False), (0, None, True)] if is_away else [(1, None, False), (1, None, False)])
    MeshFile.objects.filter(pk=first.pk).update(attempts=2 * analyses.MOST_ATTEMPTS, claimed_until=None)
    MeshFile.objects.filter(pk=second.pk).update(claimed_until=timezone.now() + timedelta(hours=1))
    tasks.shapes_describe()
    assert bytes(ShapeDescription.objects.get(mesh=first).data) == b"", "whoever reads it is killed each time"
    assert not ShapeDescription.objects.filter(mesh=second).exists()


def test_a_file_that_is_analysed_again_is_compared_with_meanwhile():
    original = for_sale(ArtistFactory(), mesh_file(figure()))
    again = analyses.mesh_analyse_again(actor=ModeratorFactory(), mesh_id=original.mesh_id)
    assert again.state == MeshState.WAITING
    turned = Mesh(figure().vertices[:, [1, 2, 0]], figure().faces)
    copy = for_sale(ArtistFactory(), mesh_file(turned)).mesh
    assert (copy.verdict, copy.matched) == (Verdict.REFUSED, original.mesh)
    assert for_sale(ArtistFactory(), mesh_file(edited())).mesh.verdict == Verdict.HELD


def test_copies_that_were_deleted_take_no_place_of_what_they_were_copies_of():
    original = for_sale(ArtistFactory(), mesh_file(figure()))
    bob = ArtistFactory()
    copy = for_sale(bob, mesh_file(edited())).mesh
    kept = ShapeDescription.objects.get(mesh=copy)
    for _number in range(25):  # as one sends it again and again, to delete it
        kept.pk, kept.mesh = None, MeshFileFactory(owner=bob, origin=original.seller)
        kept.save(force_insert=True)
    shape_index().refresh()
    ShapeDescription.objects.exclude(mesh=original.mesh).delete()
    MeshFile.objects.filter(pk=copy.pk).update(state=MeshState.FAILED)
    once_more = for_sale(ArtistFactory(), mesh_file(Mesh(edited().vertices * 1.001, edited().faces))).mesh
    assert (once_more.verdict, once_more.matched) == (Verdict.HELD, original.mesh)


def test_a_gear_made_wider_and_turned_is_held():
    first = sent("gear20.stl")
    mesh = sent("gear20_x105_turned.stl")
    assert (mesh.verdict, mesh.matched) == (Verdict.HELD, first)


def test_of_an_account_that_is_deleted_no_evidence_stays_with_what_was_bought():
    mesh = MeshFileFactory()
    mesh.evidence_picture = mesh.original.name
    mesh.save()
    assert (erasure._evidence(mesh.owner_id), erasure._evidence(mesh.owner_id)) == (1, 0)
    mesh.refresh_from_db()
    assert not mesh.evidence_picture
    assert DiscardedFile.objects.get().storage == "private"

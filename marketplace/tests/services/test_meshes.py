"""3-D files: taken in, analysed, settled once, compared, let go of."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import Notification
from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory
from config.core.errors import Denied, Missing, Upstream
from config.core.models import DiscardedFile
from config.core.sandbox import SandboxFault
from marketplace import tasks
from marketplace.choices import MeshFormat, MeshState, Status, Verdict
from marketplace.errors import BrokenFile, FileTooLarge, SellersOnly
from marketplace.meshes.geometry import Mesh
from marketplace.meshes.shapes import stl_of
from marketplace.models import MeshFile, Model3D
from marketplace.services.models_3d import analyses
from marketplace.services.models_3d.analyses import mesh_analyse, mesh_analyse_again, mesh_await
from marketplace.services.models_3d.files import LOOSE_FOR, mesh_create, mesh_store
from marketplace.tests.factories import MeshFileFactory, Model3DFactory
from marketplace.tests.solids import analysed, analysed_once, figure, for_sale, mesh_file, solid, uploaded

pytestmark = pytest.mark.django_db

NO_TRIANGLES = "The file holds no triangles that have an area. Export the model's surface as a mesh."


def notices_of(person):
    return list(Notification.objects.filter(user=person).order_by("pk").values_list("notification_type", "title"))


def mesh_upload(*, actor, file):
    """A file that no model takes yet."""
    stored = mesh_store(actor=actor, file=file)
    with transaction.atomic():
        return mesh_create(stored, owner=actor)


class TestUpload:
    def test_a_file_is_stored_private_and_waits(self):
        alice = ArtistFactory()
        mesh = mesh_upload(actor=alice, file=mesh_file(name="../C:\\shop\\my\x00 gear.STL"))
        assert (mesh.owner, mesh.origin, mesh.format, mesh.state) == (alice, alice, MeshFormat.STL, MeshState.WAITING)
        assert mesh.file_name == "my gear.STL"
        assert mesh.original.name.startswith(f"models/{alice.pk}/")
        assert storages["private"].exists(mesh.original.name)
        assert not storages["default"].exists(mesh.original.name)
        assert mesh.byte_size == len(stl_of(solid()))
        assert (mesh.triangle_count, mesh.thumbnail.name, mesh.verdict) == (None, "", Verdict.UNCHECKED)
        assert not DiscardedFile.objects.exists()

    def test_it_is_analysed_after_the_commit(self, django_capture_on_commit_callbacks, settings):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        with django_capture_on_commit_callbacks(execute=True):
            mesh = mesh_upload(actor=ArtistFactory(), file=mesh_file())
        assert mesh_await(mesh.pk, seconds=0).state == MeshState.DONE

    @pytest.mark.parametrize(
        ("data", "says"),
        [(b"", "empty"), (b"\xff\xd8\xff\xe0" + b"\0" * 200, "no 3-D file"), (stl_of(solid())[:-50], "cut off")],
    )
    def test_what_is_no_3_d_file_is_refused_and_not_kept(self, data, says):
        with pytest.raises(BrokenFile, match=says) as refusal:
            mesh_upload(actor=ArtistFactory(), file=SimpleUploadedFile("gear.stl", data))
        assert refusal.value.field == "file"
        assert not MeshFile.objects.exists()
        assert not DiscardedFile.objects.exists()

    def test_what_is_too_large_is_refused(self, settings):
        settings.MESH_MAX_BYTES = 1000
        with pytest.raises(FileTooLarge):
            mesh_upload(actor=ArtistFactory(), file=mesh_file())
        assert not MeshFile.objects.exists()

    def test_buyers_upload_nothing(self):
        with pytest.raises(SellersOnly):
            mesh_upload(actor=BuyerFactory(), file=mesh_file())


class TestAnalysis:
    def test_everything_is_measured_and_the_owner_told(self):
        alice = ArtistFactory()
        model = analysed(alice)
        mesh = model.mesh
        assert (mesh.state, mesh.verdict, mesh.error, mesh.claim) == (MeshState.DONE, Verdict.PASSED, "", None)
        assert mesh.is_watertight is True
        assert mesh.part_count == 1
        assert mesh.triangle_count == len(solid().faces)
        assert mesh.size_mm == pytest.approx((solid().bounds[1] - solid().bounds[0]).tolist(), rel=1e-5)
        assert mesh.volume_mm3 > 0
        assert mesh.attempts == 1
        assert mesh.analysed_at is not None
        with mesh.thumbnail.open() as file:
            assert file.read(3) == b"\xff\xd8\xff"
        with mesh.preview.open() as file:
            assert file.read(4) == b"glTF"
        assert uuid.UUID(mesh.preview.name.rpartition("/")[2].removesuffix(".glb")).hex not in mesh.original.name
        assert model.status == Status.DRAFT, "an upload publishes nothing"
        assert notices_of(alice) == [("model_analysed", "Your 3-D file is ready")]

    def test_a_broken_file_fails_with_its_reason(self):
        alice = ArtistFactory()
        nothing = SimpleUploadedFile("flat.stl", stl_of(Mesh(solid().vertices * [1, 0, 0], solid().faces)))
        model = for_sale(alice, nothing)
        assert (model.mesh.state, model.mesh.error) == (MeshState.FAILED, NO_TRIANGLES)
        assert model.status == Status.REJECTED
        assert model.history.last().reason == NO_TRIANGLES
        assert [title for _, title in notices_of(alice)] == ["Your 3-D file cannot be used", "3-D model rejected"]

    def test_a_second_time_does_nothing(self):
        model = analysed(ArtistFactory())
        mesh_analyse(model.mesh_id)
        assert MeshFile.objects.get().attempts == 1
        assert Notification.objects.count() == 1

    def test_one_that_another_holds_is_left_alone(self):
        mesh = uploaded(ArtistFactory()).mesh
        held = {"state": MeshState.RUNNING, "claim": uuid.uuid4()}
        MeshFile.objects.filter(pk=mesh.pk).update(claimed_until=timezone.now() + timedelta(seconds=60), **held)
        mesh_analyse(mesh.pk)
        assert MeshFile.objects.get().attempts == 0

    def test_one_whose_holder_died_is_taken_up_by_the_sweep(self, django_capture_on_commit_callbacks, settings):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        mesh = uploaded(ArtistFactory()).mesh
        held = {"state": MeshState.RUNNING, "claim": uuid.uuid4()}
        MeshFile.objects.filter(pk=mesh.pk).update(claimed_until=timezone.now(), **held)
        with django_capture_on_commit_callbacks(execute=True):
            tasks.mesh_analyses_sweep()
        assert MeshFile.objects.get().state == MeshState.DONE

    def test_one_file_of_each_owner_at_a_time(self, settings):
        settings.MESH_AT_ONCE = 10
        alice, bob = ArtistFactory(), ArtistFactory()
        first, second, other = uploaded(alice).mesh, uploaded(alice).mesh, uploaded(bob).mesh
        assert analyses._claimed(first.pk)
        assert analyses._claimed(second.pk) is None
        assert analyses._claimed(other.pk)
        second.refresh_from_db()
        assert (second.state, second.attempts, second.claim) == (MeshState.WAITING, 0, None)
        MeshFile.objects.filter(pk=first.pk).update(claimed_until=timezone.now())  # its worker died
        assert analyses._claimed(second.pk)

    def test_no_more_at_once_than_leaves_workers_for_the_rest(self, settings):
        settings.MESH_AT_ONCE = 2
        files = [uploaded(ArtistFactory()).mesh for _ in range(3)]
        assert [analyses._claimed(mesh.pk) is not None for mesh in files] == [True, True, False]

    def test_the_turn_is_whose_who_was_served_longest_ago(self):
        alice, bob, carol = ArtistFactory(), ArtistFactory(), ArtistFactory()
        hers = [uploaded(alice).mesh for _ in range(3)]
        late, never = uploaded(bob).mesh, uploaded(carol).mesh
        assert list(analyses._in_turn()) == [hers[0].pk, late.pk, never.pk]
        now = timezone.now()
        MeshFileFactory(owner=alice, state=MeshState.DONE, analysed_at=now)
        MeshFileFactory(owner=bob, state=MeshState.DONE, analysed_at=now - timedelta(hours=1))
        assert list(analyses._in_turn()) == [never.pk, late.pk, hers[0].pk]
        assert analyses._claimed(hers[0].pk)
        assert list(analyses._in_turn()) == [never.pk, late.pk]

    def test_the_end_of_one_begins_the_next(self, django_capture_on_commit_callbacks, settings):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        alice = ArtistFactory()
        files = [uploaded(alice).mesh for _ in range(3)]
        with django_capture_on_commit_callbacks(execute=True):
            mesh_analyse(files[0].pk)
        assert set(MeshFile.objects.values_list("state", flat=True)) == {MeshState.DONE}

    def test_a_claim_that_ran_out_settles_nothing(self):
        mesh = uploaded(ArtistFactory()).mesh
        MeshFile.objects.filter(pk=mesh.pk).update(state=MeshState.RUNNING, claim=uuid.uuid4())
        with analyses.meshes.original_on_disk(mesh) as path:
            analysis = analyses.analyse(path, mesh.format, analyses.analysis_limits())
        analyses._settle(mesh, uuid.uuid4(), analysis)
        assert MeshFile.objects.get().state == MeshState.RUNNING
        assert DiscardedFile.objects.count() == 5, "its renditions are let go of"

    def test_a_fault_is_tried_again_later_and_at_last_given_up(self, settings, monkeypatch):
        """The child of each try is killed by the clock."""
        monkeypatch.setattr(analyses, "analysis_limits", lambda: analyses.Limits(2**31, 30, wall_seconds=0.01))
        alice = ArtistFactory()
        mesh = uploaded(alice).mesh
        for attempt in range(1, analyses.MOST_ATTEMPTS):
            mesh_analyse(mesh.pk)
            mesh.refresh_from_db()
            assert (mesh.state, mesh.attempts, mesh.claim) == (MeshState.WAITING, attempt, None)
            assert mesh.error.startswith("SandboxFault: no result")
            wait = (mesh.claimed_until - timezone.now()).total_seconds()
            assert wait == pytest.approx(5 * 2**attempt, abs=3)
            mesh_analyse(mesh.pk)
            assert MeshFile.objects.get().attempts == attempt, "not before its time"
            MeshFile.objects.update(claimed_until=timezone.now())
        mesh_analyse(mesh.pk)
        mesh.refresh_from_db()
        assert (mesh.state, mesh.error) == (MeshState.FAILED, analyses.GIVEN_UP)
        assert len(notices_of(alice)) == 1

    def test_a_storage_that_is_away_is_never_the_file_s_fault(self):
        mesh = uploaded(ArtistFactory()).mesh
        storages["private"].delete(mesh.original.name)
        MeshFile.objects.update(attempts=50)
        mesh_analyse(mesh.pk)
        mesh.refresh_from_db()
        assert mesh.state == MeshState.WAITING
        assert mesh.error.startswith(Upstream.__name__)

    def test_again_by_a_moderator(self, django_capture_on_commit_callbacks, settings):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        model = analysed(ArtistFactory())
        before = model.mesh
        with pytest.raises(Denied):
            mesh_analyse_again(actor=model.seller, mesh_id=before.pk)
        MeshFile.objects.update(triangle_count=1)
        with django_capture_on_commit_callbacks(execute=True):
            mesh_analyse_again(actor=AdminFactory(), mesh_id=before.pk)
        after = MeshFile.objects.get()
        assert (after.state, after.triangle_count) == (MeshState.DONE, before.triangle_count)
        assert after.thumbnail.name != before.thumbnail.name
        assert not storages["default"].exists(before.thumbnail.name), "the old renditions go"
        with pytest.raises(Missing):
            mesh_analyse_again(actor=AdminFactory(), mesh_id=0)


class TestCopies:
    @pytest.fixture(autouse=True)
    def _each_file_once(self, monkeypatch):
        monkeypatch.setattr(analyses, "analyse", analysed_once)

    def test_the_same_file_is_refused(self):
        alice, bob = ArtistFactory(), ArtistFactory()
        original = for_sale(alice, mesh_file(figure()))
        copy = for_sale(bob, mesh_file(figure()))
        assert (original.status, copy.status) == (Status.APPROVED, Status.REJECTED)
        mesh = copy.mesh
        assert (mesh.verdict, mesh.similarity_score, mesh.matched) == (Verdict.REFUSED, Decimal(100), original.mesh)
        assert mesh.evidence == {"same_file": True, "explanation": "The file is identical, byte for byte."}
        assert (mesh.origin, mesh.total_compared) == (alice, 1)
        assert copy.history.last().reason == "Its shape is that of another model."
        assert [title for _, title in notices_of(bob)] == ["Your 3-D file is a copy", "3-D model rejected"]

    def test_the_same_shape_in_another_guise_is_refused(self):
        for_sale(ArtistFactory(), mesh_file(figure()))
        turned = Mesh(figure().vertices[:, [1, 2, 0]] * 25.4 + 100, figure().faces)
        copy = for_sale(ArtistFactory(), mesh_file(turned))
        assert copy.mesh.verdict == Verdict.REFUSED
        assert 85 <= copy.mesh.similarity_score < 100
        assert copy.mesh.evidence["same_file"] is False
        assert copy.mesh.evidence["moments"] < 0.00002

    def test_nearly_the_same_is_held(self):
        for_sale(ArtistFactory(), mesh_file(figure()))
        bob = ArtistFactory()
        changed = for_sale(bob, mesh_file(Mesh(figure().vertices * [1, 1, 1.005], figure().faces)))
        assert (changed.mesh.verdict, changed.status) == (Verdict.HELD, Status.PENDING)
        assert 60 <= changed.mesh.similarity_score < 85
        assert [title for _, title in notices_of(bob)] == ["Your 3-D file waits for a moderator"]

    def test_another_shape_passes(self):
        for_sale(ArtistFactory(), mesh_file(figure()))
        other = for_sale(ArtistFactory(), mesh_file(solid(30_001)))
        assert (other.mesh.verdict, other.mesh.matched, other.status) == (Verdict.PASSED, None, Status.APPROVED)
        assert other.mesh.similarity_score < 60

    def test_a_second_try_names_the_other_s_file_and_not_the_first_try(self):
        original = for_sale(ArtistFactory(), mesh_file(figure()))
        bob, larger = ArtistFactory(), mesh_file(Mesh(figure().vertices * 2, figure().faces))
        first = for_sale(bob, larger)
        assert (first.mesh.verdict, first.mesh.matched) == (Verdict.REFUSED, original.mesh)
        larger.seek(0)
        again = for_sale(bob, larger).mesh
        assert (again.verdict, again.matched, again.origin) == (Verdict.REFUSED, original.mesh, original.seller)
        assert again.evidence["same_file"] is False, "what is said is said of the other's file"
        MeshFile.objects.filter(pk=original.mesh_id).update(state=MeshState.FAILED)  # it is not compared with any more
        larger.seek(0)
        third = for_sale(bob, larger).mesh
        assert (third.verdict, third.matched, third.origin) == (Verdict.REFUSED, original.mesh, original.seller)
        assert third.evidence["explanation"].endswith("That is said of a file of yours that was refused before.")
        MeshFile.objects.filter(owner=bob).update(matched=None)  # it is gone
        larger.seek(0)
        last = for_sale(bob, larger).mesh
        assert (last.verdict, last.matched, last.origin) == (Verdict.REFUSED, None, original.seller)

    def test_one_s_own_works_are_named_only(self):
        alice = ArtistFactory()
        first = for_sale(alice, mesh_file(figure()))
        second = for_sale(alice, mesh_file(Mesh(figure().vertices * 2, figure().faces)))
        assert (second.mesh.verdict, second.status) == (Verdict.PASSED, Status.APPROVED)
        assert [row["file"] for row in second.mesh.evidence["own_works"]] == [first.mesh_id]

    def test_a_box_is_nobody_s(self):
        from marketplace.meshes.shapes import extruded, rounded_rectangle

        box = extruded(rounded_rectangle(40, 20, 1), 8)
        for_sale(ArtistFactory(), mesh_file(box))
        again = for_sale(ArtistFactory(), mesh_file(Mesh(box.vertices * 1.5, box.faces)))
        assert (again.mesh.verdict, again.mesh.similarity_score, again.status) == (Verdict.PASSED, 59, Status.APPROVED)
        assert again.mesh.evidence["explanation"].endswith("So it is only noted.")

    def test_a_refused_copy_does_not_stand_in_its_maker_s_way(self):
        alice, bob, charlie = ArtistFactory(), ArtistFactory(), ArtistFactory()
        for_sale(alice, mesh_file(figure()))
        for_sale(bob, mesh_file(figure()))
        again = for_sale(alice, mesh_file(Mesh(figure().vertices * 3, figure().faces)))
        assert (again.mesh.verdict, again.status) == (Verdict.PASSED, Status.APPROVED)
        assert for_sale(charlie, mesh_file(figure())).mesh.verdict == Verdict.REFUSED

    def test_who_came_first_is_not_refused_for_being_analysed_late(self):
        late = uploaded(ArtistFactory(), mesh_file(figure()))
        quick = analysed(ArtistFactory(), mesh_file(Mesh(figure().vertices * 2, figure().faces)))
        assert quick.mesh.verdict == Verdict.PASSED
        mesh_analyse(late.mesh_id)
        assert MeshFile.objects.get(pk=late.mesh_id).verdict == Verdict.HELD

    def test_the_same_file_that_came_first_counts_before_its_analysis(self):
        uploaded(ArtistFactory())
        assert analysed(ArtistFactory()).mesh.verdict == Verdict.REFUSED


class TestForgetting:
    def test_what_no_model_took_goes_after_a_week(self, django_capture_on_commit_callbacks, settings):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        old = timezone.now() - LOOSE_FOR - timedelta(minutes=1)
        loose, fresh, refused = (
            MeshFileFactory(created_at=old),
            MeshFileFactory(),
            MeshFileFactory(created_at=old, verdict=Verdict.REFUSED),
        )
        shown = Model3DFactory(mesh__created_at=old).mesh
        with django_capture_on_commit_callbacks(execute=True):
            tasks.meshes_forget()
        assert set(MeshFile.objects.all()) == {fresh, refused, shown}
        for storage, file in (("private", loose.original), ("default", loose.thumbnail), ("default", loose.preview)):
            assert not storages[storage].exists(file.name)
        assert storages["private"].exists(shown.original.name)
        assert Model3D.objects.count() == 1


def test_waiting_ends_with_the_time_given():
    mesh = uploaded(ArtistFactory()).mesh
    assert mesh_await(mesh.pk, seconds=0.2).state == MeshState.WAITING
    with pytest.raises(Missing):
        mesh_await(0, seconds=1)


def test_a_fault_is_no_refusal():
    assert not issubclass(SandboxFault, ValueError)

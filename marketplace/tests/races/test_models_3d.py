"""Two at the same moment, each with a connection of their own: uploads of one shape, analyses, publishing."""

from functools import partial

import pytest
from django.db import transaction

from accounts.models import Notification
from accounts.tests.factories import AdminFactory, ArtistFactory, ModeratorFactory
from marketplace.choices import MeshState, Status, Verdict
from marketplace.meshes.geometry import Mesh
from marketplace.models import MeshFile, Model3D
from marketplace.services.gate import MESH_GATE
from marketplace.services.models_3d import analyses, offers
from marketplace.services.models_3d.analyses import mesh_analyse
from marketplace.services.models_3d.models import model_publish
from marketplace.services.models_3d.moderation import model_approve
from marketplace.tests.races.test_catalogue import at_once, both_at_the_gate, one_while_the_other_waits
from marketplace.tests.solids import figure, mesh_file, on_a_disc, uploaded

pytestmark = pytest.mark.django_db(transaction=True)


def measured(mesh):
    """The last step of an analysis, everything before it being done."""
    claim = analyses._claimed(mesh.pk)
    with analyses.meshes.original_on_disk(mesh) as path:
        analysis = analyses.analyse(path, mesh.format, analyses.analysis_limits())

    def settle():
        analyses._settle(mesh, claim, analysis)

    return settle


@pytest.mark.parametrize("copied", ["the same file", "the same shape", "the shape with edits"])
def test_of_two_makers_with_one_shape_one_passes(copied):
    alice, bob, mesh = ArtistFactory(), ArtistFactory(), figure()
    if copied == "the same shape":
        mesh = Mesh(mesh.vertices * 25.4, mesh.faces)
    elif copied == "the shape with edits":
        mesh = on_a_disc(mesh)
    models = [
        model_publish(actor=alice, model_id=uploaded(alice, mesh_file(figure())).pk),
        model_publish(actor=bob, model_id=uploaded(bob, mesh_file(mesh)).pk),
    ]
    both_at_the_gate(*[measured(model.mesh) for model in models], gate=MESH_GATE)
    verdicts = sorted(MeshFile.objects.values_list("verdict", flat=True))
    assert verdicts in ([Verdict.PASSED, Verdict.REFUSED], [Verdict.HELD, Verdict.PASSED])
    assert Model3D.objects.filter(status=Status.APPROVED).count() == 1


def test_an_administrator_decides_while_the_file_is_compared(monkeypatch):
    model, admin = model_publish(actor=(alice := ArtistFactory()), model_id=uploaded(alice).pk), AdminFactory()
    changed, settled = one_while_the_other_waits(
        monkeypatch,
        offers,
        "_set_flags",
        lambda: offers.model_revise(
            actor=admin, model_id=model.pk, changes={"title": "Better"}, flags={"status": "rejected"}
        ),
        measured(model.mesh),
    )
    assert (changed.title, changed.status, settled) == ("Better", "rejected", None)
    model.refresh_from_db()
    assert (model.status, model.mesh.state) == (Status.REJECTED, MeshState.DONE)


def test_workers_that_are_free_at_the_same_moment_take_no_more_files_than_may_be_analysed(settings):
    settings.MESH_AT_ONCE = 2
    alice = ArtistFactory()
    files = [uploaded(owner).mesh for owner in (alice, alice, ArtistFactory(), ArtistFactory())]
    at_once(*[partial(analyses._claimed, mesh.pk) for mesh in files])
    running = MeshFile.objects.filter(state=MeshState.RUNNING)
    assert running.count() == 2
    assert running.filter(owner=alice).count() <= 1


def test_of_two_workers_one_settles_a_file():
    mesh = uploaded(ArtistFactory()).mesh
    at_once(*[lambda: mesh_analyse(mesh.pk)] * 3)
    mesh.refresh_from_db()
    assert (mesh.state, mesh.attempts) == (MeshState.DONE, 1)
    assert Notification.objects.count() == 1


def test_a_model_published_while_its_file_is_settled_goes_on_sale():
    """Whichever comes first, the other sees it: no model is left pending with a file that passed."""
    alice = ArtistFactory()
    model = uploaded(alice)
    at_once(measured(model.mesh), lambda: model_publish(actor=alice, model_id=model.pk))
    model.refresh_from_db()
    assert (model.mesh.state, model.status) == (MeshState.DONE, Status.APPROVED)


def test_approving_and_publishing_at_once_deadlock_in_neither_order():
    alice, moderator = ArtistFactory(), ModeratorFactory()
    model = uploaded(alice)
    mesh_analyse(model.mesh_id)
    with transaction.atomic():
        Model3D.objects.filter(pk=model.pk).update(status=Status.PENDING)
    at_once(
        *[lambda: model_approve(actor=moderator, model_id=model.pk)] * 2,
        *[lambda: model_publish(actor=alice, model_id=model.pk)] * 2,
    )
    model.refresh_from_db()
    assert model.status == Status.APPROVED
    assert model.history.filter(after=Status.APPROVED).count() == 1

"""What moderators decide about 3-D models."""

import pytest

from accounts.models import Notification
from accounts.tests.factories import ArtistFactory, ModeratorFactory
from config.core.errors import Denied, Missing
from marketplace.choices import MeshState, Status, Verdict
from marketplace.errors import BrokenFile, NotAnalysed
from marketplace.models import StatusChange
from marketplace.services.models_3d.models import model_publish
from marketplace.services.models_3d.moderation import model_approve, model_feature, model_hold, model_reject
from marketplace.tests.factories import MeshFileFactory, Model3DFactory

pytestmark = pytest.mark.django_db


def kinds(person):
    return list(Notification.objects.filter(user=person).values_list("notification_type", flat=True))


@pytest.mark.parametrize("verdict", [Verdict.HELD, Verdict.REFUSED])
def test_approving_clears_the_file(verdict):
    original = MeshFileFactory()
    model = Model3DFactory(
        status=Status.PENDING, mesh__verdict=verdict, mesh__matched=original, mesh__origin=original.owner
    )
    model_approve(actor=ModeratorFactory(), model_id=model.pk)
    model.refresh_from_db()
    assert (model.status, model.mesh.verdict, model.mesh.origin) == (Status.APPROVED, Verdict.CLEARED, model.seller)
    assert kinds(model.seller) == ["model_approved"]
    model_approve(actor=ModeratorFactory(), model_id=model.pk)
    assert kinds(model.seller) == ["model_approved"]


def test_nothing_is_approved_before_its_analysis():
    waiting = Model3DFactory(status=Status.PENDING, mesh__state=MeshState.WAITING, mesh__verdict=Verdict.UNCHECKED)
    broken = Model3DFactory(status=Status.REJECTED, mesh__state=MeshState.FAILED, mesh__error="Damaged.")
    with pytest.raises(NotAnalysed):
        model_approve(actor=ModeratorFactory(), model_id=waiting.pk)
    with pytest.raises(BrokenFile, match=r"Damaged\."):
        model_approve(actor=ModeratorFactory(), model_id=broken.pk)
    waiting.refresh_from_db()
    assert waiting.status == Status.PENDING


def test_rejecting_a_held_file_says_whose_it_is():
    original = MeshFileFactory()
    model = Model3DFactory(status=Status.PENDING, mesh__verdict=Verdict.HELD, mesh__matched=original)
    moderator = ModeratorFactory()
    model_reject(actor=moderator, model_id=model.pk, reason="It is hers.")
    model_reject(actor=moderator, model_id=model.pk, reason="Again")
    model.refresh_from_db()
    assert (model.status, model.mesh.verdict, model.mesh.origin) == (Status.REJECTED, Verdict.REFUSED, original.owner)
    assert kinds(model.seller) == ["model_rejected"]
    change = StatusChange.objects.get(listing=model.pk)
    assert (change.after, change.reason, change.actor) == ("rejected", "It is hers.", moderator)


def test_what_staff_hold_its_seller_does_not_put_back():
    model = Model3DFactory(channel="v1")
    model_hold(actor=ModeratorFactory(), model_id=model.pk)
    model_publish(actor=model.seller, model_id=model.pk)
    model.refresh_from_db()
    assert model.status == Status.PENDING
    model_approve(actor=ModeratorFactory(), model_id=model.pk)
    model.refresh_from_db()
    assert model.status == Status.APPROVED


def test_featuring():
    model = Model3DFactory()
    assert model_feature(actor=ModeratorFactory(), model_id=model.pk, featured=True).is_featured is True
    assert model_feature(actor=ModeratorFactory(), model_id=model.pk, featured=False).is_featured is False


def test_by_moderators_alone():
    model = Model3DFactory(status=Status.PENDING)
    for actor in (model.seller, ArtistFactory()):
        with pytest.raises(Denied):
            model_approve(actor=actor, model_id=model.pk)
        with pytest.raises(Denied):
            model_reject(actor=actor, model_id=model.pk)
        with pytest.raises(Denied):
            model_feature(actor=actor, model_id=model.pk, featured=True)
    with pytest.raises(Missing):
        model_approve(actor=ModeratorFactory(), model_id=0)
    model.refresh_from_db()
    assert (model.status, model.is_featured) == (Status.PENDING, False)

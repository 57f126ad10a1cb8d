"""Appeals about 3-D files that were refused or held as copies, and what moderators decide about them."""

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Notification, User
from accounts.services.levels import groups_prepare
from accounts.tests.factories import ModeratorFactory
from config.core.errors import Denied, Missing
from config.core.models import AuditEntry
from marketplace.choices import Status
from marketplace.errors import NotAppealable, NotYours
from marketplace.models import Appeal, MeshFile, Model3D
from marketplace.services.appeals import appeal_decide, model_appeal_create
from marketplace.services.models_3d.moderation import model_approve, model_reject
from marketplace.tests.factories import ArtworkFactory, Model3DFactory, PictureFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator() -> User:
    return ModeratorFactory.create()


def copied(alice: User, verdict: str = "refused", **columns: object) -> Model3D:
    status = {"refused": "rejected", "held": "pending"}[verdict]
    other = Model3DFactory(title="Their gear")
    found = {"mesh__verdict": verdict, "mesh__matched": other.mesh, "mesh__similarity_score": "91.50"}
    return Model3DFactory.create(**{"seller": alice, "title": "My gear", "status": status} | found | columns)


def state(model: Model3D) -> tuple[str, str, User]:
    mesh = MeshFile.objects.select_related("origin").get(shown_by=model.pk)
    return Model3D.objects.get(pk=model.pk).status, mesh.verdict, mesh.origin


@pytest.mark.parametrize("verdict", ["refused", "held"])
def test_a_maker_appeals_once(alice, verdict):
    model = copied(alice, verdict)
    appeal = model_appeal_create(actor=alice, model_id=model.pk, reason="I modelled it.")
    assert (appeal.mesh, appeal.picture, appeal.author, appeal.state) == (model.mesh, None, alice, "open")
    assert appeal.subject == model.mesh
    with pytest.raises(NotAppealable, match="already"):
        model_appeal_create(actor=alice, model_id=model.pk, reason="Again")
    assert Appeal.objects.count() == 1


def test_what_cannot_be_appealed(alice, bob, moderator):
    model, fine = copied(alice), Model3DFactory(seller=alice)
    bare = Model3DFactory(seller=alice, mesh=None)
    for actor, number, refusal in (
        (bob, model.pk, Missing),
        (moderator, model.pk, NotYours),
        (bob, fine.pk, NotYours),
        (alice, fine.pk, NotAppealable),
        (alice, bare.pk, NotAppealable),
        (alice, 10**15, Missing),
    ):
        with pytest.raises(refusal):
            model_appeal_create(actor=actor, model_id=number, reason="Mine")
    assert Appeal.objects.count() == 0


@pytest.mark.parametrize("verdict", ["refused", "held"])
def test_accepted_it_is_on_sale_and_its_maker_s_own(alice, moderator, verdict):
    model = copied(alice, verdict)
    draft = Model3DFactory(seller=alice, mesh=model.mesh, status=Status.DRAFT)
    appeal = model_appeal_create(actor=alice, model_id=model.pk, reason="I modelled it.")
    appeal_decide(actor=moderator, appeal_id=appeal.pk, accept=True, answer="So you did.")
    appeal.refresh_from_db()
    assert (appeal.state, appeal.decided_by, appeal.answer) == ("accepted", moderator, "So you did.")
    assert state(model) == ("approved", "cleared", alice)
    draft.refresh_from_db()
    assert draft.status == "draft"
    told = Notification.objects.get(user=alice, notification_type="appeal_decided")
    assert told.message == 'Your appeal about "My gear", "' + draft.title + '" was accepted. So you did.'
    assert told.data["model_id"] == model.pk
    with pytest.raises(NotAppealable, match="decided already"):
        appeal_decide(actor=moderator, appeal_id=appeal.pk, accept=False)
    assert state(model) == ("approved", "cleared", alice)


@pytest.mark.parametrize("verdict", ["refused", "held"])
def test_declined_it_counts_as_a_copy(alice, moderator, verdict):
    model = copied(alice, verdict)
    appeal = model_appeal_create(actor=alice, model_id=model.pk, reason="I modelled it.")
    appeal_decide(actor=moderator, appeal_id=appeal.pk, accept=False, answer="It is theirs.")
    status, found, origin = state(model)
    assert (status, found) == ("rejected", "refused")
    assert origin == (model.mesh.matched.origin if verdict == "held" else alice)


def test_who_decides(alice, bob):
    appeal = model_appeal_create(actor=alice, model_id=copied(alice).pk, reason="Mine")
    for actor in (alice, bob):
        with pytest.raises(Denied):
            appeal_decide(actor=actor, appeal_id=appeal.pk, accept=True)
    appeal.refresh_from_db()
    assert appeal.state == "open"


@pytest.mark.parametrize(("decide", "outcome"), [(model_approve, "accepted"), (model_reject, "declined")])
def test_a_decision_about_the_model_is_one_about_the_appeal(alice, moderator, decide, outcome):
    model = copied(alice, "held")
    appeal = model_appeal_create(actor=alice, model_id=model.pk, reason="Mine")
    decide(actor=moderator, model_id=model.pk)
    appeal.refresh_from_db()
    assert (appeal.state, appeal.decided_by) == (outcome, moderator)


def test_an_appeal_is_about_one_thing(alice):
    picture = PictureFactory(artwork=ArtworkFactory(seller=alice))
    for columns in ({}, {"picture": picture, "mesh": Model3DFactory(seller=alice).mesh}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Appeal.objects.create(author=alice, reason="Mine", **columns)


def test_staff_tell_the_maker_by_e_mail(alice, moderator, settings, django_capture_on_commit_callbacks):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    model = Model3DFactory(seller=alice, title="Gear", status="pending")
    with django_capture_on_commit_callbacks(execute=True):
        model_approve(actor=moderator, model_id=model.pk)
        model_reject(actor=moderator, model_id=model.pk, reason="Its walls are too thin.")
    assert [(message.to, message.subject) for message in mail.outbox] == [
        ([alice.email], "Your Model Has Been Approved!"),
        ([alice.email], "Model Review Update"),
    ]
    assert "Its walls are too thin." in mail.outbox[1].body
    assert f"/model/{model.pk}" in mail.outbox[0].body


def test_moderators_decide_in_the_admin_site_with_an_answer(client, alice):
    groups_prepare()
    moderator = ModeratorFactory()
    client.force_login(moderator)
    model = copied(alice)
    appeal = model_appeal_create(actor=alice, model_id=model.pk, reason="I modelled <b>it</b>.")
    listed = reverse("admin:marketplace_appeal_changelist")
    assert str(model.mesh) in client.get(listed).content.decode()
    shown = client.get(reverse("admin:marketplace_appeal_change", args=[appeal.pk])).content.decode()
    assert "91.50 of 100" in shown and "I modelled &lt;b&gt;it&lt;/b&gt;." in shown
    sent = {"action": "accept", "_selected_action": [appeal.pk], "answer": " So you did. "}
    assert client.post(listed, sent).status_code == 302
    assert state(model) == ("approved", "cleared", alice)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.after["answer"]) == (moderator, "appeal.decide", "So you did.")

"""An objection to a picture or a 3-D file that was refused or held as a copy, and a moderator's decision about it."""

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor, person
from accounts.models import User
from config.core.audit import audited
from config.core.errors import Denied, Missing
from marketplace import policies
from marketplace.choices import AppealState, Status, Verdict
from marketplace.errors import NotAppealable, NotYours
from marketplace.models import Appeal
from marketplace.services import notices
from marketplace.services.gate import MESH_GATE, gate_lock
from marketplace.services.listings import artwork_lock, status_change
from marketplace.services.models_3d.states import mesh_lock, model_lock, models_lock
from marketplace.services.models_3d.verdicts import mesh_clear, mesh_refuse
from marketplace.services.pictures import verdicts


def appeal_create(*, actor: User, artwork_id: int, reason: str) -> Appeal:
    """Appeal about the newest picture of one's artwork. Raises Missing, NotYours and NotAppealable (the picture was
    neither refused nor held, or it was appealed already)."""
    with transaction.atomic():
        if not policies.artworks_visible_to(actor).filter(pk=artwork_id).exists():
            raise Missing("Artwork")
        artwork = artwork_lock(artwork_id)
        if not policies.owns(actor, artwork):
            raise NotYours
        picture = artwork.pictures.order_by("-pk").first()
        if picture is None or picture.verdict not in (Verdict.REFUSED, Verdict.HELD):
            raise NotAppealable("The picture of this artwork was neither refused nor held as a copy.")
        if picture.appeals.exists():
            raise NotAppealable("There has been an appeal about this picture already.")
        return Appeal.objects.create(picture=picture, author=actor, reason=reason)


def model_appeal_create(*, actor: User, model_id: int, reason: str) -> Appeal:
    """Appeal about the file of one's 3-D model. Raises Missing, NotYours, Conflict and NotAppealable."""
    with transaction.atomic():
        if not policies.models_visible_to(actor).filter(pk=model_id).exists():
            raise Missing("Model")
        model = model_lock(model_id)
        if not policies.owns(actor, model):
            raise NotYours
        mesh = model.mesh
        if mesh is None or mesh.verdict not in (Verdict.REFUSED, Verdict.HELD):
            raise NotAppealable("The file of this model was neither refused nor held as a copy.")
        if mesh.appeals.exists():
            raise NotAppealable("There has been an appeal about this file already.")
        return Appeal.objects.create(mesh=mesh, author=actor, reason=reason)


def appeal_decide(*, actor: Actor, appeal_id: int, accept: bool, answer: str = "") -> Appeal:
    """Accepted: the picture, or the shape, is the author's own, is shown, and the work is on sale, unless it was
    replaced meanwhile. Declined: it counts as a copy; a work that was waiting with it is rejected, one on sale goes on
    with its old picture. The author is told.

    Raises Denied, Missing, NotAppealable (decided already) and WrongStatus (the work was archived).
    """
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        found = Appeal.objects.filter(pk=appeal_id).values("mesh_id", "picture__artwork_id").first()
        if found is None:
            raise Missing("Appeal")
        decide = _about_mesh if found["mesh_id"] is not None else _about_picture
        return decide(actor, appeal_id, found["mesh_id"] or found["picture__artwork_id"], accept, answer)


def _about_picture(actor: Actor, appeal_id: int, artwork_id: int, accept: bool, answer: str) -> Appeal:
    gate_lock()
    artwork = artwork_lock(artwork_id)
    appeal = _decided(actor, appeal_id, accept, answer)
    picture = appeal.picture
    assert picture is not None  # noqa: S101 (by it the artwork was found)
    if accept:
        if verdicts.picture_clear(picture, artwork=artwork, actor=actor):
            status_change(artwork, Status.APPROVED, actor=actor, reason=answer)
            verdicts.sold_let_go(artwork)
    else:
        if picture.verdict == Verdict.HELD:
            verdicts.picture_refuse(picture, actor=actor)
        if picture.pk == artwork.picture_id and artwork.status == Status.PENDING:
            status_change(artwork, Status.REJECTED, actor=actor, reason=answer)
    notices.appeal_decided(appeal, [artwork])
    return appeal


def _about_mesh(actor: Actor, appeal_id: int, mesh_id: int, accept: bool, answer: str) -> Appeal:
    """A file may be shown by several models of its owner. Drafts and archived ones stay what they are."""
    gate_lock(MESH_GATE)
    mesh = mesh_lock(mesh_id)
    models = list(models_lock(list(mesh.shown_by.values_list("pk", flat=True))))
    appeal = _decided(actor, appeal_id, accept, answer)
    if accept:
        mesh_clear(mesh, actor=actor)
    elif mesh.verdict == Verdict.HELD:
        mesh_refuse(mesh, actor=actor)
    for model in models:
        if accept and model.status in (Status.PENDING, Status.REJECTED):
            status_change(model, Status.APPROVED, actor=actor, reason=answer)
        elif not accept and model.status == Status.PENDING:
            status_change(model, Status.REJECTED, actor=actor, reason=answer)
    notices.appeal_decided(appeal, models)
    return appeal


def _decided(actor: Actor, appeal_id: int, accept: bool, answer: str) -> Appeal:
    """The appeal, after what it is about, locked, written and recorded."""
    rows = Appeal.objects.select_for_update(of=("self",)).select_related("picture", "mesh", "author")
    appeal = rows.get(pk=appeal_id)
    if appeal.state != AppealState.OPEN:
        raise NotAppealable("This appeal has been decided already.")
    with audited(actor, "appeal.decide", appeal, "state", answer=answer):
        appeal.state = AppealState.ACCEPTED if accept else AppealState.DECLINED
        appeal.answer = answer
        appeal.decided_by = person(actor)
        appeal.decided_at = timezone.now()
        appeal.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    return appeal

"""An artist's objection to a picture that was refused or held as a copy, and a moderator's decision about it."""

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor, person
from accounts.models import User
from config.core.errors import Denied, Missing
from marketplace import policies
from marketplace.choices import AppealState, Status, Verdict
from marketplace.errors import NotAppealable, NotYours
from marketplace.models import Appeal
from marketplace.services import notices, verdicts
from marketplace.services.gate import gate_lock
from marketplace.services.listings import artwork_lock, status_change


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


def appeal_decide(*, actor: Actor, appeal_id: int, accept: bool, answer: str = "") -> Appeal:
    """Accepted: the picture is the artist's own, is shown, and the work is on sale, unless the artist has replaced it
    meanwhile. Declined: the picture counts as a copy; a work that was waiting with it is rejected, one on sale goes on
    with its old picture. The artist is told.

    Raises Denied, Missing, NotAppealable (decided already) and WrongStatus (the work was archived).
    """
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        gate_lock()
        found = Appeal.objects.filter(pk=appeal_id).values_list("picture__artwork_id", flat=True).first()
        if found is None:
            raise Missing("Appeal")
        artwork = artwork_lock(found)
        appeal = Appeal.objects.select_for_update(of=("self",)).select_related("picture", "author").get(pk=appeal_id)
        if appeal.state != AppealState.OPEN:
            raise NotAppealable("This appeal has been decided already.")
        appeal.state = AppealState.ACCEPTED if accept else AppealState.DECLINED
        appeal.answer = answer
        appeal.decided_by = person(actor)
        appeal.decided_at = timezone.now()
        appeal.save(update_fields=["state", "answer", "decided_by", "decided_at"])
        picture = appeal.picture
        if accept:
            if verdicts.picture_clear(picture, artwork=artwork, actor=actor):
                status_change(artwork, Status.APPROVED, actor=actor, reason=answer)
        else:
            if picture.verdict == Verdict.HELD:
                verdicts.picture_refuse(picture, actor=actor)
            if picture.pk == artwork.picture_id and artwork.status == Status.PENDING:
                status_change(artwork, Status.REJECTED, actor=actor, reason=answer)
        notices.appeal_decided(appeal, artwork)
        return appeal

"""Notes of staff about a thing: for their colleagues alone, never for the person it is about."""

from typing import TYPE_CHECKING

from django.db import models

from config.core.audit import audited
from config.core.errors import Denied, Invalid
from config.core.idempotency import Once, done_once
from config.core.models import StaffNote

if TYPE_CHECKING:
    from accounts.actors import Actor

MOST_LETTERS = 2000


@done_once(StaffNote)
def note_write(*, actor: "Actor", target: models.Model, text: str, once: Once | None = None) -> StaffNote:
    """Raises Denied for everybody but active staff of any level; Invalid, naming `text`, when it is empty or longer
    than MOST_LETTERS. Whether they may see `target` is asked where it is shown."""
    if actor.pk is None or not (getattr(actor, "is_active", False) and getattr(actor, "is_staff", False)):
        raise Denied
    text = text.replace("\0", "").strip()
    if not 0 < len(text) <= MOST_LETTERS:
        raise Invalid(f"Between 1 and {MOST_LETTERS} letters.", field="text")
    with audited(actor, "note.write", target):
        return StaffNote.objects.create(
            author_id=actor.pk, target_type=target._meta.model_name or "", target_id=str(target.pk), text=text
        )

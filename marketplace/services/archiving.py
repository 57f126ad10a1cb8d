"""Staff take artworks and 3-D models away, and bring back what staff took away. Buyers keep what they bought.

What its maker deleted stays deleted: only an archiving that says in the history that staff did it is taken back.
"""

from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from accounts.actors import SYSTEM, Actor
from config.core.audit import audited
from config.core.errors import Denied, Missing
from marketplace import policies
from marketplace.choices import Kind, Status
from marketplace.errors import WrongStatus
from marketplace.models import Artwork, Listing, Model3D, StatusChange
from marketplace.services.collections import collections_leave
from marketplace.services.listings import artwork_lock, status_change
from marketplace.services.models_3d.models import models_counted
from marketplace.services.models_3d.states import maker_lock, model_lock, models_lock
from marketplace.services.notices import work_archived, work_restored

BY_STAFF: Final = "Archived by staff."
Work = Artwork | Model3D


def work_archive(*, actor: Actor, listing_id: int, reason: str = "") -> Work:
    """Nobody sees it any more but staff and who bought it; its maker is told. A model leaves its collections.

    Raises Denied, Missing and WrongStatus (archived already).
    """
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        work = _lock(listing_id)
        if work.status == Status.ARCHIVED:
            raise WrongStatus("It is archived already.")
        with audited(actor, f"{work.kind}.archive", work, "status", reason=reason or None):
            status_change(work, Status.ARCHIVED, actor=actor, reason=f"{BY_STAFF} {reason}".strip())
            if isinstance(work, Model3D):
                collections_leave(work)
                models_counted(work.seller, -1)
            work_archived(work, reason=reason)
    return work


def work_restore(*, actor: Actor, listing_id: int) -> Work:
    """What staff archived waits for a moderator again, or is its maker's draft again, and they are told. It is in no
    collection. Raises Denied, Missing, and WrongStatus for what is not archived or was deleted by its maker."""
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        work = _lock(listing_id)
        if not is_archived_by_staff(work):
            raise WrongStatus("Only what staff archived is brought back.")
        with audited(actor, f"{work.kind}.restore", work, "status"):
            _bring_back(work, actor=actor)
            work_restored(work)
    return work


def is_archived_by_staff(work: Listing) -> bool:
    """Asks the history where it is archived at all."""
    return work.status == Status.ARCHIVED and archiving(work).startswith(BY_STAFF)


def archiving(work: Listing) -> str:
    """What its history says about its being archived."""
    return _archivings(work).values_list("reason", flat=True).first() or ""


def works_give_back(seller_id: int) -> int:
    """Before an account is erased: what staff archived of its works is treated as its other works are. One at a time;
    how many. In the caller's transaction."""
    archived = Listing.objects.filter(seller=seller_id, kind__in=[Kind.ARTWORK, Kind.MODEL], status=Status.ARCHIVED)
    taken = archived.filter(history__after=Status.ARCHIVED, history__reason__startswith=BY_STAFF).order_by("pk")
    for listing_id in taken.values_list("pk", flat=True).distinct():
        work = _lock(listing_id)
        if is_archived_by_staff(work):
            _bring_back(work, actor=SYSTEM)
            return 1
    return 0


def _bring_back(work: Work, *, actor: Actor) -> None:
    before = _archivings(work).values_list("before", flat=True).first()
    status_change(work, Status.DRAFT if before == Status.DRAFT else Status.PENDING, actor=actor)
    if isinstance(work, Model3D):
        models_counted(work.seller, 1)


def _archivings(work: Listing) -> QuerySet[StatusChange]:
    return StatusChange.objects.filter(listing=work.pk, after=Status.ARCHIVED).order_by("-pk")


def _lock(listing_id: int) -> Work:
    """The work, archived or not, locked until the transaction ends. Raises Missing."""
    row = Listing.objects.filter(pk=listing_id).values_list("kind", "seller", "status").first()
    if row is None or row[0] == Kind.EQUIPMENT:
        raise Missing("Listing")
    kind, seller_id, status = row
    if kind == Kind.ARTWORK:
        return artwork_lock(listing_id)
    maker_lock(seller_id)
    if status != Status.ARCHIVED:
        return model_lock(listing_id)
    model = models_lock([listing_id]).first()
    if model is None:
        raise Missing("Listing")
    return model

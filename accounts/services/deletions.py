"""Deleting an account: asked for, waited for, taken back; or ordered by administrators. `erasure` carries it out."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor, person
from accounts.choices import UNFINISHED_DELETIONS, DeletionState
from accounts.errors import AboveActor, DeletionRefused, DeletionUnderWay, OnOneself
from accounts.models import AccountDeletion, User
from accounts.policies import is_above, may_decide_about_people, rank
from accounts.services.accounts import is_house
from accounts.services.deliveries import email_queue
from accounts.services.sessions import sessions_end
from accounts.services.twofactor import proven
from config.core.announce import announce
from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing
from config.core.own_data import own_data

GRACE: Final = timedelta(days=14)
MOMENT: Final = timedelta(minutes=1)
"""What requests of the person that are under way need to end, when staff delete an account."""
LONGEST_REASON: Final = 500
UNPROVABLE: Final = "Set a password first, as who has forgotten theirs: without one nobody can tell that it is you."


def in_the_way_of(user: User) -> list[str]:
    """What has to be settled before the account can be deleted, in sentences."""
    found = ["It is an account of staff."] if rank(user) or user.is_staff or is_house(user) else []
    return found + [reason for part in own_data() for reason in part.in_the_way(user.pk)]


def deletion_request(
    *, actor: User, password: str, totp_code: str = "", backup_code: str = "", address: str
) -> AccountDeletion:
    """The actor leaves, in GRACE: until then signing in takes it back. Everybody is signed out of the account, and what
    it sells is on sale no longer. The person is told by e-mail.

    Raises DeletionRefused with all reasons, DeletionUnderWay, what `proven` raises, and Invalid (`password`) for who
    has none.
    """
    if not actor.has_usable_password():
        raise Invalid(UNPROVABLE, field="password")
    with proven(actor, password=password, totp_code=totp_code, backup_code=backup_code, address=address) as user:
        _check(user)
        deletion = AccountDeletion.objects.create(user=user, asked_by=user, due_at=timezone.now() + GRACE)
        user.deletion_due_at = deletion.due_at
        user.save(update_fields=["deletion_due_at", "updated_at"])
        _leave(user)
        email_queue(user=user, template="deletion_requested", context={"due": _worded(deletion.due_at)})
    return deletion


def deletion_order(*, actor: Actor, user_id: int, reason: str) -> AccountDeletion:
    """Administrators delete an account, without a way back: for a person who asked them to, or for good reason. It is
    closed at once and carried out within minutes. The person is told by e-mail.

    Raises Denied, Missing, OnOneself, AboveActor, Invalid (`reason`), DeletionRefused and DeletionUnderWay.
    """
    reason = " ".join(reason.split())
    if not may_decide_about_people(actor):
        raise Denied
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(f"Say why, in at most {LONGEST_REASON} characters.", field="reason")
    if actor.pk == user_id:
        raise OnOneself
    with transaction.atomic():
        user = _lock(user_id)
        if is_above(user, actor):
            raise AboveActor
        waiting = AccountDeletion.objects.filter(user=user, state=DeletionState.WAITING, by_staff=False)
        waiting.update(state=DeletionState.CANCELLED, ended_at=timezone.now())  # the person's own comes too late
        with audited(actor, "user.delete", user, "is_active", reason=reason):
            user.is_active, user.deletion_due_at = False, None
            user.save(update_fields=["is_active", "deletion_due_at", "updated_at"])
            _leave(user)
            _check(user)
        return AccountDeletion.objects.create(
            user=user, asked_by=person(actor), by_staff=True, reason=reason, due_at=timezone.now() + MOMENT
        )


def deletion_take_back(user: User) -> None:
    """Whoever signs in stays. Nothing happens to others."""
    if user.deletion_due_at is None:
        return
    with transaction.atomic():
        held = _lock(user.pk)
        waiting = AccountDeletion.objects.filter(user=held, state=DeletionState.WAITING, closed_at=None)
        if not waiting.update(state=DeletionState.CANCELLED, ended_at=timezone.now()):
            return
        held.deletion_due_at = user.deletion_due_at = None
        held.save(update_fields=["deletion_due_at", "updated_at"])
        announce("accounts.activity_changed", seller=held)
        email_queue(user=held, template="deletion_cancelled")


def _lock(user_id: int) -> User:
    # no_key: an order that holds this seller's listings may still refer to them, and does not wait for us in a circle.
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id, erased_at=None).first()
    if user is None:
        raise Missing("User")
    return user


def _check(user: User) -> None:
    if AccountDeletion.objects.filter(user=user, state__in=UNFINISHED_DELETIONS).exists():
        raise DeletionUnderWay
    found = in_the_way_of(user)
    if found:
        raise DeletionRefused(found)


def _leave(user: User) -> None:
    sessions_end(user)
    announce("accounts.activity_changed", seller=user)


def _worded(moment: datetime) -> str:
    return f"{moment:%d %B %Y, %H:%M} UTC"

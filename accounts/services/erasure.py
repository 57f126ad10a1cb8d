"""Carrying out the deletion of an account: it is closed and loses its name in one transaction, when nothing is in the
way; then each app takes away what its person left, a part at a time, until nothing is.

A worker claims a deletion for CLAIM, renewed as it proceeds. One that dies leaves a claim that runs out, and the sweep
lets another go on.
"""

import time
import uuid
from datetime import timedelta
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.actors import SYSTEM
from accounts.choices import UNFINISHED_DELETIONS, DeletionState, DeliveryState
from accounts.models import (
    AccountDeletion,
    ApiKey,
    ArtistProfile,
    AuthenticatorDevice,
    BackupDevice,
    BuyerProfile,
    DataExport,
    Delivery,
    EmailChange,
    EndedAccessToken,
    Follow,
    KeptAccessToken,
    MailRefusal,
    Notification,
    PasswordLink,
    PasswordRequest,
    PendingSignIn,
    ProfileView,
    RefreshToken,
    Session,
    SignInFailure,
    SignInGuard,
    SignInPlace,
    SocialAccount,
    User,
    UserProfile,
    WebhookMessage,
    WebhookTarget,
)
from accounts.services.deletions import in_the_way_of
from accounts.services.deliveries import email_queue
from accounts.services.exports import export_remove
from accounts.services.sessions import sessions_end
from config.core.announce import announce, enqueue_after_commit
from config.core.audit import audit_record
from config.core.erasing import Later, Step, name_of, one_part, rows_delete, rows_uncount
from config.core.files import file_discard
from config.core.models import IdempotentCall, StaffNote

CLAIM: Final = timedelta(minutes=5)
AGAIN: Final = timedelta(days=1)
"""When something was in the way."""
SECONDS: Final = 60.0
"""A worker stays with one account for so long; then others have their turn."""
FAREWELL: Final = "account_deleted"
NOWHERE: Final = "deleted.invalid"
"""Of the addresses of accounts without a person: a domain that never exists."""


class _InTheWay(Exception):
    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons


# ---------------------------------------------------------------- the work
def deletions_sweep() -> None:
    """Begin what is due, and go on with what nobody is at."""
    now = timezone.now()
    due = AccountDeletion.objects.filter(_free(), state__in=UNFINISHED_DELETIONS, due_at__lte=now)
    for deletion_id in due.order_by("due_at", "pk").values_list("pk", flat=True)[:20]:
        enqueue_after_commit("accounts.tasks.deletion_continue", deletion_id)


def deletion_continue(deletion_id: int) -> None:
    """Do what can be done of it now. Safe to repeat."""
    deletion = _claim(deletion_id)
    if deletion is None:
        return
    until, is_done = time.monotonic() + SECONDS, False
    if deletion.closed_at is not None or _close(deletion):
        try:
            is_done = _erase(deletion, until)
        except Later:
            pass
        now, rows = timezone.now(), _mine(deletion)
        if is_done:
            rows.update(state=DeletionState.DONE, ended_at=now, claim=None, claimed_until=None)
        else:
            rows.update(claim=None, claimed_until=None)


def _erase(deletion: AccountDeletion, until: float) -> bool:
    for name in settings.ERASERS:
        part = import_string(name)
        while not part(user_id=deletion.user_id):
            if time.monotonic() > until or not _mine(deletion).update(claimed_until=timezone.now() + CLAIM):
                return False
    return True


def _close(deletion: AccountDeletion) -> bool:
    """Whether the account is closed now."""
    try:
        with transaction.atomic():
            user = User.objects.select_for_update(no_key=True).get(pk=deletion.user_id)
            if not _mine(deletion).update(closed_at=timezone.now(), in_the_way=[]):
                return False
            user.is_active = False
            user.save(update_fields=["is_active", "updated_at"])
            announce("accounts.activity_changed", seller=user)  # from here on nobody orders of them
            found = in_the_way_of(user)
            if found:
                raise _InTheWay(found)
            email_queue(user=user, template=FAREWELL, context={"name": name_of(user.pk)}, address=user.email)
            _nameless(user)
            sessions_end(user)
            audit_record(actor=SYSTEM, action="user.erase", target=user, after={"deletion": deletion.pk})
    except _InTheWay as refused:
        _put_off(deletion, refused.reasons)
        return False
    return True


def _nameless(user: User) -> None:
    """The locked account keeps its id, its rights in the books and its figures there."""
    file_discard("default", str(user.profile_image.name or ""))
    PasswordRequest.objects.filter(email__iexact=user.email).delete()
    name = name_of(user.pk)
    if User.objects.named(name).exclude(pk=user.pk).exists():
        name = f"{name}-{uuid.uuid4().hex[:8]}"
    user.username, user.email, user.first_name, user.last_name = name, f"{name}@{NOWHERE}", "", ""
    user.phone_number, user.pending_email, user.profile_image.name = "", "", ""
    user.email_verified_at, user.last_login, user.deletion_due_at = None, None, None
    user.followers_count = user.following_count = 0
    user.erased_at = timezone.now()
    user.save(
        update_fields=[
            *("username", "email", "first_name", "last_name", "phone_number", "pending_email", "profile_image"),
            *("email_verified_at", "last_login", "deletion_due_at", "followers_count", "following_count"),
            *("erased_at", "updated_at"),
        ]
    )
    # Not by saving: nobody is to be told of a new password.
    User.objects.filter(pk=user.pk).update(password=make_password(None))


def _put_off(deletion: AccountDeletion, reasons: list[str]) -> None:
    """Tried again each day. The person is told once."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=deletion.user_id)
        held = _mine(deletion).select_for_update().first()
        if held is None:
            return
        if held.told_at is None and not held.by_staff:
            held.told_at = timezone.now()
            email_queue(user=user, template="deletion_waits", context={"reasons": reasons})
        held.state, held.in_the_way = DeletionState.WAITING, reasons
        held.claim, held.claimed_until = None, timezone.now() + AGAIN
        held.save(update_fields=["state", "in_the_way", "told_at", "claim", "claimed_until"])


def _claim(deletion_id: int) -> AccountDeletion | None:
    now = timezone.now()
    with transaction.atomic():
        rows = AccountDeletion.objects.select_for_update(skip_locked=True)
        due = rows.filter(_free(), pk=deletion_id, state__in=UNFINISHED_DELETIONS, due_at__lte=now)
        deletion = due.first()
        if deletion is None:
            return None
        deletion.state, deletion.claim, deletion.claimed_until = DeletionState.RUNNING, uuid.uuid4(), now + CLAIM
        deletion.save(update_fields=["state", "claim", "claimed_until"])
    return deletion


def _free() -> Q:
    return Q(claimed_until=None) | Q(claimed_until__lte=timezone.now())


def _mine(deletion: AccountDeletion) -> Any:
    return AccountDeletion.objects.filter(pk=deletion.pk, claim=deletion.claim, state=DeletionState.RUNNING)


# ---------------------------------------------------------------- what accounts take away
def person_erase(*, user_id: int) -> bool:
    """One part of it; whether nothing is left. Raises Later until the last e-mail has been sent, or given up."""
    if not one_part(STEPS, user_id):
        return False
    left = Delivery.objects.filter(user=user_id)
    if left.filter(template=FAREWELL, state__in=[DeliveryState.WAITING, DeliveryState.SENDING]).exists():
        raise Later
    return not rows_delete(left)


def _follows(user_id: int) -> int:
    return rows_uncount(Follow.objects.filter(follower=user_id), "followed", "followers_count") or rows_uncount(
        Follow.objects.filter(followed=user_id), "follower", "following_count"
    )


def _exports(user_id: int) -> int:
    export_id = DataExport.objects.filter(user=user_id).values_list("pk", flat=True).first()
    if export_id is None:
        return 0
    export_remove(export_id)
    return 1


def _deliveries(user_id: int) -> int:
    return rows_delete(Delivery.objects.filter(user=user_id).exclude(template=FAREWELL))


def _signing_in(user_id: int) -> int:
    """Kept by the id in text."""
    account = str(user_id)
    return rows_delete(SignInFailure.objects.filter(account=account)) + rows_delete(
        SignInGuard.objects.filter(account=account)
    )


def _notes(user_id: int) -> int:
    """What staff noted about the person."""
    return rows_delete(StaffNote.objects.filter(target_type="user", target_id=str(user_id)))


def _all_of(model: Any, path: str = "user") -> Step:
    return lambda user_id: rows_delete(model.objects.filter(**{path: user_id}))


STEPS: Final[tuple[Step, ...]] = (
    *(_follows, _exports, _deliveries, _signing_in, _notes),
    *(
        _all_of(model)
        for model in (
            *(Notification, ProfileView, ArtistProfile, BuyerProfile, UserProfile, MailRefusal, EmailChange),
            *(PasswordLink, PendingSignIn, RefreshToken, EndedAccessToken, KeptAccessToken, SocialAccount),
            *(AuthenticatorDevice, BackupDevice, SignInPlace, IdempotentCall, apps.get_model("knox", "AuthToken")),
            *(ApiKey, Session),
        )
    ),
    _all_of(WebhookMessage, "target__owner"),
    _all_of(WebhookTarget, "owner"),
)

"""A new e-mail address for an account: pending until it is confirmed; the old one is told, and may undo it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.errors import EmailTaken, InvalidLink, UsernameTaken
from accounts.models import EmailChange, PasswordLink, User
from accounts.selectors.people import EMAIL_UNDO_LIFE, email_change_pending
from accounts.services.deliveries import email_queue
from accounts.services.passwords import password_link_make, password_link_token
from accounts.services.registration import account_save, email_check
from accounts.services.sessions import sessions_end
from accounts.services.verification import LINK_LIFE, address_in, verification_send
from config.core.announce import announce
from config.core.folding import folded

SALT = "accounts.undo_email_change"


def email_change_request(user: User, email: str) -> None:
    """Ask the new address whether it is the person's, and tell the old one. The account's row must be locked.

    The newest wish counts. Raises Invalid, EmailTaken, or Limited when that address was asked a moment ago.
    """
    email = email_check(email, besides=user)
    pending = email_change_pending(user)
    verification_send(user, email=email)
    if pending is not None and pending.new_email.lower() == email.lower():
        return
    if pending is not None:
        pending.delete()
    change = EmailChange.objects.create(user=user, old_email=user.email, old_key=folded(user.email), new_email=email)
    user.pending_email = email
    user.save(update_fields=["pending_email", "updated_at"])
    _tell_old_address(change, "email_change_requested")


def email_verify(*, signed: str) -> User:
    """The person has the address that the link was sent to: it is confirmed, or takes the place of the old one.

    A second time changes nothing. Raises InvalidLink, also when the address has become somebody else's.
    """
    user_id, address = address_in(signed)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(pk=user_id, is_active=True).first()
        if user is None:
            raise InvalidLink
        change = email_change_pending(user)
        if change is not None and change.new_email.lower() == address:
            _take_place(user, change)
        elif user.email.lower() != address:
            raise InvalidLink
        elif user.email_verified_at is None:
            user.email_verified_at = timezone.now()
            user.save(update_fields=["email_verified_at", "updated_at"])
    return user


def _take_place(user: User, change: EmailChange) -> None:
    change.confirmed_at = timezone.now()
    change.save(update_fields=["confirmed_at"])
    # A link for a new password that was sent to the old address.
    PasswordLink.objects.filter(user=user).delete()
    _set_address(user, change.new_email)
    _tell_old_address(change, "email_changed")


def _set_address(user: User, email: str) -> None:
    user.email, user.email_verified_at, user.pending_email = email, timezone.now(), ""
    try:
        account_save(user)
    except (EmailTaken, UsernameTaken):
        raise InvalidLink from None


# ---------------------------------------------------------------- undoing it
def email_change_find(*, signed: str) -> EmailChange:
    """A change that is pending, or that its old address may still undo. Raises InvalidLink."""
    try:
        nonce = signing.Signer(salt=SALT).unsign(signed)
    except signing.BadSignature:
        raise InvalidLink from None
    change = EmailChange.objects.select_related("user").filter(nonce=nonce).first()
    if change is None or not change.user.is_active:
        raise InvalidLink
    if change.confirmed_at is not None and change.confirmed_at + EMAIL_UNDO_LIFE <= timezone.now():
        raise InvalidLink
    return change


def email_change_undo(*, signed: str) -> tuple[User, str]:
    """The account has its old address again, and every session, token and link of it ends: somebody else was there.

    What that one changed after this is undone with it. Returns the account and the token of a link for a new password,
    since whoever follows the link has the old address. Raises InvalidLink.
    """
    found = email_change_find(signed=signed)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=found.user_id)
        change = email_change_find(signed=signed)
        user.email_changes.filter(pk__gte=change.pk).delete()
        sessions_end(user)
        user.social_accounts.all().delete()  # as with a new password: a thief may have linked theirs
        announce("accounts.credentials_replaced", user_id=user.pk)
        _set_address(user, change.old_email)
        link = password_link_make(user)
    return user, password_link_token(link.nonce.hex)


def undo_token(change: EmailChange) -> str:
    return signing.Signer(salt=SALT).sign(change.nonce.hex)


def undo_page(change_id: int) -> str:
    """The address of the page that undoes a change; empty when there is nothing to undo any more."""
    change = EmailChange.objects.filter(pk=change_id).first()
    if change is None:
        return ""
    page = reverse("undo_email_change", kwargs={"signed": undo_token(change)}, urlconf="config.urls")
    return f"{settings.PUBLIC_URL.rstrip('/')}{page}"


def _tell_old_address(change: EmailChange, template: str) -> None:
    context: dict[str, Any] = {"change": change.pk, "old_email": change.old_email, "new_email": change.new_email}
    late = "accounts.services.email_changes.undo_in_mail"
    email_queue(user=change.user, template=template, context=context, address=change.old_email, late=late)


def undo_in_mail(_user: User, context: Mapping[str, Any]) -> dict[str, Any]:
    return {"undo_url": undo_page(context["change"])}


def email_changes_forget() -> None:
    """Remove what can neither be confirmed nor undone any more."""
    now = timezone.now()
    EmailChange.objects.filter(confirmed_at__lt=now - EMAIL_UNDO_LIFE).delete()
    lapsed = EmailChange.objects.filter(confirmed_at=None, requested_at__lt=now - LINK_LIFE - timedelta(days=1))
    for user_id in lapsed.values_list("user", flat=True):
        with transaction.atomic():
            user = User.objects.select_for_update(no_key=True).get(pk=user_id)
            if lapsed.filter(user=user).delete()[0]:
                user.pending_email = ""
                user.save(update_fields=["pending_email"])

"""People who are invited to work here. Their account is there at once, and closed; the link of the invitation opens it,
with a password that they choose. It is good for LIFE, and a later one ends it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import policies
from accounts.actors import Actor
from accounts.choices import MailKind, StaffLevel, UserType
from accounts.errors import AboveActor, InvalidLink, NotInvited
from accounts.models import PasswordLink, User
from accounts.services.deliveries import email_queue
from accounts.services.levels import groups_prepare
from accounts.services.limits import mail_allow
from accounts.services.passwords import NEW_PASSWORD, password_link_make
from accounts.services.registration import account_save, email_check, no_other_address, password_check, username_check
from config.core.audit import audit_record
from config.core.errors import Denied, Missing
from config.core.idempotency import Once, done_once

LIFE: Final = timedelta(days=7)
SALT: Final = "accounts.invitation"


def is_invited(user: User) -> bool:
    """They have not opened their account yet, and still may."""
    is_closed = user.invited_at is not None and not user.is_active and not user.has_usable_password()
    return is_closed and user.is_staff and not user.is_banned and user.erased_at is None


@done_once(User)
def staff_invite(*, actor: Actor, email: str, level: StaffLevel, username: str = "", once: Once | None = None) -> User:
    """Somebody without an account is to work here. Their name is what stands before the @, unless one is given.

    Raises Denied, EmailTaken (who has an account is given a level on their page), UsernameTaken, and Invalid (`email`,
    `username`).
    """
    if not policies.may_invite(actor, level):
        raise Denied
    user = User(email=email_check(email), user_type=UserType.BUYER, is_active=False, is_staff=True)
    user.invited_at = timezone.now()
    user.username = username_check(username.strip() or user.email.partition("@")[0])
    no_other_address(user)
    user.set_unusable_password()
    with transaction.atomic():
        account_save(user)
        user.groups.add(Group.objects.filter(name=level).first() or groups_prepare()[level])
        _send(user, level)
        audit_record(actor=actor, action="user.invite", target=user, after={"level": str(level)})
    return user


@done_once(User)
def invitation_repeat(*, actor: Actor, user_id: int, once: Once | None = None) -> User:
    """A new link; the one before ends. Raises Denied, Missing, AboveActor, NotInvited, and Limited within a minute."""
    with transaction.atomic():
        user = _invited(actor, user_id)
        level = next((each for each in StaffLevel if user.groups.filter(name=each).exists()), StaffLevel.STAFF)
        _send(user, level)
        audit_record(actor=actor, action="user.invite", target=user, after={"level": str(level)})
    return user


def invitation_withdraw(*, actor: Actor, user_id: int) -> None:
    """The account goes, which was never anybody's; its name and address are free again. Raises as `invitation_repeat`
    does."""
    with transaction.atomic():
        user = _invited(actor, user_id)
        audit_record(actor=actor, action="user.withdraw_invitation", target=user)
        user.delete()


def _invited(actor: Actor, user_id: int) -> User:
    if not policies.may_decide_about_people(actor):
        raise Denied
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise Missing("User")
    if policies.is_above(user, actor):
        raise AboveActor
    if not is_invited(user):
        raise NotInvited
    return user


# ---------------------------------------------------------------- the link
def _send(user: User, level: StaffLevel) -> None:
    mail_allow(kind=MailKind.STAFF_INVITATION, address=user.email)
    link = password_link_make(user, life=LIFE)
    email_queue(
        user=user,
        template="staff_invitation",
        context={"nonce": link.nonce.hex, "level": level.label.lower()},
        late="accounts.services.invitations.link_in_mail",
    )


def invitation_token(nonce: str) -> str:
    return signing.Signer(salt=SALT).sign(nonce)


def link_in_mail(_user: User, context: Mapping[str, Any]) -> dict[str, Any]:
    """Raises Missing where it has ended before: then it is not sent."""
    link = PasswordLink.objects.filter(nonce=context["nonce"], expires_at__gt=timezone.now()).first()
    if link is None:
        raise Missing("Invitation")
    signed = invitation_token(context["nonce"])
    page = reverse("accept_invitation", kwargs={"signed": signed}, urlconf="config.urls")
    return {
        "invitation_url": f"{settings.PUBLIC_URL.rstrip('/')}{page}",
        "expires": f"{link.expires_at:%d %B %Y, %H:%M} UTC",
    }


def invitation_find(*, token: str) -> User:
    """Whose it is. Raises InvalidLink for one that is none, was used, has expired, was withdrawn, or has ended with a
    newer one."""
    try:
        nonce = signing.Signer(salt=SALT).unsign(token)
    except signing.BadSignature:
        raise InvalidLink from None
    link = PasswordLink.objects.select_related("user").filter(nonce=nonce, expires_at__gt=timezone.now()).first()
    if link is None or not is_invited(link.user):
        raise InvalidLink
    return link.user


def invitation_accept(*, token: str, new_password: str) -> User:
    """The account is theirs, with the password that they chose; nobody is signed in by it.

    Raises InvalidLink, or Invalid (`new_password`), after which the link is still good.
    """
    user = invitation_find(token=token)
    password_check(new_password, user=user, field=NEW_PASSWORD)
    hashed = make_password(new_password)  # slow, and so before the transaction
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
        user = invitation_find(token=token)  # two at once use it once; it may be withdrawn meanwhile
        user.password, user.is_active, user.email_verified_at = hashed, True, timezone.now()
        user.invited_at = None
        user.save(update_fields=["password", "is_active", "email_verified_at", "invited_at", "updated_at"])
        audit_record(actor=user, action="user.accept_invitation", target=user)
    return user

"""Passwords: changed by who knows the old one, forgotten and set anew by a link, set by superusers and commands."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.choices import MailKind
from accounts.errors import InvalidLink, WrongPassword
from accounts.models import EmailChange, PasswordLink, PasswordRequest, SocialAccount, User
from accounts.selectors.people import account_addressed
from accounts.services.deliveries import email_queue
from accounts.services.limits import Attempt, attempt_count, mail_allowed
from accounts.services.lockout import guarded, pair_of
from accounts.services.registration import password_check
from accounts.services.sessions import Credential, sessions_end
from config.core.announce import announce, enqueue_after_commit

SALT = "accounts.password_link"
LINK_LIFE = timedelta(hours=1)
NEW_PASSWORD = "new_password"  # noqa: S105 (the field's name)


def password_replaced(user: User, *, keep: Credential | None = None) -> None:
    """What follows from a new password, whoever set it and how; `User.save` calls it in its transaction.

    Every session and token ends but `keep`, and every link: those for a new password, and a pending change of the
    address. What an old address may undo stays. The person is told. One that was not set by who was signed in (a
    forgotten one, one set by staff) also ends sign-in by other companies: a thief may have linked theirs.
    """
    sessions_end(user, keep=keep)
    if keep is None:
        SocialAccount.objects.filter(user=user).delete()
        announce("accounts.credentials_replaced", user_id=user.pk)
    PasswordLink.objects.filter(user=user).delete()
    EmailChange.objects.filter(user=user, confirmed_at=None).delete()
    User.objects.filter(pk=user.pk).update(pending_email="")
    user.pending_email = ""
    email_queue(user=user, template="password_changed")


# ---------------------------------------------------------------- by who knows the old one
def password_confirm(*, user: User, password: str, address: str, field: str) -> None:
    """Raises WrongPassword, with `field`, Limited (wrong ones count as those of a sign-in do), or Busy."""
    pair = pair_of(user=user, address=address)
    pair.refuse()
    right = user.check_password(password)
    with guarded(pair):
        if not right:
            pair.failed()
            raise WrongPassword(field=field)


def password_change(
    *, actor: User, current_password: str, new_password: str, credential: Credential | None = None, address: str
) -> User:
    """A new password for the actor, who goes on with `credential` alone.

    Raises WrongPassword (`current_password`), Invalid (`new_password`) or Limited.
    """
    password_confirm(user=actor, password=current_password, address=address, field="current_password")
    password_check(new_password, user=actor, field=NEW_PASSWORD)
    hashed = make_password(new_password)  # slow, and so before the transaction
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        if user.password != actor.password:  # somebody was faster; that the old one is known proves nothing any more
            raise WrongPassword(field="current_password")
        user.password = hashed
        user.save(update_fields=["password", "updated_at"], keep=credential)
    return user


# ---------------------------------------------------------------- forgotten
def password_forgotten(*, email: str, network_address: str = "") -> None:
    """Somebody has forgotten the password of the account with this address.

    The same is done for every address, whether there is an account or not: who asks learns nothing from the time it
    takes either. Over the limit of mails to the address nothing happens; Limited when too much is asked for from the
    network, whatever the addresses.
    """
    attempt_count(Attempt.MAIL, address=network_address)
    with transaction.atomic():
        if mail_allowed(kind=MailKind.PASSWORD_RESET, address=email):
            request = PasswordRequest.objects.create(email=email)
            enqueue_after_commit("accounts.tasks.password_request_answer", request.pk)


@transaction.atomic
def password_request_answer(request_id: int) -> None:
    """Send the link, if there is an active account with the address; the request is gone then either way."""
    request = PasswordRequest.objects.select_for_update().filter(pk=request_id).first()
    if request is None:
        return
    user = account_addressed(request.email)
    if user is not None and user.is_active:
        password_link_send(user)
    request.delete()


def password_requests_sweep() -> None:
    """Answer what could not be queued, or was left by a worker that died."""
    for request_id in PasswordRequest.objects.order_by("pk").values_list("pk", flat=True)[:500]:
        password_request_answer(request_id)


def password_link_send(user: User) -> None:
    """A link for a new password, to the account's address. Whoever decides it counts it (`mail_allow`)."""
    link = password_link_make(user)
    email_queue(
        user=user,
        template="password_reset",
        context={"nonce": link.nonce.hex},
        address=user.email,
        late="accounts.services.passwords.link_in_mail",
    )


def password_link_make(user: User, *, life: timedelta = LINK_LIFE) -> PasswordLink:
    """The account's link: all others end. Good for an hour, or `life`, and one use."""
    PasswordLink.objects.filter(user=user).delete()
    return PasswordLink.objects.create(user=user, expires_at=timezone.now() + life)


def password_link_token(nonce: str) -> str:
    return signing.Signer(salt=SALT).sign(nonce)


def password_link_page(nonce: str) -> str:
    """The address of the page that sets the new password. Empty when the link has ended before its e-mail was sent."""
    if not PasswordLink.objects.filter(nonce=nonce, expires_at__gt=timezone.now()).exists():
        return ""
    page = reverse("reset_password", kwargs={"signed": password_link_token(nonce)}, urlconf="config.urls")
    return f"{settings.PUBLIC_URL.rstrip('/')}{page}"


def link_in_mail(_user: User, context: Mapping[str, Any]) -> dict[str, Any]:
    minutes = int(LINK_LIFE.total_seconds()) // 60
    return {"reset_url": password_link_page(context["nonce"]), "expires_minutes": minutes}


def password_link_find(*, token: str) -> PasswordLink:
    """Raises InvalidLink for a link that is none, was used, has expired, or has ended with a newer one."""
    try:
        nonce = signing.Signer(salt=SALT).unsign(token)
    except signing.BadSignature:
        raise InvalidLink from None
    found = PasswordLink.objects.select_related("user").filter(nonce=nonce, expires_at__gt=timezone.now()).first()
    if found is None or not found.user.is_active:
        raise InvalidLink
    return found


def password_reset(*, token: str, new_password: str) -> User:
    """A new password by the link of the e-mail. Nobody is signed in by it.

    Raises InvalidLink, or Invalid (`new_password`), after which the link is still good.
    """
    user = password_link_find(token=token).user
    password_check(new_password, user=user, field=NEW_PASSWORD)
    hashed = make_password(new_password)
    with transaction.atomic():
        # The account before its link, in the order of `User.save`: two at once use the link once.
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        password_link_find(token=token)
        user.password = hashed
        user.save(update_fields=["password", "updated_at"])
    return user

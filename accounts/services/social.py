"""Social login: which account somebody has who signed in at another company, and linking by hand.

What a provider says is asked before the transaction that follows from it.
"""

import base64
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.choices import SocialProvider, UserType
from accounts.errors import (
    AccountDisabled,
    EmailTaken,
    LastWayIn,
    SocialLinked,
    SocialLinkFirst,
    SocialRefused,
    SocialWithoutAddress,
    UsernameTaken,
)
from accounts.gateways.social import SocialPerson, authorization_address, person_by_code, person_by_token
from accounts.models import SocialAccount, User
from accounts.selectors.people import account_addressed
from accounts.services.deliveries import email_queue
from accounts.services.limits import Attempt, attempt_count
from accounts.services.lockout import place_note
from accounts.services.names import name_parts
from accounts.services.registration import account_save, email_check, username_check, welcome
from accounts.services.sign_in import SignIn, signed_in
from config.core.errors import DomainError, Invalid, Missing

SALT: Final = "accounts.social"
STATE_LIFE: Final = 600
TRIES: Final = 5


@dataclass(frozen=True)
class Begun:
    """The person is sent to `authorization_url`; the front-end keeps `state`, which comes back with the code, and
    `code_verifier`, which it alone knows, and sends them with the code within `expires_in` seconds."""

    authorization_url: str
    state: str
    code_verifier: str
    expires_in: int = STATE_LIFE


@dataclass(frozen=True)
class SocialSignIn:
    sign_in: SignIn
    is_new_user: bool


@dataclass(frozen=True)
class Shown:
    """What a client got from the provider: a code, or in its place an access token of ours."""

    code: str = ""
    access_token: str = ""
    redirect_uri: str = ""
    state: str = ""
    code_verifier: str = ""


def social_begin(*, provider: SocialProvider, redirect_uri: str, linking: User | None = None) -> Begun:
    """The first step of a sign-in, or of linking an account there to `linking`. Raises SocialNotConfigured."""
    code_verifier = secrets.token_urlsafe(48)
    state = signing.dumps(
        {
            "provider": provider.value,
            "to": redirect_uri,
            "challenge": _challenge(code_verifier),
            "user": linking.pk if linking is not None else None,
            "nonce": secrets.token_urlsafe(8),
        },
        salt=SALT,
    )
    address = authorization_address(provider, redirect_uri=redirect_uri, state=state, code_verifier=code_verifier)
    return Begun(authorization_url=address, state=state, code_verifier=code_verifier)


def social_sign_in(*, provider: SocialProvider, shown: Shown, address: str, market: str = "") -> SocialSignIn:
    """Sign in whom the provider vouches for: to the account that is linked, else to that with the same address when it
    is confirmed on both sides, else to a new one.

    With a `state` it must be ours, of this flow; a client that ran the flow itself sends none. Raises
    SocialNotConfigured, SocialRefused, SocialWithoutAddress, SocialLinkFirst, AccountDisabled, Limited and Upstream.
    """
    attempt_count(Attempt.SIGN_IN, address=address)
    if shown.state:
        _state_check(provider, shown, linking=None)
    person = _person(provider, shown)
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                user, is_new = _account_of(person, address, market)
            break
        except (IntegrityError, UsernameTaken, EmailTaken):  # made at this moment by another call: it is found now
            continue
        except SocialLinkFirst:
            if not _linked(person).exists():  # else linked at this moment by another call
                raise
    else:
        raise SocialRefused
    return SocialSignIn(signed_in(user), is_new)


def social_link(*, actor: User, provider: SocialProvider, shown: Shown) -> SocialAccount:
    """The actor signs in with that account from now on, and is told. The flow must have been begun by the actor.

    Raises SocialNotConfigured, SocialRefused, SocialLinked and Upstream.
    """
    _state_check(provider, shown, linking=actor)
    person = _person(provider, shown)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        known = _linked(person).first()
        if known is not None and known.user_id == user.pk:
            return known
        if known is not None:
            raise SocialLinked(f"This {provider.label} account belongs to another account here.")
        if user.social_accounts.filter(provider=provider).exists():
            raise SocialLinked(f"Another {provider.label} account is linked already. Unlink it first.")
        try:
            with transaction.atomic():
                return _link(user, person)
        except IntegrityError:
            raise SocialLinked(f"This {provider.label} account belongs to another account here.") from None


def social_unlink(*, actor: User, provider: SocialProvider) -> None:
    """The actor no longer signs in with it, and is told. Raises Missing, and LastWayIn for who has no password and no
    other linked account."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        linked = user.social_accounts.filter(provider=provider).first()
        if linked is None:
            raise Missing("Linked account")
        if not user.has_usable_password() and user.social_accounts.count() == 1:
            raise LastWayIn
        linked.delete()
        email_queue(user=user, template="social_unlinked", context={"provider": provider.label})


def _state_check(provider: SocialProvider, shown: Shown, *, linking: User | None) -> None:
    """It was made for this provider, front-end page, person and verifier, a short while ago."""
    try:
        begun: dict[str, Any] = signing.loads(shown.state, salt=SALT, max_age=STATE_LIFE)
    except signing.BadSignature:
        raise SocialRefused from None
    expected = {
        "provider": provider.value,
        "to": shown.redirect_uri,
        "challenge": _challenge(shown.code_verifier),
        "user": linking.pk if linking is not None else None,
    }
    if begun | expected != begun:
        raise SocialRefused


def _challenge(code_verifier: str) -> str:
    """RFC 7636, S256."""
    digest = hashlib.sha256(code_verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _person(provider: SocialProvider, shown: Shown) -> SocialPerson:
    if shown.code:
        return person_by_code(
            provider, code=shown.code, redirect_uri=shown.redirect_uri, code_verifier=shown.code_verifier
        )
    return person_by_token(provider, access_token=shown.access_token)


# ---------------------------------------------------------------- the account
def _linked(person: SocialPerson) -> QuerySet[SocialAccount]:
    return SocialAccount.objects.filter(provider=person.provider, uid=person.uid)


def _account_of(person: SocialPerson, address: str, market: str) -> tuple[User, bool]:
    """The account, and whether it is new. Needs a transaction."""
    linked = _linked(person).select_related("user").first()
    if linked is not None:
        _refuse_closed(linked.user)
        SocialAccount.objects.filter(pk=linked.pk).update(used_at=timezone.now())  # it may be unlinked meanwhile
        return linked.user, False
    if not person.email:
        raise SocialWithoutAddress(f"{person.provider.label} tells no e-mail address of you.")
    found = account_addressed(person.email)
    if found is None:
        if not person.email_is_verified:  # whoever opened it first would stay in it when its owner comes
            raise SocialWithoutAddress(f"{person.provider.label} has not confirmed your e-mail address.")
        return _open(person, address, market), True
    user = User.objects.select_for_update(no_key=True).get(pk=found.pk)
    # Folded alike is not the same: "ı" and "i" are other mailboxes.
    if not (person.email_is_verified and user.email_verified and user.email.lower() == person.email.lower()):
        raise _link_first(person)
    _refuse_closed(user)
    if user.social_accounts.filter(provider=person.provider).exists():
        raise _link_first(person)
    _link(user, person)
    return user, False


def _refuse_closed(user: User) -> None:
    if not user.is_active:
        raise AccountDisabled


def _link_first(person: SocialPerson) -> SocialLinkFirst:
    label = person.provider.label
    return SocialLinkFirst(
        f"There is an account with this e-mail address. Sign in to it first, and link {label} in your settings."
    )


def _link(user: User, person: SocialPerson) -> SocialAccount:
    linked = SocialAccount.objects.create(
        user=user, provider=person.provider, uid=person.uid, email=person.email[:254], used_at=timezone.now()
    )
    email_queue(user=user, template="social_linked", context={"provider": person.provider.label})
    return linked


def _open(person: SocialPerson, address: str, market: str) -> User:
    """A new account, without a password; the person may set one by the link of a forgotten password."""
    attempt_count(Attempt.REGISTRATION, address=address)
    try:
        email = email_check(person.email)
    except EmailTaken:  # it is somebody's user name, or was somebody's address a short while ago
        raise _link_first(person) from None
    except Invalid:
        raise SocialWithoutAddress(f"{person.provider.label} tells no e-mail address that can be used.") from None
    first_name, last_name = name_parts(person.full_name)
    user = User(
        username=username_proposed(person.names),
        email=email,
        user_type=UserType.BUYER,
        first_name=first_name,
        last_name=last_name,
        email_verified_at=timezone.now(),
    )
    user.set_unusable_password()
    account_save(user)
    if address:
        place_note(user, address)
    SocialAccount.objects.create(
        user=user, provider=person.provider, uid=person.uid, email=email, used_at=timezone.now()
    )
    welcome(user, market=market)
    return user


def username_proposed(names: tuple[str, ...]) -> str:
    """What somebody is called elsewhere, as far as it is free and a name here."""
    for name in _proposals(names):
        try:
            return username_check(name)
        except DomainError:
            continue
    return username_check(f"user-{secrets.token_hex(6)}")


def _proposals(names: tuple[str, ...]) -> Iterator[str]:
    plain = []
    for name in names:
        ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        fitting = re.sub(r"[^A-Za-z0-9_-]+", "-", ascii_name).strip("-_")[:24]
        if len(fitting) >= 3:
            plain.append(fitting)
    yield from plain
    for name in plain:
        for _ in range(TRIES):
            yield f"{name}-{secrets.randbelow(10_000):04d}"

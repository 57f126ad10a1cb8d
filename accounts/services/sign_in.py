"""Signing in: the password, then the second factor of those who have one."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.errors import AccountDisabled, InvalidCode, InvalidCredentials, InvalidSession
from accounts.models import PendingSignIn, User
from accounts.selectors.people import account_named
from accounts.services.deletions import deletion_take_back
from accounts.services.limits import Attempt, attempt_count
from accounts.services.lockout import guarded, pair_of
from accounts.services.sessions import digest_of
from accounts.services.twofactor import code_accept, code_chosen, is_enabled

PENDING_LIFE = timedelta(minutes=10)
PENDING_FAILURES = 5


@dataclass(frozen=True)
class SignIn:
    """`session_token` is set when a second factor is still needed; then nobody is signed in yet."""

    user: User
    session_token: str = ""

    @property
    def needs_second_factor(self) -> bool:
        return bool(self.session_token)


def password_accept(*, name: str, password: str, address: str) -> User:
    """The active account with this name or e-mail address and this password; for sign-ins that ask more themselves.

    Raises InvalidCredentials; AccountDisabled when they are right and the person is banned; Limited while the pair of
    account and address is locked, or too many attempts or failures come from there; and Busy when more passwords are
    checked at this moment than the machine is given for it.
    """
    attempt_count(Attempt.SIGN_IN, address=address)
    user = account_named(name)
    pair = pair_of(user=user, name=name, address=address)
    pair.refuse()
    right = _password_is_right(user, password)
    with guarded(pair):
        if user is None or not right or not (user.is_active or user.is_banned):
            pair.failed()
            raise InvalidCredentials
        if user.is_banned:
            raise AccountDisabled
        if not is_enabled(user):
            # With 2FA on, the count is cleared by the second factor alone: the password would clear it for a guesser.
            pair.succeeded()
    return user


def sign_in(*, name: str, password: str, address: str) -> SignIn:
    """The password step. Raises InvalidCredentials, AccountDisabled, Limited or Busy."""
    return signed_in(password_accept(name=name, password=password, address=address))


def signed_in(user: User) -> SignIn:
    """Whoever proved to be this person is signed in, or owes their second factor."""
    if is_enabled(user):
        token = secrets.token_urlsafe(32)
        PendingSignIn.objects.create(
            user=user,
            digest=digest_of(token),
            credentials_version=user.credentials_version,
            expires_at=timezone.now() + PENDING_LIFE,
        )
        return SignIn(user, session_token=token)
    _note_sign_in(user)
    return SignIn(user)


def second_factor_verify(*, session_token: str, totp_code: str = "", backup_code: str = "", address: str) -> User:
    """The second step: the person is signed in. The session token works for one success or five failures.

    After five it is kept as long as it would live, so that who tries on learns of the lock and not of a lost session.

    Raises InvalidSession, InvalidCode, InvalidBackupCode, CodeMissing (no attempt) or Limited.
    """
    code_chosen(totp_code, backup_code)
    attempt_count(Attempt.SECOND_FACTOR, address=address)
    waiting = PendingSignIn.objects.filter(digest=digest_of(session_token))
    found = waiting.select_related("user").first()
    if found is None:
        raise InvalidSession
    pair = pair_of(user=found.user, address=address)
    pair.refuse()
    with guarded(pair):
        # The account before its sign-ins, in the order of `sessions_end`: the two cannot wait for each other.
        user = User.objects.select_for_update(no_key=True).get(pk=found.user_id)
        pending = waiting.select_for_update().first()
        if pending is None or not user.is_active or not _still_waits(pending, user):
            raise InvalidSession
        try:
            code_accept(user=user, totp_code=totp_code, backup_code=backup_code)
        except InvalidCode:
            pair.failed()
            pending.failures += 1
            pending.save(update_fields=["failures"])
            raise
        pending.delete()
        pair.succeeded()
        _note_sign_in(user)
    return user


def _still_waits(pending: PendingSignIn, user: User) -> bool:
    """Not so once the account's sessions were ended, which a sign-in at the same moment may have missed."""
    return (
        pending.failures < PENDING_FAILURES
        and pending.expires_at > timezone.now()
        and pending.credentials_version == user.credentials_version
    )


def _password_is_right(user: User | None, password: str) -> bool:
    if user is None:
        make_password(password)  # as slow as a real check, so that the time tells nothing
        return False
    return user.check_password(password)


def _note_sign_in(user: User) -> None:
    """Who had asked for the account to be deleted has come back."""
    deletion_take_back(user)
    user.last_login = timezone.now()
    user.save(update_fields=["last_login"])

"""What a signed-in person carries: tokens, refresh tokens, a browser's session, and their end."""

import hashlib
import secrets
import uuid
from datetime import timedelta
from typing import Any, Final, NamedTuple

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session as BrowserSession
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.actors import Credential as Credential
from accounts.choices import SessionKind
from accounts.errors import AccountDisabled, CredentialsEnded, InvalidRefreshToken
from accounts.models import (
    ApiKey,
    EndedAccessToken,
    KeptAccessToken,
    PasswordLink,
    PendingSignIn,
    RefreshToken,
    Session,
    User,
)
from accounts.selectors.sign_ins import is_session_of
from accounts.services.limits import Attempt, attempt_count
from accounts.services.lockout import NOWHERE, network_of
from config.core.announce import after_commit
from config.core.callers import caller_place

REFRESH_LIFE = timedelta(days=7)
AGENT_KEPT: Final = 150
KEYS_KEPT: Final = timedelta(days=90)  # after they ended, for their person to see


def digest_of(secret: str) -> str:
    """Random secrets of full length need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


# ---------------------------------------------------------------- the beginning
def session_begin(user: User, *, kind: SessionKind, browser: str | None = None) -> Session:
    """Note that the person signs in, from where this is asked for. `browser` is the key of a browser's session.

    Raises CredentialsEnded when the account's sessions are ended at this moment.
    """
    place = caller_place()
    network = network_of(place.address or "")
    agent = "".join(sign for sign in place.agent[: 2 * AGENT_KEPT] if sign.isprintable()).strip()
    with transaction.atomic():
        _same_version(user)
        if browser is not None:
            Session.objects.filter(browser=browser).delete()  # signed in anew in the same browser
        return Session.objects.create(
            user=user,
            kind=kind,
            browser_id=browser,
            network=None if network == NOWHERE else network,
            agent=agent[:AGENT_KEPT],
            expires_at=timezone.now() + _life_of(kind),
        )


def _life_of(kind: SessionKind) -> timedelta:
    lives: dict[SessionKind, Any] = {
        SessionKind.TOKEN: settings.REST_KNOX["TOKEN_TTL"],
        SessionKind.REFRESH: REFRESH_LIFE,
        SessionKind.ACCESS: timedelta(minutes=settings.ACCESS_TOKEN_EXPIRE_MINUTES),
        SessionKind.BROWSER: timedelta(seconds=settings.SESSION_COOKIE_AGE),
    }
    life: timedelta = lives[kind]
    return life


def token_issue(user: User, *, session: Session | None = None) -> str:
    """A token of 64 hexadecimal digits, stored hashed, good for 30 days; of a sign-in of its own if it is not told."""
    with transaction.atomic():
        session = session or session_begin(user, kind=SessionKind.TOKEN)
        stored, key = _tokens_of(user).create()
        session.token = stored
        session.save(update_fields=["token"])
    return str(key)


def _tokens_of(user: User) -> Any:
    """The stored tokens, which belong to an app of the REST side."""
    return user.auth_token_set  # type: ignore[attr-defined]


def _same_version(user: User) -> None:
    """Sessions that are ended at this moment do not miss the one that is being made: both hold the account's row."""
    now = User.objects.select_for_update(no_key=True).filter(pk=user.pk, is_active=True)
    if now.values_list("credentials_version", flat=True).first() != user.credentials_version:
        raise CredentialsEnded


# ---------------------------------------------------------------- refresh tokens
class Traded(NamedTuple):
    """`refresh_token` is the successor, `session` the `sid` of their sign-in."""

    user: User
    refresh_token: str
    session: uuid.UUID


def refresh_token_issue(user: User, *, family: uuid.UUID | None = None) -> str:
    """Good for seven days and one use. `family` is the `sid` of its sign-in; without it this is a new one."""
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        RefreshToken.objects.create(
            user=user,
            digest=digest_of(secret),
            family=family or session_begin(user, kind=SessionKind.REFRESH).sid,
            credentials_version=user.credentials_version,
            expires_at=timezone.now() + REFRESH_LIFE,
        )
    return secret


def refresh_token_trade(*, refresh_token: str, address: str = "") -> Traded:
    """Its person and its successor. One that was used before ends its family: somebody copied it.

    Raises InvalidRefreshToken, AccountDisabled for what somebody had who was banned, or Limited when too many come from
    the network address or for the account.
    """
    attempt_count(Attempt.REFRESH, address=address)
    traded = _refresh_token_trade(refresh_token)
    if traded is None:
        raise InvalidRefreshToken
    return traded


def _refresh_token_trade(refresh_token: str) -> Traded | None:
    with transaction.atomic():
        digest = digest_of(refresh_token)
        family = RefreshToken.objects.filter(digest=digest).values_list("family", flat=True).first()
        # The sign-in before its tokens, in the order of all that ends it: no successor slips out meanwhile.
        session = Session.objects.select_for_update(of=("self",)).filter(sid=family).first() if family else None
        row = RefreshToken.objects.select_for_update(of=("self",)).select_related("user").filter(digest=digest).first()
        if row is None or row.expires_at <= timezone.now():
            return None
        if row.used_at is not None:
            _families_end(Q(family=row.family))
            return None
        if row.user.is_banned:
            raise AccountDisabled
        if session is None or not row.user.is_active or row.credentials_version != row.user.credentials_version:
            return None
        attempt_count(Attempt.REFRESH, account=row.user_id)
        row.used_at = timezone.now()
        row.save(update_fields=["used_at"])
        session.seen_at, session.expires_at = row.used_at, row.used_at + REFRESH_LIFE
        session.save(update_fields=["seen_at", "expires_at"])
        return Traded(row.user, refresh_token_issue(row.user, family=row.family), row.family)


def refresh_tokens_end(*, actor: User, refresh_token: str | None = None) -> None:
    """End the family of one of the actor's refresh tokens, or all of them."""
    mine = RefreshToken.objects.filter(user=actor)
    if refresh_token:
        mine = mine.filter(digest=digest_of(refresh_token))
    _families_end(Q(user=actor, family__in=list(mine.values_list("family", flat=True).distinct())))


@transaction.atomic
def _families_end(families: Q) -> None:
    """Their access tokens live out their minutes."""
    chosen = RefreshToken.objects.filter(families)
    Session.objects.filter(sid__in=list(chosen.values_list("family", flat=True).distinct())).delete()
    chosen.delete()


# ---------------------------------------------------------------- the end
def sign_out(*, actor: User, credential: Credential) -> None:
    """End the one credential that the actor called with; the others go on."""
    if credential.digest:
        _tokens_of(actor).filter(digest=credential.digest).delete()
    elif credential.jti and credential.expires_at is not None:
        EndedAccessToken.objects.get_or_create(
            jti=credential.jti, defaults={"user": actor, "expires_at": credential.expires_at}
        )
        Session.objects.filter(is_session_of(credential), user=actor, kind=SessionKind.ACCESS).delete()


@transaction.atomic
def session_cut(session: Session) -> None:
    """End all that one sign-in goes on by, its access tokens too. Its row must be locked."""
    user = session.user
    Session.objects.filter(pk=session.pk).delete()
    _tokens_of(user).filter(digest=session.token_id).delete()
    RefreshToken.objects.filter(user=user, family=session.sid).delete()
    BrowserSession.objects.filter(pk=session.browser_id).delete()
    ends = timezone.now() + _life_of(SessionKind.ACCESS)
    EndedAccessToken.objects.get_or_create(jti=session.sid.hex, defaults={"user": user, "expires_at": ends})
    sockets_look(user.pk)


@transaction.atomic
def sessions_end(user: User, *, keep: Credential | None = None, forget: bool = True, only_others: bool = False) -> None:
    """End every session, token and API key of the account but `keep`, and every sign-in that waits for its second
    factor.

    Refresh tokens end all; without `forget` they are still known, as what they were. With `only_others` keys go on, and
    all that the sign-in of `keep` goes on by. `user` carries the new `credentials_version` afterwards, by which its
    browser session goes on if that is made to (`update_session_auth_hash`).
    """
    keep = keep or Credential()
    User.objects.filter(pk=user.pk).update(credentials_version=F("credentials_version") + 1)
    user.refresh_from_db(fields=["credentials_version"])
    kept = Session.objects.filter(is_session_of(keep), user=user).first()
    Session.objects.filter(user=user).exclude(pk=kept.pk if kept else 0).delete()
    tokens, refresh = {keep.digest}, RefreshToken.objects.filter(user=user)
    if not only_others:
        Session.objects.filter(user=user).exclude(token=keep.digest).update(token=None)
        ApiKey.objects.filter(user=user, ended_at=None).update(ended_at=timezone.now())
    elif kept is not None:
        tokens.add(kept.token_id or "")
        refresh.filter(family=kept.sid).update(credentials_version=user.credentials_version)
        refresh = refresh.exclude(family=kept.sid)
    _tokens_of(user).exclude(digest__in=tokens).delete()
    if forget:
        refresh.delete()
    PendingSignIn.objects.filter(user=user).delete()
    if keep.jti and keep.expires_at is not None:
        _access_token_keep(user, keep, kept)
    sockets_look(user.pk)


def _access_token_keep(user: User, keep: Credential, session: Session | None) -> None:
    columns = {"user": user, "credentials_version": user.credentials_version, "expires_at": keep.expires_at}
    KeptAccessToken.objects.update_or_create(jti=keep.jti, defaults=columns)
    if session is not None and not RefreshToken.objects.filter(user=user, family=session.sid).exists():
        # Nothing follows that access token any more.
        Session.objects.filter(pk=session.pk, token=None).update(kind=SessionKind.ACCESS, expires_at=keep.expires_at)


def sockets_look(user_id: int) -> None:
    """Open sockets of the account look at once whether they may stay; else they would at their next message, or within
    a minute."""

    def push() -> None:
        import_string(settings.LIVE_PUSH)(f"account.{user_id}", {"type": "account.changed"})

    after_commit(push)


def credentials_forget() -> None:
    """Remove credentials that have run out, browser sessions too."""
    now = timezone.now()
    apps.get_model("knox", "AuthToken")._default_manager.filter(expiry__lt=now).delete()
    for model in (EndedAccessToken, KeptAccessToken, PasswordLink, RefreshToken, PendingSignIn):
        model._default_manager.filter(expires_at__lt=now).delete()
    ApiKey.objects.filter(Q(ended_at__lt=now - KEYS_KEPT) | Q(expires_at__lt=now - KEYS_KEPT)).delete()
    Session.objects.filter(browser=None, expires_at__lt=now).delete()
    import_string(f"{settings.SESSION_ENGINE}.SessionStore").clear_expired()

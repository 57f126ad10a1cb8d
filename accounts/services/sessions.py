"""What a signed-in person carries: tokens, refresh tokens, and their end."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.errors import AccountDisabled, CredentialsEnded, InvalidRefreshToken
from accounts.models import EndedAccessToken, KeptAccessToken, PasswordLink, PendingSignIn, RefreshToken, User
from accounts.services.limits import Attempt, attempt_count
from config.core.announce import after_commit

REFRESH_LIFE = timedelta(days=7)


@dataclass(frozen=True)
class Credential:
    """What a caller showed: a token that is stored (by its digest), or an access token (its id, and when it ends)."""

    digest: str = ""
    jti: str = ""
    expires_at: datetime | None = None


def digest_of(secret: str) -> str:
    """Random secrets of full length need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_issue(user: User) -> str:
    """A token of 64 hexadecimal digits, stored hashed, good for 30 days."""
    with transaction.atomic():
        _same_version(user)
        _stored, key = _tokens_of(user).create()
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
def refresh_token_issue(user: User, *, family: uuid.UUID | None = None) -> str:
    """Good for seven days and one use."""
    secret = secrets.token_urlsafe(32)
    RefreshToken.objects.create(
        user=user,
        digest=digest_of(secret),
        family=family or uuid.uuid4(),
        credentials_version=user.credentials_version,
        expires_at=timezone.now() + REFRESH_LIFE,
    )
    return secret


def refresh_token_trade(*, refresh_token: str, address: str = "") -> tuple[User, str]:
    """Its person and its successor. One that was used before ends its family: somebody copied it.

    Raises InvalidRefreshToken, AccountDisabled for what somebody had who was banned, or Limited when too many come from
    the network address or for the account.
    """
    attempt_count(Attempt.REFRESH, address=address)
    traded = _refresh_token_trade(refresh_token)
    if traded is None:
        raise InvalidRefreshToken
    return traded


def _refresh_token_trade(refresh_token: str) -> tuple[User, str] | None:
    with transaction.atomic():
        row = (
            RefreshToken.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(digest=digest_of(refresh_token))
            .first()
        )
        if row is None or row.expires_at <= timezone.now():
            return None
        if row.used_at is not None:
            RefreshToken.objects.filter(family=row.family).delete()
            return None
        if row.user.is_banned:
            raise AccountDisabled
        if not row.user.is_active or row.credentials_version != row.user.credentials_version:
            return None
        attempt_count(Attempt.REFRESH, account=row.user_id)
        row.used_at = timezone.now()
        row.save(update_fields=["used_at"])
        return row.user, refresh_token_issue(row.user, family=row.family)


def refresh_tokens_end(*, actor: User, refresh_token: str | None = None) -> None:
    """End the family of one of the actor's refresh tokens, or all of them."""
    mine = RefreshToken.objects.filter(user=actor)
    if refresh_token:
        families = mine.filter(digest=digest_of(refresh_token)).values_list("family", flat=True)
        mine = mine.filter(family__in=list(families))
    mine.delete()


# ---------------------------------------------------------------- the end
def sign_out(*, actor: User, credential: Credential) -> None:
    """End the one credential that the actor called with; the others go on."""
    if credential.digest:
        _tokens_of(actor).filter(digest=credential.digest).delete()
    elif credential.jti and credential.expires_at is not None:
        EndedAccessToken.objects.get_or_create(
            jti=credential.jti, defaults={"user": actor, "expires_at": credential.expires_at}
        )


@transaction.atomic
def sessions_end(user: User, *, keep: Credential | None = None, forget: bool = True) -> None:
    """End every session and token of the account but `keep`, and every sign-in that waits for its second factor.

    Refresh tokens end all; without `forget` they are still known, as what they were. `user` carries the new
    `credentials_version` afterwards, by which its browser session goes on if that is made to
    (`update_session_auth_hash`).
    """
    keep = keep or Credential()
    User.objects.filter(pk=user.pk).update(credentials_version=F("credentials_version") + 1)
    user.refresh_from_db(fields=["credentials_version"])
    _tokens_of(user).exclude(digest=keep.digest).delete()
    if forget:
        RefreshToken.objects.filter(user=user).delete()
    PendingSignIn.objects.filter(user=user).delete()
    if keep.jti and keep.expires_at is not None:
        kept = {"user": user, "credentials_version": user.credentials_version, "expires_at": keep.expires_at}
        KeptAccessToken.objects.update_or_create(jti=keep.jti, defaults=kept)
    _sockets_look(user.pk)


def _sockets_look(user_id: int) -> None:
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
    import_string(f"{settings.SESSION_ENGINE}.SessionStore").clear_expired()

"""Who calls: `Token <key>`, `Bearer <jwt>`, and a personal API key after either word, are understood by every dialect
and by sockets. And browsers that sign in to this server's own pages."""

import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import AccessToken, Token

from accounts.actors import Credential
from accounts.choices import KeyScope, SessionKind
from accounts.errors import CredentialsEnded
from accounts.models import ApiKey, User
from accounts.selectors.people import Shown, bearer_of, bearers_of
from accounts.services.api_keys import BEGIN, api_keys_shown
from accounts.services.sessions import session_begin

VERSION_CLAIM = "ver"
SESSION_CLAIM = "sid"
SCHEMES = frozenset({"token", "bearer"})


def access_token(user: User, session: uuid.UUID | None = None) -> str:
    """A JWT that ends with its minutes, or at once with its sign-in or when the account's credentials change."""
    token = AccessToken.for_user(user)
    token[VERSION_CLAIM] = user.credentials_version
    if session is not None:
        token[SESSION_CLAIM] = session.hex
    return str(token)


def browser_sign_in(request: HttpRequest, user: User) -> None:
    """This browser is signed in to the pages of this server."""
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    browser_note(request, user)


def browser_note(request: HttpRequest, user: User) -> None:
    """Its session has just begun, or got another key."""
    request.session.save()
    with suppress(CredentialsEnded):  # at this moment: the next page asks to sign in again
        session_begin(user, kind=SessionKind.BROWSER, browser=request.session.session_key)


class ApiKeyCredentials(BaseAuthentication):
    """`Authorization: Bearer atl_…`, or `Token atl_…`. One query; what a key opens, the view's scope says."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        text = key_in(request.headers.get("Authorization", ""))
        if not text:
            return None
        key = api_keys_shown([text])[0]
        if key is None:
            raise AuthenticationFailed(_("Invalid API key."))
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Token"


def key_in(authorization: str) -> str:
    """What a header says is an API key; "" where it says something else."""
    scheme, _space, credential = authorization.partition(" ")
    credential = credential.strip()
    return credential if scheme.lower() in SCHEMES and credential.startswith(BEGIN) else ""


class TokenCredentials(TokenAuthentication):
    """`Authorization: Token <key>`. Found by its digest: one query, whatever else the person is signed in with."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        digest = hash_token(token.decode("latin-1"))
        stored = _tokens().filter(digest=digest).first()
        if stored is None:
            raise AuthenticationFailed(_("Invalid token."))
        return stored.user, stored


class JWTCredentials(JWTAuthentication):
    """`Authorization: Bearer <jwt>`."""

    def get_raw_token(self, header: bytes) -> bytes | None:
        """The scheme's case does not matter (RFC 9110, 11.1)."""
        scheme, space, rest = header.partition(b" ")
        return super().get_raw_token(scheme.capitalize() + space + rest)

    def get_user(self, validated_token: Token) -> Any:
        user = bearer_of(_shown(validated_token.payload))
        if user is None:
            raise AuthenticationFailed(_("The token is no longer valid."), code="token_ended")
        return user

    def authenticate(self, request: Request) -> Any:
        try:
            return super().authenticate(request)
        except InvalidToken:
            raise AuthenticationFailed(_("Invalid token.")) from None


def credential_of(request: Request) -> Credential:
    """What the caller of an authenticated request showed."""
    shown: Any = request.auth
    if isinstance(shown, AuthToken):
        return Credential(digest=shown.digest)
    if isinstance(shown, ApiKey):  # which opens nothing where this counts
        return Credential()
    ends = datetime.fromtimestamp(shown["exp"], tz=UTC)
    return Credential(jti=str(shown["jti"]), expires_at=ends, session=str(shown.get(SESSION_CLAIM, "")))


def users_of(authorizations: Sequence[str], *, keys: bool = False) -> list[User | None]:
    """The people that header values `Token …` or `Bearer …` stand for, each None where it is nobody: three queries in
    all. With `keys` also those whose API key may read and write: one query more. For sockets, which hear and say, and
    have no DRF request."""
    bearers: dict[int, Shown] = {}
    digests: dict[int, str] = {}
    texts: dict[int, str] = {}
    for place, authorization in enumerate(authorizations):
        scheme, _space, credential = authorization.partition(" ")
        credential = credential.strip()
        if key := key_in(authorization):
            texts[place] = key
        elif scheme.lower() == "token":
            digests[place] = hash_token(credential.encode("latin-1", "replace").decode("latin-1"))
        elif scheme.lower() == "bearer":
            claims = _claims(credential)
            if claims is not None and claims["exp"] > time.time():
                bearers[place] = _shown(claims)
    found: list[User | None] = [None] * len(authorizations)
    if keys and texts:
        for place, shown in zip(texts, api_keys_shown(list(texts.values())), strict=True):
            may = shown is not None and shown.allows(KeyScope.READ) and shown.allows(KeyScope.WRITE)
            found[place] = shown.user if shown is not None and may else None
    if bearers:
        for place, user in zip(bearers, bearers_of(list(bearers.values())), strict=True):
            found[place] = user
    if digests:
        holders = {token.digest: token.user for token in _tokens().filter(digest__in=set(digests.values()))}
        for place, digest in digests.items():
            found[place] = holders.get(digest)
    return found


def _shown(claims: dict[str, Any]) -> Shown:
    user_id, jti, session = (str(claims.get(name, "")) for name in ("sub", "jti", SESSION_CLAIM))
    return Shown(user_id, jti, session, claims.get(VERSION_CLAIM))


def _tokens() -> QuerySet[AuthToken]:
    """Those that still speak for their people."""
    return AuthToken.objects.select_related("user").filter(expiry__gt=timezone.now(), user__is_active=True)


@lru_cache(maxsize=10_000)
def _claims(token: str) -> dict[str, Any] | None:
    """What a token of ours says. Its signature stays good; whether its time is over is for the caller to see."""
    try:
        return dict(JWTCredentials().get_validated_token(token.encode()).payload)
    except InvalidToken:
        return None

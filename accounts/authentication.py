"""Who calls: `Token <key>` and `Bearer <jwt>` are understood by every dialect and by sockets."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import AccessToken, Token

from accounts.models import User
from accounts.selectors.people import bearer_of, bearers_of
from accounts.services.sessions import Credential

VERSION_CLAIM = "ver"


def access_token(user: User) -> str:
    """A JWT that ends with its minutes, or at once when the account's credentials change."""
    token = AccessToken.for_user(user)
    token[VERSION_CLAIM] = user.credentials_version
    return str(token)


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
        user = bearer_of(
            user_id=str(validated_token.get("sub", "")),
            jti=str(validated_token.get("jti", "")),
            version=validated_token.get(VERSION_CLAIM),
        )
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
    return Credential(jti=str(shown["jti"]), expires_at=datetime.fromtimestamp(shown["exp"], tz=UTC))


def users_of(authorizations: Sequence[str]) -> list[User | None]:
    """The people that header values `Token …` or `Bearer …` stand for, each None where it is nobody: three queries in
    all. For sockets, which have no DRF request."""
    bearers: dict[int, tuple[str, str, object]] = {}
    digests: dict[int, str] = {}
    for place, authorization in enumerate(authorizations):
        scheme, _space, credential = authorization.partition(" ")
        credential = credential.strip()
        if scheme.lower() == "token":
            digests[place] = hash_token(credential.encode("latin-1", "replace").decode("latin-1"))
        elif scheme.lower() == "bearer":
            claims = _claims(credential)
            if claims is not None and claims["exp"] > time.time():
                bearers[place] = str(claims.get("sub", "")), str(claims.get("jti", "")), claims.get(VERSION_CLAIM)
    found: list[User | None] = [None] * len(authorizations)
    if bearers:
        for place, user in zip(bearers, bearers_of(list(bearers.values())), strict=True):
            found[place] = user
    if digests:
        holders = {token.digest: token.user for token in _tokens().filter(digest__in=set(digests.values()))}
        for place, digest in digests.items():
            found[place] = holders.get(digest)
    return found


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

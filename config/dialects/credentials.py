"""Who calls: `Token <key>` and `Bearer <jwt>` are understood by every dialect and by sockets."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import AccessToken, Token

from accounts.models import User

VERSION_CLAIM = "ver"


def access_token(user: User) -> str:
    """A JWT that ends with its minutes, or at once when the account's credentials change."""
    token = AccessToken.for_user(user)
    token[VERSION_CLAIM] = user.credentials_version
    return str(token)


class TokenCredentials(TokenAuthentication):
    """`Authorization: Token <key>`."""


class JWTCredentials(JWTAuthentication):
    """`Authorization: Bearer <jwt>`."""

    def get_user(self, validated_token: Token) -> Any:
        user = super().get_user(validated_token)
        if validated_token.get(VERSION_CLAIM) != user.credentials_version:
            raise AuthenticationFailed(_("The token is no longer valid."), code="token_ended")
        return user

    def authenticate(self, request: Request) -> Any:
        try:
            return super().authenticate(request)
        except InvalidToken:
            raise AuthenticationFailed(_("Invalid token.")) from None


def user_of(authorization: str) -> User | None:
    """The person a header value `Token …` or `Bearer …` stands for, or None. For sockets, which have no DRF request."""
    scheme, _space, credential = authorization.partition(" ")
    credential = credential.strip()
    try:
        if scheme.lower() == "bearer":
            jwt = JWTCredentials()
            return jwt.get_user(jwt.get_validated_token(credential.encode()))
        if scheme.lower() == "token":
            return TokenCredentials().authenticate_credentials(credential.encode())[0]
    except (AuthenticationFailed, InvalidToken):
        return None
    return None

"""Nexus' accounts: registration, sign-in, refresh tokens, and the caller's own record."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Final
from uuid import UUID

from django.conf import settings
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.nexus.serializers import UserMeOut, me_of
from accounts.authentication import access_token
from accounts.choices import SessionKind, UserType
from accounts.errors import EmailTaken, UsernameTaken
from accounts.models import User
from accounts.services.email_changes import email_verify
from accounts.services.names import name_parts
from accounts.services.passwords import password_forgotten, password_reset
from accounts.services.registration import account_register
from accounts.services.sessions import refresh_token_issue, refresh_token_trade, refresh_tokens_end, session_begin
from accounts.services.sign_in import sign_in
from config.core.errors import Conflict
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import MessageOut, NexusView


def username_field(**options: Any) -> serializers.RegexField:
    return serializers.RegexField(
        re.compile(r"[A-Za-z0-9_-]+\Z"),
        min_length=3,
        max_length=30,
        error_messages={"invalid": "Only letters, digits, _ and - are allowed."},
        **options,
    )


@contextmanager
def names_taken() -> Iterator[None]:
    """What others have is a conflict here."""
    try:
        yield
    except EmailTaken:
        raise Conflict("Email already registered") from None
    except UsernameTaken:
        raise Conflict("Username already taken") from None


class RegisterIn(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    username = username_field()
    password = serializers.CharField(min_length=8, max_length=1000, trim_whitespace=False)
    full_name = serializers.CharField(max_length=150, required=False, allow_null=True, allow_blank=True)
    user_type = serializers.ChoiceField([UserType.BUYER, UserType.CREATOR], default=UserType.BUYER)


MARKET: Final = "Nexus Models"


class LoginIn(serializers.Serializer[Any]):
    """`email` or `username`; either takes either."""

    email = serializers.CharField(max_length=254, required=False)
    username = serializers.CharField(max_length=254, required=False)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs.get("email") or attrs.get("username")):
            raise serializers.ValidationError({"email": ["This field is required."]}, code="required")
        return attrs


TOKENS: Final = ("access_token", "refresh_token", "token_type", "expires_in")


class TokensOut(serializers.Serializer[Any]):
    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")


class SignedInOut(TokensOut):
    user = UserMeOut()


class LoginOut(SignedInOut):
    """The tokens, or with 2FA on what `POST /api/auth/2fa/verify/` needs."""

    forms: ClassVar = {
        "SignedIn": (*TOKENS, "user"),
        "SecondFactorNeeded": ("requires_2fa", "session_token"),
    }
    requires_2fa = serializers.BooleanField(required=False)
    session_token = serializers.CharField(required=False)


class RefreshIn(serializers.Serializer[Any]):
    refresh_token = serializers.CharField(max_length=200)


class LogoutIn(serializers.Serializer[Any]):
    refresh_token = serializers.CharField(max_length=200, required=False, allow_null=True)


class VerifyEmailIn(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=1000)


class ForgotPasswordIn(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)


class ResetPasswordIn(serializers.Serializer[Any]):
    """`password` is accepted for `new_password`."""

    token = serializers.CharField(max_length=1000)
    new_password = serializers.CharField(min_length=8, max_length=1000, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and "new_password" not in data and "password" in data:
            data = {**data, "new_password": data["password"]}
        return super().to_internal_value(data)


class PasswordIn(serializers.Serializer[Any]):
    current_password = serializers.CharField(max_length=1000, trim_whitespace=False)
    new_password = serializers.CharField(min_length=8, max_length=1000, trim_whitespace=False)


def tokens_of_new(user: User) -> dict[str, Any]:
    """What somebody who has just signed in goes on with."""
    session = session_begin(user, kind=SessionKind.REFRESH).sid
    return tokens(user, refresh_token_issue(user, family=session), session)


def tokens(user: User, refresh_token: str, session: UUID) -> dict[str, Any]:
    return {
        "access_token": access_token(user, session),
        "refresh_token": refresh_token,
        "token_type": "bearer",
        "expires_in": settings.ACCESS_TOKEN_EXPIRE_MINUTES * 60,
    }


class SignIn(NexusView):
    # A client may still send the token of a session that has ended; it must not keep anybody from signing in.
    authentication_classes = ()

    @operation(body=RegisterIn, answer=SignedInOut, status=201, who=AllowAny)
    def register(self, request: Request) -> Response:
        sent = self.body()
        first_name, last_name = name_parts(sent.pop("full_name", None) or "")
        with names_taken():
            user = account_register(
                **sent, first_name=first_name, last_name=last_name, address=self.address, market=MARKET
            )
        return self._signed_in(user)

    @operation(body=LoginIn, answer=LoginOut, who=AllowAny)
    def login(self, request: Request) -> Response:
        sent = self.body()
        name = sent.get("email") or sent["username"]
        result = sign_in(name=name, password=sent["password"], address=self.address)
        if result.needs_second_factor:
            return self.answer({"requires_2fa": True, "session_token": result.session_token})
        return self._signed_in(result.user)

    @operation(body=RefreshIn, answer=TokensOut, who=AllowAny)
    def refresh(self, request: Request) -> Response:
        return self.answer(tokens(*refresh_token_trade(**self.body(), address=self.address)))

    @operation(body=VerifyEmailIn, answer=MessageOut, who=AllowAny)
    def verify_email(self, request: Request) -> Response:
        email_verify(signed=self.body()["token"])
        return self.answer({"message": "Email verified successfully"})

    @operation(body=ForgotPasswordIn, answer=MessageOut, who=AllowAny)
    def forgot_password(self, request: Request) -> Response:
        password_forgotten(email=self.body()["email"], network_address=self.address)
        return self.answer({"message": "If the email exists, a reset link has been sent"})

    @operation(body=ResetPasswordIn, answer=MessageOut, who=AllowAny)
    def reset_password(self, request: Request) -> Response:
        password_reset(**self.body())
        return self.answer({"message": "Password reset successfully"})

    def _signed_in(self, user: User) -> Response:
        return self.answer({**tokens_of_new(user), "user": me_of(user, Files(self.request))})


class Auth(NexusView):
    @operation(body=LogoutIn, answer=MessageOut)
    def logout(self, request: Request) -> Response:
        """Access tokens live out their minutes; the refresh token's family, or all of them, ends now."""
        refresh_tokens_end(actor=self.caller, refresh_token=self.body().get("refresh_token"))
        return self.answer({"message": "Logged out successfully"})

"""v1's accounts: registration and sign-in by form."""

from typing import Any, ClassVar

from django.conf import settings
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import access_token
from accounts.choices import SessionKind, UserType
from accounts.models import User
from accounts.services.names import name_parts
from accounts.services.registration import account_register
from accounts.services.sessions import session_begin
from accounts.services.sign_in import sign_in
from config.dialects.base import operation
from config.dialects.v1 import V1View


class RegisterIn(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=20)
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    full_name = serializers.CharField(max_length=150)


class AccountOut(serializers.ModelSerializer[User]):
    full_name = serializers.CharField(source="get_full_name")
    profile_image_url = serializers.SerializerMethodField()
    tier_id = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields: ClassVar = ["id", "email", "full_name", "is_superuser", "is_active", "profile_image_url", "tier_id"]

    def get_profile_image_url(self, user: User) -> str:
        """A neutral picture for people who have none."""
        address = user.profile_image.url if user.profile_image else f"{settings.STATIC_URL}accounts/avatar.svg"
        return str(self.context["request"].build_absolute_uri(address))

    def get_tier_id(self, user: User) -> int | None:
        """There are no tiers."""
        return None


class LoginIn(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=254, help_text="The user name or the e-mail address.")
    password = serializers.CharField(max_length=1000, trim_whitespace=False)


class LoginOut(serializers.Serializer[Any]):
    """The token, or with 2FA on what `POST /api/auth/2fa/verify/` needs."""

    forms: ClassVar = {
        "SignedIn": ("access_token", "token_type"),
        "SecondFactorNeeded": ("requires_2fa", "session_token"),
    }
    access_token = serializers.CharField(required=False)
    token_type = serializers.CharField(required=False)
    requires_2fa = serializers.BooleanField(required=False)
    session_token = serializers.CharField(required=False)


class Auth(V1View):
    # A client may still send the token of a session that has ended; it must not keep anybody from signing in.
    authentication_classes = ()

    @operation(body=RegisterIn, answer=AccountOut, status=201, who=AllowAny)
    def register(self, request: Request) -> Response:
        sent = self.body()
        first_name, last_name = name_parts(sent.pop("full_name"))
        user = account_register(
            **sent, first_name=first_name, last_name=last_name, user_type=UserType.CREATOR, address=self.address
        )
        return self.answer(user)

    @operation(body=LoginIn, answer=LoginOut, who=AllowAny, multipart=True)
    def login(self, request: Request) -> Response:
        sent = self.body()
        result = sign_in(name=sent["username"], password=sent["password"], address=self.address)
        if result.needs_second_factor:
            return self.answer({"requires_2fa": True, "session_token": result.session_token})
        session = session_begin(result.user, kind=SessionKind.ACCESS)
        return self.answer({"access_token": access_token(result.user, session.sid), "token_type": "bearer"})

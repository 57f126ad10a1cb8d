"""Nexus's social login: Google, GitHub and Discord by authorization code.

The contract has the three sign-ins; to begin a flow, and to link and unlink accounts, is ours.
"""

from typing import Any, ClassVar

from django.conf import settings
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.nexus.accounts import MARKET, TOKENS, LoginOut, tokens_of_new
from accounts.api.nexus.serializers import me_of
from accounts.choices import SocialProvider
from accounts.gateways.social import is_configured
from accounts.models import SocialAccount, User
from accounts.selectors.social import social_accounts_of
from accounts.services.social import Begun, Shown, social_begin, social_link, social_sign_in, social_unlink
from config.core.errors import Missing
from config.cross_origin import is_front_end
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import MessageOut, NexusView


class CodeIn(serializers.Serializer[Any]):
    """`code`, or in its place `access_token` of the provider.

    `redirect_uri` is the page that the code came to; without it the front-end's `/auth/callback/<provider>`. Whoever
    began the flow here sends its `state` and `code_verifier`; a client with a verifier of its own sends that.
    """

    code = serializers.CharField(max_length=2000, required=False)
    access_token = serializers.CharField(max_length=4000, required=False)
    redirect_uri = serializers.URLField(max_length=500, required=False)
    state = serializers.CharField(max_length=2000, required=False)
    code_verifier = serializers.CharField(max_length=128, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs.get("code") or attrs.get("access_token")):
            raise serializers.ValidationError({"code": ["This field is required."]}, code="required")
        return attrs


class LinkIn(serializers.Serializer[Any]):
    """What came back from a flow that the caller began with `start`."""

    provider = serializers.ChoiceField(SocialProvider.choices)
    code = serializers.CharField(max_length=2000)
    state = serializers.CharField(max_length=2000)
    code_verifier = serializers.CharField(max_length=128)
    redirect_uri = serializers.URLField(max_length=500, required=False)


class StartQuery(serializers.Serializer[Any]):
    redirect_uri = serializers.URLField(
        max_length=500, required=False, help_text="A page of the front-end; without it /auth/callback/<provider>."
    )

    def validate_redirect_uri(self, address: str) -> str:
        """Nobody uses us to send a code elsewhere; that the provider knows the page is for it to say."""
        if not is_front_end("/".join(address.split("/", 3)[:3]).lower()):
            raise serializers.ValidationError("Must be a page of the front-end.")
        return address


class BegunOut(serializers.Serializer[Begun]):
    """Send the person to `authorization_url`; keep `state`, which must be the one that comes back, and `code_verifier`,
    and send both with the code."""

    authorization_url = serializers.CharField()
    state = serializers.CharField()
    code_verifier = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")


class ProviderOut(serializers.Serializer[Any]):
    provider = serializers.ChoiceField(SocialProvider.values)
    name = serializers.CharField()


class SocialLoginOut(LoginOut):
    forms: ClassVar = {
        "SocialSignedIn": (*TOKENS, "user", "is_new_user"),
        "SecondFactorNeeded": LoginOut.forms["SecondFactorNeeded"],
    }
    is_new_user = serializers.BooleanField()


class LinkedOut(serializers.Serializer[SocialAccount]):
    provider = serializers.ChoiceField(SocialProvider.values)
    email = serializers.SerializerMethodField()
    linked_at = serializers.DateTimeField(source="created_at")
    used_at = serializers.DateTimeField(allow_null=True)

    def get_email(self, linked: SocialAccount) -> str | None:
        return linked.email or None


def provider_of(name: str) -> SocialProvider:
    if name not in SocialProvider.values:
        raise Missing("Provider")
    return SocialProvider(name)


def page_of(sent: dict[str, Any], provider: SocialProvider) -> str:
    return sent.get("redirect_uri") or f"{settings.FRONTEND_URL.rstrip('/')}/auth/callback/{provider}"


def shown_by(sent: dict[str, Any], provider: SocialProvider) -> Shown:
    return Shown(**{**sent, "redirect_uri": page_of(sent, provider)})


class Providers(NexusView):
    # A client may still send the token of a session that has ended; it must not keep anybody from signing in.
    authentication_classes = ()

    @operation(answer=ProviderOut, rows="all", who=AllowAny)
    def providers(self, request: Request) -> Response:
        """Those one can sign in with here."""
        found = [provider for provider in SocialProvider if is_configured(provider)]
        return Response([{"provider": provider.value, "name": provider.label} for provider in found])

    @operation(query=StartQuery, answer=BegunOut, who=AllowAny)
    def start(self, request: Request, provider: str) -> Response:
        """Begin a sign-in."""
        chosen = provider_of(provider)
        return self.answer(social_begin(provider=chosen, redirect_uri=page_of(self.query(), chosen)))


class SocialLogin(NexusView):
    authentication_classes = ()

    @operation(body=CodeIn, answer=SocialLoginOut, who=AllowAny)
    def google(self, request: Request) -> Response:
        return self._sign_in(SocialProvider.GOOGLE)

    @operation(body=CodeIn, answer=SocialLoginOut, who=AllowAny)
    def github(self, request: Request) -> Response:
        return self._sign_in(SocialProvider.GITHUB)

    @operation(body=CodeIn, answer=SocialLoginOut, who=AllowAny)
    def discord(self, request: Request) -> Response:
        return self._sign_in(SocialProvider.DISCORD)

    def _sign_in(self, provider: SocialProvider) -> Response:
        """With 2FA on: `requires_2fa` and `session_token`, as a login."""
        found = social_sign_in(
            provider=provider, shown=shown_by(self.body(), provider), address=self.address, market=MARKET
        )
        if found.sign_in.needs_second_factor:
            return self.answer({"requires_2fa": True, "session_token": found.sign_in.session_token})
        user: User = found.sign_in.user
        body = tokens_of_new(user) | {"is_new_user": found.is_new_user}
        return self.answer({**body, "user": me_of(user, Files(self.request))})


class Linked(NexusView):
    @operation(answer=LinkedOut, rows="all")
    def list(self, request: Request) -> Response:
        return Response(self.present_many(list(social_accounts_of(self.caller))))

    @operation(query=StartQuery, answer=BegunOut)
    def start(self, request: Request, provider: str) -> Response:
        """Begin to link an account of the caller's at that provider."""
        chosen = provider_of(provider)
        page = page_of(self.query(), chosen)
        return self.answer(social_begin(provider=chosen, redirect_uri=page, linking=self.caller))

    @operation(body=LinkIn, answer=LinkedOut, status=201)
    def link(self, request: Request) -> Response:
        sent = self.body()
        provider = SocialProvider(sent.pop("provider"))
        return self.answer(social_link(actor=self.caller, provider=provider, shown=shown_by(sent, provider)))

    @operation(answer=MessageOut)
    def unlink(self, request: Request, provider: str) -> Response:
        """Refused where it is the only way to sign in."""
        chosen = provider_of(provider)
        social_unlink(actor=self.caller, provider=chosen)
        return self.answer({"message": f"{chosen.label} unlinked"})

"""The print shop's personal API keys, and what the caller is signed in with (additions of ours)."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import credential_of
from accounts.choices import KeyScope, SessionKind
from accounts.models import ApiKey, Session
from accounts.selectors.sign_ins import api_keys_of, sessions_of
from accounts.services.api_keys import api_key_create, api_key_end
from accounts.services.signed_in import session_end, sessions_others_end
from config.dialects.base import operation
from config.dialects.fields import SentText
from config.dialects.printshop import MessageOut, MomentOut, PrintshopView


def code_field(words: str) -> SentText:
    """A code as typed; an empty one is one that was not given."""
    return SentText(max_length=32, default="", help_text=words)


class ApiKeyIn(serializers.Serializer[Any]):
    """`expires_in_days` left out: as many as are usual; null: no end, where that is allowed. A code is for who has 2FA
    on."""

    name = serializers.CharField(max_length=100, help_text="What the key is for, in the caller's words.")
    scopes = serializers.MultipleChoiceField(
        choices=KeyScope.choices,
        allow_empty=False,
        help_text="`read` looks, `write` changes, `money` buys, pays and is paid out; none holds another.",
    )
    expires_in_days = serializers.IntegerField(
        min_value=1,
        max_value=36_500,
        required=False,
        allow_null=True,
        help_text="How long it lasts: 90 days unless said otherwise, at most 365 (settings of the server).",
    )
    password = serializers.CharField(max_length=1000, trim_whitespace=False, help_text="The caller's password.")
    totp_code = code_field("The code of the authenticator app, of who has a second factor.")
    backup_code = code_field("A backup code in its place.")


class ApiKeyOut(serializers.Serializer[ApiKey]):
    id = serializers.IntegerField(help_text="The key's number.")
    name = serializers.CharField(help_text="What it is for, in its person's words.")
    prefix = serializers.CharField(help_text="How the key begins.")
    scopes = serializers.ListField(child=serializers.ChoiceField(KeyScope.choices), help_text="What it is good for.")
    created_at = MomentOut(help_text="When it was made.")
    expires_at = MomentOut(allow_null=True, help_text="It opens nothing from then on; null: no end.")
    last_used_at = MomentOut(allow_null=True, help_text="To the minute; null: never.")
    ended_at = MomentOut(allow_null=True, help_text="When it was ended before its time.")


class NewApiKeyOut(ApiKeyOut):
    key = serializers.SerializerMethodField(help_text="The key, which is shown this once.")

    def get_key(self, _key: ApiKey) -> str:
        return str(self.context["text"])


class SessionOut(serializers.Serializer[Session]):
    """`network` and `agent` say from where, as far as it is known."""

    id = serializers.IntegerField(help_text="The session's number.")
    kind = serializers.ChoiceField(
        SessionKind.choices, help_text="What it goes on by: a stored token, refresh tokens, an access token, a browser."
    )
    network = serializers.CharField(
        allow_null=True, help_text="The network address it began from, of IPv6 the /64; null where nobody knows."
    )
    agent = serializers.CharField(help_text="What the browser or program calls itself; empty where it does not.")
    created_at = MomentOut(help_text="When somebody signed in.")
    last_seen_at = MomentOut(source="seen_at", help_text="When they did, or refreshed its tokens last.")
    expires_at = MomentOut(source="ends_at", help_text="When it ends by itself.")
    is_current = serializers.BooleanField(help_text="Whether it is the caller's own.")


class ApiKeys(PrintshopView):
    list_name: ClassVar = "api_keys"

    @operation(answer=ApiKeyOut, rows="page")
    def list(self, request: Request) -> Response:
        """The caller's, the newest first, those that ended lately too."""
        return self.page(api_keys_of(actor=self.caller, user=self.caller))

    @operation(body=ApiKeyIn, answer=NewApiKeyOut, status=201)
    def create(self, request: Request) -> Response:
        """With the password, and a code of who has 2FA on. The person is told by e-mail."""
        key, text = api_key_create(actor=self.caller, address=self.address, **self.body())
        return self.answer(key, text=text)

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        """The key opens nothing any more. Again changes nothing."""
        api_key_end(actor=self.caller, user_id=self.caller.pk, key_id=id)
        return self.answer({"message": "API key ended"})


class Sessions(PrintshopView):
    list_name: ClassVar = "sessions"

    @operation(answer=SessionOut, rows="page")
    def list(self, request: Request) -> Response:
        """Where the caller is signed in, the newest first."""
        return self.page(sessions_of(actor=self.caller, user=self.caller, credential=credential_of(request)))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        """It ends with all that it goes on by; the caller's own is a logout."""
        session_end(actor=self.caller, user_id=self.caller.pk, session_id=id)
        return self.answer({"message": "Session ended"})

    @operation(answer=MessageOut)
    def delete_others(self, request: Request) -> Response:
        """All but the caller's own end. API keys go on."""
        sessions_others_end(actor=self.caller, credential=credential_of(request))
        return self.answer({"message": "All other sessions ended"})

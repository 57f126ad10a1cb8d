"""The print shop's callers, and their sign-in with Etsy."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import access_token, credential_of, users_of
from accounts.choices import SessionKind
from accounts.models import User
from accounts.services.sessions import session_begin, sign_out
from config.dialects.base import operation
from config.dialects.printshop import MessageOut, MomentOut, PrintshopView
from printshop.models import Shop
from printshop.selectors.shops import shop_of
from printshop.services.shops.sign_in import Begun, etsy_sign_in_begin, etsy_sign_in_finish


class BegunOut(serializers.Serializer[Begun]):
    """Send the owner to `auth_url`; keep `code_verifier`, and send it with the code that comes back. `state` and
    `expires_in` (seconds) are additions of ours."""

    auth_url = serializers.CharField()
    code_verifier = serializers.CharField()
    state = serializers.CharField()
    expires_in = serializers.IntegerField()


class CallbackIn(serializers.Serializer[Any]):
    """`state` (an addition of ours) is the one that came back with the code. It is checked where it is sent."""

    code = serializers.CharField(max_length=2000)
    code_verifier = serializers.CharField(max_length=128, min_length=43)
    state = serializers.CharField(max_length=200, required=False, allow_blank=True)


class SignedInUserOut(serializers.Serializer[User]):
    """The Etsy fields are null for somebody who has connected no shop."""

    id = serializers.IntegerField()
    etsy_user_id = serializers.SerializerMethodField()
    username = serializers.CharField()
    first_name = serializers.CharField()
    shop_id = serializers.SerializerMethodField()
    shop_name = serializers.SerializerMethodField()

    @property
    def shop(self) -> Shop | None:
        shop: Shop | None = self.context["shop"]
        return shop

    def get_etsy_user_id(self, _user: User) -> str | None:
        return self.shop.etsy_user_id if self.shop else None

    def get_shop_id(self, _user: User) -> str | None:
        return self.shop.etsy_shop_id if self.shop else None

    def get_shop_name(self, _user: User) -> str | None:
        return (self.shop.etsy_shop_name or None) if self.shop else None


class UserOut(SignedInUserOut):
    created_at = MomentOut()
    updated_at = MomentOut()


class CallbackOut(serializers.Serializer[Any]):
    """For an account with a second factor `requires_2fa` and `session_token` come in place of token and user, as from
    every sign-in: they are for POST /api/auth/2fa/verify/."""

    forms: ClassVar = {"SignedIn": ("token", "user"), "SecondFactorNeeded": ("requires_2fa", "session_token")}
    token = serializers.CharField(required=False)
    user = SignedInUserOut(required=False)
    requires_2fa = serializers.BooleanField(required=False)
    session_token = serializers.CharField(required=False)


def caller_of(request: Request) -> User | None:
    """Who is signed in, if anybody is. A client may still send the token of a session that has ended; it must not keep
    anybody from signing in."""
    return users_of([request.headers.get("Authorization", "")])[0]


class Login(PrintshopView):
    authentication_classes = ()

    @operation(answer=BegunOut, who=AllowAny)
    def login(self, request: Request) -> Response:
        """Where the owner signs in at Etsy. Who is signed in here connects their own shop by it."""
        return self.answer(etsy_sign_in_begin(actor=caller_of(request), address=self.address))


class Callback(PrintshopView):
    authentication_classes = ()

    @operation(body=CallbackIn, answer=CallbackOut, who=AllowAny)
    def callback(self, request: Request) -> Response:
        """Connects the shop of who is signed in; else signs in whose shop it is, or opens an account for its owner."""
        actor = caller_of(request)
        done = etsy_sign_in_finish(actor=actor, address=self.address, **self.body())
        if done.sign_in.needs_second_factor:
            return self.answer({"requires_2fa": True, "session_token": done.sign_in.session_token})
        user = done.sign_in.user
        shown = SignedInUserOut(user, context={"shop": done.shop}).data
        session = session_begin(user, kind=SessionKind.ACCESS)
        return self.answer({"token": access_token(user, session.sid), "user": shown})


class Auth(PrintshopView):
    @operation(answer=UserOut)
    def user(self, request: Request) -> Response:
        return self.answer(request.user, shop=shop_of(actor=self.caller))

    @operation(answer=MessageOut)
    def logout(self, request: Request) -> Response:
        """The token ends."""
        sign_out(actor=self.caller, credential=credential_of(request))
        return self.answer({"message": "Logged out successfully"})

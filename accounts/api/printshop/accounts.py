"""The print shop's callers."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import credential_of
from accounts.models import User
from accounts.services.sessions import sign_out
from config.dialects.base import operation
from config.dialects.printshop import MessageOut, MomentOut, PrintshopView


class UserOut(serializers.Serializer[User]):
    """The caller. The Etsy fields are null for somebody who has connected no shop."""

    id = serializers.IntegerField()
    etsy_user_id = serializers.SerializerMethodField()
    username = serializers.CharField()
    first_name = serializers.CharField()
    shop_id = serializers.SerializerMethodField()
    shop_name = serializers.SerializerMethodField()
    created_at = MomentOut()
    updated_at = MomentOut()

    def get_etsy_user_id(self, user: User) -> str | None:
        return None

    def get_shop_id(self, user: User) -> str | None:
        return None

    def get_shop_name(self, user: User) -> str | None:
        return None


class Auth(PrintshopView):
    @operation(answer=UserOut)
    def user(self, request: Request) -> Response:
        return self.answer(request.user)

    @operation(answer=MessageOut)
    def logout(self, request: Request) -> Response:
        sign_out(actor=self.caller, credential=credential_of(request))
        return self.answer({"message": "Logged out successfully"})

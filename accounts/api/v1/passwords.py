"""v1's passwords: changed, forgotten and set anew (additions of ours)."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import credential_of
from accounts.services.passwords import password_change, password_forgotten, password_reset
from config.dialects.base import operation
from config.dialects.v1 import MessageOut, V1View


class ChangeIn(serializers.Serializer[Any]):
    current_password = serializers.CharField(max_length=1000, trim_whitespace=False)
    new_password = serializers.CharField(max_length=1000, trim_whitespace=False)


class ForgotIn(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)


class ResetIn(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=1000, help_text="The last part of the link in the e-mail.")
    new_password = serializers.CharField(max_length=1000, trim_whitespace=False)


class Password(V1View):
    @operation(body=ChangeIn, answer=MessageOut)
    def change(self, request: Request) -> Response:
        """All tokens and sessions end but the one that this is called with."""
        password_change(actor=self.caller, credential=credential_of(request), address=self.address, **self.body())
        return self.answer({"message": "Password updated successfully"})


class ForgottenPassword(V1View):
    # A client may still send the token of a session that has ended; it must not keep anybody from coming in.
    authentication_classes = ()

    @operation(body=ForgotIn, answer=MessageOut, who=AllowAny)
    def forgot(self, request: Request) -> Response:
        """The answer is the same whether there is an account or not."""
        password_forgotten(**self.body(), network_address=self.address)
        return self.answer({"message": "If the email exists, a reset link has been sent"})

    @operation(body=ResetIn, answer=MessageOut, who=AllowAny)
    def reset(self, request: Request) -> Response:
        """By the token of the e-mail; it signs nobody in."""
        password_reset(**self.body())
        return self.answer({"message": "Password reset successfully"})

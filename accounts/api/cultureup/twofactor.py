"""CultureUp's two-factor authentication."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.cultureup.serializers import MessageOut
from accounts.authentication import access_token, credential_of
from accounts.choices import SessionKind, UserType
from accounts.services import twofactor
from accounts.services.sessions import session_begin, token_issue
from accounts.services.sign_in import second_factor_verify
from config.dialects.base import operation
from config.dialects.cultureup import CultureupView
from config.dialects.fields import SentText


def code_field() -> SentText:
    """A code as typed; an empty one is one that was not given."""
    return SentText(max_length=32, default="")


class VerifyIn(serializers.Serializer[Any]):
    session_token = serializers.CharField(max_length=200)
    totp_code = code_field()
    backup_code = code_field()


class VerifiedUserOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    user_type = serializers.ChoiceField(UserType.choices)


class VerifyOut(serializers.Serializer[Any]):
    user = VerifiedUserOut()
    token = serializers.CharField()
    access_token = serializers.CharField(help_text="The same sign-in for clients that send Bearer tokens.")
    message = serializers.CharField()


class SetupOut(serializers.Serializer[Any]):
    secret_key = serializers.CharField(help_text="Base32.")
    qr_code = serializers.CharField(help_text="A data URI of a PNG.")
    message = serializers.CharField()
    expires_in_minutes = serializers.IntegerField()


class EnableIn(serializers.Serializer[Any]):
    totp_code = serializers.CharField(max_length=32)


class EnableOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    backup_codes = serializers.ListField(child=serializers.CharField())
    access_token = serializers.CharField(
        required=False, help_text="For a caller with a Bearer token, which has ended with all the others."
    )


class DisableIn(serializers.Serializer[Any]):
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    totp_code = code_field()
    backup_code = code_field()


class StatusOut(serializers.Serializer[Any]):
    two_factor_enabled = serializers.BooleanField()
    backup_codes_count = serializers.IntegerField()


class BackupCodesOut(serializers.Serializer[Any]):
    backup_codes = serializers.ListField(child=serializers.CharField())
    message = serializers.CharField()


class SecondFactor(CultureupView):
    authentication_classes = ()

    @operation(body=VerifyIn, answer=VerifyOut, who=AllowAny)
    def verify(self, request: Request) -> Response:
        user = second_factor_verify(**self.body(), address=self.address)
        session = session_begin(user, kind=SessionKind.TOKEN)
        return self.answer(
            {
                "user": VerifiedUserOut(user).data,
                "token": token_issue(user, session=session),
                "access_token": access_token(user, session.sid),
                "message": "Login successful",
            }
        )


class TwoFactor(CultureupView):
    @operation(answer=SetupOut)
    def setup(self, request: Request) -> Response:  # type: ignore[override]
        setup = twofactor.two_factor_setup(actor=self.caller)
        new, existing = (
            "Scan QR code with your authenticator app",
            "Existing setup session found. Use the same QR code.",
        )
        return self.answer(
            {
                "secret_key": setup.secret,
                "qr_code": setup.qr_code,
                "message": new if setup.is_new else existing,
                "expires_in_minutes": setup.expires_in_minutes,
            }
        )

    @operation(answer=MessageOut)
    def reset_setup(self, request: Request) -> Response:
        twofactor.two_factor_setup_reset(actor=self.caller)
        return self.answer({"message": "2FA setup reset successfully"})

    @operation(body=EnableIn, answer=EnableOut)
    def enable(self, request: Request) -> Response:
        caller = credential_of(request)
        codes = twofactor.two_factor_enable(actor=self.caller, credential=caller, **self.body())
        body = {"message": "2FA enabled successfully", "backup_codes": codes}
        if caller.digest:
            return self.answer(body)
        session = session_begin(self.caller, kind=SessionKind.ACCESS)
        return self.answer({**body, "access_token": access_token(self.caller, session.sid)})

    @operation(body=DisableIn, answer=MessageOut)
    def disable(self, request: Request) -> Response:
        twofactor.two_factor_disable(actor=self.caller, address=self.address, **self.body())
        return self.answer({"message": "2FA disabled successfully"})

    @operation(answer=StatusOut)
    def status(self, request: Request) -> Response:
        status = twofactor.two_factor_status(actor=self.caller)
        return self.answer({"two_factor_enabled": status.is_enabled, "backup_codes_count": status.backup_codes_left})

    @operation(answer=BackupCodesOut)
    def backup_codes(self, request: Request) -> Response:
        codes = twofactor.backup_codes_regenerate(actor=self.caller)
        return self.answer({"backup_codes": codes, "message": "Backup codes regenerated successfully"})

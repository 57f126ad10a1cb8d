"""Leaving the platform (an addition of ours)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services.deletions import deletion_request
from config.dialects.base import operation
from config.dialects.v1 import V1View


class DeleteIn(serializers.Serializer[Any]):
    """The password, and with 2FA on one of the two codes."""

    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    totp_code = serializers.CharField(max_length=20, required=False, allow_blank=True)
    backup_code = serializers.CharField(max_length=20, required=False, allow_blank=True)


class DeletionOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    deletion_due_at = serializers.DateTimeField()


class Account(V1View):
    @operation(body=DeleteIn, answer=DeletionOut)
    def delete(self, request: Request) -> Response:
        """In 14 days; signing in until then takes it back. 409 with `reasons` while money or work is under way."""
        deletion = deletion_request(actor=self.caller, address=self.address, **self.body())
        return self.answer({"message": "Account will be deleted", "deletion_due_at": deletion.due_at})

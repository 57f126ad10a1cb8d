"""Nexus's administration of people."""

from collections.abc import Iterator
from typing import Any, Final

import orjson
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import policies
from accounts.api.nexus.accounts import names_taken, username_field
from accounts.api.nexus.serializers import account_of
from accounts.choices import CreatorLevel, UserType
from accounts.models import User
from accounts.selectors.people import accounts_for_staff
from accounts.services import people
from accounts.services.names import name_parts
from config.dialects.base import operation
from config.dialects.bodies import OPTIONS
from config.dialects.fields import SentText
from config.dialects.files import Files
from config.dialects.nexus import MessageOut, NexusView
from config.dialects.nexus_objects import ACCOUNT, AdminUserOut, account
from config.dialects.permissions import asking

ROWS_AT_ONCE: Final = 500
PAGES: Final = ("page", "skip", "limit")


class UsersQuery(serializers.Serializer[Any]):
    search = serializers.CharField(
        max_length=200, default="", allow_blank=True, help_text="Words of name, user name or address."
    )
    user_type = serializers.ChoiceField(UserType.choices, required=False)


class UserIn(serializers.Serializer[Any]):
    """What is left out keeps its value. `is_admin` is the same fact as the type admin, which counts where both are
    sent."""

    email = serializers.EmailField(max_length=254, required=False)
    username = username_field(required=False)
    full_name = SentText(max_length=150)
    user_type = serializers.ChoiceField(UserType.choices, required=False)
    is_admin = serializers.BooleanField(required=False)
    is_verified = serializers.BooleanField(source="identity_verified", required=False)
    is_active = serializers.BooleanField(required=False)
    is_banned = serializers.BooleanField(required=False)
    creator_level = serializers.ChoiceField(CreatorLevel.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        changes = dict(attrs)
        if "full_name" in changes:
            changes["first_name"], changes["last_name"] = name_parts(changes.pop("full_name"))
        return changes


class Users(NexusView):
    @operation(query=UsersQuery, answer=AdminUserOut, rows="page", who=asking(policies.may_see_inactive))
    def list(self, request: Request) -> HttpResponseBase:
        """All accounts by id: the whole list when neither `skip`, `limit` nor `page` is given."""
        wanted = self.query()
        rows = accounts_for_staff(actor=self.caller, search=wanted.pop("search")).filter(**wanted)
        files, currency = Files(request), settings.CURRENCIES["nexus"]

        def present(found: Any) -> Any:
            return [account(row, files, currency) for row in found]

        if any(request.query_params.get(name) for name in PAGES):
            return self.page(rows.values(*ACCOUNT), present)
        return StreamingHttpResponse(_whole(rows, files, currency), content_type="application/json")

    @operation(body=UserIn, answer=AdminUserOut, who=asking(policies.may_decide_about_people))
    def update(self, request: Request, id: int) -> Response:
        """Another e-mail address takes the place of the present one when it is confirmed."""
        with names_taken():
            user = people.user_update(actor=self.caller, user_id=id, changes=self.body())
        return self.answer(account_of(user, Files(request)))

    @operation(answer=MessageOut)
    def verify(self, request: Request, id: int) -> Response:
        people.user_verify(actor=self.caller, user_id=id)
        return self.answer({"message": "User verified successfully"})

    @operation(answer=MessageOut)
    def ban(self, request: Request, id: int) -> Response:
        """Sessions and tokens end, page and listings are hidden. `is_banned: false` of the account lifts it."""
        people.user_ban(actor=self.caller, user_id=id)
        return self.answer({"message": "User banned successfully"})


def _whole(rows: QuerySet[User], files: Files, currency: str) -> Iterator[bytes]:
    """The list as it is read, a batch at a time."""
    batch: list[bytes] = []
    before = b"["
    for row in rows.values(*ACCOUNT).iterator(ROWS_AT_ONCE):
        batch.append(orjson.dumps(account(row, files, currency), option=OPTIONS))
        if len(batch) == ROWS_AT_ONCE:
            yield before + b",".join(batch)
            batch, before = [], b","
    yield (before + b",".join(batch) if batch else (b"[" if before == b"[" else b"")) + b"]"

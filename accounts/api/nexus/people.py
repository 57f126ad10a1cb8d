"""Nexus's people: the caller's own record, public pages, who follows whom."""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.nexus.accounts import PasswordIn, names_taken, username_field
from accounts.api.nexus.serializers import (
    FollowUserOut,
    UserMeOut,
    follow_columns,
    follow_user,
    me_of,
    public_of,
)
from accounts.authentication import credential_of
from accounts.choices import UserType
from accounts.errors import PictureTooLarge
from accounts.models import Follow, User
from accounts.selectors.people import followed_by, followers_of, is_following, person_named
from accounts.services.deletions import deletion_request
from accounts.services.follows import follow, unfollow
from accounts.services.names import name_parts
from accounts.services.passwords import password_change
from accounts.services.profile_views import profile_view_count
from accounts.services.profiles import person_update, profile_image_set
from config.core.sizes import file_too_large
from config.dialects.base import operation
from config.dialects.fields import SentAddress, SentText, TextsField
from config.dialects.files import Files
from config.dialects.nexus import MessageOut, NexusView
from config.dialects.nexus_objects import UserPublicOut

MOST_WORDS: Final = 50
LONGEST_WORD: Final = 60


class WordsField(TextsField):
    """Up to 50 of up to 60 characters each."""

    def to_internal_value(self, data: Any) -> list[str]:
        words = super().to_internal_value(data)
        if len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
            raise serializers.ValidationError(f"At most {MOST_WORDS} of at most {LONGEST_WORD} characters each.")
        return list(dict.fromkeys(words))


class MeIn(serializers.Serializer[Any]):
    """What is left out keeps its value; null clears what may be empty.

    `avatar_url` is null, or the address of a picture that the caller has uploaded.
    """

    email = serializers.EmailField(max_length=254, required=False)
    username = username_field(required=False)
    full_name = SentText(max_length=150)
    bio = SentText(max_length=2000)
    avatar_url = serializers.CharField(max_length=1000, required=False, allow_null=True)
    user_type = serializers.ChoiceField([UserType.BUYER, UserType.CREATOR], required=False)
    phone = SentText(max_length=30, source="phone_number")
    country = SentText(max_length=100)
    city = SentText(max_length=100)
    website = SentAddress()
    twitter = SentText(max_length=100)
    instagram = SentText(max_length=100)
    portfolio_url = SentAddress()
    skills = WordsField(required=False)
    software = WordsField(required=False)

    def to_internal_value(self, data: Any) -> Any:
        """Who sends their whole record back has not chosen what stands in it: other dialects' names may be in it."""
        if isinstance(data, Mapping):
            request: Request = self.context["request"]
            shown = me_of(request.user, Files(request))  # type: ignore[arg-type]  # signed in
            same = {name for name in ("email", "username", "user_type", "avatar_url") if data.get(name) == shown[name]}
            data = {name: value for name, value in data.items() if name not in same}
        return super().to_internal_value(data)

    def validate_avatar_url(self, address: str | None) -> str | None:
        if not address:
            return None
        name = Files(self.context["request"]).name_of(address)
        if name is None:
            raise serializers.ValidationError("Choose a picture that you have uploaded.")
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        changes = dict(attrs)
        if "full_name" in changes:
            changes["first_name"], changes["last_name"] = name_parts(changes.pop("full_name"))
        if "avatar_url" in changes:
            changes["avatar"] = changes.pop("avatar_url")
        return changes


class DeleteMeIn(serializers.Serializer[Any]):
    """The password, and with 2FA on one of the two codes."""

    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    totp_code = serializers.CharField(max_length=20, required=False, allow_blank=True)
    backup_code = serializers.CharField(max_length=20, required=False, allow_blank=True)


class DeletionOut(MessageOut):
    deletion_due_at = serializers.DateTimeField()


class AvatarIn(serializers.Serializer[Any]):
    """The field may also be called `avatar`."""

    file = serializers.FileField()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and "file" not in data and "avatar" in data:
            data = {"file": data["avatar"]}
        return super().to_internal_value(data)


class AvatarOut(MessageOut):
    avatar_url = serializers.URLField()


class FollowStateOut(MessageOut):
    is_following = serializers.BooleanField()
    followers_count = serializers.IntegerField()


class Me(NexusView):
    @operation(answer=UserMeOut)
    def me(self, request: Request) -> Response:
        return self.answer(me_of(self.caller, Files(request)))

    @operation(body=MeIn, answer=UserMeOut)
    def update(self, request: Request) -> Response:
        """Another e-mail address takes the place of the present one when it is confirmed."""
        with names_taken():
            user = person_update(actor=self.caller, changes=self.body())
        return self.answer(me_of(user, Files(request)))

    @operation(body=PasswordIn, answer=MessageOut)
    def password(self, request: Request) -> Response:
        """All refresh tokens end, and every access token but the caller's."""
        password_change(actor=self.caller, credential=credential_of(request), address=self.address, **self.body())
        return self.answer({"message": "Password updated successfully"})

    @operation(body=DeleteMeIn, answer=DeletionOut)
    def delete(self, request: Request) -> Response:
        """In 14 days; signing in until then takes it back. 409 with `reasons` while money or work is under way."""
        deletion = deletion_request(actor=self.caller, address=self.address, **self.body())
        return self.answer({"message": "Account will be deleted", "deletion_due_at": deletion.due_at})

    @operation(body=AvatarIn, answer=AvatarOut, multipart=True)
    def avatar(self, request: Request) -> Response:
        """A picture of up to 10 MB; what is kept of it is small."""
        upload = self.body()["file"]
        if upload.size > settings.SMALL_IMAGE_MAX_BYTES:
            raise PictureTooLarge(file_too_large(upload.size, settings.SMALL_IMAGE_MAX_BYTES))
        user = profile_image_set(actor=self.caller, upload=upload, field="file")
        return self.answer({"message": "Avatar updated", "avatar_url": Files(request).public(user.profile_image.name)})


class People(NexusView):
    @operation(answer=UserPublicOut, who=AllowAny)
    def retrieve(self, request: Request, username: str) -> Response:
        user = person_named(actor=request.user, username=username)
        agent = request.headers.get("User-Agent", "")
        profile_view_count(actor=request.user, user_id=user.pk, address=self.address, agent=agent)
        known = is_following(actor=request.user, user_id=user.pk)
        return self.answer(public_of(user, Files(request), is_following=known))

    @operation(answer=FollowStateOut)
    def follow(self, request: Request, username: str) -> Response:
        user = person_named(actor=request.user, username=username)
        follow(actor=self.caller, user_id=user.pk)
        return self._followed(user, f"Now following {user.username}", is_following=True)

    @operation(answer=FollowStateOut)
    def unfollow(self, request: Request, username: str) -> Response:
        user = person_named(actor=request.user, username=username, or_followed=True)
        unfollow(actor=self.caller, user_id=user.pk)
        return self._followed(user, f"Unfollowed {user.username}", is_following=False)

    def _followed(self, user: User, message: str, *, is_following: bool) -> Response:
        user.refresh_from_db(fields=["followers_count"])
        return self.answer({"message": message, "is_following": is_following, "followers_count": user.followers_count})


class Follows(NexusView):
    always_envelope = True

    @operation(answer=FollowUserOut, rows="page", who=AllowAny)
    def followers(self, request: Request, username: str) -> Response:
        """The newest follow first."""
        user = person_named(actor=request.user, username=username)
        return self.page(*shown_as(followers_of(actor=request.user, user_id=user.pk), "follower__", request))

    @operation(answer=FollowUserOut, rows="page", who=AllowAny)
    def following(self, request: Request, username: str) -> Response:
        """The newest follow first."""
        user = person_named(actor=request.user, username=username)
        return self.page(*shown_as(followed_by(actor=request.user, user_id=user.pk), "followed__", request))


class Dashboard(NexusView):
    @operation(answer=FollowUserOut, rows="page")
    def followers(self, request: Request) -> Response:
        """The caller's, the newest first."""
        return self.page(*shown_as(followers_of(actor=self.caller, user_id=self.caller.pk), "follower__", request))


def shown_as(rows: QuerySet[Follow], prefix: str, request: Request) -> tuple[QuerySet[Any], Any]:
    files = Files(request)
    columns = follow_columns(prefix)
    return rows.values(*columns), lambda found: [follow_user(row, prefix, files) for row in found]

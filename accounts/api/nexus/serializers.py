"""People as Nexus shows them: objects made of an account and its public profile, or of plain rows."""

from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

from accounts.choices import SocialProvider
from accounts.models import User
from accounts.selectors.people import profile_of
from accounts.selectors.social import social_ids
from config.dialects.files import Files
from config.dialects.nexus_objects import (
    ACCOUNT,
    AccountOut,
    PersonOut,
    SaysOut,
    account,
    person_columns,
    person_of,
    public_columns,
    public_person,
)

SAYS: Final = ("country", "city", "website", "twitter", "instagram", "portfolio_url")
PROFILE: Final = "public_profile__"


class UserMeOut(AccountOut, SaysOut):
    """The caller's own record."""

    phone = serializers.CharField(allow_null=True)
    google_id = serializers.CharField(allow_null=True)
    github_id = serializers.CharField(allow_null=True)
    discord_id = serializers.CharField(allow_null=True)


class FollowUserOut(PersonOut):
    """A person who follows, or is followed."""

    bio = serializers.CharField(allow_null=True)
    total_models = serializers.IntegerField()
    followers_count = serializers.IntegerField()
    is_following = serializers.BooleanField(help_text="Whether the caller follows them.")
    followed_at = serializers.DateTimeField()


def account_of(user: User, files: Files) -> dict[str, Any]:
    return account({column: getattr(user, column) for column in ACCOUNT}, files, user.sales_currency)


def me_of(user: User, files: Files) -> dict[str, Any]:
    shown = account_of(user, files)
    del shown["is_banned"]
    linked = social_ids(user)
    ids = {f"{provider}_id": linked.get(provider) for provider in SocialProvider.values}
    return shown | {"phone": user.phone_number or None} | ids | _says_of(user)


def public_of(user: User, files: Files, *, is_following: bool) -> dict[str, Any]:
    profile = profile_of(user)
    own = {name: getattr(user, name) for name in public_columns() if not name.startswith(PROFILE)}
    said = {name: getattr(profile, name.removeprefix(PROFILE)) for name in public_columns() if name.startswith(PROFILE)}
    return public_person(own | said, files, is_following=is_following)


def _says_of(user: User) -> dict[str, Any]:
    profile = profile_of(user)
    texts = {name: getattr(profile, name) or None for name in ("bio", *SAYS)}
    return texts | {"skills": profile.skills, "software": profile.software}


FOLLOW: Final = ("public_profile__bio", "models_count", "followers_count")


def follow_columns(prefix: str) -> tuple[str, ...]:
    """Of a follow; `prefix` leads to the person shown."""
    return ("created_at", "is_following", *person_columns(prefix), *(prefix + column for column in FOLLOW))


def follow_user(row: Mapping[str, Any], prefix: str, files: Files) -> dict[str, Any]:
    return person_of(row, prefix, files) | {
        "bio": row[prefix + "public_profile__bio"] or None,
        "total_models": row[prefix + "models_count"],
        "followers_count": row[prefix + "followers_count"],
        "is_following": row["is_following"],
        "followed_at": row["created_at"],
    }

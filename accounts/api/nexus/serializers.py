"""People as Nexus shows them: objects made of an account and its public profile, or of plain rows."""

from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

from accounts.choices import CreatorLevel, SocialProvider, UserType
from accounts.models import User
from accounts.selectors.people import profile_of
from accounts.selectors.social import social_ids
from config.dialects.amounts import number_of
from config.dialects.files import Files
from config.dialects.nexus_objects import PersonOut, person_columns, person_of, public_columns, public_person

SAYS: Final = ("country", "city", "website", "twitter", "instagram", "portfolio_url")
PROFILE: Final = "public_profile__"
ACCOUNT: Final = (
    *person_columns(),
    *("email", "user_type", "is_active", "is_banned", "active_when_unbanned", "email_verified_at", "pending_email"),
    *("sales_total", "revenue_total", "models_count", "models_rating", "followers_count", "following_count"),
    *("created_at", "updated_at", "last_login"),
)


class _Counted(PersonOut):
    user_type = serializers.ChoiceField(UserType.choices)
    total_models = serializers.IntegerField()
    rating = serializers.FloatField()
    followers_count = serializers.IntegerField()
    following_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class _Says(serializers.Serializer[Any]):
    """What people say of themselves."""

    bio = serializers.CharField(allow_null=True)
    country = serializers.CharField(allow_null=True)
    city = serializers.CharField(allow_null=True)
    website = serializers.CharField(allow_null=True)
    twitter = serializers.CharField(allow_null=True)
    instagram = serializers.CharField(allow_null=True)
    portfolio_url = serializers.CharField(allow_null=True)
    skills = serializers.ListField(child=serializers.CharField())
    software = serializers.ListField(child=serializers.CharField())


class _Account(_Counted):
    """`total_sales` is what was paid for their models less refunds, `total_revenue` their part of it."""

    email = serializers.EmailField()
    email_verified = serializers.BooleanField()
    pending_email = serializers.EmailField(
        required=False, help_text="While another address waits to be confirmed: it takes the place of `email` then."
    )
    is_active = serializers.BooleanField()
    is_admin = serializers.BooleanField()
    total_sales = serializers.FloatField()
    total_revenue = serializers.FloatField()
    updated_at = serializers.DateTimeField()
    last_login = serializers.DateTimeField(allow_null=True)


class UserMeOut(_Account, _Says):
    """The caller's own record."""

    phone = serializers.CharField(allow_null=True)
    google_id = serializers.CharField(allow_null=True)
    github_id = serializers.CharField(allow_null=True)
    discord_id = serializers.CharField(allow_null=True)


class AdminUserOut(_Account):
    """`is_active` is the administrators' own switch: somebody who is banned may have it on."""

    is_banned = serializers.BooleanField()


class UserPublicOut(_Counted, _Says):
    is_following = serializers.BooleanField(help_text="Whether the caller follows them.")


class FollowUserOut(PersonOut):
    """A person who follows, or is followed."""

    bio = serializers.CharField(allow_null=True)
    total_models = serializers.IntegerField()
    followers_count = serializers.IntegerField()
    is_following = serializers.BooleanField(help_text="Whether the caller follows them.")
    followed_at = serializers.DateTimeField()


def account(row: Mapping[str, Any], files: Files, currency: str) -> dict[str, Any]:
    """An account as administrators see it, of the columns ACCOUNT."""
    shown = person_of(row, "", files) | {
        "email": row["email"],
        "user_type": row["user_type"],
        "email_verified": row["email_verified_at"] is not None and not row["pending_email"],
        "is_active": row["active_when_unbanned"] if row["is_banned"] else row["is_active"],
        "is_admin": row["user_type"] == UserType.ADMIN,
        "is_banned": row["is_banned"],
        "total_sales": number_of(row["sales_total"], currency),
        "total_revenue": number_of(row["revenue_total"], currency),
        "total_models": row["models_count"],
        "rating": float(row["models_rating"]),
        "followers_count": row["followers_count"],
        "following_count": row["following_count"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "last_login": row["last_login"],
    }
    return shown | ({"pending_email": row["pending_email"]} if row["pending_email"] else {})


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


LEVELS: Final = list(CreatorLevel.values)

"""People as Nexus shows them."""

from typing import Any, Final

from rest_framework import serializers

from accounts.choices import UserType
from accounts.models import User

# The documented values of what an account has until its person, or somebody else, fills it in.
UNFILLED: Final[dict[str, Any]] = {
    "bio": None,
    "creator_level": "Bronze",
    "google_id": None,
    "github_id": None,
    "discord_id": None,
    "total_sales": 0.0,
    "total_revenue": 0.0,
    "total_models": 0,
    "rating": 0.0,
    "followers_count": 0,
    "following_count": 0,
    "country": None,
    "city": None,
    "website": None,
    "twitter": None,
    "instagram": None,
    "portfolio_url": None,
    "skills": [],
    "software": [],
}


class UserMeOut(serializers.Serializer[User]):
    """The caller's own record."""

    id = serializers.IntegerField()
    email = serializers.CharField()
    username = serializers.CharField()
    full_name = serializers.SerializerMethodField()
    avatar_url = serializers.SerializerMethodField()
    user_type = serializers.CharField()
    is_verified = serializers.BooleanField(source="identity_verified")
    email_verified = serializers.BooleanField()
    pending_email = serializers.EmailField(
        required=False, help_text="While another address waits to be confirmed: it takes the place of `email` then."
    )
    is_active = serializers.BooleanField()
    is_admin = serializers.SerializerMethodField()
    phone = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    last_login = serializers.DateTimeField(allow_null=True)

    def get_full_name(self, user: User) -> str | None:
        return user.get_full_name() or None

    def get_avatar_url(self, user: User) -> str | None:
        return self.context["request"].build_absolute_uri(user.profile_image.url) if user.profile_image else None

    def get_is_admin(self, user: User) -> bool:
        return user.user_type == UserType.ADMIN

    def get_phone(self, user: User) -> str | None:
        return user.phone_number or None

    def to_representation(self, instance: User) -> dict[str, Any]:
        shown = {**super().to_representation(instance), **UNFILLED}
        if not instance.pending_email:
            shown.pop("pending_email")
        return shown

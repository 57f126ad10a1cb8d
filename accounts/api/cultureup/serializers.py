"""What CultureUp's account operations read and answer."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import SkipField

from accounts import policies
from accounts.choices import ExperienceLevel, UserType
from accounts.models import ArtistProfile, BuyerProfile, User
from accounts.services.registration import email_check, password_check, username_check
from config.core.errors import Invalid
from config.core.money import shown
from config.dialects.amounts import AmountIn, AmountOut
from config.dialects.fields import SentBoolean, SentText


def checked(check: Callable[..., Any], value: str, **context: Any) -> Any:
    """A domain check as a field's own, so that one answer names every field that is wrong."""
    try:
        return check(value, **context)
    except Invalid as error:
        raise serializers.ValidationError(error.message) from None


# ---------------------------------------------------------------- people
@extend_schema_field(OpenApiTypes.STR)
class ContactField(serializers.Field[Any, Any, Any, Any]):
    """Contact data and totals of an account: null for everyone but the person and staff."""

    def __init__(self, shown: Callable[[User], str | None], **kwargs: Any) -> None:
        self.shown = shown
        super().__init__(read_only=True, allow_null=True, **kwargs)

    def get_attribute(self, instance: Any) -> Any:
        return instance

    def to_representation(self, owner: Any) -> str | None:
        user: User = owner if isinstance(owner, User) else owner.user
        viewer = self.context.get("viewer") or self.context["request"].user
        return self.shown(owner) if policies.may_see_contact(viewer, user) else None


class AccountOut(serializers.ModelSerializer[User]):
    """The full form of a user."""

    email = ContactField(lambda user: user.email)
    phone_number = ContactField(lambda user: user.phone_number or None)
    is_verified = serializers.BooleanField(source="identity_verified", read_only=True)
    profile_image = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields: ClassVar = [
            "id",
            "username",
            "email",
            "first_name",
            "last_name",
            "user_type",
            "phone_number",
            "is_verified",
            "profile_image",
            "created_at",
        ]

    def get_profile_image(self, user: User) -> str | None:
        """An absolute address."""
        return self.context["request"].build_absolute_uri(user.profile_image.url) if user.profile_image else None


class OwnAccountOut(AccountOut):
    """As the person sees it. While another address waits to be confirmed, the old one is shown, and that beside it."""

    email_verified = serializers.BooleanField(required=False, help_text="False; only with `pending_email`.")
    pending_email = serializers.EmailField(required=False)

    class Meta(AccountOut.Meta):
        fields: ClassVar = [*AccountOut.Meta.fields, "email_verified", "pending_email"]

    def to_representation(self, instance: User) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if not instance.pending_email:
            shown.pop("pending_email")
            shown.pop("email_verified")
        return shown


class ArtistProfileOut(serializers.ModelSerializer[ArtistProfile]):
    user = AccountOut(read_only=True)
    hourly_rate = AmountOut(currency="user.currency")
    currency = serializers.CharField(source="user.currency", read_only=True)
    rating = serializers.FloatField()
    completion_rate = serializers.FloatField()
    total_earnings = ContactField(lambda profile: shown(profile.user.earned, profile.user.currency))  # type: ignore[attr-defined]

    class Meta:
        model = ArtistProfile
        fields: ClassVar = [
            "user",
            "bio",
            "skills",
            "experience_level",
            "hourly_rate",
            "currency",
            "portfolio_description",
            "rating",
            "total_projects_completed",
            "total_earnings",
            "is_available",
            "completion_rate",
            "total_reviews",
        ]


class BuyerProfileOut(serializers.ModelSerializer[BuyerProfile]):
    user = AccountOut(read_only=True)
    address = ContactField(lambda profile: profile.address)  # type: ignore[attr-defined]
    total_spent = ContactField(lambda profile: shown(profile.user.spent, profile.user.currency))  # type: ignore[attr-defined]
    currency = serializers.CharField(source="user.currency", read_only=True)

    class Meta:
        model = BuyerProfile
        fields: ClassVar = ["user", "company_name", "address", "total_spent", "currency", "projects_posted"]


# ---------------------------------------------------------------- signing in
class RegisterIn(serializers.Serializer[Any]):
    username = serializers.CharField(min_length=3, max_length=150)
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    password_confirm = serializers.CharField(max_length=1000, trim_whitespace=False)
    user_type = serializers.ChoiceField([UserType.ARTIST, UserType.BUYER])
    first_name = serializers.CharField(max_length=150)
    last_name = serializers.CharField(max_length=150)
    phone_number = SentText(max_length=30)

    def validate_username(self, username: str) -> str:
        return str(checked(username_check, username))

    def validate_email(self, email: str) -> str:
        return str(checked(email_check, email))

    def validate_password(self, password: str) -> str:
        names = ("username", "email", "first_name", "last_name")
        words = {name: word for name in names if isinstance(word := self.initial_data.get(name), str)}
        checked(password_check, password, user=User(**words))
        return password

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["password"] != attrs["password_confirm"]:
            raise serializers.ValidationError({"password_confirm": ["The two passwords do not match."]})
        return attrs


class LoginIn(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)


class SignedInUserOut(serializers.ModelSerializer[User]):
    """The person who just signed in, as they see themselves."""

    class Meta:
        model = User
        fields: ClassVar = ["id", "username", "email", "user_type", "first_name", "last_name"]


class LoginOut(serializers.Serializer[Any]):
    """The token, or with 2FA on what `POST /api/auth/2fa/verify/` needs."""

    forms: ClassVar = {
        "SignedIn": ("message", "token", "user"),
        "SecondFactorNeeded": ("message", "requires_2fa", "session_token"),
    }
    message = serializers.CharField()
    token = serializers.CharField(required=False)
    user = SignedInUserOut(required=False)
    requires_2fa = serializers.BooleanField(required=False)
    session_token = serializers.CharField(required=False)


class MessageOut(serializers.Serializer[Any]):
    message = serializers.CharField()


# ---------------------------------------------------------------- the account
class AccountPutIn(serializers.Serializer[Any]):
    first_name = serializers.CharField(max_length=150)
    last_name = serializers.CharField(max_length=150)
    phone_number = SentText(max_length=30)
    email = serializers.EmailField(max_length=254)


class PictureField(serializers.FileField):
    """An uploaded file, or null for none. The address that GET shows, sent back, is no upload and changes nothing."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            raise SkipField
        return super().to_internal_value(data)


class AccountPatchIn(AccountPutIn):
    profile_image = PictureField(required=False, allow_null=True)


# ---------------------------------------------------------------- profiles
class LevelField(serializers.ChoiceField):
    """The documents write it in lower case and, once, with a capital."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=ExperienceLevel.choices, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.lower() if isinstance(data, str) else data)


class ArtistProfileIn(serializers.Serializer[Any]):
    bio = SentText(max_length=1000)
    skills = SentText(max_length=1000)
    experience_level = LevelField()
    hourly_rate = AmountIn(max_digits=11, min_value=0)
    portfolio_description = SentText(max_length=2000)
    is_available = SentBoolean(required=False)


class BuyerProfileIn(serializers.Serializer[Any]):
    company_name = SentText(max_length=200)
    address = SentText(max_length=500)


class ArtistProfilesQuery(serializers.Serializer[Any]):
    experience_level = LevelField(required=False)
    is_available = serializers.BooleanField(required=False)
    min_hourly_rate = AmountIn(source="hourly_rate__gte", required=False)
    max_hourly_rate = AmountIn(source="hourly_rate__lte", required=False)
    search = serializers.CharField(max_length=200, required=False)
    ordering = serializers.ChoiceField(["rating", "-rating", "hourly_rate", "-hourly_rate"], required=False)


class BuyerProfilesQuery(serializers.Serializer[Any]):
    search = serializers.CharField(max_length=200, required=False)
    ordering = serializers.ChoiceField(
        ["total_spent", "-total_spent", "projects_posted", "-projects_posted"], required=False
    )

"""People for tests. Each signs in with PASSWORD; alice, bob and charlie are what a test calls its first three."""

from datetime import timedelta
from functools import cache
from typing import Any, ClassVar

import factory
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.choices import ADMINS_GROUP, MODERATORS_GROUP, STAFF_GROUP, ExperienceLevel, UserType
from accounts.models import ApiKey, ArtistProfile, BuyerProfile, User
from accounts.services.api_keys import SHOWN, key_made
from accounts.services.sessions import digest_of

PASSWORD = "a long enough passphrase 1"


@cache
def password_hash() -> str:
    """Hashed once: tests make hundreds of people and check few passwords."""
    return make_password(PASSWORD)


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A buyer. `UserFactory(username="alice")` has the address alice@example.com."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"person{number}")
    email = factory.LazyAttribute(lambda person: f"{person.username}@example.com")
    first_name = factory.LazyAttribute(lambda person: person.username.capitalize())
    last_name = "Example"
    user_type = UserType.BUYER
    password = factory.LazyFunction(password_hash)
    email_verified_at = factory.LazyFunction(timezone.now)


class ArtistFactory(UserFactory):
    """An artist whom staff have not verified, without a profile unless `profile=True`."""

    user_type = UserType.ARTIST

    @factory.post_generation
    def profile(self: User, create: bool, extracted: Any, **kwargs: Any) -> None:  # type: ignore[misc]
        if create and (extracted or kwargs):
            ArtistProfileFactory(user=self, **kwargs)


class CreatorFactory(UserFactory):
    user_type = UserType.CREATOR


class BuyerFactory(UserFactory):
    """A buyer, without a profile unless `profile=True`."""

    @factory.post_generation
    def profile(self: User, create: bool, extracted: Any, **kwargs: Any) -> None:  # type: ignore[misc]
        if create and (extracted or kwargs):
            BuyerProfileFactory(user=self, **kwargs)


class _InGroup(UserFactory):
    class Meta:
        abstract = True

    group_name: ClassVar[str]
    is_staff = True

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        user: User = super()._create(model_class, *args, **kwargs)
        user.groups.add(Group.objects.get_or_create(name=cls.group_name)[0])
        return user


class StaffFactory(_InGroup):
    """Staff: reads all, moderates content, handles orders."""

    class Meta:
        exclude = ("group_name",)

    group_name = STAFF_GROUP


class ModeratorFactory(_InGroup):
    """A content moderator: artworks, comments and categories only."""

    class Meta:
        exclude = ("group_name",)

    group_name = MODERATORS_GROUP


class AdminFactory(_InGroup):
    """An administrator: everything but superusers and settings."""

    class Meta:
        exclude = ("group_name",)

    group_name = ADMINS_GROUP
    user_type = UserType.ADMIN


class SuperuserFactory(UserFactory):
    user_type = UserType.ADMIN
    is_staff = True
    is_superuser = True


class ArtistProfileFactory(factory.django.DjangoModelFactory[ArtistProfile]):
    class Meta:
        model = ArtistProfile

    user = factory.SubFactory(ArtistFactory)
    bio = "Paints in oil."
    skills = "Oil Painting, Portraits"
    experience_level = ExperienceLevel.EXPERT
    hourly_rate = "50.00"
    portfolio_description = "Portraits since 2015."


class BuyerProfileFactory(factory.django.DjangoModelFactory[BuyerProfile]):
    class Meta:
        model = BuyerProfile

    user = factory.SubFactory(BuyerFactory)
    company_name = "Creative Co"
    address = "1 Example Street, Lahore"


class ApiKeyFactory(factory.django.DjangoModelFactory[ApiKey]):
    """Reads for a day. `text` is what a program sends."""

    class Meta:
        model = ApiKey
        exclude = ("text",)

    text = factory.LazyFunction(key_made)
    user = factory.SubFactory(UserFactory)
    name = "Stock"
    prefix = factory.LazyAttribute(lambda key: key.text[:SHOWN])
    digest = factory.LazyAttribute(lambda key: digest_of(key.text))
    scopes = factory.LazyFunction(lambda: ["read"])
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))

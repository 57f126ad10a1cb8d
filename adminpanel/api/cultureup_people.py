"""CultureUp's admin API: people."""

from typing import Any, ClassVar

from django.db.models import F
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import UserType
from accounts.models import User
from adminpanel import selectors
from adminpanel.api.fields import link_to, money_field
from adminpanel.api.permissions import MayDecideAboutPeople, MayReadAll
from adminpanel.services import people
from config.dialects.base import operation
from config.dialects.cultureup.edge import CultureupAdminView

ORDERINGS: dict[str, tuple[Any, ...]] = {
    "created_at": ("created_at", "pk"),
    "-created_at": ("-created_at", "-pk"),
    "username": ("username",),
    "-username": ("-username",),
    # Who never signed in comes last either way.
    "last_login": (F("last_login").asc(nulls_last=True), "pk"),
    "-last_login": (F("last_login").desc(nulls_last=True), "-pk"),
}


class PeopleQuery(serializers.Serializer[Any]):
    user_type = serializers.ChoiceField(UserType.choices, required=False)
    is_verified = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)
    is_staff = serializers.BooleanField(required=False)
    search = serializers.CharField(max_length=200, allow_blank=True, default="")
    ordering = serializers.ChoiceField(list(ORDERINGS), default="-created_at")


class PersonRow(serializers.ModelSerializer[User]):
    """Needs `activities` in the context."""

    phone_number = serializers.SerializerMethodField()
    profile_image = serializers.SerializerMethodField()
    total_artworks = serializers.SerializerMethodField()
    total_jobs_posted = serializers.SerializerMethodField()
    total_bids = serializers.SerializerMethodField()
    total_spent = money_field(source="spent")
    total_earned = money_field(source="earned")
    last_activity = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields: ClassVar = [
            *("id", "username", "email", "first_name", "last_name", "user_type", "phone_number"),
            *("is_verified", "is_active", "is_staff", "is_superuser", "profile_image"),
            *("created_at", "updated_at", "last_login"),
            *("total_artworks", "total_jobs_posted", "total_bids", "total_spent", "total_earned", "last_activity"),
        ]

    def _activity(self, user: User) -> selectors.Activity:
        found: selectors.Activity = self.context["activities"][user.pk]
        return found

    def get_phone_number(self, user: User) -> str | None:
        return user.phone_number or None

    def get_profile_image(self, user: User) -> str | None:
        return link_to(user.profile_image, self.context["request"])

    def get_total_artworks(self, user: User) -> int:
        return self._activity(user).total_artworks

    def get_total_jobs_posted(self, user: User) -> int:
        return self._activity(user).total_jobs_posted

    def get_total_bids(self, user: User) -> int:
        return self._activity(user).total_bids

    def get_last_activity(self, user: User) -> Any:
        return self._activity(user).last_activity


class PersonDecided(serializers.Serializer[Any]):
    message = serializers.CharField()
    user = serializers.DictField()


def decided(user: User, flag: str, words: str) -> dict[str, Any]:
    return {
        "message": f"User {user.username} {words} successfully",
        "user": {
            "id": user.pk,
            "username": user.username,
            flag: getattr(user, flag),
            "updated_at": user.updated_at,
        },
    }


class Users(CultureupAdminView):
    @operation(query=PeopleQuery, answer=PersonRow, paged=True, permission=MayReadAll)
    def list(self, request: Request) -> Response:
        wanted = self.query()
        order = ORDERINGS[wanted.pop("ordering")]
        rows = selectors.people(actor=request.user, search=wanted.pop("search")).filter(**wanted).order_by(*order)
        return self.page(rows, lambda users: self.present_many(users, activities=selectors.activities(users)))

    @operation(answer=PersonDecided, permission=MayDecideAboutPeople)
    def verify(self, request: Request, id: int) -> Response:
        user = people.user_verify(actor=request.user, user_id=id, address=self.address)
        return self.answer(decided(user, "is_verified", "verified"))

    @operation(answer=PersonDecided, permission=MayDecideAboutPeople)
    def activate(self, request: Request, id: int) -> Response:
        user = people.user_activate(actor=request.user, user_id=id, address=self.address)
        return self.answer(decided(user, "is_active", "activated"))

    @operation(answer=PersonDecided, permission=MayDecideAboutPeople)
    def deactivate(self, request: Request, id: int) -> Response:
        user = people.user_deactivate(actor=request.user, user_id=id, address=self.address)
        return self.answer(decided(user, "is_active", "deactivated"))

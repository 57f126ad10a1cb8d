"""CultureUp's admin API: people."""

from datetime import datetime
from typing import Any, ClassVar

from django.db.models import F
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import PeopleAction, UserType
from accounts.models import User
from accounts.services import people
from adminpanel.api.fields import LARGEST_ID, link_to
from adminpanel.api.permissions import MayDecideAboutPeople, MayReadAll
from adminpanel.selectors import people as selectors
from config.dialects.amounts import AmountOut
from config.dialects.base import operation
from config.dialects.cultureup import CultureupAdminView

MOST_IN_BULK = 200
PAST_TENSE = {
    PeopleAction.VERIFY: "verified",
    PeopleAction.UNVERIFY: "unverified",
    PeopleAction.ACTIVATE: "activated",
    PeopleAction.DEACTIVATE: "deactivated",
    PeopleAction.MAKE_STAFF: "made staff",
    PeopleAction.REMOVE_STAFF: "removed from staff",
}
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
    is_verified = serializers.BooleanField(source="identity_verified", required=False)
    is_active = serializers.BooleanField(required=False)
    is_staff = serializers.BooleanField(required=False)
    search = serializers.CharField(max_length=200, allow_blank=True, default="")
    ordering = serializers.ChoiceField(list(ORDERINGS), default="-created_at")


# Needs `activities` in the context.
class PersonRow(serializers.ModelSerializer[User]):
    phone_number = serializers.SerializerMethodField()
    is_verified = serializers.BooleanField(source="identity_verified")
    profile_image = serializers.SerializerMethodField()
    total_artworks = serializers.SerializerMethodField()
    total_jobs_posted = serializers.SerializerMethodField()
    total_bids = serializers.SerializerMethodField()
    total_spent = AmountOut(source="spent")
    total_earned = AmountOut(source="earned")
    currency = serializers.CharField()
    last_activity = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields: ClassVar = [
            *("id", "username", "email", "first_name", "last_name", "user_type", "phone_number"),
            *("is_verified", "is_active", "is_staff", "is_superuser", "profile_image"),
            *("created_at", "updated_at", "last_login"),
            *("total_artworks", "total_jobs_posted", "total_bids", "total_spent", "total_earned", "currency"),
            "last_activity",
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

    def get_last_activity(self, user: User) -> datetime | None:
        return self._activity(user).last_activity


class DecidedPerson(serializers.Serializer[Any]):
    """With the flag that the decision is about."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    is_verified = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)
    is_staff = serializers.BooleanField(required=False)
    updated_at = serializers.DateTimeField()


class PersonDecided(serializers.Serializer[Any]):
    message = serializers.CharField()
    user = DecidedPerson()


class PeopleStats(serializers.Serializer[selectors.PeopleFigures]):
    total_users = serializers.IntegerField()
    verified_users = serializers.IntegerField()
    active_users = serializers.IntegerField()
    artists = serializers.IntegerField()
    creators = serializers.IntegerField()
    buyers = serializers.IntegerField()
    admins = serializers.IntegerField()
    staff_users = serializers.IntegerField()
    recent_registrations = serializers.IntegerField(source="new_users_week")


class PeopleBulkIn(serializers.Serializer[Any]):
    user_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), allow_empty=False, max_length=MOST_IN_BULK
    )
    action = serializers.CharField()


class PeopleBulkDone(serializers.Serializer[Any]):
    message = serializers.CharField()
    affected_users = serializers.IntegerField()
    action = serializers.ChoiceField(PeopleAction.choices)
    processed_at = serializers.DateTimeField()
    not_found = serializers.ListField(child=serializers.IntegerField())
    refused = serializers.DictField(child=serializers.CharField())


def decided(user: User, words: str, **flag: bool) -> dict[str, Any]:
    return {
        "message": f"User {user.username} {words}",
        "user": {
            "id": user.pk,
            "username": user.username,
            **flag,
            "updated_at": user.updated_at,
        },
    }


class Users(CultureupAdminView):
    @operation(query=PeopleQuery, answer=PersonRow, rows="page", who=MayReadAll)
    def list(self, request: Request) -> Response:
        wanted = self.query()
        order = ORDERINGS[wanted.pop("ordering")]
        rows = selectors.people(actor=request.user, search=wanted.pop("search")).filter(**wanted).order_by(*order)
        return self.page(rows, lambda users: self.present_many(users, activities=selectors.activities(users)))

    @operation(answer=PersonDecided, who=MayDecideAboutPeople)
    def verify(self, request: Request, id: int) -> Response:
        user = people.user_verify(actor=request.user, user_id=id)
        return self.answer(decided(user, "verified successfully", is_verified=user.identity_verified))

    @operation(answer=PersonDecided, who=MayDecideAboutPeople)
    def activate(self, request: Request, id: int) -> Response:
        user = people.user_activate(actor=request.user, user_id=id)
        return self.answer(decided(user, "activated successfully", is_active=user.is_active))

    @operation(answer=PersonDecided, who=MayDecideAboutPeople)
    def deactivate(self, request: Request, id: int) -> Response:
        user = people.user_deactivate(actor=request.user, user_id=id)
        return self.answer(decided(user, "deactivated successfully", is_active=user.is_active))

    @operation(answer=PersonDecided, who=MayDecideAboutPeople)
    def make_staff(self, request: Request, id: int) -> Response:
        user = people.user_make_staff(actor=request.user, user_id=id)
        return self.answer(decided(user, "is now staff", is_staff=user.is_staff))

    @operation(answer=PeopleStats, who=MayReadAll)
    def stats(self, request: Request) -> Response:
        return self.answer(selectors.people_figures(actor=request.user))

    @operation(body=PeopleBulkIn, answer=PeopleBulkDone, who=MayDecideAboutPeople)
    def bulk(self, request: Request) -> Response:
        sent = self.body()
        if sent["action"] not in PeopleAction.values:
            body = {"error": "Invalid action specified", "available_actions": PeopleAction.values}
            return self.answer(body, status=400)
        action = PeopleAction(sent["action"])
        outcome = people.users_bulk(actor=request.user, user_ids=sent["user_ids"], action=action)
        count = len(outcome.changed)
        return self.answer(
            {
                "message": f"{count} user{'' if count == 1 else 's'} {PAST_TENSE[action]} successfully",
                "affected_users": count,
                "action": action.value,
                "processed_at": timezone.now(),
                "not_found": outcome.not_found,
                "refused": outcome.refused,
            }
        )

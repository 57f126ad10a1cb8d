"""Nexus's bounties. They stand here, above their own app: choosing a winner and accepting the work move money."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.services.bounties.bounties import bounty_delete, bounty_update
from config.core.references import LARGEST_ID
from config.dialects.amounts import number_of
from config.dialects.base import operation
from config.dialects.fields import NextActionOut, SentAddress, SentText
from config.dialects.files import Files
from config.dialects.moments import EndIn
from config.dialects.nexus import AmountIn, MessageOut, NexusView
from config.dialects.nexus_objects import PersonOut, person_columns, person_of
from jobs.choices import BountyStatus
from jobs.models import Bounty
from jobs.selectors import bounties_applied_to, bounties_listed, bounty_applications, bounty_visible
from jobs.services import bounties

SHOWN: Final = {
    BountyStatus.OPEN: "Open",
    BountyStatus.IN_PROGRESS: "In Progress",
    BountyStatus.COMPLETED: "Completed",
    BountyStatus.CLOSED: "Closed",
}
MEANT: Final = {word.lower(): status for status, word in SHOWN.items()}
ROW: Final = (
    *("id", "creator_id", "title", "description", "requirements", "budget", "currency", "deadline", "status"),
    *("winner_id", "applicants_count", "delivered_at", "created_at"),
    *person_columns("creator__"),
    *person_columns("winner__"),
)
APPLICATION: Final = (
    *("id", "bounty_id", "user_id", "message", "portfolio_url", "created_at"),
    *person_columns("user__"),
)
LONG = 10_000


# ---------------------------------------------------------------- what is read and shown
class StatusField(serializers.ChoiceField):
    """Open, In Progress, Completed or Closed, in whatever case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=list(SHOWN.values()), **options)

    def to_internal_value(self, data: Any) -> BountyStatus:
        if not isinstance(data, str) or data.lower() not in MEANT:
            self.fail("invalid_choice", input=data)
        return MEANT[data.lower()]


class BountiesQuery(serializers.Serializer[Any]):
    status = StatusField(required=False)
    search = serializers.CharField(max_length=200, required=False)
    creator_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)


class BountyChangeIn(serializers.Serializer[Any]):
    """A `deadline` given as a date ends with that day. `payment_token` (ours) pays for the winner, else the caller's
    default method does."""

    title = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(max_length=LONG, required=False)
    requirements = serializers.CharField(max_length=LONG, required=False, allow_blank=True)
    budget = AmountIn(min_value=0, required=False)
    deadline = EndIn(required=False, allow_null=True)
    status = StatusField(required=False)
    winner_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, allow_null=True)
    payment_token = SentText(max_length=255)


class BountyIn(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=LONG)
    requirements = serializers.CharField(max_length=LONG, required=False, allow_blank=True, default="")
    budget = AmountIn(min_value=0)
    deadline = EndIn(required=False, allow_null=True, default=None)


class ApplyIn(serializers.Serializer[Any]):
    message = serializers.CharField(max_length=2000)
    portfolio_url = SentAddress(max_length=500)


class BountyOut(serializers.Serializer[Any]):
    """`delivered_at` (ours) is when the winner said that the work is done."""

    id = serializers.IntegerField()
    creator_id = serializers.IntegerField()
    creator = PersonOut()
    title = serializers.CharField()
    description = serializers.CharField()
    requirements = serializers.CharField(allow_blank=True)
    budget = serializers.FloatField()
    currency = serializers.CharField()
    deadline = serializers.DateTimeField(allow_null=True)
    status = serializers.ChoiceField(list(SHOWN.values()))
    winner_id = serializers.IntegerField(allow_null=True)
    winner = PersonOut(allow_null=True)
    applicants = serializers.IntegerField()
    has_applied = serializers.BooleanField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class BountyMovedOut(BountyOut):
    """202 while the budget waits for the caller: `next_action` says where, or `client_secret` finishes it. The winner
    is chosen when it comes in."""

    next_action = NextActionOut(required=False)
    client_secret = serializers.CharField(required=False)


class ApplicationOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    bounty_id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    user = PersonOut()
    message = serializers.CharField()
    portfolio_url = serializers.URLField(allow_null=True)
    created_at = serializers.DateTimeField()


# ---------------------------------------------------------------- operations
class Bounties(NexusView):
    always_envelope = True

    @operation(query=BountiesQuery, answer=BountyOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        """The newest first."""
        rows = bounties_listed(actor=request.user, **self.query())
        return self.page(rows.values(*ROW), lambda page: _shown(page, request))

    @operation(body=BountyIn, answer=BountyOut, status=201)
    def create(self, request: Request) -> Response:
        """In US dollars. Nothing is charged before a winner is chosen."""
        bounty = bounties.bounty_create(actor=self.caller, **self.body())
        return self.answer(_one(bounty.pk, request))


class OneBounty(NexusView):
    @operation(answer=BountyOut, who=AllowAny)
    def retrieve(self, request: Request, id: int) -> Response:
        return self.answer(_one(bounty_visible(actor=request.user, bounty_id=id).pk, request))

    @operation(body=BountyChangeIn, answer=BountyMovedOut, also=(202,))
    def update(self, request: Request, id: int) -> Response:
        """Other words while it is open; or a step. A `winner_id` charges the budget, which is held (402 when it cannot
        be, and nothing has changed); Completed accepts the work and releases it; Closed gives it back, where the work
        did not come in time; In Progress sends delivered work back."""
        sent = self.body()
        token = sent.pop("payment_token", "")
        done = bounty_update(actor=self.caller, bounty_id=id, token=token, **sent)
        steps = {"next_action": done.next_action, "client_secret": done.client_secret}
        shown = _one(id, request) | {name: value for name, value in steps.items() if value}
        return self.answer(shown, status=202 if done.waits else 200)

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        """Not while somebody works on it."""
        bounty_delete(actor=self.caller, bounty_id=id)
        return self.answer({"message": "Bounty deleted"})


class BountyWork(NexusView):
    @operation(body=ApplyIn, answer=ApplicationOut, status=201)
    def apply(self, request: Request, id: int) -> Response:
        sent = self.body()
        application = bounties.bounty_apply(
            actor=self.caller,
            bounty_id=id,
            message=sent["message"],
            portfolio_url=sent.get("portfolio_url") or "",
        )
        [row] = type(application).objects.filter(pk=application.pk).values(*APPLICATION)
        return self.answer(_application(row, Files(request)))


class BountyApplications(NexusView):
    @operation(answer=ApplicationOut, rows="page")
    def applications(self, request: Request, id: int) -> Response:
        """For its creator, the newest first."""
        files = Files(request)
        rows = bounty_applications(actor=self.caller, bounty_id=id).values(*APPLICATION)
        return self.page(rows, lambda page: [_application(row, files) for row in page])


class BountyDelivery(NexusView):
    @operation(answer=BountyOut)
    def deliver(self, request: Request, id: int) -> Response:
        """The winner says that the work is done (ours). Its creator has 14 days to answer."""
        bounties.bounty_deliver(actor=self.caller, bounty_id=id)
        return self.answer(_one(id, request))


# ---------------------------------------------------------------- parts
def _one(bounty_id: int, request: Request) -> dict[str, Any]:
    rows = list(Bounty.objects.filter(pk=bounty_id).values(*ROW))
    [shown] = _shown(rows, request)
    return shown


def _shown(rows: Collection[Mapping[str, Any]], request: Request) -> list[dict[str, Any]]:
    files = Files(request)
    applied = bounties_applied_to(actor=request.user, bounty_ids=[row["id"] for row in rows])
    return [
        {
            "id": row["id"],
            "creator_id": row["creator_id"],
            "creator": person_of(row, "creator__", files),
            "title": row["title"],
            "description": row["description"],
            "requirements": row["requirements"],
            "budget": number_of(row["budget"], row["currency"]),
            "currency": row["currency"],
            "deadline": row["deadline"],
            "status": SHOWN[row["status"]],
            "winner_id": row["winner_id"],
            "winner": person_of(row, "winner__", files) if row["winner_id"] is not None else None,
            "applicants": row["applicants_count"],
            "has_applied": row["id"] in applied,
            "delivered_at": row["delivered_at"],
            "created_at": row["created_at"],
        }
        for row in rows
    ]


def _application(row: Mapping[str, Any], files: Files) -> dict[str, Any]:
    return {
        "id": row["id"],
        "bounty_id": row["bounty_id"],
        "user_id": row["user_id"],
        "user": person_of(row, "user__", files),
        "message": row["message"],
        "portfolio_url": row["portfolio_url"] or None,
        "created_at": row["created_at"],
    }

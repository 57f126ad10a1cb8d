"""The figures at the top of Nexus's dashboard: of models, sales and purchases, and what waits to be read; and what the
people whom the caller follows did."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors.notifications import unread_count
from commerce.selectors.creator_figures import currency, stats
from community.selectors.followed import Done, followed_activity
from community.selectors.messages import unread_messages
from config.dialects.amounts import number_of
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import MAX_LIMIT, NexusView
from config.dialects.nexus_objects import PERSON, STATUS, PersonOut, person_of


class CreatorStatsOut(serializers.Serializer[Any]):
    """`total_sales` is gross, `total_revenue` net of fees, both less what was refunded; the balance is the ledger's."""

    total_sales = serializers.FloatField()
    total_revenue = serializers.FloatField()
    platform_fees = serializers.FloatField()
    currency = serializers.CharField()
    sales_count = serializers.IntegerField()
    total_models = serializers.IntegerField()
    approved_models = serializers.IntegerField()
    pending_models = serializers.IntegerField()
    rejected_models = serializers.IntegerField()
    total_views = serializers.IntegerField()
    total_likes = serializers.IntegerField()
    total_downloads = serializers.IntegerField()
    followers_count = serializers.IntegerField()
    following_count = serializers.IntegerField()
    rating = serializers.FloatField()
    available_balance = serializers.FloatField()
    unread_notifications = serializers.IntegerField()
    unread_messages = serializers.IntegerField()
    purchases_count = serializers.IntegerField()


class FollowedQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, default=20)


class FollowedOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.ChoiceField(["model", "post", "collection"])
    title = serializers.CharField()
    message = serializers.CharField()
    actor = PersonOut()
    model_id = serializers.IntegerField(allow_null=True)
    link = serializers.CharField()
    created_at = serializers.DateTimeField()


class Dashboard(NexusView):
    @operation(answer=CreatorStatsOut)
    def stats(self, request: Request) -> Response:
        """The caller's own; zeros for somebody without models."""
        me, found = self.caller, stats(actor=self.caller)
        counted = dict.fromkeys(("approved", "pending", "rejected"), 0)
        for status, number in found.by_status.items():
            counted[STATUS[status]] += number
        return self.answer(
            {
                "total_sales": number_of(found.sold.gross, currency()),
                "total_revenue": number_of(found.sold.net, currency()),
                "platform_fees": number_of(found.sold.fees, currency()),
                "currency": currency(),
                "sales_count": found.sold.sales,
                "total_models": sum(counted.values()),
                **{f"{status}_models": number for status, number in counted.items()},
                "total_views": found.views,
                "total_likes": found.likes,
                "total_downloads": found.downloads,
                "followers_count": me.followers_count,
                "following_count": me.following_count,
                "rating": float(me.models_rating),
                "available_balance": number_of(found.available, currency()),
                "unread_notifications": unread_count(actor=me),
                "unread_messages": unread_messages(actor=me),
                "purchases_count": found.purchases,
            }
        )

    @operation(query=FollowedQuery, answer=FollowedOut, rows="all")
    def activity(self, request: Request) -> Response:
        """Models approved, posts in communities that the caller may read, and public collections, the newest first."""
        limit, files = min(self.query()["limit"], MAX_LIMIT), Files(request)
        found = followed_activity(actor=self.caller, limit=limit, person=PERSON)
        return Response([_followed(one, files) for one in found])


def _followed(one: Done, files: Files) -> dict[str, Any]:
    return {
        "id": one.id,
        "type": one.type,
        "title": one.title,
        "message": one.message,
        "actor": person_of(one.person, one.prefix, files),
        "model_id": one.model_id,
        "link": one.link,
        "created_at": one.at,
    }

"""What everybody may know of somebody's models and sales. No money is shown."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors.people import person_named
from commerce.selectors.creator_figures import sold
from config.dialects.base import operation
from config.dialects.nexus import NexusView
from marketplace.selectors.creators import creator_figures


class UserStatsOut(serializers.Serializer[Any]):
    """Sums run over the person's approved models; `rating` is the mean of all their reviews."""

    username = serializers.CharField()
    total_models = serializers.IntegerField()
    total_sales_count = serializers.IntegerField()
    total_downloads = serializers.IntegerField()
    total_views = serializers.IntegerField()
    total_likes = serializers.IntegerField()
    followers_count = serializers.IntegerField()
    following_count = serializers.IntegerField()
    collections_count = serializers.IntegerField(help_text="Public ones.")
    rating = serializers.FloatField()
    member_since = serializers.DateTimeField()


class People(NexusView):
    @operation(answer=UserStatsOut, who=AllowAny)
    def stats(self, request: Request, username: str) -> Response:
        user = person_named(actor=request.user, username=username)
        figures = creator_figures(user_id=user.pk)
        return self.answer(
            {
                "username": user.username,
                "total_models": figures.models,
                "total_sales_count": sold(seller_id=user.pk).sales,
                "total_downloads": figures.downloads,
                "total_views": figures.views,
                "total_likes": figures.likes,
                "followers_count": user.followers_count,
                "following_count": user.following_count,
                "collections_count": figures.collections,
                "rating": float(user.models_rating),
                "member_since": user.created_at,
            }
        )

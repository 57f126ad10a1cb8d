# ruff: noqa: N815 (the names of the document)
"""Nexus's figures for staff."""

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adminpanel.selectors import market
from config.dialects.amounts import number_of
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import NexusView
from config.dialects.nexus_objects import ACCOUNT, AdminUserOut, ModelOut, account, model_columns, models


class StatsOut(serializers.Serializer[Any]):
    """`totalRevenue` is what buyers paid less refunds. `serverLoad` is a percentage of the processors."""

    totalRevenue = serializers.FloatField()
    platformFees = serializers.FloatField()
    currency = serializers.CharField()
    activeUsers = serializers.IntegerField(help_text="All accounts.")
    pendingModels = serializers.IntegerField()
    totalModels = serializers.IntegerField()
    serverLoad = serializers.IntegerField(min_value=0, max_value=100)


class AnalyticsOut(serializers.Serializer[Any]):
    """The ten models downloaded most, the ten people who earned most."""

    topModels = ModelOut(many=True)
    topCreators = AdminUserOut(many=True)


class Figures(NexusView):
    @operation(answer=StatsOut)
    def stats(self, request: Request) -> Response:
        found, currency = market.market_stats(actor=self.caller), settings.CURRENCIES[self.dialect]
        return self.answer(
            {
                "totalRevenue": number_of(found.revenue, currency),
                "platformFees": number_of(found.fees, currency),
                "currency": currency,
                "activeUsers": found.users,
                "pendingModels": found.pending_models,
                "totalModels": found.models,
                "serverLoad": found.load,
            }
        )

    @operation(answer=AnalyticsOut)
    def analytics(self, request: Request) -> Response:
        top = market.models_by_downloads(actor=self.caller, columns=model_columns())
        people = market.creators_by_revenue(actor=self.caller, columns=ACCOUNT)
        files, currency = Files(request), settings.CURRENCIES[self.dialect]
        return self.answer(
            {
                "topModels": models(top, request, sees_originals=True),
                "topCreators": [account(row, files, currency) for row in people],
            }
        )

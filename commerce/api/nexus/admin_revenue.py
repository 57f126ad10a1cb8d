# ruff: noqa: N815 (the names of the document)
"""Nexus's revenue, for staff."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.api.nexus.transactions import TransactionOut, transactions
from commerce.selectors.creator_figures import currency
from commerce.selectors.market_figures import last_transactions, market_revenue
from config.dialects.amounts import number_of
from config.dialects.base import operation
from config.dialects.nexus import NexusView

SHOWN = 10


class RevenueOut(serializers.Serializer[Any]):
    """`totalRevenue` is what buyers paid less refunds, `avgTransaction` that by the number of completed transactions.
    `transactions` are the last ten, the newest at the end."""

    totalRevenue = serializers.FloatField()
    platformFees = serializers.FloatField()
    avgTransaction = serializers.FloatField()
    currency = serializers.CharField()
    transactions = TransactionOut(many=True)


class Revenue(NexusView):
    @operation(answer=RevenueOut)
    def revenue(self, request: Request) -> Response:
        sold = market_revenue(actor=self.caller)
        average = sold.gross / sold.sales if sold.sales else 0
        last = list(last_transactions(number=SHOWN))[::-1]
        return self.answer(
            {
                "totalRevenue": number_of(sold.gross, currency()),
                "platformFees": number_of(sold.fees, currency()),
                "avgTransaction": number_of(average, currency()),
                "currency": currency(),
                "transactions": transactions(last),
            }
        )

"""A seller's statement in CultureUp."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.models import LedgerEntry
from commerce.selectors.balances import seller_accounts, seller_statement
from config.dialects.amounts import AmountOut
from config.dialects.base import operation
from config.dialects.cultureup import CultureupView, PageQuery


# ---------------------------------------------------------------- what is read and shown
class StatementQuery(PageQuery):
    currency = serializers.RegexField(r"^[A-Z]{3}\Z", required=False)


class StatementLineOut(serializers.Serializer[Any]):
    """`amount` in or out of the caller's balance, and the `balance` of that currency after it."""

    id = serializers.IntegerField()
    created_at = serializers.DateTimeField(source="transaction.created_at")
    kind = serializers.CharField(source="transaction.kind")
    amount = AmountOut(currency="account.currency")
    balance = AmountOut(currency="account.currency")
    currency = serializers.CharField(source="account.currency")
    payment = serializers.IntegerField(source="transaction.payment_id", allow_null=True)
    order = serializers.SerializerMethodField()
    job = serializers.SerializerMethodField()
    payout = serializers.UUIDField(source="transaction.payout.uuid", allow_null=True)

    def get_order(self, line: LedgerEntry) -> int | None:
        payment = line.transaction.payment
        return payment.order_id if payment is not None else None

    def get_job(self, line: LedgerEntry) -> int | None:
        payment = line.transaction.payment
        return payment.job_id if payment is not None else None


class BalanceOut(serializers.Serializer[Any]):
    """What the platform owes the caller now, and what is held for jobs of theirs beside it."""

    currency = serializers.CharField()
    balance = AmountOut()
    held = AmountOut()


class StatementOut(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    balances = BalanceOut(many=True)
    results = StatementLineOut(many=True)


# ---------------------------------------------------------------- operations
class Statement(CultureupView):
    @operation(query=StatementQuery, answer=StatementOut)
    def statement(self, request: Request) -> Response:
        """The lines that add up to the caller's balance, oldest first."""
        wanted = self.query()
        accounts = seller_accounts(actor=self.caller)
        lines = seller_statement(actor=self.caller)
        if "currency" in wanted:
            accounts = [account for account in accounts if account.currency == wanted["currency"]]
            lines = lines.filter(account__currency=wanted["currency"])
        page = self.page(lines, lambda rows: list(StatementLineOut(rows, many=True).data))
        page.data["balances"] = BalanceOut(accounts, many=True).data
        return page

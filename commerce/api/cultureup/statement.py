"""A seller's statement in CultureUp."""

from typing import Any

from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request

from commerce.choices import TransactionKind
from commerce.documents.statements import statement_csv, statement_pdf
from commerce.models import LedgerEntry
from commerce.selectors.balances import seller_accounts, seller_statement
from config.dialects.amounts import AmountOut
from config.dialects.base import operation
from config.dialects.cultureup import CultureupView, PageQuery
from config.dialects.moments import EndIn, StartIn
from config.dialects.papers import CSV, PDF, AsAsked, csv, pdf


# ---------------------------------------------------------------- what is read and shown
class StatementQuery(PageQuery):
    """A period is from `start` to `end`, both included; a document without a `currency` is in the only one there is."""

    currency = serializers.RegexField(r"^[A-Z]{3}\Z", required=False)
    start = StartIn(required=False)
    end = EndIn(required=False)
    format = serializers.ChoiceField(["json", "pdf", "csv"], default="json")


class StatementLineOut(serializers.Serializer[Any]):
    """`amount` in or out of the caller's balance, and the `balance` of that currency after it."""

    id = serializers.IntegerField()
    created_at = serializers.DateTimeField(source="transaction.created_at")
    kind = serializers.ChoiceField(TransactionKind.choices, source="transaction.kind")
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
    content_negotiation_class = AsAsked

    @operation(query=StatementQuery, answer=StatementOut, files=(PDF, CSV))
    def statement(self, request: Request) -> HttpResponseBase:
        """The lines that add up to the caller's balance, oldest first."""
        wanted = self.query()
        of = {name: wanted[name] for name in ("currency", "start", "end") if name in wanted}
        if wanted["format"] == "pdf":
            return pdf(statement_pdf(actor=self.caller, **of), "statement")
        if wanted["format"] == "csv":
            return csv(statement_csv(actor=self.caller, **of), "statement")
        accounts = seller_accounts(actor=self.caller)
        lines = seller_statement(actor=self.caller, **of)
        if "currency" in wanted:
            accounts = [account for account in accounts if account.currency == wanted["currency"]]
        page = self.page(lines, lambda rows: list(StatementLineOut(rows, many=True).data))
        page.data["balances"] = BalanceOut(accounts, many=True).data
        return page

"""Nexus's dashboard: what a creator sold, earns, is paid out, and what others did with their models."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.api.nexus.transactions import SALE, STATUSES, SaleOut, sales
from commerce.choices import PayoutMethod, TransactionKind
from commerce.documents.statements import statement_csv, statement_pdf
from commerce.models import LedgerEntry, Payout
from commerce.selectors import creator_figures as figures
from commerce.selectors.balances import payouts_of, seller_statement
from commerce.selectors.creator_activity import Happened, recent_activity
from commerce.selectors.creator_figures import Sold
from commerce.selectors.transactions import lines_sold_of_models, with_status
from commerce.services.payouts.payouts import payout_fee, payout_request
from config.dialects.amounts import number_of
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.moments import EndIn, StartIn
from config.dialects.nexus import MAX_LIMIT, AmountIn, AmountOut, NexusView
from config.dialects.nexus_objects import PERSON, PersonOut, person_of
from config.dialects.papers import CSV, PDF, AsAsked, csv, pdf

PERIODS: Final = {"7d": 7, "30d": 30, "90d": 90, "12m": 0}
METHODS: Final = [PayoutMethod.PAYPAL, PayoutMethod.BANK_TRANSFER, PayoutMethod.CRYPTO]
PAYOUT_STATUS: Final = {"pending": "pending", "processing": "processing", "completed": "paid", "failed": "rejected"}


# ---------------------------------------------------------------- what is read and shown
class ActivityQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, default=20)


class ActivityOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.ChoiceField(["sale", "like", "comment", "follow", "review"])
    title = serializers.CharField()
    message = serializers.CharField()
    actor = PersonOut(allow_null=True)
    model_id = serializers.IntegerField(allow_null=True)
    link = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class ChartQuery(serializers.Serializer[Any]):
    period = serializers.ChoiceField(list(PERIODS), default="30d")


class PointOut(serializers.Serializer[Any]):
    """Of a day, or of the month that begins with it."""

    date = serializers.DateField()
    sales = serializers.IntegerField()
    amount = serializers.FloatField()
    revenue = serializers.FloatField()


class ChartOut(serializers.Serializer[Any]):
    period = serializers.ChoiceField(list(PERIODS))
    data = PointOut(many=True)  # type: ignore[assignment]  # a field, which hides nothing of the class
    total_sales = serializers.IntegerField()
    total_amount = serializers.FloatField()
    total_revenue = serializers.FloatField()
    currency = serializers.CharField()


class ModelSalesOut(serializers.Serializer[Any]):
    model_id = serializers.IntegerField()
    title = serializers.CharField()
    sales = serializers.IntegerField()
    gross = serializers.FloatField()
    net = serializers.FloatField()


class MonthOut(serializers.Serializer[Any]):
    month = serializers.CharField(help_text="YYYY-MM")
    sales = serializers.IntegerField()
    gross = serializers.FloatField()
    net = serializers.FloatField()


class CreatorRevenueOut(serializers.Serializer[Any]):
    """`by_model` are the best hundred."""

    gross_sales = serializers.FloatField()
    platform_fee_percent = serializers.FloatField()
    platform_fees = serializers.FloatField()
    net_revenue = serializers.FloatField()
    this_month = serializers.FloatField()
    last_month = serializers.FloatField()
    pending_amount = serializers.FloatField()
    paid_out = serializers.FloatField()
    available_balance = serializers.FloatField()
    currency = serializers.CharField()
    by_model = ModelSalesOut(many=True)
    by_month = MonthOut(many=True)


class TransactionsQuery(serializers.Serializer[Any]):
    status = serializers.ChoiceField(STATUSES, required=False)


class PayoutIn(serializers.Serializer[Any]):
    amount = AmountIn(min_value=Decimal("0.01"))
    method = serializers.ChoiceField([method.value for method in METHODS])
    destination = serializers.CharField(max_length=200)


class PayoutOut(serializers.Serializer[Payout]):
    """`destination` is as the caller sent it, or masked where it is that of their settings. `waits_until` (ours) is set
    where it is new: until then the payout is not carried out."""

    id = serializers.IntegerField()
    amount = AmountOut()
    currency = serializers.CharField()
    method = serializers.ChoiceField(PayoutMethod.choices)
    destination = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()
    requested_at = serializers.DateTimeField(source="request_date")
    processed_at = serializers.DateTimeField(source="processed_date", allow_null=True)
    waits_until = serializers.DateTimeField(allow_null=True)

    def get_destination(self, payout: Payout) -> str:
        return payout.account_hint if payout.from_settings else payout.account

    @extend_schema_field(serializers.ChoiceField(list(PAYOUT_STATUS.values())))
    def get_status(self, payout: Payout) -> str:
        return PAYOUT_STATUS[payout.status]


class StatementQuery(serializers.Serializer[Any]):
    """A period is from `start` to `end`, both included; a document without a `currency` is in the only one there is."""

    currency = serializers.RegexField(r"^[A-Z]{3}\Z", required=False)
    start = StartIn(required=False)
    end = EndIn(required=False)
    format = serializers.ChoiceField(["json", "pdf", "csv"], default="json")


class StatementLineOut(serializers.Serializer[LedgerEntry]):
    """`amount` in or out of the caller's balance, and the `balance` of that currency after it."""

    id = serializers.IntegerField()
    created_at = serializers.DateTimeField(source="transaction.created_at")
    kind = serializers.ChoiceField(TransactionKind.choices, source="transaction.kind")
    amount = AmountOut(currency="account.currency")
    balance = AmountOut(currency="account.currency")
    currency = serializers.CharField(source="account.currency")
    order_id = serializers.SerializerMethodField()
    payout_id = serializers.IntegerField(source="transaction.payout_id", allow_null=True)

    def get_order_id(self, line: LedgerEntry) -> int | None:
        payment = line.transaction.payment
        return payment.order_id if payment is not None else None


# ---------------------------------------------------------------- operations
class Figures(NexusView):
    @operation(query=ActivityQuery, answer=ActivityOut, rows="all")
    def recent_activity(self, request: Request) -> Response:
        """What others did with the caller's models, the newest first."""
        files, limit = Files(request), min(self.query()["limit"], MAX_LIMIT)
        found = recent_activity(actor=self.caller, limit=limit, person=PERSON)
        return Response([_activity(one, files) for one in found])

    @operation(query=ChartQuery, answer=ChartOut)
    def sales_chart(self, request: Request) -> Response:
        """One point a day, or a month for `12m`, oldest first, with zeros. `amount` is gross, `revenue` net."""
        period = self.query()["period"]
        days = PERIODS[period]
        found = figures.sold_by_day(actor=self.caller, days=days) if days else figures.sold_by_month(actor=self.caller)
        total = Sold()
        for sold in found.values():
            total.add(sold.sales, sold.gross, sold.fees)
        return self.answer(
            {
                "period": period,
                "data": [_point(day, sold) for day, sold in found.items()],
                "total_sales": total.sales,
                "total_amount": _shown(total.gross),
                "total_revenue": _shown(total.net),
                "currency": figures.currency(),
            }
        )

    @operation(answer=CreatorRevenueOut)
    def revenue(self, request: Request) -> Response:
        found = figures.revenue(actor=self.caller)
        *_, last, this = found.months.values()
        return self.answer(
            {
                "gross_sales": _shown(found.sold.gross),
                "platform_fee_percent": float(settings.FEE_PERCENT[self.dialect]),
                "platform_fees": _shown(found.sold.fees),
                "net_revenue": _shown(found.sold.net),
                "this_month": _shown(this.net),
                "last_month": _shown(last.net),
                "pending_amount": _shown(found.pending),
                "paid_out": _shown(found.paid_out),
                "available_balance": _shown(found.available),
                "currency": figures.currency(),
                "by_model": [{"model_id": row.model_id, "title": row.title} | _parts(row.sold) for row in found.models],
                "by_month": [{"month": f"{month:%Y-%m}"} | _parts(sold) for month, sold in found.months.items()],
            }
        )


class Transactions(NexusView):
    always_envelope = True

    @operation(query=TransactionsQuery, answer=SaleOut, rows="page")
    def transactions(self, request: Request) -> Response:
        """What others bought of the caller's models, the newest first."""
        files, status = Files(request), self.query().get("status")
        rows = lines_sold_of_models(actor=self.caller)
        if status is not None:
            rows = with_status(rows, status)
        return self.page(rows.values(*SALE), lambda page: sales(page, files))


class Payouts(NexusView):
    @operation(answer=PayoutOut, rows="page")
    def payouts(self, request: Request) -> Response:
        """The newest first."""
        return self.page(payouts_of(actor=self.caller))

    @operation(body=PayoutIn, answer=PayoutOut, status=201, idempotent=True)
    def request_payout(self, request: Request) -> Response:
        """The amount leaves the balance at once, and comes back when the payout is rejected or returned."""
        sent = self.body()
        amount, method = sent["amount"], PayoutMethod(sent["method"])
        payout = payout_request(
            actor=self.caller,
            amount=amount,
            method=method,
            net_amount=amount - payout_fee(amount, method),
            payout_account=sent["destination"],
            once=self.once,
        )
        return self.answer(payout)


class Statements(NexusView):
    content_negotiation_class = AsAsked

    @operation(query=StatementQuery, answer=StatementLineOut, rows="page", files=(PDF, CSV))
    def statement(self, request: Request) -> HttpResponseBase:
        """The ledger's lines that add up to the caller's balance, oldest first (ours)."""
        wanted = self.query()
        form = wanted.pop("format")
        if form == "pdf":
            return pdf(statement_pdf(actor=self.caller, **wanted), "statement")
        if form == "csv":
            return csv(statement_csv(actor=self.caller, **wanted), "statement")
        return self.page(seller_statement(actor=self.caller, **wanted))


# ---------------------------------------------------------------- parts
def _shown(amount: Any) -> float:
    return number_of(amount, figures.currency())


def _point(day: date, sold: Sold) -> dict[str, Any]:
    return {"date": day, "sales": sold.sales, "amount": _shown(sold.gross), "revenue": _shown(sold.net)}


def _parts(sold: Sold) -> dict[str, Any]:
    return {"sales": sold.sales, "gross": _shown(sold.gross), "net": _shown(sold.net)}


def _activity(one: Happened, files: Files) -> dict[str, Any]:
    person = person_of(one.person, one.prefix, files) if one.person is not None else None
    link = f"/model/{one.model_id}" if one.model_id is not None else None
    if link is None and person is not None:
        link = f"/users/{person['username']}"
    return {
        "id": one.id,
        "type": one.type,
        "title": one.title,
        "message": one.message,
        "actor": person,
        "model_id": one.model_id,
        "link": link,
        "created_at": one.at,
    }

"""A shop's figures."""

from datetime import date
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.amounts import number_of
from config.dialects.base import operation
from config.dialects.moments import StartIn
from config.dialects.printshop import PrintshopView
from printshop.selectors.analytics import Dashboard, Profit, Takings, dashboard, order_profit, revenue


def same(day: date) -> Any:
    return day


PERIODS = ("daily", "weekly", "monthly")


class DayIn(StartIn):
    """A moment; a date alone is a day of the shop's, in its time zone."""

    of_day = staticmethod(same)


class RevenueQuery(serializers.Serializer[Any]):
    """The last year by month where nothing is said, from the beginning of a month on."""

    start_date = DayIn(required=False)
    end_date = DayIn(required=False)
    period = serializers.ChoiceField(PERIODS, default="monthly")


class CurrencyOut(serializers.Serializer[Takings]):
    currency = serializers.CharField()
    revenue = serializers.FloatField()
    order_count = serializers.IntegerField()
    average_order = serializers.FloatField()


class DashboardOut(serializers.Serializer[Dashboard]):
    """Amounts are in `currency`, the shop's; `by_currency` has the month's of the others. `print_success_rate` is in
    percent, 0 before anything was printed. `currency`, `prints_failed` and `by_currency` are additions of ours."""

    total_orders = serializers.IntegerField()
    orders_this_month = serializers.IntegerField()
    revenue_this_month = serializers.FloatField()
    average_order_value = serializers.FloatField()
    total_prints = serializers.IntegerField(help_text="Completed and failed ones.")
    prints_completed = serializers.IntegerField()
    print_success_rate = serializers.FloatField()
    filament_used_kg = serializers.FloatField()
    materials_in_stock = serializers.IntegerField()
    low_stock_alerts = serializers.IntegerField()
    currency = serializers.CharField()
    prints_failed = serializers.IntegerField()
    by_currency = CurrencyOut(many=True)


class RevenueRowOut(serializers.Serializer[Any]):
    date = serializers.DateField()
    revenue = serializers.FloatField()
    order_count = serializers.IntegerField()
    average_order = serializers.FloatField()


class RevenueOut(serializers.Serializer[Any]):
    """Amounts are in `currency`, the shop's; `by_currency` has the others' totals (both are additions of ours)."""

    period = serializers.ChoiceField(PERIODS)
    data = RevenueRowOut(many=True)  # type: ignore[assignment]
    total_revenue = serializers.FloatField()
    total_orders = serializers.IntegerField()
    currency = serializers.CharField()
    by_currency = CurrencyOut(many=True)


class ProfitOut(serializers.Serializer[Profit]):
    """In `currency`. What is not known is null, `missing` says what that is, and then `profit` is null too. `is_final`
    is false while something is missing or still to be printed. `estimated_fees` are Etsy's transaction and listing
    fees, which Etsy does not tell of an order: `fees` are those of its payment."""

    order_id = serializers.IntegerField()
    currency = serializers.CharField()
    income = serializers.FloatField()
    fees = serializers.FloatField(allow_null=True)
    estimated_fees = serializers.FloatField()
    filament_cost = serializers.FloatField(allow_null=True)
    failed_prints_cost = serializers.FloatField(allow_null=True)
    profit = serializers.FloatField(allow_null=True)
    is_final = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.CharField())


def shown(takings: Takings) -> dict[str, Any]:
    return {
        "currency": takings.currency,
        "revenue": number_of(takings.revenue, takings.currency),
        "order_count": takings.orders,
        "average_order": number_of(takings.average, takings.currency),
    }


class Analytics(PrintshopView):
    @operation(answer=DashboardOut)
    def dashboard(self, request: Request) -> Response:
        """The shop at a glance; months are those of its time zone."""
        found = dashboard(actor=self.caller)
        month = shown(found.this_month)
        return self.answer(
            {
                "total_orders": found.total_orders,
                "orders_this_month": found.orders_this_month,
                "revenue_this_month": month["revenue"],
                "average_order_value": month["average_order"],
                "total_prints": found.total_prints,
                "prints_completed": found.prints_completed,
                "print_success_rate": found.print_success_rate,
                "filament_used_kg": round(float(found.filament_used_kg), 3),
                "materials_in_stock": found.materials_in_stock,
                "low_stock_alerts": found.low_stock_alerts,
                "currency": month["currency"],
                "prints_failed": found.prints_failed,
                "by_currency": [shown(takings) for takings in found.other_currencies],
            }
        )


class Revenues(PrintshopView):
    @operation(query=RevenueQuery, answer=RevenueOut)
    def revenue(self, request: Request) -> Response:
        """Of paid orders that were not called off, less refunds. `end_date` is included; weeks begin on Monday."""
        asked = self.query()
        found = revenue(
            actor=self.caller, period=asked["period"], start=asked.get("start_date"), end=asked.get("end_date")
        )
        rows = [{"date": begins.isoformat(), **shown(takings)} for begins, takings in found.rows]
        total = shown(found.total)
        return self.answer(
            {
                "period": asked["period"],
                "data": [{name: value for name, value in row.items() if name != "currency"} for row in rows],
                "total_revenue": total["revenue"],
                "total_orders": total["order_count"],
                "currency": found.currency,
                "by_currency": [shown(takings) for takings in found.others],
            }
        )


class OrderProfit(PrintshopView):
    @operation(answer=ProfitOut)
    def profit(self, request: Request, id: int) -> Response:
        """What an order brings (an addition of ours): income less fees, filament and failed prints."""
        found = order_profit(actor=self.caller, order_id=id)
        amounts = {
            "income": found.income,
            "fees": found.fees,
            "estimated_fees": found.estimated_fees,
            "filament_cost": found.filament,
            "failed_prints_cost": found.failed_prints,
            "profit": found.profit,
        }
        return self.answer(
            {
                "order_id": id,
                "currency": found.currency,
                **{
                    name: None if amount is None else number_of(amount, found.currency)
                    for name, amount in amounts.items()
                },
                "is_final": found.is_final,
                "missing": found.missing,
            }
        )

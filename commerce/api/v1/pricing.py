"""v1's pricing suggestions."""

from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.selectors.price_suggestions import Complexity, Factor, Level, price_suggest
from config.dialects.base import operation
from config.dialects.v1 import ReferenceField, V1View, amount

WORDS = {
    "complexity": ("Complexity", {Level.LOW: "Low", Level.MIDDLE: "Medium", Level.HIGH: "High"}),
    "file size": ("File size", {Level.LOW: "Small", Level.MIDDLE: "Medium", Level.HIGH: "Large"}),
    "print time": ("Print time", {Level.LOW: "Short", Level.MIDDLE: "Medium", Level.HIGH: "Long"}),
}


@extend_schema_field({"type": "number"})
class Measure(serializers.DecimalField):
    """A number that is one: a FloatField would take "nan"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=None, decimal_places=None, **options)

    def to_internal_value(self, data: Any) -> Any:
        return float(super().to_internal_value(data))


class PricingIn(serializers.Serializer[Any]):
    """`category` asks how the design would stand in another one. The rest is believed only of what the platform has not
    measured itself."""

    design_id = ReferenceField()
    category = serializers.CharField(max_length=100, required=False, allow_null=True, allow_blank=True)
    complexity = serializers.ChoiceField([level.value for level in Complexity], required=False, allow_null=True)
    file_size_mb = Measure(min_value=0, max_value=1_000_000, required=False, allow_null=True)
    print_time_hours = Measure(min_value=0, max_value=100_000, required=False, allow_null=True)


class RangeOut(serializers.Serializer[Any]):
    min = serializers.FloatField(allow_null=True)
    max = serializers.FloatField(allow_null=True)


class MarketOut(serializers.Serializer[Any]):
    """`similar_designs_count` is how many designs the suggestion rests on, `sales_count` how many sales of these: 0
    says that prices asked stand in for prices paid."""

    average_category_price = serializers.FloatField(allow_null=True)
    similar_designs_count = serializers.IntegerField()
    competition_level = serializers.ChoiceField(["low", "medium", "high"])
    sales_count = serializers.IntegerField()


class FactorOut(serializers.Serializer[Any]):
    factor = serializers.CharField()
    impact = serializers.CharField(help_text="In percent, such as +12%.")


class PricingOut(serializers.Serializer[Any]):
    """Prices are null where there is nothing to compare; a factor that cannot be computed is left out."""

    design_id = serializers.IntegerField()
    suggested_price = serializers.FloatField(allow_null=True)
    price_range = RangeOut()
    currency = serializers.CharField()
    market_analysis = MarketOut()
    factors = FactorOut(many=True)


class Pricing(V1View):
    limits: ClassVar = {"user": 200}
    limit_group = "advanced-tools:"

    @operation(body=PricingIn, answer=PricingOut)
    def pricing_suggestions(self, request: Request) -> Response:
        """What designs like an own one were sold for in the last twelve months."""
        sent = self.body()
        complexity = sent.get("complexity")
        found = price_suggest(
            actor=self.caller,
            reference=sent["design_id"],
            category=(sent.get("category") or "").strip(),
            complexity=Complexity(complexity) if complexity else None,
            file_mb=sent.get("file_size_mb"),
            print_hours=sent.get("print_time_hours"),
        )

        def price(value: Decimal | None) -> float | None:
            return None if value is None else amount(value, found.design.currency)

        return self.answer(
            {
                "design_id": found.design.pk,
                "suggested_price": price(found.price),
                "price_range": {"min": price(found.lowest), "max": price(found.highest)},
                "currency": found.design.currency,
                "market_analysis": {
                    "average_category_price": price(found.category_mean),
                    "similar_designs_count": found.designs,
                    "competition_level": found.competition,
                    "sales_count": found.sales,
                },
                "factors": [{"factor": _words(factor), "impact": f"{factor.impact:+d}%"} for factor in found.factors],
            }
        )


def _words(factor: Factor) -> str:
    """`High complexity`."""
    plain, levels = WORDS[factor.name]
    return f"{levels[factor.level]} {plain.lower()}"

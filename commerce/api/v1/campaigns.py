"""v1's promotion campaigns, and the promotion of designs."""

from typing import Any, ClassVar

from django.conf import settings
from django.utils.text import slugify
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.choices import Audience, CampaignState, DiscountType, PromotionType
from commerce.models import Campaign, Promotion
from commerce.services.campaigns import campaigns, promotions
from config.core.references import Reference, referred
from config.dialects.base import operation
from config.dialects.fields import NextActionOut
from config.dialects.moments import EndIn, StartIn
from config.dialects.v1 import AmountIn, AmountOut, MessageOut, ReferenceField, SortedQuery, V1View, amount
from marketplace.selectors.models_3d import model_visible

STATES = {"active": CampaignState.ON, "paused": CampaignState.PAUSED, "draft": CampaignState.DRAFT}
STATUSES = ["draft", "scheduled", "active", "paused", "expired"]


# ---------------------------------------------------------------- what is read and shown
class CampaignIn(serializers.Serializer[Any]):
    """`budget` is the most that is given off in all. `status` (ours) may be draft or paused instead of active."""

    name = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=5000, required=False, allow_null=True, allow_blank=True)
    discount_type = serializers.ChoiceField(DiscountType.choices)
    discount_value = AmountIn()
    start_date = StartIn()
    end_date = EndIn()
    design_ids = serializers.ListField(child=ReferenceField(), max_length=campaigns.MOST_LISTINGS)
    target_audience = serializers.ChoiceField(Audience.choices, required=False, allow_null=True, allow_blank=True)
    budget = AmountIn(required=False, allow_null=True)
    status = serializers.ChoiceField(list(STATES), required=False, allow_null=True)


class CampaignChangeIn(serializers.Serializer[Any]):
    """What is null or left out stays."""

    name = serializers.CharField(max_length=200, required=False, allow_null=True)
    discount_value = AmountIn(required=False, allow_null=True)
    end_date = EndIn(required=False, allow_null=True)
    budget = AmountIn(required=False, allow_null=True)
    status = serializers.ChoiceField(list(STATES), required=False, allow_null=True)


class DiscountOut(AmountOut):
    """An amount in the campaign's currency, or a percentage, which has its two places in every currency."""

    def get_attribute(self, instance: Campaign) -> Any:
        if instance.discount_type == DiscountType.PERCENTAGE:
            return instance.discount_value
        return super().get_attribute(instance)


class NewCampaignOut(serializers.Serializer[Campaign]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.SerializerMethodField()
    designs_count = serializers.IntegerField(source="listings.count")
    estimated_reach = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    campaign_url = serializers.SerializerMethodField()

    def get_status(self, campaign: Campaign) -> str:
        return campaigns.campaign_status(campaign)

    def get_estimated_reach(self, campaign: Campaign) -> int:
        return campaigns.audience_reach(seller_id=campaign.seller_id, audience=campaign.target_audience)

    def get_campaign_url(self, campaign: Campaign) -> str:
        return f"{settings.FRONTEND_URL.rstrip('/')}/campaign/{slugify(campaign.name) or campaign.pk}"


class CampaignOut(serializers.Serializer[Campaign]):
    """`revenue_generated` is what was paid for lines with the discount, less what was refunded."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.SerializerMethodField()
    discount_type = serializers.ChoiceField(DiscountType.choices)
    discount_value = DiscountOut()
    start_date = serializers.DateTimeField()
    end_date = serializers.DateTimeField()
    designs_count = serializers.IntegerField()
    total_uses = serializers.IntegerField()
    revenue_generated = AmountOut()
    currency = serializers.CharField()
    created_at = serializers.DateTimeField()

    def get_status(self, campaign: Campaign) -> str:
        return campaigns.campaign_status(campaign)


class ChangedCampaignOut(serializers.Serializer[Campaign]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    discount_value = DiscountOut()
    currency = serializers.CharField()
    end_date = serializers.DateTimeField()
    status = serializers.SerializerMethodField()
    updated_at = serializers.DateTimeField()
    message = serializers.SerializerMethodField()

    def get_status(self, campaign: Campaign) -> str:
        return campaigns.campaign_status(campaign)

    def get_message(self, campaign: Campaign) -> str:
        return "Campaign updated successfully"


class PromoteIn(serializers.Serializer[Any]):
    """Without `budget` it costs the price of so many days. A `target_audience` that is none of the campaigns' is noted,
    and reaches everybody."""

    promotion_type = serializers.ChoiceField(PromotionType.choices)
    duration_days = serializers.IntegerField(min_value=1, max_value=promotions.LONGEST)
    budget = AmountIn(required=False, allow_null=True)
    target_audience = serializers.CharField(max_length=100, required=False, allow_null=True, allow_blank=True)


class PromotedOut(serializers.Serializer[Any]):
    """`pending` until the bank or the gateway has said its word; `expires_at` is null until it runs."""

    design_id = serializers.IntegerField()
    promotion_id = serializers.CharField()
    status = serializers.ChoiceField(["active", "pending"])
    expires_at = serializers.DateTimeField(allow_null=True)
    estimated_reach = serializers.IntegerField()
    cost = serializers.FloatField()
    currency = serializers.CharField()
    client_secret = serializers.CharField(required=False)
    next_action = NextActionOut(required=False)


# ---------------------------------------------------------------- operations
class Campaigns(V1View):
    limits: ClassVar = {"user": 200}
    limit_group = "advanced-tools:"
    columns: ClassVar = {
        "created_at": "created_at",
        "start_date": "start_date",
        "end_date": "end_date",
        "name": "name",
        "total_uses": "total_uses",
        "revenue_generated": "revenue_generated",
    }

    @operation(body=CampaignIn, answer=NewCampaignOut, status=201, idempotent=True)
    def create(self, request: Request) -> Response:
        sent = self.body()
        campaign = campaigns.campaign_create(
            actor=self.caller,
            currency=settings.CURRENCIES[self.dialect],
            name=sent["name"],
            description=sent.get("description") or "",
            discount_type=DiscountType(sent["discount_type"]),
            discount_value=sent["discount_value"],
            start_date=sent["start_date"],
            end_date=sent["end_date"],
            designs=sent["design_ids"],
            target_audience=Audience(sent.get("target_audience") or Audience.EVERYONE),
            budget=sent.get("budget"),
            state=STATES[sent.get("status") or "active"],
            once=self.once,
        )
        return self.answer(campaign)

    @operation(query=SortedQuery, answer=CampaignOut, rows="page")
    def list(self, request: Request) -> Response:
        return self.page(self.sorted(campaigns.campaigns_of(actor=self.caller), self.columns))

    @operation(body=CampaignChangeIn, answer=ChangedCampaignOut)
    def update(self, request: Request, campaign_id: Reference) -> Response:
        sent = self.body()
        status = sent.pop("status", None)
        campaign = campaigns.campaign_change(
            actor=self.caller,
            campaign_id=self._own(campaign_id).pk,
            state=STATES[status] if status else None,
            **sent,
        )
        return self.answer(campaign)

    @operation(answer=MessageOut)
    def delete(self, request: Request, campaign_id: Reference) -> Response:
        campaigns.campaign_delete(actor=self.caller, campaign_id=self._own(campaign_id).pk)
        return self.answer({"message": "Promotion campaign deleted successfully"})

    def _own(self, reference: Reference) -> Campaign:
        return referred(campaigns.campaigns_of(actor=self.caller), reference, "Promotion campaign")


class Promotions(V1View):
    @operation(body=PromoteIn, answer=PromotedOut, status=201, idempotent=True)
    def promote(self, request: Request, design_id: Reference) -> Response:
        """Charged at once: the balance first, the rest by the default method. A declined card takes nothing."""
        sent = self.body()
        design = model_visible(actor=self.caller, reference=design_id, thing="Design")
        promoted = promotions.promotion_create(
            actor=self.caller,
            listing=design.listing,
            promotion_type=PromotionType(sent["promotion_type"]),
            duration_days=sent["duration_days"],
            budget=sent.get("budget"),
            target_audience=sent.get("target_audience") or "",
            once=self.once,
        )
        return self.answer(_promoted(promoted, self.caller.pk))


def _promoted(done: promotions.Promoted, seller_id: int) -> dict[str, Any]:
    promotion: Promotion = done.promotion
    reach = campaigns.audience_reach(seller_id=seller_id, audience=promotion.target_audience)
    shown: dict[str, Any] = {
        "design_id": promotion.listing_id,
        "promotion_id": promotion.number,
        "status": "active" if promotion.starts_at else "pending",
        "expires_at": promotion.expires_at,
        "estimated_reach": reach,
        "cost": amount(promotion.cost, promotion.currency),
        "currency": promotion.currency,
    }
    if promotion.starts_at is None and done.client_secret:
        shown["client_secret"] = done.client_secret
    if promotion.starts_at is None and done.next_action:
        shown["next_action"] = done.next_action
    return shown

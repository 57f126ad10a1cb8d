"""Nexus's plans, and the caller's subscription to one of them."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from commerce import policies
from commerce.choices import BillingCycle, PayBy, SubscriptionStatus
from commerce.models import Plan, Subscription
from commerce.selectors.subscriptions import plan_visible, plans_offered, subscription_of
from commerce.services.subscriptions import subscriptions
from commerce.services.subscriptions.plans import plan_change, plan_create, plan_remove
from config.core.references import LARGEST_ID
from config.dialects.base import operation
from config.dialects.fields import NextActionOut, SentText
from config.dialects.nexus import AmountIn, AmountOut, MessageOut, NexusView
from config.dialects.permissions import asking

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*\Z"
MOST_FEATURES = 50
PLACES = 30_000


# ---------------------------------------------------------------- what is read and shown
class FeaturesField(serializers.ListField):
    """Up to 50 texts of up to 200 characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=200), max_length=MOST_FEATURES, **options)


class PlanChangeIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, required=False)
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    price_monthly = AmountIn(min_value=0, required=False)
    price_yearly = AmountIn(min_value=0, required=False)
    currency = serializers.RegexField(r"^[A-Z]{3}\Z", required=False)
    features = FeaturesField(required=False)
    is_popular = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)
    order = serializers.IntegerField(min_value=-PLACES, max_value=PLACES, required=False, source="position")


class PlanIn(PlanChangeIn):
    """`slug` is lower-case letters, digits and hyphens; it stays."""

    slug = serializers.RegexField(SLUG, max_length=50)
    name = serializers.CharField(max_length=100)
    price_monthly = AmountIn(min_value=0)
    price_yearly = AmountIn(min_value=0)


class PlanOut(serializers.Serializer[Plan]):
    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    price_monthly = AmountOut()
    price_yearly = AmountOut()
    currency = serializers.CharField()
    features = serializers.ListField(child=serializers.CharField())
    is_popular = serializers.BooleanField()
    is_active = serializers.BooleanField()
    order = serializers.IntegerField(source="position")


class SubscribeIn(serializers.Serializer[Any]):
    """Without a token the caller's default method is charged, now and every period."""

    plan_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    billing_cycle = serializers.ChoiceField(BillingCycle.choices, default=BillingCycle.MONTHLY)
    payment_method = serializers.ChoiceField(PayBy.choices, default=PayBy.CARD)
    payment_token = SentText(max_length=255)


class CancelIn(serializers.Serializer[Any]):
    at_period_end = serializers.BooleanField(default=True)
    reason = SentText(max_length=500)


class SubscriptionOut(serializers.Serializer[Subscription]):
    """`past_due` (ours): a renewal was declined and is tried again; subscribing again with another card pays it.
    `incomplete` (ours): it waits for the first payment. `amount` (ours) is what a period costs the caller."""

    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    plan_id = serializers.IntegerField()
    plan = PlanOut()
    billing_cycle = serializers.ChoiceField(BillingCycle.choices)
    status = serializers.ChoiceField(SubscriptionStatus.choices)
    payment_method = serializers.ChoiceField(PayBy.choices)
    amount = AmountOut()
    currency = serializers.CharField()
    current_period_start = serializers.DateTimeField()
    current_period_end = serializers.DateTimeField()
    cancel_at_period_end = serializers.BooleanField()
    cancelled_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class SubscribedOut(SubscriptionOut):
    """202 while the payment waits for the caller: `next_action` says where, or `client_secret` finishes it."""

    next_action = NextActionOut(required=False)
    client_secret = serializers.CharField(required=False)


class CancelledOut(MessageOut):
    subscription = SubscriptionOut()


# ---------------------------------------------------------------- operations
class Plans(NexusView):
    @operation(answer=PlanOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        """Those that are offered, in their order."""
        return self.page(plans_offered())

    @operation(body=PlanIn, answer=PlanOut, status=201, who=asking(policies.may_manage_plans))
    def create(self, request: Request) -> Response:
        return self.answer(plan_create(actor=self.caller, **self.body()))


class OnePlan(NexusView):
    @operation(answer=PlanOut, who=AllowAny)
    def retrieve(self, request: Request, id: int) -> Response:
        return self.answer(plan_visible(actor=request.user, plan_id=id))

    @operation(body=PlanChangeIn, answer=PlanOut, who=asking(policies.may_manage_plans))
    def update(self, request: Request, id: int) -> Response:
        """What is left out stays. Other prices are those of new subscriptions."""
        return self.answer(plan_change(actor=self.caller, plan_id=id, **self.body()))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        plan_remove(actor=self.caller, plan_id=id)
        return self.answer({"message": "Plan deleted"})


class Subscriptions(NexusView):
    @operation(body=SubscribeIn, answer=SubscribedOut, status=201, also=(202,), idempotent=True)
    def subscribe(self, request: Request) -> Response:
        """Another plan takes the place of the present one once it is paid. 402 for a declined card: then everything is
        as before. Nothing of what was paid for the plan before is given back."""
        sent = self.body()
        done = subscriptions.subscribe(
            actor=self.caller,
            plan_id=sent["plan_id"],
            billing_cycle=sent["billing_cycle"],
            pay_by=sent["payment_method"],
            token=sent.get("payment_token", ""),
            once=self.once,
        )
        shown = dict(SubscriptionOut(done.subscription).data)
        if done.is_paid:
            return self.answer(shown)
        steps = {"next_action": done.next_action, "client_secret": done.client_secret}
        return self.answer(shown | {name: value for name, value in steps.items() if value}, status=202)

    @operation(body=CancelIn, answer=CancelledOut)
    def cancel(self, request: Request) -> Response:
        """With its period, or at once; what was paid is not given back."""
        sent = self.body()
        found = subscriptions.subscription_cancel(
            actor=self.caller, at_period_end=sent["at_period_end"], reason=sent.get("reason", "")
        )
        return self.answer({"message": "Subscription cancelled", "subscription": SubscriptionOut(found).data})

    @operation(answer=SubscriptionOut)
    def me(self, request: Request) -> Response:
        return self.answer(subscription_of(actor=self.caller))

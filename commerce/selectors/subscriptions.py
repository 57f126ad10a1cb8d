"""Plans, and a person's subscription."""

from django.db.models import QuerySet

from accounts.actors import Actor
from commerce import policies
from commerce.choices import LIVE_SUBSCRIPTIONS
from commerce.errors import NoSubscription
from commerce.models import Plan, Subscription
from config.core.errors import Missing


def plans_offered() -> QuerySet[Plan]:
    """In their order."""
    return Plan.objects.filter(removed_at=None, is_active=True).order_by("position", "pk")


def plan_visible(*, actor: Actor, plan_id: int) -> Plan:
    """One that is offered; any for those who manage them. Raises Missing."""
    rows = Plan.objects.filter(removed_at=None) if policies.may_manage_plans(actor) else plans_offered()
    plan = rows.filter(pk=plan_id).first()
    if plan is None:
        raise Missing("Plan")
    return plan


def subscription_of(*, actor: Actor) -> Subscription:
    """The actor's, with its plan, while it is active or a renewal of it is being tried again. Raises NoSubscription."""
    rows = Subscription.objects.select_related("plan").filter(user=actor.pk, status__in=LIVE_SUBSCRIPTIONS)
    found = rows.first()
    if found is None:
        raise NoSubscription
    return found

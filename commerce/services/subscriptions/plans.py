"""Plans, made and changed by administrators; the audit trail keeps each decision."""

from contextlib import AbstractContextManager
from decimal import Decimal
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actors import Actor
from commerce import policies
from commerce.choices import LIVE_SUBSCRIPTIONS, SubscriptionStatus
from commerce.errors import PlanInUse, PlanTaken
from commerce.models import Plan
from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing
from config.core.money import exact, shown

PRICES: Final = ("price_monthly", "price_yearly")
IN_USE: Final = (*LIVE_SUBSCRIPTIONS, SubscriptionStatus.INCOMPLETE)


def plan_create(*, actor: Actor, slug: str, name: str, **columns: Any) -> Plan:
    """Raises Denied, Invalid (the field) and PlanTaken (slug or name)."""
    _check_may(actor)
    columns.setdefault("currency", settings.CURRENCIES["nexus"])
    plan = Plan(slug=slug, name=name, **columns)
    _check(plan)
    try:
        with transaction.atomic():
            plan.save()
            with _audited(actor, "plan.create", plan):
                pass
    except IntegrityError:
        raise PlanTaken from None
    return plan


def plan_change(*, actor: Actor, plan_id: int, **columns: Any) -> Plan:
    """Another price is that of new subscriptions. Raises Denied, Missing, Invalid and PlanTaken."""
    _check_may(actor)
    try:
        with transaction.atomic():
            plan = _locked(plan_id)
            with _audited(actor, "plan.change", plan):
                for name, value in columns.items():
                    setattr(plan, name, value)
                _check(plan)
                plan.save()
    except IntegrityError:
        raise PlanTaken from None
    return plan


def plan_remove(*, actor: Actor, plan_id: int) -> None:
    """Raises Denied, Missing, and PlanInUse while anybody is subscribed to it. What was is kept out of sight."""
    _check_may(actor)
    with transaction.atomic():
        plan = _locked(plan_id)
        if plan.subscriptions.filter(status__in=IN_USE).exists():
            raise PlanInUse
        with _audited(actor, "plan.remove", plan):
            if not plan.subscriptions.exists():
                Plan.objects.filter(pk=plan.pk).delete()
                return
            plan.is_active, plan.removed_at = False, timezone.now()
            plan.save(update_fields=["is_active", "removed_at"])


def _audited(actor: Actor, action: str, plan: Plan) -> AbstractContextManager[None]:
    prices = {name: partial(_price, plan, name) for name in PRICES}
    return audited(actor, action, plan, "slug", "name", "currency", "is_active", **prices)


def _price(plan: Plan, name: str) -> str:
    return shown(Decimal(getattr(plan, name)), plan.currency)


def _check_may(actor: Actor) -> None:
    if not policies.may_manage_plans(actor):
        raise Denied


def _check(plan: Plan) -> None:
    if plan.currency not in set(settings.CURRENCIES.values()):
        raise Invalid(f'"{plan.currency}" is no currency of this platform.', field="currency")
    for name in PRICES:
        amount = exact(getattr(plan, name), plan.currency, field=name)
        if amount < 0:
            raise Invalid("A price is not negative.", field=name)
        setattr(plan, name, amount)


def _locked(plan_id: int) -> Plan:
    plan = Plan.objects.select_for_update().filter(pk=plan_id, removed_at=None).first()
    if plan is None:
        raise Missing("Plan")
    return plan

"""Subscribing to a plan, paying again what was declined, and ending it."""

from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from commerce import policies
from commerce.choices import LIVE_SUBSCRIPTIONS, BillingCycle, SubscriptionStatus
from commerce.errors import (
    AlreadySubscribed,
    CardDeclined,
    GatewayRefused,
    NoDefaultMethod,
    NoSubscription,
    WrongSubscriptionStatus,
)
from commerce.gateways.base import Billing, BillingStatus, SavedCard
from commerce.gateways.chosen import card_gateway, card_gateway_name, gateway_of_card
from commerce.models import Plan, SavedMethod, Subscription
from commerce.selectors.subscriptions import plans_offered
from commerce.services.checkout.checkouts import method_refuse, token_at_gateway
from commerce.services.notices.subscriptions import tell_about_ending
from commerce.services.notices.webhooks import subscription_webhook
from commerce.services.payments.charging import SANDBOX_CARD, method_to_charge
from commerce.services.states.subscriptions import subscription_lock, subscription_status_change
from commerce.services.subscriptions.at_gateway import (
    END_NOW,
    END_WITH_PERIOD,
    KEEP,
    MONTHS,
    billing_begin,
    billing_record,
    subscription_begin,
    subscription_failed,
    subscription_find,
    subscription_push_quietly,
    subscription_reconcile,
    subscription_want,
)
from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing
from config.core.idempotency import Once, call_claim, call_keep, made_by
from config.core.money import chargeable
from config.core.months import months_later

ACCOUNT_CLOSED: Final = "the account was closed"


@dataclass(frozen=True)
class Subscribed:
    """While it is incomplete its person goes on with `client_secret` or where `next_action` says."""

    subscription: Subscription
    client_secret: str = ""
    next_action: dict[str, Any] | None = None

    @property
    def is_paid(self) -> bool:
        return self.subscription.status == SubscriptionStatus.ACTIVE


# ---------------------------------------------------------------- subscribing
def subscribe(
    *,
    actor: User,
    plan_id: int,
    billing_cycle: BillingCycle = BillingCycle.MONTHLY,
    pay_by: str = "card",
    token: str = "",
    once: Once | None = None,
) -> Subscribed:
    """Subscribe to a plan, by `token` or else the default method. Another plan takes the place of the present one as
    soon as it is paid; the same one that is to end with its period goes on, and one that waits to be paid is paid.

    Raises Missing, Denied, AlreadySubscribed, MethodUnavailable, NoDefaultMethod, CardDeclined (then everything is as
    before), Invalid (`payment_token`), GatewayUnavailable. Asks the gateway, so call it outside of transactions.
    """
    plan = plans_offered().filter(pk=plan_id).first()
    if plan is None:
        raise Missing("Plan")
    if _price_of(plan, billing_cycle):
        method_refuse(pay_by)
    with transaction.atomic():
        earlier = call_claim(once)
        if earlier is not None:
            subscription = made_by(earlier, Subscription)
        else:
            if not User.objects.select_for_update(no_key=True).get(pk=actor.pk).is_active:
                raise Denied  # the account was closed at this moment
            subscription = _to_pay(actor, plan, billing_cycle, pay_by)
            call_keep(once, subscription)
    if subscription.status == SubscriptionStatus.ACTIVE or not subscription.gateway:
        subscription_push_quietly(subscription.pk)
        return Subscribed(Subscription.objects.select_related("plan").get(pk=subscription.pk))
    if subscription.status in (SubscriptionStatus.EXPIRED, SubscriptionStatus.CANCELLED):
        raise CardDeclined(subscription.failure_message or None, code=subscription.failure_code or "card_declined")
    return _pay(actor, subscription, token)


def _to_pay(actor: User, plan: Plan, cycle: BillingCycle, pay_by: str) -> Subscription:
    """The subscription that the call is about: the present one of that plan, or a new one."""
    open_ones = Subscription.objects.select_for_update(of=("self",)).select_related("user", "plan")
    mine = list(open_ones.filter(user=actor, status__in=(*LIVE_SUBSCRIPTIONS, "incomplete")).order_by("pk"))
    same = next((one for one in mine if (one.plan_id, one.billing_cycle) == (plan.pk, cycle)), None)
    if same is not None and same.status == SubscriptionStatus.ACTIVE:
        if not same.cancel_at_period_end:
            raise AlreadySubscribed
        same.cancel_at_period_end, same.cancelled_at, same.cancel_reason = False, None, ""
        same.save(update_fields=["cancel_at_period_end", "cancelled_at", "cancel_reason"])
        subscription_webhook(same)
        subscription_want(same, KEEP)
        return same
    if same is not None:
        if same.payment_method != pay_by:
            same.payment_method = pay_by
            same.save(update_fields=["payment_method"])
        return same
    for other in mine:
        if other.status == SubscriptionStatus.INCOMPLETE:
            subscription_status_change(other, SubscriptionStatus.CANCELLED, actor=actor, reason="another plan instead")
            subscription_want(other, END_NOW)
    # As it is now: whoever removes it waits, and finds that somebody is subscribed to it.
    locked = plans_offered().select_for_update(of=("self",), no_key=True).filter(pk=plan.pk).first()
    if locked is None:
        raise Missing("Plan")
    plan = locked
    amount, now = _price_of(plan, cycle), timezone.now()
    made = Subscription.objects.create(
        user=actor,
        plan=plan,
        billing_cycle=cycle,
        payment_method=pay_by,
        amount=amount,
        currency=plan.currency,
        current_period_start=now,
        current_period_end=months_later(now, MONTHS[cycle]),
        gateway=card_gateway_name() if amount else "",
    )
    if not amount:
        subscription_begin(made, actor=actor)
    return made


def _price_of(plan: Plan, cycle: str) -> Any:
    price = plan.price_monthly if cycle == BillingCycle.MONTHLY else plan.price_yearly
    return chargeable(price, plan.currency)


def _pay(actor: User, subscription: Subscription, token: str) -> Subscribed:
    """Begin it at its gateway, or pay what is open there. What is declined the first time is given up."""
    if subscription.token and not subscription.gateway_reference and subscription_find(subscription):
        subscription = subscription_reconcile(subscription_id=subscription.pk)  # an earlier answer was lost
        if subscription.status == SubscriptionStatus.ACTIVE:
            return Subscribed(subscription)
    is_first = not subscription.gateway_reference
    try:
        card = _card(actor, token)
        # Kept, so that what was begun is begun again, once, when the answer is lost.
        Subscription.objects.filter(pk=subscription.pk).update(token=card.token, customer=card.customer)
        if is_first:
            billing = billing_begin(subscription, card.token, card.customer)
        else:
            billing = _paid_again(subscription, card)
    except (CardDeclined, NoDefaultMethod):
        if is_first:
            subscription_failed(subscription.pk, actor=actor)
        raise
    except GatewayRefused as refusal:
        if is_first:
            subscription_failed(subscription.pk, actor=actor)
        raise (Invalid(refusal.message, field="payment_token") if refusal.field else refusal) from None
    found = billing_record(subscription.pk, billing, seen=subscription.changes, actor=actor)
    if found is None:  # another click was written down meanwhile
        found = Subscription.objects.select_related("plan").get(pk=subscription.pk)
        if not (found.status == SubscriptionStatus.ACTIVE and billing.status == BillingStatus.ACTIVE):
            found = subscription_reconcile(subscription_id=subscription.pk)
    if billing.failure_code and billing.status in (BillingStatus.INCOMPLETE, BillingStatus.PAST_DUE):
        if billing.status == BillingStatus.INCOMPLETE:
            subscription_failed(subscription.pk, actor=actor)
            subscription_push_quietly(subscription.pk)
        raise CardDeclined(billing.failure_message or None, code=billing.failure_code)
    for replaced in Subscription.objects.filter(user=actor, wanted=END_NOW).values_list("pk", flat=True):
        subscription_push_quietly(replaced)
    return Subscribed(found, billing.client_secret, billing.next_action)


def _paid_again(subscription: Subscription, card: SavedCard) -> Billing:
    return gateway_of_card(subscription.gateway).billing_pay(
        reference=subscription.gateway_reference,
        token=card.token,
        customer=card.customer,
        key=f"{subscription.key}-{subscription.changes}",
    )


def _card(actor: User, token: str) -> SavedCard:
    """What is charged every period: kept at the gateway for this person. Raises NoDefaultMethod."""
    gateway = card_gateway()
    kept = method_to_charge(actor=actor)
    if token:
        customer = _customer_of(actor)
        return gateway.save(token=token_at_gateway(token), account=str(actor.pk), customer=customer)
    if kept is not None:
        return SavedCard(kept.token, kept.customer, kept.brand, kept.last_four, 0, 0)
    if card_gateway_name() == "sandbox":
        return gateway.save(token=SANDBOX_CARD, account=str(actor.pk), customer="")
    raise NoDefaultMethod


def _customer_of(actor: User) -> str:
    mine = SavedMethod.objects.filter(user=actor, gateway=card_gateway_name()).exclude(customer="")
    return mine.values_list("customer", flat=True).first() or ""


# ---------------------------------------------------------------- ending
def subscription_cancel(*, actor: User, at_period_end: bool = True, reason: str = "") -> Subscription:
    """With its period, or at once: nothing more is charged, and what was paid for this period stays paid.

    Raises NoSubscription. Tells the gateway, or the sweep does, so call it outside of transactions.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        live = (
            Subscription.objects.filter(user=actor, status__in=LIVE_SUBSCRIPTIONS).values_list("pk", flat=True).first()
        )
        if live is None:
            raise NoSubscription
        subscription = subscription_lock(live)
        _end(subscription, actor=actor, at_period_end=at_period_end, reason=reason)
    subscription_push_quietly(subscription.pk)
    return Subscription.objects.select_related("plan").get(pk=subscription.pk)


def subscription_end(*, actor: Actor, subscription_id: int, at_period_end: bool, reason: str) -> Subscription:
    """The same by administrators, of anybody's; its person is told why. What was paid is given back by
    `refunds.subscription_refund` alone.

    Raises Denied, Missing, Invalid (`reason`) and WrongSubscriptionStatus. Call it outside of transactions.
    """
    if not policies.may_move_money(actor):
        raise Denied
    if not reason.strip():
        raise Invalid("Say why; its person reads it.", field="reason")
    with transaction.atomic():
        subscription = subscription_lock(subscription_id)
        if subscription.status not in LIVE_SUBSCRIPTIONS:
            raise WrongSubscriptionStatus(f"The subscription is {subscription.status}.")
        if at_period_end and subscription.cancel_at_period_end:
            raise WrongSubscriptionStatus("The subscription ends with its period already.")
        with audited(actor, "subscription.end", subscription, "status", "cancel_at_period_end", reason=reason):
            _end(subscription, actor=actor, at_period_end=at_period_end, reason=reason)
        tell_about_ending(subscription, reason=reason)
    subscription_push_quietly(subscription.pk)
    return Subscription.objects.select_related("plan").get(pk=subscription.pk)


def _end(subscription: Subscription, *, actor: Actor, at_period_end: bool, reason: str) -> None:
    subscription.cancelled_at = timezone.now()
    subscription.cancel_reason = reason[:500]
    subscription.cancel_at_period_end = at_period_end
    subscription.save(update_fields=["cancelled_at", "cancel_reason", "cancel_at_period_end"])
    if at_period_end:
        subscription_webhook(subscription)
    else:
        subscription_status_change(subscription, SubscriptionStatus.CANCELLED, actor=actor, reason=reason)
    subscription_want(subscription, END_WITH_PERIOD if at_period_end else END_NOW)


def subscriptions_end_of_closed(*, seller: User) -> None:
    """Listens to "accounts.activity_changed": a closed account is charged for no further period, since its person can
    neither use the plan nor end it. What was paid for stays; once the account is open again they may go on with it, by
    subscribing again."""
    if seller.is_active:
        return
    open_ones = Subscription.objects.filter(
        user=seller, status__in=(*LIVE_SUBSCRIPTIONS, SubscriptionStatus.INCOMPLETE)
    )
    for subscription_id in open_ones.order_by("pk").values_list("pk", flat=True):
        subscription = subscription_lock(subscription_id)
        if subscription.status == SubscriptionStatus.INCOMPLETE:
            subscription_status_change(subscription, SubscriptionStatus.CANCELLED, actor=SYSTEM, reason=ACCOUNT_CLOSED)
            subscription_want(subscription, END_NOW)
        elif not subscription.cancel_at_period_end:
            is_paid = subscription.status == SubscriptionStatus.ACTIVE
            _end(subscription, actor=SYSTEM, at_period_end=is_paid, reason=ACCOUNT_CLOSED)
            tell_about_ending(subscription, reason=ACCOUNT_CLOSED)

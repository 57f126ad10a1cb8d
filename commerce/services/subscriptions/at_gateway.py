"""Subscriptions as their gateway sees them. What it says of one is asked for, and written down in one place.

Events are only hints, so they may come twice, late, or in any order: the subscription and its invoices are asked for
again. An answer that somebody else's came before is asked for anew (`changes`). What we want of the gateway (`wanted`)
stands in our row first, and is repeated until it has happened.
"""

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from commerce.choices import LIVE_SUBSCRIPTIONS, AccountKind, SubscriptionStatus, TransactionKind
from commerce.errors import GatewayRefused, GatewayUnavailable
from commerce.gateways.base import BilledInvoice, Billing, BillingStatus
from commerce.gateways.chosen import card_gateway_name, gateway_of_card
from commerce.models import PlanPrice, Subscription, SubscriptionInvoice
from commerce.services.ledger.booking import Posting, book
from commerce.services.notices.subscriptions import tell_about_subscription
from commerce.services.notices.webhooks import subscription_webhook
from commerce.services.states.subscriptions import subscription_lock, subscription_status_change
from config.core.announce import enqueue_after_commit
from config.core.errors import DomainError
from config.core.months import months_later

logger = logging.getLogger(__name__)

END_NOW: Final = "end_now"
END_WITH_PERIOD: Final = "end_with_period"
KEEP: Final = "keep"
OVER: Final = "its period is over"
TRIES: Final = 5
GIVEN_UP: Final = (SubscriptionStatus.CANCELLED, SubscriptionStatus.EXPIRED)
FIRST_PAYMENT_WITHIN: Final = timedelta(hours=23)
STATUSES: Final = {
    BillingStatus.INCOMPLETE: SubscriptionStatus.INCOMPLETE,
    BillingStatus.ACTIVE: SubscriptionStatus.ACTIVE,
    BillingStatus.PAST_DUE: SubscriptionStatus.PAST_DUE,
}
MONTHS: Final = {"monthly": 1, "yearly": 12}


# ---------------------------------------------------------------- asking
def billing_begin(subscription: Subscription, token: str, customer: str) -> Billing:
    """Begin it at its gateway, once: the same subscription again is answered alike. Not in a transaction."""
    gateway = gateway_of_card(subscription.gateway)
    wanted = {
        "plan": subscription.plan,
        "gateway": subscription.gateway,
        "cycle": subscription.billing_cycle,
        "amount": subscription.amount,
        "currency": subscription.currency,
    }
    price = PlanPrice.objects.filter(**wanted).first()
    if price is None:  # the first one for this amount
        parts = (subscription.plan_id, subscription.billing_cycle, subscription.amount, subscription.currency)
        reference = gateway.price_make(
            name=subscription.plan.name,
            amount=subscription.amount,
            currency=subscription.currency,
            cycle=subscription.billing_cycle,
            key="-".join(map(str, parts)),
        )
        price, _created = PlanPrice.objects.get_or_create(**wanted, defaults={"reference": reference})
    return gateway.subscribe(
        price=price.reference,
        amount=subscription.amount,
        currency=subscription.currency,
        cycle=subscription.billing_cycle,
        token=token,
        customer=customer,
        key=str(subscription.key),
    )


def subscription_heard_of(*, gateway: str, reference: str) -> bool:
    """A gateway has sent an event about it. False when it is none of ours."""
    known = Subscription.objects.filter(gateway=gateway, gateway_reference=reference).first()
    known = known or _found_by_key(gateway, reference)
    if known is None:
        return False
    subscription_reconcile(subscription_id=known.pk)
    return True


def _found_by_key(gateway: str, reference: str) -> Subscription | None:
    """The one whose beginning was answered to nobody: our key stands at the gateway."""
    key = gateway_of_card(gateway).billing_key(reference)
    found = Subscription.objects.filter(gateway=gateway, key=key).first() if key is not None else None
    if found is not None and not _reference_keep(found, reference):
        _end_second(found, reference)
    return found


def subscription_find(subscription: Subscription) -> bool:
    """Whether its gateway has begun it, though we have not heard so. Its reference is kept then."""
    chosen = gateway_of_card(subscription.gateway)
    reference = chosen.billing_find(key=str(subscription.key), customer=subscription.customer)
    if reference:
        _reference_keep(subscription, reference)
    return bool(reference)


def _reference_keep(subscription: Subscription, reference: str) -> bool:
    """False when it has another one."""
    rows = Subscription.objects.filter(pk=subscription.pk, gateway_reference__in=["", reference])
    return bool(rows.update(gateway_reference=reference))


def _end_second(subscription: Subscription, reference: str) -> None:
    """Begun twice at its gateway: the second one is ended, and what it brought is booked for staff to give back."""
    logger.error("subscription %s was begun twice: %s is ended", subscription.pk, reference)
    billing = gateway_of_card(subscription.gateway).billing_cancel(reference=reference, at_end=False)
    with transaction.atomic():
        locked = subscription_lock(subscription.pk)
        for invoice in billing.invoices:
            _invoice_record(locked, invoice)


def subscription_reconcile(*, subscription_id: int) -> Subscription:
    """Ask how it stands and write that down. Safe to call at any time, any number of times; not in a transaction."""
    for _try in range(TRIES):
        subscription = Subscription.objects.get(pk=subscription_id)
        if not subscription.gateway_reference:
            return subscription
        billing = gateway_of_card(subscription.gateway).billing(subscription.gateway_reference)
        written = billing_record(subscription_id, billing, seen=subscription.changes, actor=SYSTEM)
        if written is not None:
            return written
    raise GatewayUnavailable


def subscription_push(*, subscription_id: int) -> None:
    """Tell the gateway what is wanted of it, if it was not told yet. Safe to repeat; not in a transaction."""
    subscription = Subscription.objects.get(pk=subscription_id)
    wanted = subscription.wanted
    if not wanted or not subscription.gateway_reference:
        return
    gateway, reference = gateway_of_card(subscription.gateway), subscription.gateway_reference
    if wanted == KEEP:
        gateway.billing_keep(reference)
    else:
        gateway.billing_cancel(reference=reference, at_end=wanted == END_WITH_PERIOD)
    Subscription.objects.filter(pk=subscription_id, wanted=wanted).update(wanted="")


def subscriptions_sweep() -> int:
    """Move what time moves: renewals, tries, ends, first payments that did not come, and what gateways were not told.

    Returns how many were looked at.
    """
    if settings.SANDBOX_ALLOWED and card_gateway_name() == "sandbox":
        from commerce.gateways.sandbox_billing import sandbox_renewals_run

        sandbox_renewals_run()
    looked_at = 0
    silent: set[str] = set()
    for subscription in _due():
        if subscription.gateway in silent:  # a gateway that is down costs one time-out a sweep
            continue
        Subscription.objects.filter(pk=subscription.pk).update(checked_at=timezone.now())
        try:
            _look_at(subscription)
        except GatewayUnavailable:
            silent.add(subscription.gateway)
        except DomainError as error:  # one's trouble must not keep the others waiting
            logger.warning("subscription %s not settled: %s", subscription.pk, error.code)
        looked_at += 1
    return looked_at


def _due() -> list[Subscription]:
    now = timezone.now()
    waited = Q(checked_at=None) | Q(checked_at__lt=now - timedelta(minutes=5))
    over = Q(status__in=LIVE_SUBSCRIPTIONS, current_period_end__lte=now)
    failing = Q(status=SubscriptionStatus.PAST_DUE)
    quiet = Q(updated_at__lt=now - timedelta(minutes=1))
    begun = quiet & Q(status=SubscriptionStatus.INCOMPLETE)
    lost = quiet & Q(gateway_reference="", status__in=GIVEN_UP) & ~Q(token="")
    rows = Subscription.objects.select_related("plan").filter(waited, over | failing | begun | lost | ~Q(wanted=""))
    return list(rows.order_by(Coalesce("checked_at", "created_at"), "pk")[:100])


def _look_at(subscription: Subscription) -> None:
    if not subscription.gateway:
        _roll_on(subscription.pk)
        return
    if not subscription.gateway_reference and not _look_for(subscription):
        return
    subscription_push(subscription_id=subscription.pk)
    found = subscription_reconcile(subscription_id=subscription.pk)
    if found.status == SubscriptionStatus.INCOMPLETE:
        _give_up(subscription.pk)
    subscription_push(subscription_id=subscription.pk)


def _look_for(subscription: Subscription) -> bool:
    """Whether one that we have no answer about is at its gateway. If not, it is begun again as long as its person may
    expect that and the gateway remembers the key; then it is given up, and looked for a last time."""
    if not subscription.token:
        _give_up(subscription.pk)
        return False
    if subscription_find(subscription):
        return True
    if subscription.status in GIVEN_UP:
        Subscription.objects.filter(pk=subscription.pk, gateway_reference="").update(token="")
    elif not _give_up(subscription.pk):
        billing = billing_begin(subscription, subscription.token, subscription.customer)
        billing_record(subscription.pk, billing, seen=subscription.changes, actor=SYSTEM)
    return False


@transaction.atomic
def _give_up(subscription_id: int) -> bool:
    """Whether its first payment did not come in in time."""
    subscription = subscription_lock(subscription_id)
    too_old = subscription.created_at < timezone.now() - FIRST_PAYMENT_WITHIN
    if subscription.status != SubscriptionStatus.INCOMPLETE or not too_old:
        return False
    subscription_status_change(subscription, SubscriptionStatus.EXPIRED, actor=SYSTEM, reason="not paid in time")
    subscription_want(subscription, END_NOW)
    return True


@transaction.atomic
def _roll_on(subscription_id: int) -> None:
    """Of one that costs nothing: its next period, or its end."""
    subscription = subscription_lock(subscription_id)
    now = timezone.now()
    if subscription.status != SubscriptionStatus.ACTIVE or subscription.current_period_end > now:
        return
    if subscription.cancel_at_period_end:
        subscription_status_change(
            subscription, SubscriptionStatus.CANCELLED, actor=SYSTEM, reason="its period is over"
        )
        return
    while subscription.current_period_end <= now:
        subscription.current_period_start = subscription.current_period_end
        subscription.current_period_end = months_later(
            subscription.current_period_start, MONTHS[subscription.billing_cycle]
        )
    subscription.save(update_fields=["current_period_start", "current_period_end"])
    subscription_webhook(subscription)


def subscription_want(subscription: Subscription, wanted: str) -> None:
    """Note what the gateway of a locked subscription is to be told, and have it told after the commit. One that it
    does not know yet is ended when its first word of it is written down."""
    if subscription.gateway_reference:
        subscription.wanted = wanted
        subscription.save(update_fields=["wanted"])
        enqueue_after_commit("commerce.tasks.subscription_push", subscription.pk)


# ---------------------------------------------------------------- writing down
@transaction.atomic
def billing_record(subscription_id: int, billing: Billing, *, seen: int, actor: Actor) -> Subscription | None:
    """Write down what a gateway says, if nothing was since its `seen`th word; None otherwise. The only way a gateway
    moves a subscription, and books what it was paid."""
    subscription = subscription_lock(subscription_id)
    if subscription.changes != seen:
        return None
    for invoice in billing.invoices:
        _invoice_record(subscription, invoice)
    before, ended = subscription.status, (subscription.current_period_end, subscription.cancel_at_period_end)
    subscription.changes += 1
    subscription.gateway_reference = billing.reference
    subscription.failure_code = billing.failure_code[:60]
    subscription.failure_message = billing.failure_message[:200]
    subscription.current_period_start, subscription.current_period_end = billing.period_start, billing.period_end
    if not subscription.wanted and subscription.status != SubscriptionStatus.CANCELLED:
        subscription.cancel_at_period_end = billing.cancels_at_end
        if billing.cancels_at_end and subscription.cancelled_at is None:
            subscription.cancelled_at = timezone.now()
    subscription.save()
    _follow(subscription, billing, actor=actor)
    if subscription.status != before:
        tell_about_subscription(subscription, before=before)
    elif ended != (subscription.current_period_end, subscription.cancel_at_period_end):
        subscription_webhook(subscription)
    return subscription


def _follow(subscription: Subscription, billing: Billing, *, actor: Actor) -> None:
    if subscription.status == SubscriptionStatus.CANCELLED:
        if billing.status != BillingStatus.ENDED:
            subscription_want(subscription, END_NOW)
        return
    if billing.status == BillingStatus.ENDED:
        ends = subscription.cancel_at_period_end or subscription.cancelled_at is not None
        after = SubscriptionStatus.CANCELLED if ends else SubscriptionStatus.EXPIRED
        if subscription.status != after:
            reason = OVER if ends else billing.failure_code or "ended at the gateway"
            subscription_status_change(subscription, after, actor=actor, reason=reason)
        return
    after = STATUSES[billing.status]
    if subscription.status == after or after == SubscriptionStatus.INCOMPLETE:
        return
    if subscription.status == SubscriptionStatus.EXPIRED and after != SubscriptionStatus.ACTIVE:
        return
    if subscription.status not in LIVE_SUBSCRIPTIONS and not _make_room(subscription, actor=actor):
        subscription_want(subscription, END_NOW)
        return
    subscription_status_change(subscription, after, actor=actor, reason=billing.failure_code or "paid")


def _make_room(subscription: Subscription, *, actor: Actor) -> bool:
    """Another one of the same person makes way for a newer one. False when this is the older one, which does not come
    to life again beside it."""
    others = Subscription.objects.select_for_update().filter(user=subscription.user_id, status__in=LIVE_SUBSCRIPTIONS)
    for other in others.exclude(pk=subscription.pk).order_by("pk"):
        if other.pk > subscription.pk:
            logger.error("subscription %s was paid, and another one is live", subscription.pk)
            return False
        other.cancelled_at = timezone.now()
        other.save(update_fields=["cancelled_at"])
        subscription_status_change(
            other, SubscriptionStatus.CANCELLED, actor=actor, reason="another plan took its place"
        )
        subscription_want(other, END_NOW)
    return True


def subscription_begin(subscription: Subscription, *, actor: Actor) -> None:
    """One that costs nothing, locked, is there at once."""
    _make_room(subscription, actor=actor)
    subscription_status_change(subscription, SubscriptionStatus.ACTIVE, actor=actor, reason="nothing to be paid")
    tell_about_subscription(subscription, before=SubscriptionStatus.INCOMPLETE)


def _invoice_record(subscription: Subscription, billed: BilledInvoice) -> None:
    invoice, _created = SubscriptionInvoice.objects.get_or_create(
        gateway=subscription.gateway,
        reference=billed.reference,
        defaults={
            "subscription": subscription,
            "amount": billed.amount,
            "currency": billed.currency,
            "period_start": billed.period_start,
            "period_end": billed.period_end,
        },
    )
    if not billed.is_paid or invoice.paid_at is not None:
        return
    invoice.amount, invoice.paid_at = billed.amount, timezone.now()
    if billed.amount:
        invoice.booked = book(
            kind=TransactionKind.SUBSCRIPTION,
            key=f"subscription:{invoice.pk}",
            currency=billed.currency,
            note=f"{subscription.plan.name}, {billed.period_start:%Y-%m-%d} to {billed.period_end:%Y-%m-%d}"[:200],
            postings=[
                Posting(AccountKind.GATEWAY, -billed.amount, name=subscription.gateway),
                Posting(AccountKind.SUBSCRIPTIONS, billed.amount),
            ],
        )
    invoice.save()


def subscription_failed(subscription_id: int, *, actor: Actor) -> None:
    """Its first payment was refused: nothing is left of it, also at its gateway."""
    with transaction.atomic():
        subscription = subscription_lock(subscription_id)
        if subscription.status == SubscriptionStatus.INCOMPLETE:
            reason = subscription.failure_code or "the payment was refused"
            subscription_status_change(subscription, SubscriptionStatus.EXPIRED, actor=actor, reason=reason)
            subscription_want(subscription, END_NOW)


def subscription_push_quietly(subscription_id: int) -> None:
    """Now, if the gateway answers; else the sweep does."""
    try:
        subscription_push(subscription_id=subscription_id)
    except (GatewayUnavailable, GatewayRefused) as trouble:
        logger.warning("subscription %s: its gateway was not told: %s", subscription_id, trouble.code)

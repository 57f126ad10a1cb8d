"""Subscriptions at the sandbox: it renews them by itself, tries a declined card again, and gives up in the end.

`pm_card_chargeCustomerFail` pays the first period, whose payer is present, and is declined at every renewal.
"""

import secrets
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from commerce.choices import BillingCycle
from commerce.errors import GatewayRefused
from commerce.gateways import sandbox_cards as cards
from commerce.gateways.base import BilledInvoice, Billing, BillingStatus, key_of
from commerce.models import SandboxIntent, SandboxInvoice, SandboxSubscription
from config.core.announce import enqueue_after_commit
from config.core.money import from_minor_units, minor_units
from config.core.months import months_later

INCOMPLETE: Final = "incomplete"
ACTIVE: Final = "active"
PAST_DUE: Final = "past_due"
ENDED: Final = "ended"
RETRIES: Final = (timedelta(days=1), timedelta(days=3), timedelta(days=5))
"""How long after one declined renewal the next try is made; after the last one it is given up."""
MONTHS: Final = {BillingCycle.MONTHLY: 1, BillingCycle.YEARLY: 12}


class SandboxBilling:
    """The part of the sandbox that charges subscriptions."""

    def price_make(self, *, name: str, amount: Decimal, currency: str, cycle: str, key: str) -> str:
        return f"price_sandbox_{key}"[:100]

    def subscribe(
        self, *, price: str, amount: Decimal, currency: str, cycle: str, token: str, customer: str, key: str
    ) -> Billing:
        cards.require_token(token)
        units = minor_units(amount, currency)
        with transaction.atomic():
            found, created = SandboxSubscription.objects.get_or_create(
                idempotency_key=key,
                defaults={
                    "reference": f"sub_sandbox_{uuid.uuid4().hex}",
                    "amount": units,
                    "currency": currency,
                    "cycle": cycle,
                    "payment_method": token,
                },
            )
            if created:
                _charge(found, _invoice_make(found), is_present=True)
            elif (found.amount, found.currency, found.cycle) != (units, currency, cycle):
                raise GatewayRefused("This key was used with other values before.", code="idempotency_error")
        return presented(found)

    def billing(self, reference: str) -> Billing:
        return presented(_known(SandboxSubscription.objects.filter(reference=reference).first()))

    def billing_key(self, reference: str) -> uuid.UUID | None:
        found = SandboxSubscription.objects.filter(reference=reference).first()
        return key_of(found.idempotency_key) if found is not None else None

    def billing_find(self, *, key: str, customer: str) -> str:
        found = SandboxSubscription.objects.filter(idempotency_key=key).first()
        return found.reference if found is not None else ""

    def billing_pay(self, *, reference: str, token: str, customer: str, key: str) -> Billing:
        cards.require_token(token)
        with transaction.atomic():
            found = _locked(reference)
            found.payment_method = token
            found.save(update_fields=["payment_method"])
            if found.status in {INCOMPLETE, PAST_DUE}:
                _charge(found, found.invoices.select_related("intent").latest("number"), is_present=True)
        return presented(found)

    def billing_cancel(self, *, reference: str, at_end: bool) -> Billing:
        with transaction.atomic():
            found = _locked(reference)
            if found.status != ENDED:
                found.cancel_at_period_end = at_end or found.cancel_at_period_end
                found.status = found.status if at_end else ENDED
                found.save(update_fields=["cancel_at_period_end", "status"])
        return presented(found)

    def billing_keep(self, reference: str) -> Billing:
        with transaction.atomic():
            found = _locked(reference)
            found.cancel_at_period_end = False
            found.save(update_fields=["cancel_at_period_end"])
        return presented(found)

    def invoice_paid_by(self, payment: str) -> str:
        invoice = SandboxInvoice.objects.filter(intent__reference=payment).first()
        return invoice.reference if invoice is not None else ""

    def payment_of_invoice(self, invoice: str) -> str:
        found = SandboxInvoice.objects.select_related("intent").filter(reference=invoice).first()
        return found.intent.reference if found is not None and found.intent.status == cards.SUCCEEDED else ""


# ---------------------------------------------------------------- what happens by itself
def sandbox_renewals_run() -> int:
    """Renew, try again and give up what is due, as Stripe does by itself. Returns how many subscriptions moved. May run
    twice at once."""
    now = timezone.now()
    moved = 0
    retried = Q(status=PAST_DUE, next_attempt_at__lte=now)
    for pk in (
        SandboxSubscription.objects.filter(Q(status=ACTIVE) | retried).order_by("pk").values_list("pk", flat=True)
    ):
        with transaction.atomic():
            found = SandboxSubscription.objects.select_for_update().get(pk=pk)
            moved += _move(found, now)
    return moved


def _move(found: SandboxSubscription, now: datetime) -> bool:
    if found.status == ACTIVE and period_of(found)[1] <= now:
        if found.cancel_at_period_end:
            found.status = ENDED
            found.save(update_fields=["status"])
            _tell(found, "customer.subscription.deleted")
            return True
        found.periods += 1
        found.attempts = 0
        found.save(update_fields=["periods", "attempts"])
        _charge(found, _invoice_make(found), is_present=False)
        return True
    if found.status == PAST_DUE and found.next_attempt_at is not None and found.next_attempt_at <= now:
        _charge(found, found.invoices.select_related("intent").latest("number"), is_present=False)
        return True
    return False


def _charge(found: SandboxSubscription, invoice: SandboxInvoice, *, is_present: bool) -> None:
    """`is_present`: the payer is there, so that their bank may ask for more. The subscription is locked."""
    intent, token, now = invoice.intent, found.payment_method, timezone.now()
    intent.failure_code, intent.failure_message = cards.refusal_of(token, is_renewal=not is_present)
    intent.challenge = None
    if intent.failure_code:
        intent.status = cards.NEEDS_METHOD
        _declined(found, now)
    elif token in cards.NEEDS_3D_SECURE and is_present:
        intent.status, intent.challenge = cards.NEEDS_ACTION, uuid.uuid4()
    else:
        intent.status = cards.SUCCEEDED
        found.status, found.attempts, found.next_attempt_at = ACTIVE, 0, None
    intent.payment_method = token
    intent.save()
    found.save(update_fields=["status", "attempts", "next_attempt_at"])
    if not is_present:
        _tell(found, "invoice.payment_failed" if intent.failure_code else "invoice.paid")


def _declined(found: SandboxSubscription, now: datetime) -> None:
    if found.status == INCOMPLETE:
        return
    found.attempts += 1
    if found.attempts > len(RETRIES):
        found.status, found.next_attempt_at = ENDED, None
    else:
        found.status, found.next_attempt_at = PAST_DUE, now + RETRIES[found.attempts - 1]


def sandbox_challenge_ended(intent: SandboxIntent) -> bool:
    """The payer has answered at their bank; whether that was about a subscription. The intent is locked and saved."""
    invoice = SandboxInvoice.objects.filter(intent=intent).first()
    if invoice is None:
        return False
    found = SandboxSubscription.objects.select_for_update().get(pk=invoice.subscription_id)
    if intent.status == cards.SUCCEEDED and found.status != ENDED:
        found.status, found.attempts, found.next_attempt_at = ACTIVE, 0, None
        found.save(update_fields=["status", "attempts", "next_attempt_at"])
    _tell(found, "invoice.paid" if intent.status == cards.SUCCEEDED else "invoice.payment_failed")
    return True


def _tell(found: SandboxSubscription, event_type: str) -> None:
    """A lost event does no harm: the sweep asks for the state as well."""
    enqueue_after_commit(
        "commerce.tasks.sandbox_webhook_send", f"evt_sandbox_{uuid.uuid4().hex}", event_type, found.reference
    )


# ---------------------------------------------------------------- small parts
def period_of(found: SandboxSubscription, number: int = 0) -> tuple[datetime, datetime]:
    """Of its present period, or of the one of that number. Counted from the first day, so that what began on the 31st
    is renewed on the last day of short months, and on the 31st again after them."""
    number, months = number or found.periods, MONTHS[BillingCycle(found.cycle)]
    return months_later(found.anchor, (number - 1) * months), months_later(found.anchor, number * months)


def _invoice_make(found: SandboxSubscription) -> SandboxInvoice:
    reference = f"pi_sandbox_{uuid.uuid4().hex}"
    intent = SandboxIntent.objects.create(
        reference=reference,
        client_secret=f"{reference}_secret_{secrets.token_urlsafe(18)}",
        idempotency_key=f"{found.reference}:{found.periods}",
        amount=found.amount,
        currency=found.currency,
    )
    return SandboxInvoice.objects.create(
        subscription=found, reference=f"in_sandbox_{uuid.uuid4().hex}", intent=intent, number=found.periods
    )


def _locked(reference: str) -> SandboxSubscription:
    return _known(SandboxSubscription.objects.select_for_update().filter(reference=reference).first())


def _known(found: SandboxSubscription | None) -> SandboxSubscription:
    if found is None:
        raise GatewayRefused("No such subscription.", code="resource_missing")
    return found


def presented(found: SandboxSubscription) -> Billing:
    invoices = list(found.invoices.select_related("intent").order_by("number"))
    newest = invoices[-1].intent
    start, end = period_of(found)
    return Billing(
        reference=found.reference,
        status=BillingStatus(found.status),
        period_start=start,
        period_end=end,
        cancels_at_end=found.cancel_at_period_end,
        invoices=tuple(_invoice(found, invoice) for invoice in invoices),
        client_secret=newest.client_secret,
        next_action=cards.next_action_of(newest),
        failure_code=newest.failure_code,
        failure_message=newest.failure_message,
    )


def _invoice(found: SandboxSubscription, invoice: SandboxInvoice) -> BilledInvoice:
    start, end = period_of(found, invoice.number)
    return BilledInvoice(
        reference=invoice.reference,
        amount=from_minor_units(invoice.intent.amount, invoice.intent.currency),
        currency=invoice.intent.currency,
        is_paid=invoice.intent.status == cards.SUCCEEDED,
        period_start=start,
        period_end=end,
    )

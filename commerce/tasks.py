"""Background work of commerce: each task calls one service. Each may run twice, and at the same time."""

import requests
from celery import shared_task

from accounts.actors import SYSTEM
from commerce.gateways import sandbox
from commerce.services import figures
from commerce.services.audit import proofs
from commerce.services.bounties import bounties
from commerce.services.campaigns import promotions
from commerce.services.checkout import fulfilment
from commerce.services.escrow import files, holds
from commerce.services.gateway_events import events
from commerce.services.payments import at_gateway
from commerce.services.payouts import schedule
from commerce.services.refunds import refunds
from commerce.services.subscriptions import at_gateway as subscriptions
from commerce.services.subscriptions import refunds as subscription_refunds


@shared_task
def refund_settle(refund_id: int) -> None:
    refunds.refund_settle(actor=SYSTEM, refund_id=refund_id)


@shared_task
def payment_cancel_at_gateway(payment_id: int) -> None:
    at_gateway.payment_cancel_at_gateway(payment_id=payment_id)


@shared_task
def payments_sweep() -> None:
    """Everything with money in it that was left between two states."""
    events.events_sweep()
    at_gateway.payments_sweep()
    refunds.refunds_sweep()


@shared_task
def bounties_sweep() -> None:
    bounties.bounties_sweep()


@shared_task
def subscriptions_sweep() -> None:
    subscriptions.subscriptions_sweep()
    subscription_refunds.reversals_sweep()


@shared_task
def subscription_push(subscription_id: int) -> None:
    subscriptions.subscription_push_quietly(subscription_id)


@shared_task
def orders_expire() -> None:
    fulfilment.orders_expire()


@shared_task
def payments_release_due() -> None:
    holds.payments_release_due()


@shared_task
def listing_file_attached(listing_id: int) -> None:
    files.listing_file_attached(listing_id=listing_id)


@shared_task
def escrow_files_sweep() -> None:
    files.escrow_files_sweep()


@shared_task
def promotions_expire() -> None:
    promotions.promotions_expire()


@shared_task
def payouts_make_due() -> None:
    schedule.payouts_make_due()


@shared_task(soft_time_limit=840, time_limit=870)  # it reads every payment; queued again after 900
def ledger_prove() -> None:
    proofs.ledger_prove()


@shared_task
def listing_days_keep() -> None:
    figures.listing_days_keep()


@shared_task(autoretry_for=(requests.RequestException,), retry_backoff=2, max_retries=5)
def sandbox_webhook_send(event_id: str, event_type: str, reference: str) -> None:
    """The sandbox gateway's own delivery. When all tries fail, `payments_sweep` finds the payment's state as well."""
    sandbox.event_send(event_id=event_id, event_type=event_type, reference=reference)

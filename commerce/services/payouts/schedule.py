"""Payouts that make themselves: for sellers whose account is verified, once a day, week or month.

A period pays out what the seller had when it began, as far as they have it still. So it does not matter when in the
period the sweep comes, what comes in later waits for the next one, and what the bank returns is not sent off again at
once.
"""

import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from accounts.actors import SYSTEM
from commerce.choices import AccountKind, PayoutSchedule
from commerce.models import LedgerEntry, Payout, PayoutSettings
from commerce.services.payouts.accounts import destination_of
from commerce.services.payouts.balances import seller_balance_lock
from commerce.services.payouts.payouts import payout_currency, payout_fee, payout_make
from config.core.errors import DomainError
from config.core.money import MOST_AMOUNT, ZERO, quantise

logger = logging.getLogger(__name__)


def period_begin(schedule: str, now: datetime) -> datetime:
    """When the present day, week (from Monday) or month began, in UTC."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    match schedule:
        case PayoutSchedule.WEEKLY:
            return day - timedelta(days=day.weekday())
        case PayoutSchedule.MONTHLY:
            return day.replace(day=1)
    return day


def payouts_make_due() -> int:
    """Make every payout that is due. Returns how many. May run twice at once: a period pays a seller once."""
    made, now = 0, timezone.now()
    for schedule in PayoutSchedule:
        begin = period_begin(schedule, now)
        period = f"{schedule[0]}{begin:%Y-%m-%d}"
        for settings_id in _waiting(schedule, period).values_list("pk", flat=True):
            try:
                made += _make(settings_id, schedule, begin, period)
            except DomainError as refusal:  # one seller's trouble must not keep the others waiting
                logger.warning("no scheduled payout for settings %s: %s", settings_id, refusal.code)
    return made


def _waiting(schedule: PayoutSchedule, period: str) -> QuerySet[PayoutSettings]:
    done = Payout.objects.filter(seller=OuterRef("user"), period=period)
    verified = PayoutSettings.objects.filter(is_verified=True, payout_schedule=schedule, user__is_active=True)
    return verified.filter(~Exists(done)).order_by("pk")


@transaction.atomic
def _make(settings_id: int, schedule: PayoutSchedule, begin: datetime, period: str) -> bool:
    chosen = _waiting(schedule, period).filter(pk=settings_id).select_related("user").first()
    if chosen is None:
        return False
    available = seller_balance_lock(seller_id=chosen.user_id, currency=payout_currency())
    # Looked at again under the locks: another sweep, or a change of the account, may have come first.
    locked = _waiting(schedule, period).select_for_update(of=("self",)).filter(pk=settings_id).first()
    if locked is None or not locked.account_number:
        return False
    amount = min(available, _balance_at(chosen.user_id, begin), MOST_AMOUNT)
    if amount <= 0 or amount < locked.minimum_payout or amount <= payout_fee(amount, locked.method):
        return False
    payout_make(
        chosen.user,
        amount,
        locked.method,
        destination_of(locked, locked.method),
        available=available,
        actor=SYSTEM,
        period=period,
    )
    return True


def _balance_at(seller_id: int, moment: datetime) -> Decimal:
    before = LedgerEntry.objects.filter(
        account__kind=AccountKind.SELLER,
        account__owner_id=seller_id,
        account__currency=payout_currency(),
        transaction__created_at__lt=moment,
    )
    return quantise(before.aggregate(total=Sum("amount"))["total"] or ZERO, payout_currency())

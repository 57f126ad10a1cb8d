"""How sellers want to be paid out. Account numbers are kept encrypted and shown by their last digits alone."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from accounts.services.notifications import notification_send
from commerce import policies
from commerce.choices import PayoutMethod, PayoutSchedule
from commerce.models import PayoutSettings
from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing
from config.core.money import exact

ACCOUNT_FIELDS: Final = ("bank_name", "account_number", "routing_number", "account_holder_name")
MASKED_FIELDS: Final = frozenset({"account_number", "routing_number"})
KEPT_FIELDS: Final = ("account_holder_name",)
"""What is true of the person, whatever the method."""
CURRENCY_OF: Final = "v1"  # the dialect that pays out


def masked(number: str) -> str:
    """Four stars and the last four characters; of a short number nothing that would give it away."""
    return f"****{number[-4:]}" if len(number) >= 8 else "****" if number else ""


def payout_account_shown(chosen: PayoutSettings) -> dict[str, str | None]:
    """The account's facts as they may be shown, to its owner and to staff."""
    facts: dict[str, str] = chosen.account_details
    return {
        name: (masked(facts[name]) if name in MASKED_FIELDS else facts[name]) if facts.get(name) else None
        for name in ACCOUNT_FIELDS
    }


def payout_settings_update(
    *,
    actor: User,
    method: PayoutMethod,
    account: Mapping[str, str],
    minimum_payout: Decimal | None = None,
    payout_schedule: PayoutSchedule | None = None,
) -> PayoutSettings:
    """Set how the actor is paid out. What is not given stays; an empty text of `account` takes it out.

    Another method or account must be verified again, payouts to it wait, and its owner is told. With another method
    nothing of the old account stays but its holder's name: a bank's number is no PayPal account. A number sent back as
    it was shown, masked, is no change. Raises Invalid, naming the field.
    """
    with transaction.atomic():
        chosen, created = PayoutSettings.objects.select_for_update().get_or_create(
            user=actor, defaults={"method": method}
        )
        before: dict[str, str] = dict(chosen.account_details)
        is_other_method = not created and method != chosen.method
        kept = {name: before[name] for name in KEPT_FIELDS if name in before} if is_other_method else before
        after = _merged(kept, account)
        is_another = not created and (after != before or is_other_method)
        chosen.method, chosen.account_details = method, after
        if minimum_payout is not None:
            chosen.minimum_payout = _minimum(minimum_payout)
        if payout_schedule is not None:
            chosen.payout_schedule = payout_schedule
        if is_another:
            chosen.is_verified = False
            chosen.account_changed_at = timezone.now()
            _tell(actor)
        chosen.save()
    return chosen


def payout_settings_verify(*, actor: Actor, settings_id: int) -> PayoutSettings:
    """Administrators have checked the account: payouts may go there by themselves. The audit trail has its number
    masked. Raises Denied, Missing, Invalid."""
    if not policies.may_move_money(actor):
        raise Denied
    with transaction.atomic():
        chosen = PayoutSettings.objects.select_for_update().filter(pk=settings_id).first()
        if chosen is None:
            raise Missing("Payout settings")
        if not chosen.account_number:
            raise Invalid("There is no account to verify.")
        number = payout_account_shown(chosen)["account_number"]
        verified = {"method": chosen.method, "account_number": number, "is_verified": True}
        with audited(actor, "payout_settings.verify", chosen, **verified):
            if not chosen.is_verified:
                chosen.is_verified = True
                chosen.save(update_fields=["is_verified", "updated_at"])
    return chosen


def _merged(before: dict[str, str], sent: Mapping[str, str]) -> dict[str, str]:
    after = dict(before)
    for name, value in sent.items():
        if name in MASKED_FIELDS and "*" in value:
            if value != masked(before.get(name, "")):
                raise Invalid("Send the whole number.", field=name)
        elif value:
            after[name] = value
        else:
            after.pop(name, None)
    return after


def _minimum(amount: Decimal) -> Decimal:
    if amount < 0:
        raise Invalid("Must not be negative.", field="minimum_payout")
    return exact(amount, settings.CURRENCIES[CURRENCY_OF], field="minimum_payout")


def _tell(user: User) -> None:
    """Whoever has taken over an account begins with this."""
    notification_send(
        user=user,
        notification_type="payout_updated",
        title="Payout Account Changed",
        message="The account that your payouts go to was changed. If it was not you, change your password.",
        email="payout_account_changed",
    )

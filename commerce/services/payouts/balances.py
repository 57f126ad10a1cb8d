"""The balance a payout draws on."""

from decimal import Decimal

from django.db.models import Sum

from commerce.choices import AccountKind
from commerce.models import LedgerAccount, Promotion
from commerce.services.states.chargebacks import earnings_at_stake
from config.core.money import ZERO, quantise


def seller_balance_lock(*, seller_id: int, currency: str) -> Decimal:
    """What a seller may spend, with their account locked: until the commit nobody else can spend of it.

    That is what the platform owes them, less what they have set aside for promotions whose rest is being charged, and
    what open chargebacks may take. Money coming in, or taken back by a refund, does not wait for the lock. Call it in a
    transaction.
    """
    account = (
        LedgerAccount.objects.select_for_update(no_key=True)  # its entries refer to it
        .filter(kind=AccountKind.SELLER, owner_id=seller_id, name="", currency=currency)
        .first()
    )
    if account is None:
        return quantise(ZERO, currency)
    owed = account.entries.aggregate(total=Sum("amount"))["total"] or ZERO
    open_ones = Promotion.objects.filter(seller=seller_id, currency=currency, starts_at=None, called_off_at=None)
    set_aside = open_ones.aggregate(total=Sum("from_balance"))["total"] or ZERO
    return quantise(owed - set_aside - earnings_at_stake(seller_id=seller_id, currency=currency), currency)

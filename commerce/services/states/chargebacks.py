"""What an open chargeback keeps from happening, and the one place where a chargeback's state changes."""

from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from commerce.choices import OPEN_CHARGEBACKS, ChargebackState
from commerce.errors import ChargebackOpen
from commerce.models import Chargeback, ChargebackChange, Payment, PaymentShare
from commerce.services.ledger.shares import at_stake
from config.core.money import ZERO


def has_open_chargeback(payment: Payment) -> bool:
    """Asked under the payment's lock, which whoever writes a chargeback holds as well."""
    return payment.chargebacks.filter(state__in=OPEN_CHARGEBACKS).exists()


def refuse_release(payment: Payment) -> None:
    """Money that the gateway may still take is not let go of, also while the bank only asks."""
    if has_open_chargeback(payment):
        raise ChargebackOpen


def refuse_refund(payment: Payment) -> None:
    """The gateway refuses it, and the buyer would be paid twice. An inquiry may be ended by a refund."""
    if payment.chargebacks.filter(state=ChargebackState.OPEN).exists():
        raise ChargebackOpen


def earnings_at_stake(*, seller_id: int, currency: str) -> Decimal:
    """What open chargebacks may still take of a seller's balance."""
    rows = _open_of(seller_id, currency).select_related("payment").order_by("pk")
    return sum((at_stake(chargeback).get(seller_id, ZERO) for chargeback in rows), ZERO)


def has_seller_open_chargeback(seller_id: int, currency: str) -> bool:
    return _open_of(seller_id, currency).exists()


def _open_of(seller_id: int, currency: str) -> QuerySet[Chargeback]:
    mine = PaymentShare.objects.filter(payment=OuterRef("payment"), seller=seller_id)
    return Chargeback.objects.filter(Exists(mine), state__in=OPEN_CHARGEBACKS, payment__currency=currency)


def chargeback_state_change(chargeback: Chargeback, state: ChargebackState) -> None:
    """The one place that assigns a chargeback's state, which it only takes over. Its payment must be locked.

    There is no table of what may follow what: the bank decides, and appeals open again what was closed.
    """
    if state == chargeback.state:
        return
    ChargebackChange.objects.create(chargeback=chargeback, before=chargeback.state, after=state)
    chargeback.state = state
    chargeback.closed_at = None if state in OPEN_CHARGEBACKS else timezone.now()

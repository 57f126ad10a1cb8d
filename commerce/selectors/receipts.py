"""What a receipt says of an order, to whoever may see it: its buyer and staff all of it, a seller their own part."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from accounts.actors import Actor
from accounts.models import User
from commerce import policies
from commerce.choices import CAME_IN, LIVE_PAYMENTS, RefundStatus
from commerce.models import Chargeback, Order, OrderLine, Payment, PaymentShare, Refund, ShareReversal
from commerce.selectors.orders import order_visible
from config.core.money import ZERO, quantise
from marketplace.licences import LICENCES, LicenceText


class Reader(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"
    STAFF = "staff"


@dataclass(frozen=True)
class LineMoney:
    """Of what was paid for a line: the platform's fee, the seller's earning, and what of the price went back."""

    fee: Decimal
    earning: Decimal
    returned: Decimal


@dataclass(frozen=True)
class PaymentShown:
    """`amount` is the reader's part; `paid_at` is None while nothing has come in."""

    reference: str
    method: str
    status: str
    amount: Decimal
    paid_at: datetime | None


@dataclass(frozen=True)
class ReturnShown:
    """Money that went back to the buyer, or is on its way (`is_pending`); the reader's part of it."""

    what: str
    of: str
    amount: Decimal
    at: datetime
    is_pending: bool


@dataclass(frozen=True)
class Receipt:
    """`money` is by line, and empty for buyers: the fee is the seller's. `tax` is within `total`; None: none was
    charged. Where nothing has been paid yet, and something is to be, it `is_paid` not."""

    order: Order
    reader: Reader
    lines: list[OrderLine]
    buyer: list[str]
    money: dict[int, LineMoney]
    licences: dict[LicenceText, list[str]]
    total: Decimal
    tax: Decimal | None
    payments: list[PaymentShown] = field(default_factory=list)
    returns: list[ReturnShown] = field(default_factory=list)

    @property
    def paid(self) -> Decimal:
        return sum((payment.amount for payment in self.payments if payment.paid_at), ZERO)

    @property
    def returned(self) -> Decimal:
        return sum((back.amount for back in self.returns if not back.is_pending), ZERO)

    @property
    def is_paid(self) -> bool:
        return any(payment.paid_at for payment in self.payments) or not self.total


def receipt_of(*, actor: Actor, order_id: int) -> Receipt:
    """Raises Missing for whoever may not see the order. As many queries for a hundred lines as for one."""
    order = order_visible(actor=actor, order_id=order_id)
    reader = _reader(actor, order)
    lines = list(order.lines.all())
    payments = list(_payments(order))
    own = {line.pk for line in lines}
    total = sum((line.total_price for line in lines), ZERO)
    return Receipt(
        order=order,
        reader=reader,
        lines=lines,
        buyer=_buyer(order.buyer, reader),
        money={} if reader == Reader.BUYER else _money(payments, own),
        licences=_licences(lines),
        total=quantise(total, order.currency),
        tax=_tax_within(total, order),
        payments=[shown for payment in payments if (shown := _payment(payment, own)) is not None],
        returns=sorted(
            (back for payment in payments for back in _returns(payment, own, reader)), key=lambda back: back.at
        ),
    )


def _reader(actor: Actor, order: Order) -> Reader:
    if policies.is_buyer(actor, order):
        return Reader.BUYER
    return Reader.STAFF if policies.may_manage_orders(actor) else Reader.SELLER


def _buyer(buyer: User, reader: Reader) -> list[str]:
    """The address for e-mails is not for sellers: they have the one to send things to."""
    name = buyer.get_full_name()
    shown = [name, buyer.username] if name and name != buyer.username else [buyer.username]
    return shown if reader == Reader.SELLER else [*shown, buyer.email]


def _tax_within(total: Decimal, order: Order) -> Decimal | None:
    percent = order.tax_percent
    return quantise(total * percent / (100 + percent), order.currency) if percent else None


def _licences(lines: list[OrderLine]) -> dict[LicenceText, list[str]]:
    """Of what was bought as files, each text once, with the titles that it is for."""
    found: dict[LicenceText, list[str]] = {}
    for line in lines:
        if line.licence in LICENCES:
            found.setdefault(LICENCES[line.licence], []).append(line.title)
    return found


# ---------------------------------------------------------------- money
def _payments(order: Order) -> QuerySet[Payment]:
    taken = Prefetch("reversals", ShareReversal.objects.select_related("share").order_by("pk"))
    return (
        Payment.objects.filter(order=order, status__in=[*LIVE_PAYMENTS, *CAME_IN])
        .prefetch_related(
            Prefetch("shares", PaymentShare.objects.order_by("pk")),
            Prefetch("refunds", Refund.objects.select_related("share__line").order_by("pk").prefetch_related(taken)),
            Prefetch("chargebacks", Chargeback.objects.order_by("pk").prefetch_related(taken)),
        )
        .order_by("pk")
    )


def _payment(payment: Payment, own: set[int]) -> PaymentShown | None:
    amount = sum((share.gross for share in payment.shares.all() if share.line_id in own), ZERO)
    came_in = payment.status in CAME_IN
    if not amount:
        return None
    return PaymentShown(
        reference=payment.transaction_id,
        method=payment.get_payment_method_display(),
        status=payment.get_status_display(),
        amount=quantise(amount, payment.currency),
        paid_at=(payment.completed_at or payment.created_at) if came_in else None,
    )


def _returns(payment: Payment, own: set[int], reader: Reader) -> list[ReturnShown]:
    found = []
    for refund in payment.refunds.all():
        if refund.status == RefundStatus.FAILED:
            continue
        is_pending = refund.status == RefundStatus.PENDING
        amount = refund.amount if reader != Reader.SELLER else _part(refund, own)
        of = refund.share.line.title if refund.share is not None and refund.share.line is not None else ""
        if amount:
            at = refund.settled_at or refund.created_at
            found.append(ReturnShown("Refund", of, quantise(amount, payment.currency), at, is_pending))
    for chargeback in payment.chargebacks.all():
        amount = chargeback.gone if reader != Reader.SELLER else _part(chargeback, own)
        if amount and chargeback.is_settled:
            at = chargeback.closed_at or chargeback.opened_at
            found.append(ReturnShown("Taken back by the bank", "", quantise(amount, payment.currency), at, False))
    return found


def _part(movement: Refund | Chargeback, own: set[int]) -> Decimal:
    """What a refund or a chargeback took of the reader's lines. A refund that waits has taken nothing yet."""
    return sum((reversal.gross for reversal in movement.reversals.all() if reversal.share.line_id in own), ZERO)


def _money(payments: list[Payment], own: set[int]) -> dict[int, LineMoney]:
    """By line, of the payment that has come in, or else that is still to come."""
    found = {}
    for payment in sorted(payments, key=lambda payment: payment.status in CAME_IN):
        for share in payment.shares.all():
            if share.line_id in own:
                found[share.line_id] = LineMoney(
                    fee=share.fee - share.refunded_fee,
                    earning=share.earning - share.refunded_gross + share.refunded_fee,
                    returned=share.refunded_gross,
                )
    return found


def issuer() -> list[str]:
    """Who writes documents: the lines of RECEIPT_ISSUER."""
    return [line.strip() for line in settings.RECEIPT_ISSUER if line.strip()]

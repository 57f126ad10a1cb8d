"""The proof of the ledger: every figure that can be computed in two ways is, and must agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum

from commerce.choices import (
    PAID,
    SETTLED_CHARGEBACKS,
    AccountKind,
    PaymentStatus,
    RefundStatus,
    TransactionKind,
)
from commerce.models import (
    Campaign,
    Chargeback,
    Coupon,
    CouponUse,
    InvoiceReversal,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Payment,
    PaymentShare,
    Payout,
    Promotion,
    Refund,
    SubscriptionInvoice,
)
from commerce.services.audit.campaigns import campaign_faults, coupon_faults, promotion_faults
from commerce.services.audit.chargebacks import chargeback_faults
from commerce.services.audit.filled import filled
from commerce.services.audit.jobs import bounty_faults, job_faults
from commerce.services.audit.listings import listing_faults
from commerce.services.audit.movements import movement_faults
from commerce.services.audit.payouts import payout_faults
from commerce.services.audit.subscriptions import subscription_faults
from commerce.services.audit.totals import earned_by_shares, total_faults
from config.core.money import ZERO, quantise
from jobs.models import Bounty, Job

TOLERANCE = Decimal("0.0004")
# What a platform may have none of.
SELDOM = (
    *(Bounty, Campaign, Chargeback, Coupon, CouponUse, InvoiceReversal, Job, Payout, Promotion, Refund),
    SubscriptionInvoice,
)


@dataclass(frozen=True)
class Balance:
    account: str
    currency: str
    amount: Decimal
    entries: int


def balances() -> list[Balance]:
    """The balance of each kind of account and currency."""
    rows = (
        LedgerAccount.objects.values("kind", "name", "currency")
        .annotate(total=Sum("entries__amount"), n=Count("entries"))
        .order_by("currency", "kind", "name")
    )
    return [
        Balance(
            f"{row['kind']} {row['name']}".strip(),
            row["currency"],
            quantise(row["total"] or ZERO, row["currency"]),
            row["n"],
        )
        for row in rows
    ]


def ledger_faults() -> Iterator[str]:
    """Each thing that does not add up, in words. Nothing when the books are right."""
    there = filled(*SELDOM)
    yield from _transactions_that_do_not_add_up()
    yield from _payments_not_booked_once()
    if Refund in there:
        yield from _refunds_not_booked_once()
    yield from _what_went_back()
    yield from _payments_and_shares()
    yield from _money_in_escrow()
    if Job in there:
        yield from job_faults()
    if Bounty in there:
        yield from bounty_faults()
    yield from listing_faults()
    yield from chargeback_faults(there)
    yield from movement_faults()
    yield from payout_faults(there)
    if Promotion in there:
        yield from promotion_faults()
    if Campaign in there:
        yield from campaign_faults()
    yield from coupon_faults(there)
    yield from subscription_faults(there)
    yield from total_faults()


def _transactions_that_do_not_add_up() -> Iterator[str]:
    sums = LedgerTransaction.objects.annotate(
        total=Sum("entries__amount"), currencies=Count("entries__account__currency", distinct=True)
    )
    wrong = Q(total__gt=TOLERANCE) | Q(total__lt=-TOLERANCE) | Q(total=None) | Q(currencies__gt=1)
    for key, total, currencies in sums.filter(wrong).order_by("pk").values_list("key", "total", "currencies"):
        if total is None or abs(total) > TOLERANCE:
            yield f"ledger transaction {key} adds up to {total}, not to nothing"
        if currencies > 1:
            yield f"ledger transaction {key} mixes currencies"


def _payments_not_booked_once() -> Iterator[str]:
    payments = Payment.objects.only("transaction_id", "status", "currency", "amount")
    paid = payments.filter(status__in=[*PAID, PaymentStatus.REFUNDED])
    booked = Q(ledger_transactions__kind=TransactionKind.PAYMENT)
    at_gateway = Q(ledger_transactions__entries__account__kind=AccountKind.GATEWAY)
    for payment in paid.annotate(
        n=Count("ledger_transactions", filter=booked, distinct=True),
        moved=Sum("ledger_transactions__entries__amount", filter=booked & at_gateway),
    ).iterator():
        if payment.n != 1:
            yield f"payment {payment.transaction_id} is {payment.status} and booked {payment.n} times"
        if quantise(-(payment.moved or ZERO), payment.currency) != quantise(payment.amount, payment.currency):
            yield f"payment {payment.transaction_id} of {payment.amount} is booked with {payment.moved}"
    unpaid = payments.exclude(status__in=[*PAID, PaymentStatus.REFUNDED])
    for stray in unpaid.filter(ledger_transactions__isnull=False).distinct():
        yield f"payment {stray.transaction_id} is {stray.status} but booked"


def _refunds_not_booked_once() -> Iterator[str]:
    done = Refund.objects.filter(status=RefundStatus.SUCCEEDED)
    booked_as_refund = Count("ledger_transactions", filter=Q(ledger_transactions__kind=TransactionKind.REFUND))
    for number, times in done.annotate(n=booked_as_refund).exclude(n=1).values_list("pk", "n"):
        yield f"refund {number} has succeeded and is booked {times} times"
    # One that failed after it had succeeded is booked and corrected.
    at_gateway = Sum(
        "ledger_transactions__entries__amount",
        filter=Q(ledger_transactions__entries__account__kind=AccountKind.GATEWAY),
    )
    booked = Refund.objects.annotate(moved=at_gateway).filter(moved__isnull=False).select_related("payment")
    booked = booked.only("amount", "status", "payment__currency")
    for refund in booked.iterator():
        expected = refund.amount if refund.status == RefundStatus.SUCCEEDED else ZERO
        if quantise(refund.moved or ZERO, refund.payment.currency) != quantise(expected, refund.payment.currency):
            yield f"refund {refund.pk} of {refund.amount} is {refund.status} but booked with {refund.moved}"


def _what_went_back() -> Iterator[str]:
    for stray in LedgerTransaction.objects.filter(kind=TransactionKind.REFUND, refund=None):
        yield f"ledger transaction {stray.key} is of no refund"
    done = Refund.objects.filter(status=RefundStatus.SUCCEEDED)
    refunds = done.filter(payment=OuterRef("pk")).order_by().values("payment").annotate(n=Sum("amount")).values("n")
    settled = Chargeback.objects.filter(payment=OuterRef("pk"), state__in=SETTLED_CHARGEBACKS).order_by()
    lost = settled.values("payment").annotate(n=Sum(F("withdrawn") - F("loss"))).values("n")
    payments = Payment.objects.annotate(refunds_say=Subquery(refunds), lost=Subquery(lost))
    for payment in payments.only("transaction_id", "currency", "refunded_amount").iterator():
        back = (payment.refunds_say or ZERO) + (payment.lost or ZERO)
        if quantise(back, payment.currency) != quantise(payment.refunded_amount, payment.currency):
            name, said = payment.transaction_id, payment.refunded_amount
            yield f"payment {name} says {said} went back, its refunds and chargebacks say {back}"


def _payments_and_shares() -> Iterator[str]:
    payments = Payment.objects.annotate(
        gross=Sum("shares__gross"), fee=Sum("shares__fee"), back=Sum("shares__refunded_gross")
    )
    for payment in payments.only(
        *("transaction_id", "currency", "amount", "platform_fee", "refunded_amount")
    ).iterator():
        ours = (payment.amount, payment.platform_fee, payment.refunded_amount)
        shares = (payment.gross or ZERO, payment.fee or ZERO, payment.back or ZERO)
        if [quantise(a, payment.currency) for a in ours] != [quantise(b, payment.currency) for b in shares]:
            yield f"payment {payment.transaction_id} and its shares differ: {ours} and {shares}"
    seller = LedgerEntry.objects.filter(
        account__kind=AccountKind.SELLER, transaction__payout=None, transaction__promotion=None
    )
    booked = dict(seller.values_list("account__owner").annotate(Sum("amount")).order_by())
    expected = earned_by_shares(Payment.objects.filter(status__in=[*PAID, PaymentStatus.REFUNDED]))
    for owner in {*booked, *expected}:
        difference = (booked.get(owner) or ZERO) - (expected.get(owner) or ZERO)
        if abs(difference) > TOLERANCE:
            yield f"seller {owner}: the ledger and the shares differ by {difference}"


def _money_in_escrow() -> Iterator[str]:
    """What was paid is in escrow, went back, is withdrawn, or was released: each once. The shares say the same."""
    amount, kind = "ledger_transactions__entries__amount", "ledger_transactions__entries__account__kind"
    shares = PaymentShare.objects.filter(payment=OuterRef("pk")).order_by().values("payment")
    of_shares = shares.annotate(total=Sum("held_gross")).values("total")
    withdrawn = shares.annotate(total=Sum("withdrawn_gross")).values("total")
    for payment in (
        Payment.objects.filter(status__in=[*PAID, PaymentStatus.REFUNDED])
        .annotate(
            held=Sum(amount, filter=Q(**{kind: AccountKind.HELD})),
            released=Sum(amount, filter=Q(**{f"{kind}__in": [AccountKind.FEES, AccountKind.SELLER]})),
            of_shares=Subquery(of_shares),
            withdrawn=Subquery(withdrawn),
        )
        .only("transaction_id", "currency", "amount", "held_amount", "refunded_amount")
        .iterator()
    ):
        name, held, released = payment.transaction_id, payment.held_amount, payment.released or ZERO
        if quantise(payment.held or ZERO, payment.currency) != quantise(held, payment.currency):
            yield f"payment {name} says {held} are in hold, the ledger says {payment.held}"
        if quantise(payment.of_shares or ZERO, payment.currency) != quantise(held, payment.currency):
            yield f"payment {name} says {held} are in hold, its shares say {payment.of_shares}"
        back, out = payment.refunded_amount, payment.withdrawn or ZERO
        if quantise(released + back + held + out, payment.currency) != quantise(payment.amount, payment.currency):
            yield f"payment {name}: released {released}, gone back {back}, held {held} and withdrawn {out} are not all"
    unpaid = Payment.objects.exclude(status__in=[*PAID, PaymentStatus.REFUNDED])
    for stray in unpaid.exclude(held_amount=0).only("transaction_id", "status", "held_amount"):
        yield f"payment {stray.transaction_id} is {stray.status} and has {stray.held_amount} in hold"
    held_for = AccountKind.HELD
    in_ledger = LedgerEntry.objects.filter(account__kind=held_for).order_by()
    booked = dict(in_ledger.values_list("account__owner").annotate(Sum("amount")))
    counted = dict(PaymentShare.objects.order_by().values_list("seller").annotate(Sum("held_gross")))
    for owner in {*booked, *counted}:
        difference = (booked.get(owner) or ZERO) - (counted.get(owner) or ZERO)
        if abs(difference) > TOLERANCE:
            yield f"seller {owner}: what the ledger and the shares hold for him differs by {difference}"

"""Reads of orders and money, limited to what the actor may see."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum, Window
from django.db.models.functions import Now
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from commerce import policies
from commerce.choices import (
    OPEN_CHARGEBACKS,
    OPEN_PAYOUTS,
    PAID,
    AccountKind,
    DisputeState,
    HireStatus,
    OrderStatus,
    PaymentStatus,
    PayoutStatus,
)
from commerce.models import (
    Chargeback,
    Dispute,
    LedgerAccount,
    LedgerEntry,
    Order,
    OrderLine,
    Payment,
    PaymentShare,
    Payout,
    PayoutSettings,
    Promotion,
    SavedMethod,
)
from config.core.errors import Missing
from config.core.money import ZERO, quantise
from config.core.references import Reference, referred
from jobs.choices import JobStatus
from marketplace.choices import Kind as ListingKind

MOST_PROMOTED = 20
# A share of a payment that was not given back whole. What was free in it is the buyer's as long as the rest is.
KEPT = Q(gross=ZERO) | Q(refunded_gross__lt=F("gross"))


def orders_bought(*, actor: Actor) -> QuerySet[Order]:
    """The actor's purchases, newest first."""
    return _orders_with_lines().filter(buyer_id=actor.pk)


def orders_sold(*, actor: Actor) -> QuerySet[Order]:
    """Orders that hold the actor's works; the lines of others are left out."""
    mine = OrderLine.objects.filter(order=OuterRef("pk"), seller_id=actor.pk)
    return _orders_with_lines(seller_id=actor.pk).filter(Exists(mine))


def order_visible(*, actor: Actor, order_id: int) -> Order:
    """An order for its buyer and staff whole, for a seller with his own lines. Raises Missing for all others."""
    rows = _orders_with_lines() if policies.may_manage_orders(actor) else orders_bought(actor=actor)
    order = rows.filter(pk=order_id).first() or orders_sold(actor=actor).filter(pk=order_id).first()
    if order is None:
        raise Missing("Order")
    return order


def _orders_with_lines(seller_id: int | None = None) -> QuerySet[Order]:
    lines = OrderLine.objects.order_by("pk")
    if seller_id is not None:
        lines = lines.filter(seller_id=seller_id)
    return (
        Order.objects.select_related("buyer").prefetch_related(Prefetch("lines", lines)).order_by("-created_at", "-pk")
    )


def payments_of(*, actor: Actor) -> QuerySet[Payment]:
    """What the actor paid and what he received (also as one of several sellers), newest first."""
    shared = PaymentShare.objects.filter(payment=OuterRef("pk"), seller_id=actor.pk)
    concerned = Q(payer_id=actor.pk) | Q(payee_id=actor.pk) | Exists(shared)
    return Payment.objects.select_related("payer", "payee").filter(concerned).order_by("-created_at", "-pk")


def payment_visible(*, actor: Actor, payment_id: int) -> Payment:
    rows = payments_for_staff(actor=actor) if policies.may_manage_orders(actor) else payments_of(actor=actor)
    payment = rows.filter(pk=payment_id).first()
    if payment is None:
        raise Missing("Payment")
    return payment


def payments_for_staff(*, actor: Actor) -> QuerySet[Payment]:
    """All payments for staff, none for others."""
    rows = Payment.objects.select_related("payer", "payee", "order", "job").order_by("-created_at", "-pk")
    return rows if policies.may_manage_orders(actor) else rows.none()


def payment_stats(*, actor: Actor) -> dict[str, Any]:
    """Counts by status and money in the art market's currency; other currencies stand beside it."""
    rows = payments_for_staff(actor=actor).order_by()
    currency = settings.CURRENCIES["cultureup"]
    counts = {row["status"]: row["n"] for row in rows.values("status").annotate(n=Count("pk"))}
    money = {
        row["currency"]: (row["gross"], row["fees"])
        for row in rows.filter(status__in=PAID)
        .values("currency")
        .annotate(gross=Sum(F("amount") - F("refunded_amount")), fees=Sum("platform_fee"))
    }
    returned = dict(
        PaymentShare.objects.filter(payment__status__in=PAID)
        .values_list("payment__currency")
        .annotate(Sum("refunded_fee"))
    )
    gross, fees = money.pop(currency, (ZERO, ZERO))
    return {
        "total_payments": sum(counts.values()),
        "completed_payments": sum(counts.get(status, 0) for status in PAID),
        "pending_payments": counts.get(PaymentStatus.PENDING, 0) + counts.get(PaymentStatus.REQUIRES_ACTION, 0),
        "failed_payments": counts.get(PaymentStatus.FAILED, 0) + counts.get(PaymentStatus.CANCELLED, 0),
        "refunded_payments": counts.get(PaymentStatus.REFUNDED, 0),
        "total_revenue": quantise(gross, currency),
        "platform_fees": quantise(fees - returned.get(currency, ZERO), currency),
        "pending_releases": rows.filter(status__in=PAID, hire_status=HireStatus.PENDING).count(),
        "other_currencies": {
            other: {
                "total_revenue": quantise(amount, other),
                "platform_fees": quantise(fee - returned.get(other, ZERO), other),
            }
            for other, (amount, fee) in sorted(money.items())
        },
    }


def job_has_open_dispute(*, job_id: int) -> bool:
    """Buyer and artist of the job disagree, and staff have not decided yet."""
    return Dispute.objects.filter(payment__job_id=job_id, state=DisputeState.OPEN).exists()


def payments_to_release() -> QuerySet[Payment]:
    """Held for jobs completed long enough ago, nothing disputed. A withdrawn dispute may still move the day."""
    disputed = Dispute.objects.filter(payment=OuterRef("pk"), state=DisputeState.OPEN)
    charged_back = Chargeback.objects.filter(payment=OuterRef("pk"), state__in=OPEN_CHARGEBACKS)
    return Payment.objects.filter(
        ~Exists(disputed),
        ~Exists(charged_back),
        held_amount__gt=0,
        status__in=PAID,
        job__status=JobStatus.COMPLETED,
        job__completed_at__lte=timezone.now() - timedelta(days=settings.JOB_RELEASE_DAYS),
    ).order_by("job__completed_at", "pk")


def disputes_of(*, actor: Actor) -> QuerySet[Dispute]:
    """Disputes about jobs of the actor, as buyer or artist, newest first."""
    party = Q(payment__payer_id=actor.pk) | Q(payment__payee_id=actor.pk)
    return _disputes().filter(party) if actor.pk is not None else _disputes().none()


def disputes_for_staff(*, actor: Actor) -> QuerySet[Dispute]:
    """All disputes for staff, none for others."""
    return _disputes() if policies.may_manage_orders(actor) else _disputes().none()


def dispute_visible(*, actor: Actor, dispute_id: int) -> Dispute:
    rows = disputes_for_staff(actor=actor) if policies.may_manage_orders(actor) else disputes_of(actor=actor)
    dispute = rows.filter(pk=dispute_id).first()
    if dispute is None:
        raise Missing("Dispute")
    return dispute


def _disputes() -> QuerySet[Dispute]:
    people = ("opened_by", "decided_by", "payment__payer", "payment__payee")
    return Dispute.objects.select_related(*people, "payment__job").order_by("-created_at", "-pk")


def owned_models(actor: Actor, listing_ids: Collection[int], *, besides: Order | None = None) -> set[int]:
    """Which of the 3-D models the actor has paid for, and was not given the whole price back; by an order `besides`
    that one."""
    if actor.pk is None or not listing_ids:
        return set()
    lines = OrderLine.objects.filter(order__buyer_id=actor.pk, listing__in=listing_ids, kind=ListingKind.MODEL)
    if besides is not None:
        lines = lines.exclude(order=besides)
    free = lines.filter(order__total_amount=ZERO).exclude(order__status=OrderStatus.CANCELLED)
    kept = PaymentShare.objects.filter(KEPT, line__in=lines, payment__status__in=PAID)
    return {*free.values_list("listing", flat=True), *kept.values_list("line__listing", flat=True)}


def listings_promoted() -> list[int]:
    """Whose promotion runs now: the newest 20, the last that began first."""
    running = Promotion.objects.filter(starts_at__isnull=False, expires_at__gt=timezone.now())
    listings = running.order_by("-starts_at", "-pk").values_list("listing", flat=True)[:MOST_PROMOTED]
    return list(dict.fromkeys(listings))


def is_bought(listing_id: int) -> bool:
    """Somebody ordered it and did not cancel, so it may be archived but not deleted."""
    return OrderLine.objects.filter(listing_id=listing_id).exists()


def seller_balance(*, seller_id: int, currency: str) -> Decimal:
    """What the platform owes a seller now: the sum of his ledger lines."""
    entries = LedgerEntry.objects.filter(
        account__kind="seller", account__owner_id=seller_id, account__currency=currency
    )
    return quantise(entries.aggregate(total=Sum("amount"))["total"] or ZERO, currency)


@dataclass(frozen=True)
class SellerAccount:
    """What the platform owes a seller in a currency, and what lies in hold for him beside it."""

    currency: str
    balance: Decimal
    held: Decimal


def seller_accounts(*, actor: Actor) -> list[SellerAccount]:
    """The actor's balances, one a currency; one of nothing in the art market's currency when there is none yet."""
    mine = LedgerAccount.objects.filter(kind__in=[AccountKind.SELLER, AccountKind.HELD], owner_id=actor.pk)
    sums = {
        (row["currency"], row["kind"]): row["total"] or ZERO
        for row in mine.values("currency", "kind").annotate(total=Sum("entries__amount"))
    }
    currencies = sorted({currency for currency, _kind in sums} or {settings.CURRENCIES["cultureup"]})
    return [
        SellerAccount(
            currency=currency,
            balance=quantise(sums.get((currency, AccountKind.SELLER), ZERO), currency),
            held=quantise(sums.get((currency, AccountKind.HELD), ZERO), currency),
        )
        for currency in currencies
    ]


def seller_statement(*, actor: Actor) -> QuerySet[LedgerEntry]:
    """The lines of the actor's balances in the order they were booked, each with the `balance` of its currency then.

    Filter by nothing but the account: a line left out would be missing in what follows.
    """
    running = Window(Sum("amount"), partition_by="account", order_by="pk")
    return (
        LedgerEntry.objects.filter(account__kind=AccountKind.SELLER, account__owner_id=actor.pk)
        .select_related("account", "transaction__payment", "transaction__payout")
        .annotate(balance=running)
        .order_by("pk")
    )


def methods_of(*, actor: User) -> QuerySet[SavedMethod]:
    """The ways to pay that the actor keeps: the default first, then the newest."""
    return SavedMethod.objects.filter(user_id=actor.pk).order_by("-is_default", "-created_at", "-pk")


def payouts_of(*, actor: Actor) -> QuerySet[Payout]:
    """The actor's payouts, newest first."""
    return Payout.objects.filter(seller_id=actor.pk).order_by("-request_date", "-pk")


def payouts_open() -> QuerySet[Payout]:
    """What is to be paid now, the oldest first; not what waits since its account is new. For the platform itself."""
    waits = Q(status=PayoutStatus.PENDING, waits_until__gt=Now())
    rows = Payout.objects.filter(~waits, status__in=OPEN_PAYOUTS)
    return rows.select_related("seller").order_by("request_date", "pk")


def payout_settings_of(*, actor: User) -> PayoutSettings | None:
    """None before the actor has set any."""
    return PayoutSettings.objects.filter(user_id=actor.pk).first()


def orders_unpaid_since(hours: int) -> QuerySet[Order]:
    """Orders whose time to pay is over: placed before then, not paid, and not waiting for a transfer or for cash."""
    limit = timezone.now() - timedelta(hours=hours)
    by_hand = Payment.objects.filter(
        order=OuterRef("pk"),
        payment_method__in=["bank_transfer", "cash_on_delivery"],
        status=PaymentStatus.PENDING,
    )
    paid = Payment.objects.filter(order=OuterRef("pk"), status__in=[*PAID, PaymentStatus.REFUNDED])
    return Order.objects.filter(
        ~Exists(by_hand), ~Exists(paid), status__in=["pending", "confirmed"], created_at__lt=limit, total_amount__gt=0
    ).order_by("pk")


def line_bought(*, actor: Actor, order_id: int, item_id: int) -> OrderLine:
    """A line of the actor's own order."""
    line = (
        OrderLine.objects.select_related("listing", "order").filter(pk=item_id, order_id=order_id).first()
        if actor.pk
        else None
    )
    if line is None or line.order.buyer_id != actor.pk:
        raise Missing("Item")
    return line


@dataclass(frozen=True)
class Purchases:
    """What a buyer bought in the shop, and what he paid artists for jobs: the newest of each, and how many in all."""

    orders: list[Order]
    payments: list[Payment]
    total_orders: int
    total_payments: int
    completed_orders: int
    completed_payments: int


def purchases_of(*, actor: Actor, buyer_id: int, shown: int) -> Purchases:
    """For the buyer himself and staff. Raises Missing for all others."""
    if actor.pk != buyer_id and not policies.may_manage_orders(actor):
        raise Missing("Buyer profile")
    orders = _orders_with_lines().filter(buyer_id=buyer_id)
    payments = Payment.objects.select_related("payer", "payee", "job").filter(payer_id=buyer_id, job__isnull=False)
    by_order = orders.order_by().aggregate(n=Count("pk"), done=Count("pk", filter=Q(status=OrderStatus.DELIVERED)))
    by_payment = payments.aggregate(n=Count("pk"), done=Count("pk", filter=Q(status__in=PAID)))
    return Purchases(
        orders=list(orders[:shown]),
        payments=list(payments.order_by("-created_at", "-pk")[:shown]),
        total_orders=by_order["n"],
        total_payments=by_payment["n"],
        completed_orders=by_order["done"],
        completed_payments=by_payment["done"],
    )


def line_of_buyer(*, actor: Actor, reference: Reference) -> OrderLine:
    """A line that the actor bought, paid or not, by its number or UUID. Raises Missing."""
    return referred(OrderLine.objects.filter(order__buyer_id=actor.pk), reference, "Purchase")

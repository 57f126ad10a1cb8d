"""What is kept on people of their payments: whether it agrees with them, and how it is counted anew."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from accounts.models import User
from accounts.services.totals import totals_set
from commerce.choices import PAID, PaymentStatus
from commerce.models import Payment, PaymentShare
from commerce.services.ledger.shares import earned_so_far
from config.core.money import ZERO, quantise

LOOKED_AT = 100
"""People with the most, of whom one whose total is that of another currency is proof enough."""
Count = Callable[[QuerySet[Payment]], dict[int, Decimal]]


@dataclass(frozen=True)
class Market:
    """Its currency, and what is kept of payments in it. `whose` is for whom the first of these counts a payment."""

    name: str
    currency: str
    whose: str
    counts: Mapping[str, Count]


def total_faults() -> Iterator[str]:
    """What is kept on people agrees with the payments it was counted from."""
    paid = _paid()
    paid_in = set(paid.order_by().values_list("currency", flat=True).distinct())
    for market in _markets():
        if (former := _former_currencies(market)) is not None:
            yield f"people's totals of {market.name} are of {former}, no longer of {market.currency}: {WAYS}"
            continue
        done = paid.filter(currency=market.currency)
        counted = {name: count(done) if market.currency in paid_in else {} for name, count in market.counts.items()}
        known = {user_id for amounts in counted.values() for user_id in amounts}
        first, second = market.counts
        concerned = User.objects.filter(Q(pk__in=known) | ~Q(**{first: 0}) | ~Q(**{second: 0}))
        for user in concerned.order_by("pk").only(first, second).iterator():
            for name, amounts in counted.items():
                said, found = getattr(user, name), amounts.get(user.pk) or ZERO
                if not _same(said, found, market.currency):
                    yield f"user {user.pk}: {name} says {said}, the payments say {found}"


WAYS = (
    "set PAYMENT_CURRENCY as it was (unset it is PKR for CultureUp, USD elsewhere), or have them counted in the new "
    "currency: manage.py count_totals"
)


def totals_in_former_currencies() -> Iterator[str]:
    """Each market whose currency was changed after money had come in, in words."""
    for market in _markets():
        if (former := _former_currencies(market)) is not None:
            yield f"What people have in {market.name} is kept in {former}, and would be shown in {market.currency}."


def totals_recount() -> Iterator[tuple[int, int]]:
    """Count what is kept on people anew, each in a transaction of their own, in today's currencies. Says how many of
    all are done.

    Their row is locked first: a payment that comes in meanwhile is either counted, or adds itself afterwards.
    """
    ids = list(User.objects.order_by("pk").values_list("pk", flat=True))
    for place, user_id in enumerate(ids, 1):
        with transaction.atomic():
            if User.objects.select_for_update(no_key=True).filter(pk=user_id).first() is not None:
                theirs = _paid().filter(Q(payer=user_id) | Exists(_shares_of(user_id)))
                totals_set(
                    user_id,
                    {
                        name: count(theirs.filter(currency=market.currency)).get(user_id) or ZERO
                        for market in _markets()
                        for name, count in market.counts.items()
                    },
                )
        yield place, len(ids)


def _former_currencies(market: Market) -> str | None:
    """In which others it is kept what people have: it is to the cent what their payments in those come to."""
    (column, count), whose = next(iter(market.counts.items())), market.whose
    most = User.objects.filter(**{f"{column}__gt": 0}).order_by(f"-{column}").values_list("pk", column)[:LOOKED_AT]
    kept = dict(most)
    theirs = _paid().filter(**{f"{whose}__in": list(kept)}).order_by()
    counted = {
        currency: count(theirs.filter(currency=currency))
        for currency in {market.currency, *theirs.values_list("currency", flat=True).distinct()}
    }
    right = counted.pop(market.currency)
    wrong = [user_id for user_id, said in kept.items() if not _same(said, right.get(user_id), market.currency)]
    found = {name for name, of in counted.items() if any(_same(kept[user], of.get(user), name) for user in wrong)}
    return " and ".join(sorted(found)) or None


def _same(said: Decimal, found: Decimal | None, currency: str) -> bool:
    return quantise(said, currency) == quantise(found or ZERO, currency)


def _shares_of(user_id: int) -> QuerySet[PaymentShare]:
    return PaymentShare.objects.filter(payment=OuterRef("pk"), seller=user_id)


def _paid() -> QuerySet[Payment]:
    return Payment.objects.filter(status__in=[*PAID, PaymentStatus.REFUNDED])


def _markets() -> list[Market]:
    art, models = settings.CURRENCIES["cultureup"], settings.CURRENCIES["nexus"]
    sales: dict[str, Count] = {"sales_total": _sold, "revenue_total": _earned_by_sales}
    return [
        Market("the art market", art, "payer", {"spent": _spent, "earned": earned_by_shares}),
        Market("the market for 3-D models", models, "shares__seller", sales),
    ]


def earned_by_shares(payments: QuerySet[Payment]) -> dict[int, Decimal]:
    """What the shares have brought each seller. The fee of what is in escrow is not taken yet."""
    shares = PaymentShare.objects.filter(payment__in=payments)
    net = Sum(F("earning") - F("refunded_gross") + F("refunded_fee"))
    kept_back = Q(held_gross__gt=0) | Q(withdrawn_gross__gt=0)
    rows = shares.exclude(kept_back).values("seller").annotate(total=net).order_by()
    earned = dict(rows.values_list("seller", "total"))
    parts = (
        "seller",
        "gross",
        "fee",
        "earning",
        "refunded_gross",
        "withdrawn_gross",
        "held_gross",
        "payment__currency",
    )
    for share in shares.filter(kept_back).select_related("payment").only(*parts).iterator():
        earned[share.seller_id] = earned.get(share.seller_id, ZERO) + earned_so_far(share)
    return earned


def _spent(payments: QuerySet[Payment]) -> dict[int, Decimal]:
    net = payments.values("payer").annotate(total=Sum(F("amount") - F("refunded_amount"))).order_by()
    return dict(net.values_list("payer", "total"))


def _sold(payments: QuerySet[Payment]) -> dict[int, Decimal]:
    shares = PaymentShare.objects.filter(payment__in=payments.filter(order__isnull=False))
    gross = shares.values("seller").annotate(total=Sum(F("gross") - F("refunded_gross"))).order_by()
    return dict(gross.values_list("seller", "total"))


def _earned_by_sales(payments: QuerySet[Payment]) -> dict[int, Decimal]:
    return earned_by_shares(payments.filter(order__isnull=False))

"""Payments and saved payment methods, limited to what the actor may see."""

from typing import Any

from django.conf import settings
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, When

from accounts.actors import Actor
from accounts.models import User
from commerce import policies
from commerce.choices import PAID, HireStatus, PaymentStatus
from commerce.models import Payment, PaymentShare, SavedMethod
from config.core.errors import Missing
from config.core.money import ZERO, quantise


def payments_of(*, actor: Actor) -> QuerySet[Payment]:
    """What the actor paid and what they received, newest first. Of an order of several sellers each has a part:
    `own_amount`, `own_platform_fee` and `own_artist_earning`, which are the whole for whoever paid."""
    shared = PaymentShare.objects.filter(payment=OuterRef("pk"), seller_id=actor.pk)
    concerned = Q(payer_id=actor.pk) | Q(payee_id=actor.pk) | Exists(shared)
    own = {
        f"own_{whole}": Case(
            When(payer_id=actor.pk, then=F(whole)),
            default=Subquery(shared.order_by().values("payment").annotate(part=Sum(part)).values("part")),
        )
        for whole, part in (("amount", "gross"), ("platform_fee", "fee"), ("artist_earning", "earning"))
    }
    rows = Payment.objects.select_related("payer", "payee").filter(concerned).annotate(**own)
    return rows.order_by("-created_at", "-pk")


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
        "currency": currency,
        "pending_releases": rows.filter(status__in=PAID, hire_status=HireStatus.PENDING).count(),
        "other_currencies": {
            other: {
                "total_revenue": quantise(amount, other),
                "platform_fees": quantise(fee - returned.get(other, ZERO), other),
            }
            for other, (amount, fee) in sorted(money.items())
        },
    }


def methods_of(*, actor: User) -> QuerySet[SavedMethod]:
    """The ways to pay that the actor keeps: the default first, then the newest."""
    return SavedMethod.objects.filter(user_id=actor.pk).order_by("-is_default", "-created_at", "-pk")

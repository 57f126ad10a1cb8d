"""The proof of campaigns, coupons and promotions: budgets and uses are what orders hold of them, promotions are paid
once, in whole."""

from collections.abc import Container, Iterator

from django.db.models import Count, DecimalField, F, Model, OuterRef, Q, Subquery, Sum

from commerce.choices import PAID, AccountKind, PaymentStatus
from commerce.models import Campaign, Coupon, CouponUse, LedgerEntry, OrderLine, Payment, Promotion
from config.core.money import ZERO, quantise


def campaign_faults() -> Iterator[str]:
    live = Q(uses__returned_at__isnull=True)
    sums = Campaign.objects.annotate(used=Sum("uses__amount", filter=live), times=Count("uses", filter=live))
    for campaign in sums.iterator():
        used = campaign.used or ZERO
        if quantise(used, campaign.currency) != quantise(campaign.given, campaign.currency):
            yield f"campaign {campaign.pk} says {campaign.given} were given, its uses say {used}"
        if campaign.times != campaign.total_uses:
            yield f"campaign {campaign.pk} says {campaign.total_uses} uses, there are {campaign.times}"


def coupon_faults(there: Container[type[Model]]) -> Iterator[str]:
    if Coupon in there:
        yield from _counted_uses()
    if CouponUse in there:
        yield from _amounts_of_uses()
    stray = OrderLine.objects.filter(discount_amount__gt=0, order__coupon_use=None)
    for order_id in stray.order_by("order").values_list("order", flat=True).distinct():
        yield f"order {order_id} has a coupon's discount and no use of one"


def _counted_uses() -> Iterator[str]:
    live = Q(uses__returned_at__isnull=True, uses__isnull=False)
    counted = Coupon.objects.annotate(times=Count("uses", filter=live)).exclude(used_count=F("times"))
    for coupon in counted.iterator():
        yield f"coupon {coupon.code} says {coupon.used_count} uses, {coupon.times} orders hold one"


def _amounts_of_uses() -> Iterator[str]:
    off = OrderLine.objects.filter(order=OuterRef("order")).order_by().values("order")
    uses = CouponUse.objects.annotate(off=Subquery(off.annotate(n=Sum("discount_amount")).values("n")))
    # One that was given back stands with the lines of a cancelled order, not with those that took their place.
    uses = uses.filter(Q(returned_at=None) | ~Q(order__coupon_code=""))
    for use in uses.select_related("coupon", "order").iterator():
        if quantise(use.off or ZERO, use.order.currency) != quantise(use.amount, use.order.currency):
            yield f"order {use.order_id} got {use.off} off its lines, its use of {use.coupon.code} says {use.amount}"


def promotion_faults() -> Iterator[str]:
    money = DecimalField(max_digits=14, decimal_places=3)
    paid = Payment.objects.filter(promotion=OuterRef("pk"), status__in=[*PAID, PaymentStatus.REFUNDED]).order_by()
    charged = paid.values("promotion").annotate(total=Sum("amount")).values("total")
    entries = LedgerEntry.objects.filter(transaction__promotion=OuterRef("pk")).order_by()
    kinds = {
        kind: entries.filter(account__kind=kind).values("transaction__promotion").annotate(n=Sum("amount")).values("n")
        for kind in (AccountKind.SELLER, AccountKind.FEES)
    }
    rows = Promotion.objects.annotate(
        charged=Subquery(charged, output_field=money),
        from_seller=Subquery(kinds[AccountKind.SELLER], output_field=money),
        to_fees=Subquery(kinds[AccountKind.FEES], output_field=money),
    )
    for promotion in rows.iterator():
        taken = promotion.from_balance if promotion.starts_at else ZERO
        if (promotion.from_seller or ZERO, promotion.to_fees or ZERO) != (-taken, taken):
            yield (
                f"promotion {promotion.number} takes {taken} from a balance, "
                f"the ledger says {promotion.from_seller} and {promotion.to_fees}"
            )
        if promotion.starts_at and promotion.from_balance + (promotion.charged or ZERO) != promotion.cost:
            yield f"promotion {promotion.number} costs {promotion.cost}, paid were {taken} and {promotion.charged}"

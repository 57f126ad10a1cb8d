"""The proof of campaigns and promotions: budgets are what their uses add up to, promotions are paid once, in whole."""

from collections.abc import Iterator

from django.db.models import Count, DecimalField, OuterRef, Q, Subquery, Sum

from commerce.choices import PAID, AccountKind, PaymentStatus
from commerce.models import Campaign, LedgerEntry, Payment, Promotion
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

"""What listings say was sold of them, against the lines of orders."""

from collections.abc import Iterator

from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from commerce.choices import PAID, OrderStatus
from commerce.models import OrderLine, PaymentShare
from commerce.selectors.orders import KEPT
from config.core.money import ZERO
from marketplace.models import Listing


def listing_faults() -> Iterator[str]:
    lines = OrderLine.objects.filter(listing=OuterRef("pk")).exclude(order__status=OrderStatus.CANCELLED).order_by()
    pieces = lines.values("listing").annotate(total=Sum("quantity")).values("total")
    paid = PaymentShare.objects.filter(KEPT, line__listing=OuterRef("pk"), payment__status__in=PAID).order_by()
    free = lines.filter(order__total_amount=ZERO)
    listings = Listing.objects.annotate(
        in_orders=Coalesce(Subquery(pieces), 0),
        paid=Coalesce(Subquery(paid.values("line__listing").annotate(n=Count("pk")).values("n")), 0),
        free=Coalesce(Subquery(free.values("listing").annotate(n=Count("pk")).values("n")), 0),
    ).exclude(sold_count=F("in_orders"), downloads_count=F("paid") + F("free"))
    columns = ("pk", "sold_count", "in_orders", "downloads_count", "paid", "free")
    for pk, sold, ordered, said, paid_for, given in listings.order_by("pk").values_list(*columns):
        if sold != ordered:
            yield f"listing {pk} says that {sold} of it were sold, its orders say {ordered}"
        if said != paid_for + given:
            counted = f"it was paid for {paid_for} and given {given} times"
            yield f"listing {pk} says that it was bought {said} times, {counted}"

"""What listings say was sold of them, against the lines of orders."""

from collections.abc import Iterator

from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from commerce.choices import OrderStatus
from commerce.models import OrderLine
from marketplace.models import Listing


def listing_faults() -> Iterator[str]:
    lines = OrderLine.objects.filter(listing=OuterRef("pk")).exclude(order__status=OrderStatus.CANCELLED).order_by()
    pieces = lines.values("listing").annotate(total=Sum("quantity")).values("total")
    listings = Listing.objects.annotate(in_orders=Coalesce(Subquery(pieces), 0)).exclude(sold_count=F("in_orders"))
    for pk, said, counted in listings.order_by("pk").values_list("pk", "sold_count", "in_orders").iterator():
        yield f"listing {pk} says that {said} of it were sold, its orders say {counted}"

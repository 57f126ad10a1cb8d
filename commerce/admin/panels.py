"""What commerce adds to the pages of things that stand below it."""

from collections.abc import Iterator
from typing import Final

from django.db.models import Count, F, Sum
from django.http import HttpRequest

from commerce import policies
from commerce.choices import CAME_IN
from commerce.models import PaymentShare
from config.adminsite.amounts import in_currency
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from marketplace.models import Listing

SHOWN: Final = 20


def sales_of_listing(request: HttpRequest, listing: Listing) -> Iterator[Panel]:
    """What it brought in all, by currency, and its newest sales. For those who see orders. Two queries."""
    if not policies.may_manage_orders(request.user):
        return
    paid = PaymentShare.objects.filter(line__listing=listing.pk, payment__status__in=CAME_IN)
    sums = paid.order_by("payment__currency").values("payment__currency")
    totals = sums.annotate(
        sales=Count("pk"),
        pieces=Sum("line__quantity"),
        paid=Sum("gross"),
        back=Sum("refunded_gross"),
        earned=Sum(F("earning") - F("refunded_gross") + F("refunded_fee")),
    )
    yield Panel(
        "Sales in all",
        ("Currency", "Sales", "Pieces", "Paid", "Given back", "The seller earned"),
        [
            (
                row["payment__currency"],
                row["sales"],
                row["pieces"],
                *(in_currency(row[name], row["payment__currency"]) for name in ("paid", "back", "earned")),
            )
            for row in totals
        ],
        numeric=(1, 2, 3, 4, 5),
        empty="Nothing was sold of it yet.",
    )
    newest = paid.select_related("payment", "line__order__buyer").order_by("-pk")
    yield Panel(
        "Sales",
        ("Order", "Buyer", "Pieces", "Paid", "Given back", "When"),
        [
            (
                link(f"#{share.line.order_id}", row_address(request, "commerce.Order", share.line.order_id)),
                str(share.line.order.buyer),
                share.line.quantity,
                in_currency(share.gross, share.payment.currency),
                in_currency(share.refunded_gross or None, share.payment.currency),
                share.payment.completed_at,
            )
            for share in newest[:SHOWN]
            if share.line is not None
        ],
        numeric=(2, 3, 4),
    )

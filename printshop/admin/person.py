"""A person's print shop, on their page."""

from collections.abc import Iterator

from django.http import HttpRequest

from accounts.models import User
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from printshop.models import Printer, Shop
from printshop.policies import may_manage_shops

SHOWN = 20


def shop_of_person(request: HttpRequest, person: User) -> Iterator[Panel]:
    """With its printers. Two queries."""
    if not may_manage_shops(request.user):
        return
    shop = Shop.objects.filter(owner=person).first()
    rows: list[tuple[object, ...]] = []
    if shop is not None:
        rows = [("Shop", link(shop, row_address(request, "printshop.Shop", shop.pk)), shop.get_etsy_state_display())]
        rows += [
            (
                "Printer",
                link(printer.name, row_address(request, "printshop.Printer", printer.pk)),
                printer.get_status_display(),
            )
            for printer in Printer.objects.filter(shop=shop).order_by("pk")[:SHOWN]
        ]
    yield Panel("Print shop", ("", "", "State"), rows, empty="They have none.")

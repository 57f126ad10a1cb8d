"""Files to print and the parts made of them, for the owner of their shop."""

from django.db.models import Q, QuerySet

from accounts.actors import Actor
from printshop.models import PrintFile, PrintPart
from printshop.selectors.shops import own, shop_of


def print_files(*, actor: Actor) -> QuerySet[PrintFile]:
    """The newest first."""
    return PrintFile.objects.filter(shop=shop_of(actor=actor), removed_at=None).order_by("-pk")


def print_file_own(*, actor: Actor, file_id: int) -> PrintFile:
    """Raises Missing and Denied."""
    found: PrintFile = own(PrintFile.objects.filter(removed_at=None), actor=actor, pk=file_id, thing="Print file")
    return found


def parts(
    *, actor: Actor, sku: str = "", etsy_listing_id: str = "", listing_id: int | None = None
) -> QuerySet[PrintPart]:
    """The newest first."""
    wanted = Q(shop=shop_of(actor=actor))
    if sku:
        wanted &= Q(sku=sku)
    if etsy_listing_id:
        wanted &= Q(etsy_listing_id=etsy_listing_id)
    if listing_id is not None:
        wanted &= Q(listing=listing_id)
    return PrintPart.objects.filter(wanted).select_related("file").order_by("-pk")


def part_own(*, actor: Actor, part_id: int) -> PrintPart:
    """Raises Missing and Denied."""
    found: PrintPart = own(PrintPart.objects.select_related("file"), actor=actor, pk=part_id, thing="Part")
    return found

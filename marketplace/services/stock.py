"""Pieces sold, and those in stock: counted under the listing's lock, so that the last one is sold once."""

from collections.abc import Iterable

from django.db import transaction

from marketplace.errors import OutOfStock
from marketplace.models import Artwork, Listing


def listings_lock(listing_ids: Iterable[int]) -> dict[int, Listing]:
    """The listings, locked until the transaction ends. Always in the order of their ids, so no two can deadlock."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("listings_lock needs a transaction")
    rows = Listing.objects.select_for_update(of=("self",)).select_related("seller").filter(pk__in=set(listing_ids))
    return {row.pk: row for row in rows.order_by("pk")}


def stock_take(listing: Listing, quantity: int) -> bool:
    """Sell pieces of a locked listing. Whether they came from its stock: False when it has no limit.

    Raises OutOfStock and changes nothing.
    """
    if listing.stock is not None and listing.stock < quantity:
        left = f"only {listing.stock} left" if listing.stock else "sold out"
        raise OutOfStock(f'"{listing.title}" is not in stock in that quantity ({left}).', listing=listing.pk)
    listing.sold_count += quantity
    if listing.stock is None:
        listing.save(update_fields=["sold_count"])
        return False
    listing.stock -= quantity
    listing.save(update_fields=["sold_count", "stock", "updated_at"])
    return True


def stock_return(listing: Listing, quantity: int, *, from_stock: bool) -> None:
    """Pieces of a locked listing are not sold after all. Those `from_stock` go back there, unless its limit was lifted
    meanwhile; so do those of an edition that was limited meanwhile, which counted them (`artwork_update`)."""
    listing.sold_count -= quantity
    if listing.stock is None or not (from_stock or _is_edition(listing)):
        listing.save(update_fields=["sold_count"])
        return
    listing.stock += quantity
    listing.save(update_fields=["sold_count", "stock", "updated_at"])


def _is_edition(listing: Listing) -> bool:
    return Artwork.objects.filter(pk=listing.pk, edition_size__isnull=False).exists()

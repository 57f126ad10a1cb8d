"""Pieces in stock: taken and given back under a lock, so that the last one is sold once."""

from collections.abc import Iterable

from django.db import transaction

from marketplace.errors import OutOfStock
from marketplace.models import Listing


def listings_lock(listing_ids: Iterable[int]) -> dict[int, Listing]:
    """The listings, locked until the transaction ends. Always in the order of their ids, so no two can deadlock."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("listings_lock needs a transaction")
    rows = Listing.objects.select_for_update(of=("self",)).select_related("seller").filter(pk__in=set(listing_ids))
    return {row.pk: row for row in rows.order_by("pk")}


def stock_take(listing: Listing, quantity: int) -> bool:
    """Take pieces from a locked listing. False when it has no limit. Raises OutOfStock and changes nothing."""
    if listing.stock is None:
        return False
    if listing.stock < quantity:
        left = f"only {listing.stock} left" if listing.stock else "sold out"
        raise OutOfStock(f'"{listing.title}" is not in stock in that quantity ({left}).', listing=listing.pk)
    listing.stock -= quantity
    listing.save(update_fields=["stock", "updated_at"])
    return True


def stock_return(listing: Listing, quantity: int) -> None:
    """Give pieces back to a locked listing; one whose limit was lifted meanwhile has nothing to count."""
    if listing.stock is not None:
        listing.stock += quantity
        listing.save(update_fields=["stock", "updated_at"])

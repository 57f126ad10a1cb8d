"""Equipment of the shop, limited to what the actor may see."""

from typing import Any, Final

from django.db.models import QuerySet

from accounts.actors import Actor
from config.core.errors import Missing
from config.core.text_search import each_word_in
from marketplace import policies
from marketplace.choices import Kind, Status
from marketplace.models import Equipment, Listing
from marketplace.selectors.artworks import NEWEST

EQUIPMENT_COLUMNS: Final = (
    *("id", "title", "description", "price", "currency", "stock", "is_available", "created_at"),
    *("equipment__equipment_type", "equipment__image"),
)
EQUIPMENT_ORDERINGS: Final = {
    "price": ("price", "id"),
    "-price": ("-price", "-id"),
    "stock_quantity": ("stock", "id"),
    "-stock_quantity": ("-stock", "-id"),
    "created_at": ("created_at", "id"),
    "-created_at": ("-created_at", "-id"),
}


def equipment_listed(
    *,
    actor: Actor,
    in_stock: bool | None = None,
    search: str = "",
    ordering: str = NEWEST,
    **wanted: Any,
) -> QuerySet[Listing]:
    """Rows of EQUIPMENT_COLUMNS of what the shop offers, sold out or not; its keepers see what is not available too.

    `wanted` are conditions on columns of the listing.
    """
    rows = Listing.objects.filter(kind=Kind.EQUIPMENT, **wanted)
    rows = rows.exclude(status=Status.ARCHIVED) if policies.may_keep_equipment(actor) else rows.on_sale()
    if in_stock is not None:
        rows = rows.in_stock() if in_stock else rows.filter(stock=0)
    if search:
        rows = rows.filter(each_word_in(search, "title_key", "description_key"))
    return rows.as_rows(*EQUIPMENT_COLUMNS).order_by(*EQUIPMENT_ORDERINGS[ordering])


def equipment_visible(*, actor: Actor, equipment_id: int) -> Equipment:
    """Raises Missing for what the actor may not see."""
    equipment = policies.equipment_visible_to(actor).filter(pk=equipment_id).first()
    if equipment is None:
        raise Missing("Equipment")
    return equipment

"""Tools and material in the platform's own shop, kept by staff."""

import uuid
from decimal import Decimal
from typing import Any, Final, TypedDict

from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from accounts.actors import Actor
from accounts.services.accounts import house_account
from config.core import files
from config.core.audit import audit_record, audited
from config.core.errors import Denied, Invalid, Missing
from config.core.idempotency import Once, call_claim, call_find, call_keep, made_by
from config.core.images.intake import PRODUCT, image_read
from config.core.models import DiscardedFile
from config.core.money import exact, shown
from marketplace import policies
from marketplace.choices import Kind, Status
from marketplace.models import Category, Equipment
from marketplace.services.listings import listing_delete, status_begin
from marketplace.services.pictures import renditions

CHANNEL: Final = "cultureup"
MOST_STOCK: Final = 1_000_000
DEAREST: Final = Decimal("99999999.99")


class EquipmentChanges(TypedDict, total=False):
    title: str
    description: str
    equipment_type: str
    price: Decimal
    stock: int
    is_available: bool


def equipment_create(
    *,
    actor: Actor,
    title: str,
    equipment_type: str,
    price: Decimal,
    stock: int,
    description: str = "",
    is_available: bool = True,
    category: Category | None = None,
    image: File | None = None,
    once: Once | None = None,
) -> Equipment:
    """Offer something at once; its seller is the house account. The image is drawn anew, so nothing else of it stays.

    Raises Denied, Invalid (`price`, `stock_quantity`, `image`) and Upstream.
    """
    earlier = call_find(once)
    if earlier is not None:
        return made_by(earlier, Equipment)
    _keeper_check(actor)
    currency = settings.CURRENCIES[CHANNEL]
    _amounts_check({"price": price, "stock": stock}, currency)
    stored = _image_write(actor, image)
    try:
        with transaction.atomic():
            earlier = call_claim(once)
            if earlier is not None:  # the same call at the same moment
                files.files_drop(stored)
                return made_by(earlier, Equipment)
            equipment = Equipment.objects.create(
                kind=Kind.EQUIPMENT,
                channel=CHANNEL,
                seller=house_account(),
                category=category,
                title=title,
                description=description,
                price=price,
                currency=currency,
                status=Status.APPROVED,
                is_available=is_available,
                stock=stock,
                equipment_type=equipment_type,
                image=stored[0].name if stored else "",
            )
            status_begin(equipment, actor=actor)
            files.files_keep(stored)
            call_keep(once, equipment)
            after = _recorded(equipment, ["title", "price", "stock"])
            audit_record(actor=actor, action="equipment.add", target=equipment, after=after)
    except BaseException:
        files.files_drop(stored)
        raise
    return equipment


def equipment_update(
    *,
    actor: Actor,
    equipment_id: int,
    changes: EquipmentChanges,
    image: File | None = None,
    once: Once | None = None,
) -> Equipment:
    """Change what is offered; an image replaces the one before. Raises as `equipment_create` does, and Missing."""
    earlier = call_find(once)
    if earlier is not None:
        return made_by(earlier, Equipment)
    _keeper_check(actor)
    _amounts_check(changes, _offered_in(equipment_id))
    stored = _image_write(actor, image)
    try:
        with transaction.atomic():
            earlier = call_claim(once)
            if earlier is not None:  # the same call at the same moment
                files.files_drop(stored)
                return made_by(earlier, Equipment)
            equipment = equipment_lock(equipment_id)
            call_keep(once, equipment)
            before = _recorded(equipment, changes)
            for name, value in changes.items():
                setattr(equipment, name, value)
            columns = {*changes, "updated_at"}
            if stored:
                files.file_discard("default", str(equipment.image.name))
                equipment.image.name = stored[0].name
                files.files_keep(stored)
                columns.add("image")
            equipment.save(update_fields=columns)
            after = _recorded(equipment, changes) | ({"image": "replaced"} if stored else {})
            if after != before:
                audit_record(actor=actor, action="equipment.change", target=equipment, before=before, after=after)
    except BaseException:
        files.files_drop(stored)
        raise
    return equipment


def equipment_stock_set(*, actor: Actor, equipment_id: int, stock: int) -> Equipment:
    """Set the pieces in stock to exactly `stock` (0 to MOST_STOCK); it does not add to them.

    Raises Denied, Missing and Invalid (`stock_quantity`).
    """
    _keeper_check(actor)
    _stock_check(stock)
    with transaction.atomic():
        equipment = equipment_lock(equipment_id)
        with audited(actor, "equipment.stock", equipment, "stock"):
            equipment.stock = stock
            equipment.save(update_fields=["stock", "updated_at"])
    return equipment


def equipment_delete(*, actor: Actor, equipment_id: int) -> None:
    """Offer it no longer: what was ordered is archived, anything else is deleted. Raises Denied and Missing."""
    _keeper_check(actor)
    with transaction.atomic():
        equipment = equipment_lock(equipment_id)
        before = _recorded(equipment, ["title", "price", "stock"])
        audit_record(actor=actor, action="equipment.delete", target=equipment, before=before)
        if listing_delete(equipment, actor=actor):
            files.file_discard("default", str(equipment.image.name))


def equipment_lock(equipment_id: int) -> Equipment:
    """What is offered, locked until the transaction ends, as `stock.listings_lock` does. Raises Missing."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("equipment_lock needs a transaction")
    rows = Equipment.objects.select_for_update(of=("self", "listing")).select_related("seller")
    equipment = rows.filter(pk=equipment_id).exclude(status=Status.ARCHIVED).first()
    if equipment is None:
        raise Missing("Equipment")
    return equipment


def _keeper_check(actor: Actor) -> None:
    if not policies.may_keep_equipment(actor):
        raise Denied


def _offered_in(equipment_id: int) -> str:
    """Its currency. Nothing is uploaded for what is not there."""
    rows = Equipment.objects.filter(pk=equipment_id).exclude(status=Status.ARCHIVED)
    currency = rows.values_list("currency", flat=True).first()
    if currency is None:
        raise Missing("Equipment")
    return currency


def _amounts_check(changes: EquipmentChanges, currency: str) -> None:
    if "price" in changes:
        if not 0 <= changes["price"] <= DEAREST:
            raise Invalid(f"The price must be between 0 and {DEAREST}.", field="price")
        exact(changes["price"], currency, field="price")
    _stock_check(changes.get("stock", 0))


def _stock_check(stock: int) -> None:
    if not 0 <= stock <= MOST_STOCK:
        raise Invalid(f"The stock must be between 0 and {MOST_STOCK}.", field="stock_quantity")


def _image_write(actor: Actor, image: File | None) -> list[DiscardedFile]:
    """The reservation of the new public picture. Takes time: call it outside of transactions."""
    if image is None:
        return []
    rendition = renditions.unmarked(image_read(image, owner=actor.pk, use=PRODUCT).display)
    return [files.file_write("default", f"equipment/{uuid.uuid4()}.jpg", rendition)]


def _recorded(equipment: Equipment, names: Any) -> dict[str, str]:
    known = {name: str(getattr(equipment, name)) for name in names}
    return known | ({"price": shown(equipment.price, equipment.currency)} if "price" in known else {})

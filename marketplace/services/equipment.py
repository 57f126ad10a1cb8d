"""Tools and material in the platform's own shop."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from accounts.actors import Actor
from accounts.services.accounts import house_account
from config.core.errors import Denied
from config.core.money import quantise
from marketplace import policies
from marketplace.choices import EquipmentType, Kind, Status
from marketplace.models import Category, Equipment
from marketplace.services import files, images
from marketplace.services.listings import status_begin

CHANNEL = "cultureup"


def equipment_create(
    *,
    actor: Actor,
    title: str,
    description: str,
    equipment_type: EquipmentType,
    price: Decimal,
    stock: int,
    category: Category | None = None,
    image: bytes = b"",
) -> Equipment:
    """Offer something at once; its seller is the house account. `image` is an encoded picture.

    Raises Denied, Invalid (`image`) and Upstream.
    """
    if not policies.may_keep_equipment(actor):
        raise Denied
    currency = settings.CURRENCIES[CHANNEL]
    reserved = []
    if image:
        reserved.append(files.file_write("default", f"equipment/{uuid.uuid4()}.jpg", images.display_rendition(image)))
    try:
        with transaction.atomic():
            equipment = Equipment.objects.create(
                kind=Kind.EQUIPMENT,
                channel=CHANNEL,
                seller=house_account(),
                category=category,
                title=title,
                description=description,
                price=quantise(price, currency),
                currency=currency,
                status=Status.APPROVED,
                stock=stock,
                equipment_type=equipment_type,
                image=reserved[0].name if reserved else "",
            )
            status_begin(equipment, actor=actor)
            files.files_keep(reserved)
    except BaseException:
        files.files_drop(reserved)
        raise
    return equipment

"""What staff do with the platform's own shop."""

from django.db import transaction

from accounts.actors import Actor
from adminpanel import policies
from config.core.audit import audit_record
from config.core.errors import Denied
from marketplace.models import Equipment
from marketplace.services.equipment import equipment_lock, equipment_stock_set


def stock_update(*, actor: Actor, equipment_id: int, stock: int) -> Equipment:
    """Set (not add to) the pieces in stock. Raises Denied, Missing and Invalid (`stock_quantity`)."""
    if not policies.may_keep_stock(actor):
        raise Denied
    with transaction.atomic():
        before = {"stock": equipment_lock(equipment_id).stock}
        equipment = equipment_stock_set(actor=actor, equipment_id=equipment_id, stock=stock)
        after = {"stock": equipment.stock}
        audit_record(
            actor=actor,
            action="equipment.stock",
            target=equipment,
            before=before,
            after=after,
        )
    return equipment

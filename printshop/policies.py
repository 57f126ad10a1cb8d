"""Who may do what in a print shop: its owner everything, staff look at it in the admin site."""

from accounts.actors import SYSTEM, Actor
from accounts.policies import STAFF, level
from printshop.models import Shop


def is_owner(actor: Actor, shop: Shop) -> bool:
    return actor is SYSTEM or (actor.pk is not None and shop.owner_id == actor.pk)


def may_look_at(actor: Actor, shop: Shop) -> bool:
    """At all that is in a shop, as its owner and staff do."""
    return is_owner(actor, shop) or may_manage_shops(actor)


def may_manage_shops(actor: Actor) -> bool:
    """Decisions of staff about other people's shops."""
    return level(actor) >= STAFF

"""A person's shop, and what belongs to it."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from accounts.actors import Actor
from config.core.errors import Denied, Missing
from printshop import policies
from printshop.models import Shop

Thing = TypeVar("Thing", bound=Model)


def shop_of(*, actor: Actor) -> Shop | None:
    """The actor's own; None for who has not opened one yet."""
    return Shop.objects.filter(owner_id=actor.pk).first() if actor.pk is not None else None


def own(rows: QuerySet[Thing], *, actor: Actor, pk: int, thing: str) -> Thing:
    """One of `rows`, which have a column `shop`, by its id. Raises Missing, and Denied for what is of another shop: the
    print shop's document tells the two apart (404 and 403)."""
    found = rows.select_related("shop").filter(pk=pk).first()
    if found is None:
        raise Missing(thing)
    if not policies.is_owner(actor, found.shop):  # type: ignore[attr-defined]
        raise Denied
    return found

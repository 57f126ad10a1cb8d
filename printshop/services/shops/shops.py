"""Shops are opened by the first thing that is put into them; their owner says when prints may start, and in which
currency the shop counts."""

from datetime import time
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction

from accounts.models import User
from config.core.errors import Conflict, Invalid
from printshop.models import Shop


def shop_open(*, actor: User) -> Shop:
    """The actor's shop; made when there is none yet, also when two calls make it at once."""
    return Shop.objects.get_or_create(owner=actor, defaults={"currency": settings.CURRENCIES["printshop"]})[0]


def shop_lock(*, actor: User) -> Shop:
    """The actor's shop, as `shop_open` gives it, locked until the transaction ends."""
    return Shop.objects.select_for_update().get(pk=shop_open(actor=actor).pk)


def shop_change(
    *,
    actor: User,
    time_zone: str | None = None,
    working_days: list[int] | None = None,
    working_hours: tuple[time | None, time | None] | None = None,
    currency: str | None = None,
) -> Shop:
    """What is None stays. Without working hours (None, None) and with all days prints start at any time.

    Raises Invalid with the field, and Conflict for another currency while there is filament with a price in this one.
    """
    changes: dict[str, Any] = {}
    if time_zone is not None:
        if time_zone not in available_timezones():
            raise Invalid("Must be the name of a time zone, such as Europe/Berlin.", field="time_zone")
        changes["time_zone"] = time_zone
    if working_days is not None:
        if any(day not in range(7) for day in working_days):
            raise Invalid("Days are 0 (Monday) to 6 (Sunday).", field="working_days")
        changes["working_days"] = [] if len(set(working_days)) == 7 else sorted(set(working_days))
    if working_hours is not None:
        begin, end = working_hours
        if (begin is None) != (end is None) or (begin is not None and begin == end):
            raise Invalid("Working hours have a beginning and another end, or neither.", field="working_from")
        changes |= {"working_from": begin, "working_until": end}
    with transaction.atomic():
        shop = shop_lock(actor=actor)
        if currency is not None and currency != shop.currency:
            from iso4217 import Currency  # reads a table of its own

            if currency not in {known.code for known in Currency}:
                raise Invalid("Must be a currency of ISO 4217, such as EUR.", field="currency")
            if shop.filaments.filter(removed_at=None).exclude(cost_per_gram=None).exists():
                raise Conflict(f"Filament has prices in {shop.currency}. Remove them first.", field="currency")
            changes["currency"] = currency
        for name, value in changes.items():
            setattr(shop, name, value)
        shop.save(update_fields=[*changes, "updated_at"])
    return shop

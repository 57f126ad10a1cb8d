"""Shops are opened by the first thing that is put into them."""

from django.conf import settings

from accounts.models import User
from printshop.models import Shop


def shop_open(*, actor: User) -> Shop:
    """The actor's shop; made when there is none yet, also when two calls make it at once."""
    return Shop.objects.get_or_create(owner=actor, defaults={"currency": settings.CURRENCIES["printshop"]})[0]

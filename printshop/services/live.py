"""What the open sockets of a shop are told after a commit. It may get lost: who comes back gets the whole state."""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from config.core.announce import after_commit


def shop_group(shop_id: int) -> str:
    return f"printshop.shop.{shop_id}"


def tell_shop(shop_id: int, kind: str, **about: Any) -> None:
    """The message `{"type": kind, …}`; `about` is JSON."""

    def push() -> None:
        import_string(settings.LIVE_PUSH)(shop_group(shop_id), {"type": kind, "message": {"type": kind, **about}})

    after_commit(push)


def tell_queue_changed(shop_id: int) -> None:
    """Whoever shows the shop's queue asks for it again."""
    tell_shop(shop_id, "queue")

"""What a link has done by others: it waits for nothing itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from printshop.bridge.orders import Order

if TYPE_CHECKING:
    from printshop.bridge.link import Link


class Desk(Protocol):
    def decide(self, link: "Link", decision: Callable[..., Any], **about: Any) -> None:
        """A service, called in the order of this printer's decisions."""

    def connect(self, link: "Link") -> None: ...

    def send(self, link: "Link", command: Order) -> None:
        """Mark it sent, then `link.published` it."""

    def start(self, link: "Link", command: Order) -> None:
        """Bring the file there, then as `send`."""

    def shown(self, link: "Link") -> None:
        """It may have to be stored and shown."""

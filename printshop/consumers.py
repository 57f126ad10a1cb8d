"""The live socket of a print shop. It only forwards: what happens there happens over REST and on the board."""

import asyncio
from typing import Any, Final

from channels.db import database_sync_to_async

from accounts.sockets import FORBIDDEN, NO_SUCH_SOCKET, AuthenticatedConsumer, Together
from config.core.errors import Denied, DomainError, Missing
from config.core.references import LARGEST_ID
from printshop import policies
from printshop.models import Shop
from printshop.selectors.board import board_of, queue_of, shop_looked_at
from printshop.selectors.shops import shop_of
from printshop.services.live import shop_group

SECONDS_TO_GATHER: Final = 0.3
"""A pass over the queue, and what it sets off, tell several times that the queue has changed."""


class PrinterConsumer(AuthenticatedConsumer):
    """`/ws/printshop/printers`: first `state`, with all printers of the caller's shop, its queue and its late orders;
    then what changes: `printers` (those that changed, with their `slots` when these did), `queue` (queue and late
    orders anew) and `event` (something of which its owner is told).

    It takes `{"type": "state"}`, which answers the whole again, and of staff `{"type": "watch", "shop_id"}`: another
    shop from then on. Closed with 4403 for whom may not look at that shop, 4404 where there is none.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shop: Shop | None = None
        self.gathering: asyncio.Task[None] | None = None

    async def joined(self) -> None:
        assert self.user is not None  # noqa: S101
        await self._look_at(await database_sync_to_async(shop_of)(actor=self.user))

    async def still_allowed(self) -> int | None:
        assert self.user is not None  # noqa: S101
        if self.shop is None or policies.is_owner(self.user, self.shop):
            return None
        may = await database_sync_to_async(policies.may_look_at)(self.user, self.shop)
        return None if may else FORBIDDEN

    async def received(self, content: dict[str, Any]) -> None:
        asked, number = content.get("type"), content.get("shop_id")
        if asked not in ("state", "watch") or not await self._still_welcome():
            return
        assert self.user is not None  # noqa: S101
        if asked == "state":
            shop = self.shop or await database_sync_to_async(shop_of)(actor=self.user)
            await self._look_at(shop)
            return
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= LARGEST_ID:
            await self.send_json({"type": "error", "detail": "Invalid message"})
            return
        try:
            shop = await database_sync_to_async(shop_looked_at)(actor=self.user, shop_id=number)
        except DomainError as refusal:
            await self.leave(CLOSE_CODES.get(type(refusal), FORBIDDEN))
            return
        await self._look_at(shop)

    async def disconnect(self, code: int) -> None:
        if self.gathering is not None:
            self.gathering.cancel()
        await super().disconnect(code)

    # ---------------------------------------------------------------- events of the group
    async def printers(self, event: dict[str, Any]) -> None:
        await self.forward(event["message"])

    async def event(self, event: dict[str, Any]) -> None:
        await self.forward(event["message"])

    async def queue(self, _event: dict[str, Any]) -> None:
        if self.gathering is None or self.gathering.done():
            self.gathering = asyncio.create_task(self._tell_queue())

    # ---------------------------------------------------------------- what is shown
    async def _look_at(self, shop: Shop | None) -> None:
        """In the group first: what changes while the state is read comes after it."""
        if self.shop is not None and (shop is None or shop.pk != self.shop.pk):
            group = shop_group(self.shop.pk)
            await self.channel_layer.group_discard(group, self.channel_name)
            self.memberships.remove(group)
            self.shop = None
        if shop is not None and self.shop is None:
            self.shop = shop
            await self.join(shop_group(shop.pk))
        state = await _states.ask(shop.pk if shop is not None else None)
        if self.is_open:
            await self.send_json({"type": "state", "shop_id": shop.pk if shop is not None else None, **state})

    async def _tell_queue(self) -> None:
        await asyncio.sleep(SECONDS_TO_GATHER)
        self.gathering = None  # what changes from here on is told of again
        shop = self.shop
        if shop is not None and self.is_open:
            found = await _queues.ask(shop.pk)
            if self.shop is shop:
                await self.forward({"type": "queue", **found})


CLOSE_CODES: Final[dict[type[DomainError], int]] = {Denied: FORBIDDEN, Missing: NO_SUCH_SOCKET}


def _states_of(shops: list[int | None]) -> list[dict[str, Any]]:
    """Each shop is read once, however many of its sockets ask."""
    rows = {shop_id: board_of(_shop(shop_id)) for shop_id in set(shops)}
    return [rows[shop_id] for shop_id in shops]


def _queues_of(shops: list[int]) -> list[dict[str, Any]]:
    rows = {shop_id: queue_of(_shop(shop_id)) for shop_id in set(shops)}
    return [rows[shop_id] for shop_id in shops]


def _shop(shop_id: int | None) -> Shop | None:
    return Shop(pk=shop_id) if shop_id is not None else None


_states = Together(_states_of)
_queues = Together(_queues_of)

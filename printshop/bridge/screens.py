"""What sockets are shown of printers."""

import asyncio
import logging
from collections import defaultdict
from typing import Any, Final

from channels.layers import get_channel_layer

from printshop.bridge.link import Link
from printshop.models import PrinterSlot
from printshop.selectors.board import slot_row
from printshop.services.live import shop_group

logger = logging.getLogger(__name__)

SHOWN_TOGETHER: Final = 100
"""Printers in one message to sockets."""


class Screens:
    """Keeps which printers may look different, until `show` sends those that do."""

    def __init__(self) -> None:
        self._links: set[Link] = set()
        self._slots: dict[int, list[PrinterSlot]] = {}

    def look_at(self, link: Link) -> None:
        self._links.add(link)

    def slot_changed(self, slot: PrinterSlot, link: Link | None) -> None:
        self._slots.setdefault(slot.printer_id, []).append(slot)
        if link is not None:
            self._links.add(link)

    async def show(self) -> None:
        """What is different since it was last shown, in one message a shop."""
        links, self._links = self._links, set()
        slots, self._slots = self._slots, {}
        by_shop: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for link in links:
            row = link.stored.row()
            seen = {name: value for name, value in row.items() if name != "last_updated"}
            changed = slots.get(link.printer.pk)
            if seen == link.shown and changed is None:
                continue
            link.shown = seen
            row["received_at"] = round(link.received_at, 3)
            if changed is not None:
                row["slots"] = [slot_row(slot) for slot in changed]
            by_shop[link.printer.shop_id].append(row)
        layer = get_channel_layer()
        if layer is None:
            return
        for shop_id, rows in by_shop.items():
            for first in range(0, len(rows), SHOWN_TOGETHER):
                message = {"type": "printers", "printers": rows[first : first + SHOWN_TOGETHER]}
                try:
                    async with asyncio.timeout(2):
                        await layer.group_send(shop_group(shop_id), {"type": "printers", "message": message})
                except Exception as error:  # sockets hear that they missed something, and ask for the whole
                    logger.warning("sockets could not be told: %s", type(error).__name__)

"""What the bridge decides about prints and printers: services, called in the order of each printer's decisions."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from django.db import InterfaceError, OperationalError

from printshop.bridge.link import Link
from printshop.bridge.rows import database_answers
from printshop.services.printers.events import printer_event
from printshop.services.printers.reports import printer_identified

logger = logging.getLogger(__name__)

RETRY_SECONDS: Final = 1.0
TRIES: Final = 5
"""Of a decision that fails although the database answers."""
MOST_WAITING: Final = 30
"""Decisions of a printer. While there are more, what it only tells of is let go."""


class Decisions:
    """`in_thread` calls a service in the one thread that makes decisions."""

    def __init__(self, in_thread: Callable[..., Awaitable[Any]]) -> None:
        self._in_thread = in_thread
        self.waiting: dict[Link, deque[tuple[Callable[..., Any], dict[str, Any]]]] = {}
        self._turns: asyncio.Queue[Link] = asyncio.Queue()

    def add(self, link: Link, decision: Callable[..., Any], **about: Any) -> None:
        if decision is printer_event and link.pending >= MOST_WAITING:
            return
        link.pending += 1
        waiting = self.waiting.setdefault(link, deque())
        waiting.append((decision, about))
        if len(waiting) == 1:
            self._turns.put_nowait(link)

    async def run(self) -> None:
        """Those of a printer in order, printer after printer; none of a run is lost while the database is away."""
        while True:
            link = await self._turns.get()
            waiting = self.waiting[link]
            decision, about = waiting[0]
            tries = 0
            while True:
                try:
                    done = await self._in_thread(decision, **about)
                    if decision is printer_identified and not done:
                        link.not_opened("This printer is in the shop already.", for_good=True)
                    break
                except (OperationalError, InterfaceError) as error:
                    tries += await self._in_thread(database_answers)
                    logger.warning("%s waits for the database: %s", decision.__name__, type(error).__name__)
                    if tries >= TRIES:
                        logger.error("%s was given up", decision.__name__)
                        break
                    await asyncio.sleep(RETRY_SECONDS)
                except Exception:
                    logger.exception("%s failed for printer %s", decision.__name__, link.printer.pk)
                    break
            waiting.popleft()
            link.pending -= 1
            link.decided_at = time.monotonic()
            if waiting:
                self._turns.put_nowait(link)
            else:
                del self.waiting[link]

    async def make_the_last(self) -> None:
        """When the bridge is stopped in order."""
        for link, waiting in self.waiting.items():
            while waiting:
                decision, about = waiting[0]
                await self._in_thread(decision, **about)
                waiting.popleft()
                link.pending -= 1

    def forget(self) -> None:
        self.waiting, self._turns = {}, asyncio.Queue()

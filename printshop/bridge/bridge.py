"""The one process that talks to printers: a connection each, all on one event loop.

It lives by rows: printers in use, runs that have not ended, commands that wait. What it learns it writes into rows, in
batches; what it decides about prints it has done by their services, in order. So it may be killed at any moment: the
next one goes on from the rows and from what the printers say.
"""

import asyncio
import contextlib
import logging
import os
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from django.utils import timezone

from config.core.metrics import reports_counted
from printshop.bambu import commands
from printshop.bridge.connection import opened
from printshop.bridge.decisions import Decisions
from printshop.bridge.link import Link
from printshop.bridge.orders import Order, Run
from printshop.bridge.rows import OWN, called, give_up_sent, load, read, read_waiting
from printshop.bridge.rules import WRONG_TOKEN
from printshop.bridge.screens import Screens
from printshop.bridge.starts import Starts
from printshop.bridge.words import words_for
from printshop.choices import CommandKind
from printshop.gateways.bambu_cloud import CloudAway, TokenRefused, cloud_user_id
from printshop.gateways.lan import HostRefused
from printshop.gateways.printer_tls import CertificateChanged, CertificateRefused
from printshop.services.printers.commands import command_sent
from printshop.services.printers.lease import HOLD, bridge_hold, bridge_let_go
from printshop.services.printers.reports import printer_identified, reports_store
from printshop.services.prints.dispatch import Memory, dispatch_pass

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

TICK: Final = 1.0
COMMANDS_EVERY: Final = 0.5
ROWS_EVERY: Final = 2.0
IDLE_EVERY: Final = 5.0
"""Where there is no printer."""
STORE_EVERY: Final = 1.0
SHOW_EVERY: Final = 0.25
DISPATCH_EVERY: Final = 3.0
HOLD_EVERY: Final = HOLD.total_seconds() / 3
RETRY_SECONDS: Final = 1.0
AT_ONCE: Final = 100
"""Connections that are being made."""
OF_A_SHOP: Final = 50
"""Of these, so that no shop's dead printers hold up those of others."""


class Bridge:
    """`run` until `stop`. Only one works at a time, by a row in the database: another one waits to take over."""

    def __init__(self) -> None:
        self.holder = f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid4().hex[:8]}"
        self.links: dict[int, Link] = {}
        self.stopping = asyncio.Event()
        self._halted = threading.Event()  # the same, for threads
        self._rows = ThreadPoolExecutor(1, "rows")
        self._deciding = ThreadPoolExecutor(1, "decisions")
        self._dispatch = ThreadPoolExecutor(1, "dispatch")
        self._names = ThreadPoolExecutor(16, "names")
        self.decisions = Decisions(self._decide)
        self._to_store: set[Link] = set()
        self.screens = Screens()
        self._connecting = asyncio.Semaphore(AT_ONCE)
        self._connecting_of_shop: dict[int, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(OF_A_SHOP))
        self._tasks: set[asyncio.Task[Any]] = set()
        self._memory = Memory()
        self.starts = Starts(self)

    # ---------------------------------------------------------------- its life
    def stop(self) -> None:
        """Safe to call again; from the loop."""
        self.stopping.set()
        self._halted.set()

    async def run(self) -> None:
        try:
            while not self.stopping.is_set():
                if await self._hold():
                    logger.info("the printer bridge works as %s", self.holder)
                    await self._work()
                else:
                    await self._pause(HOLD_EVERY)
        finally:
            with contextlib.suppress(OperationalError, InterfaceError):
                await self._in(self._rows, bridge_let_go, holder=self.holder)
                for pool in (self._rows, self._deciding, self._dispatch):
                    await self._in(pool, connections.close_all)
            for pool in (self._rows, self._deciding, self._dispatch, self._names, self.starts.pool):
                pool.shutdown(wait=False, cancel_futures=True)

    async def _work(self) -> None:
        """Until it is stopped, or another one has taken over."""
        over = asyncio.Event()
        await self._until_it_works(self._begin)
        loops = [
            asyncio.create_task(self._hold_on(over)),
            asyncio.create_task(self._again(self._tick, TICK)),
            asyncio.create_task(self._again(self._read_commands, COMMANDS_EVERY)),
            asyncio.create_task(self._again(self._read_rows, ROWS_EVERY)),
            asyncio.create_task(self._again(self._store, STORE_EVERY)),
            asyncio.create_task(self._again(self.screens.show, SHOW_EVERY)),
            asyncio.create_task(self._again(self._dispatch_prints, DISPATCH_EVERY)),
            asyncio.create_task(self.decisions.run()),
        ]
        waiting = [asyncio.create_task(event.wait()) for event in (over, self.stopping)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in [*loops, *waiting, *self._tasks]:
                task.cancel()
            await asyncio.gather(*loops, *waiting, *self._tasks, return_exceptions=True)
            if self.stopping.is_set():
                await self._store_the_last()
            for link in self.links.values():
                link.close()
            self.links.clear()
            self.decisions.forget()

    async def _begin(self) -> None:
        """What another bridge had published is not published again; what became of it, the printers say."""
        await self._in(self._rows, give_up_sent)
        await self._read_rows()

    async def _hold(self) -> bool:
        try:
            return await self._in(self._rows, bridge_hold, holder=self.holder)
        except (OperationalError, InterfaceError) as error:
            logger.warning("the database is away: %s", type(error).__name__)
            return False

    async def _hold_on(self, over: asyncio.Event) -> None:
        """While the database is away nobody can take over, and nothing can be published."""
        while True:
            await asyncio.sleep(HOLD_EVERY)
            try:
                if not await self._in(self._rows, bridge_hold, holder=self.holder):
                    logger.warning("another printer bridge has taken over")
                    over.set()
                    return
            except (OperationalError, InterfaceError) as error:
                logger.warning("the database is away: %s", type(error).__name__)

    async def _store_the_last(self) -> None:
        """What is known and was decided, when it is stopped in order."""
        with contextlib.suppress(TimeoutError, OperationalError, InterfaceError):
            async with asyncio.timeout(5):
                await self.decisions.make_the_last()
                await self._store()

    async def _again(self, step: Callable[[], Any], seconds: float) -> None:
        while True:
            began = time.monotonic()
            try:
                await step()
            except (OperationalError, InterfaceError) as error:
                logger.warning("the database is away: %s", type(error).__name__)
            except Exception:
                logger.exception("%s failed", step.__name__)
            pause = seconds if self.links else max(seconds, IDLE_EVERY)
            await asyncio.sleep(max(0.02, pause - (time.monotonic() - began)))

    async def _until_it_works(self, step: Callable[[], Any]) -> None:
        while not self.stopping.is_set():
            try:
                await step()
                return
            except (OperationalError, InterfaceError) as error:
                logger.warning("the database is away: %s", type(error).__name__)
                await self._pause(RETRY_SECONDS)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)

    async def _in(self, pool: ThreadPoolExecutor, call: Callable[..., Result], **about: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(pool, called, call, about)

    async def rows(self, call: Callable[..., Result], **about: Any) -> Result:
        """A read or a write that follows no order."""
        return await self._in(self._rows, call, **about)

    def begin(self, work: Any) -> None:
        """Beside everything else, until the bridge stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a step of the printer bridge failed", exc_info=task.exception())

    @property
    def is_halted(self) -> bool:
        return self._halted.is_set()

    # ---------------------------------------------------------------- rows
    async def _read_rows(self) -> None:
        """Which printers there are, how they are reached, and which runs have not ended."""
        began = time.monotonic()
        there, runs = await self._in(self._rows, read)
        new = [pk for pk, (changed_at, _own) in there.items() if self._must_load(pk, changed_at)]
        loaded = await self._in(self._rows, load, pks=new) if new else {}
        for pk in [pk for pk in self.links if pk not in there]:
            self.links.pop(pk).close()
        for pk, (printer, given_up) in loaded.items():
            link = self.links.get(pk)
            if link is None:
                self.links[pk] = link = Link(printer, self, settings.BAMBU_TLS_CA_FILE)
                link.prints.given_up = given_up
            else:
                link.row_changed(printer)
        for pk, (_changed_at, own) in there.items():
            link = self.links.get(pk)
            if link is not None:
                self._owners_changes(link, own)
                self._take_run(link, runs.get(pk), began)

    def _must_load(self, pk: int, changed_at: datetime) -> bool:
        return pk not in self.links or self.links[pk].printer.changed_at != changed_at

    def _owners_changes(self, link: Link, own: tuple[Any, ...]) -> None:
        for name, value in zip(OWN, own, strict=True):
            if getattr(link.printer, name) != value:
                setattr(link.printer, name, value)
                self.screens.look_at(link)

    def _take_run(self, link: Link, run: Run | None, read_at: float) -> None:
        """What was read while a decision was under way is out of date."""
        if link.pending or max(link.decided_at, link.run_read_at) >= read_at:
            return
        link.run_read_at = read_at
        if run is None or link.run is None or link.run.pk != run.pk:
            link.take_run(run)
        elif link.run.state != run.state:
            link.run.state, link.run.sent_at = run.state, run.sent_at

    async def _read_commands(self) -> None:
        if not self.links:
            return
        waiting: dict[int, list[Order]] = await self._in(self._rows, read_waiting)
        if any(not self._has_run(pk, order) for pk, orders in waiting.items() for order in orders):
            await self._read_rows()
        for pk, link in self.links.items():
            orders = waiting.get(pk, [])
            link.asked.ended &= {order.pk for order in orders}
            for order in orders:
                if self._has_run(pk, order):
                    link.take(order)

    def _has_run(self, pk: int, order: Order) -> bool:
        link = self.links.get(pk)
        return order.run_id is None or (link is not None and link.run is not None and link.run.pk == order.run_id)

    async def _store(self) -> None:
        links, self._to_store = self._to_store, set()
        await self._store_links(links)

    async def _store_links(self, links: set[Link]) -> None:
        now = time.monotonic()
        found = [(link, link.stored.to_store(now)) for link in links if self.links.get(link.printer.pk) is link]
        batch = [(link, reported) for link, reported in found if reported is not None]
        if not batch:
            return
        try:
            slots = await self._in(self._rows, reports_store, reported=[reported for _link, reported in batch])
        except (OperationalError, InterfaceError):
            self._to_store |= links
            raise
        except Exception:
            if len(batch) == 1:
                logger.exception("what printer %s reports could not be stored", batch[0][1].printer_id)
                return
            logger.warning("%s reports are stored one by one", len(batch))
            for link, _reported in batch:
                await self._store_links({link})
            return
        reports_counted(len(batch))
        for link, reported in batch:
            link.stored.was_stored(reported, now)
        for slot in slots:
            self.screens.slot_changed(slot, self.links.get(slot.printer_id))

    async def _dispatch_prints(self) -> None:
        if self.links:
            await self._in(self._dispatch, dispatch_pass, now=timezone.now(), memory=self._memory)

    # ---------------------------------------------------------------- the desk of the links
    async def _tick(self) -> None:
        now = time.monotonic()
        for number, link in enumerate(list(self.links.values())):
            try:
                link.tick(now)
            except Exception:
                logger.exception("printer %s", link.printer.pk)
            if number % 100 == 99:
                await asyncio.sleep(0)

    def shown(self, link: Link) -> None:
        self._to_store.add(link)
        self.screens.look_at(link)

    def decide(self, link: Link, decision: Callable[..., Any], **about: Any) -> None:
        self.decisions.add(link, decision, **about)

    async def _decide(self, decision: Callable[..., Any], **about: Any) -> Any:
        return await self._in(self._deciding, decision, **about)

    def connect(self, link: Link) -> None:
        self.begin(self._connect(link))

    async def _connect(self, link: Link) -> None:
        printer = link.printer
        try:
            async with self._connecting_of_shop[printer.shop_id], self._connecting:
                if link.is_cloud and not printer.cloud_user_id:
                    uid = await asyncio.get_running_loop().run_in_executor(self._names, _uid, printer.access_code)
                    printer.cloud_user_id = uid
                    self.decide(
                        link,
                        printer_identified,
                        printer_id=printer.pk,
                        cloud_user_id=uid,
                        changed_at=printer.changed_at,
                    )
                connection = await opened(link.place(), self._names)
        except Exception as error:
            if link.printer is printer:
                self._not_connected(link, error)
            else:  # it was changed meanwhile: what was found concerns how it was reached before
                link.is_connecting = False
        else:
            if self.links.get(printer.pk) is link and link.printer is printer:
                link.opened(connection)
            else:  # it was changed meanwhile
                connection.close()

    def _not_connected(self, link: Link, error: Exception) -> None:
        match error:
            case CertificateChanged():
                link.certificate_changed(error.offered)
            case TokenRefused():
                link.not_opened(WRONG_TOKEN, for_good=True)
            case CloudAway():
                link.not_opened("Bambu's cloud does not answer.")
            case CertificateRefused() | HostRefused():
                link.not_opened(str(error))
            case _:
                if not isinstance(error, OSError | ValueError):
                    logger.error("printer %s could not be connected to", link.printer.pk, exc_info=error)
                link.not_opened(words_for(error))
                link.is_connecting = False

    def send(self, link: Link, order: Order) -> None:
        self.begin(self._send(link, order))

    async def _send(self, link: Link, order: Order) -> None:
        is_ours = await self._until_it_works_or(False, command_sent, command_id=order.pk, sequence=order.sequence)
        if not is_ours:
            link.orders.pop(order.pk, None)
        elif order.kind == CommandKind.REFRESH:
            link.refreshed(order)
        else:
            makes = {
                CommandKind.PAUSE: commands.pause,
                CommandKind.RESUME: commands.resume,
                CommandKind.STOP: commands.stop,
            }
            link.published(order, makes[CommandKind(order.kind)](order.sequence))

    async def _until_it_works_or(self, otherwise: Result, call: Callable[..., Result], **about: Any) -> Result:
        try:
            return await self.rows(call, **about)
        except (OperationalError, InterfaceError):
            return otherwise

    def start(self, link: Link, order: Order) -> None:
        self.begin(self.starts.start(link, order))


def _uid(token: str) -> str:
    return cloud_user_id(token=token)

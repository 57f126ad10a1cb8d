"""A bridge that runs in a thread, and rows for simulated printers."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

from django.core.files.base import ContentFile

from printshop.bridge import bridge as bridges
from printshop.bridge.bridge import Bridge
from printshop.choices import PrinterStatus
from printshop.models import Printer, PrinterBridge, PrintFile
from printshop.simulator.printer import SimulatedPrinter
from printshop.tests.factories import PrinterFactory

CONTENT = b"a sliced file " * 20_000
BUSY = 60.0
"""Seconds for what takes one or two, on a machine that does much else at once."""


class Running:
    """A bridge in a thread."""

    def __init__(self) -> None:
        self.bridge: Bridge | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self._begun = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._begun.wait(BUSY)

    async def _run(self) -> None:
        self.bridge, self.loop = Bridge(), asyncio.get_running_loop()
        self._begun.set()
        await self.bridge.run()

    def stop(self) -> None:
        assert self.loop is not None
        assert self.bridge is not None
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.bridge.stop)
            self._thread.join(BUSY)
            assert not self._thread.is_alive()

    def die(self) -> None:
        """As when it is killed: nothing more is stored, and nobody lets the hold go."""
        assert self.bridge is not None
        self.bridge._store_the_last = _nothing  # type: ignore[method-assign]
        self.bridge._in = _dead  # type: ignore[method-assign]
        self.stop()


async def _nothing() -> None:
    pass


async def _dead(*_arguments: Any, **_about: Any) -> Any:
    raise bridges.OperationalError


def row_of(printer: SimulatedPrinter, shop, **columns: Any) -> Printer:
    at = printer.address
    reach = {"host": at.host, "port": at.port, "files_port": at.files_port, "access_code": at.access_code}
    return PrinterFactory.create(
        shop=shop,
        **reach
        | {
            "name": at.name,
            "serial_number": at.serial_number,
            "model": "",
            "status": PrinterStatus.CONNECTING,
            "heard_at": None,
            "needs_clear_plate": False,
        }
        | columns,
    )


def file_of(shop, name: str = "bracket.gcode.3mf") -> PrintFile:
    kept = PrintFile(shop=shop, name=name, size=len(CONTENT), digest="d" * 64, md5="")
    kept.file.save("bracket.3mf", ContentFile(CONTENT))
    return kept


def wait(condition: Callable[[], Any], seconds: float = 15) -> Any:
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.05)
    return found


def is_status(row: Printer, status: str, words: str = "") -> bool:
    row.refresh_from_db()
    return row.status == status and words in row.status_detail


def let_the_hold_run_out() -> None:
    PrinterBridge.objects.update(held_until=PrinterBridge.objects.get().since)

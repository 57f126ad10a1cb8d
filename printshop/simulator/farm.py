"""Many simulated printers in one thread, and how a test or a person makes them do things.

    with SimulatedFarm(["X1C", "P1S"], speed=1000, interval=0.05) as farm:
        farm.printers[0].fail_at(layer=20)

Addresses are loopback ports that were free. With a `folder`, serial numbers, codes, ports and certificates are kept in
it, so that a farm that is started again is the same one.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import secrets
import shutil
import ssl
import tempfile
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TypeVar

from .broker import Door
from .certificates import Authority, authority_in, write_secret
from .printer import Address, SimulatedPrinter, first_spool, new_access_code
from .shapes import SHAPES

logger = logging.getLogger(__name__)
T = TypeVar("T")

INTERVAL: Final = 2.0
"""Seconds between two reports."""
MODELS: Final = ("X1C", "P1S", "A1", "H2D")
CLOUD_NAME: Final = "localhost"
CLOUD_USER: Final = "u_1234567"
QUIET: Final = ("amqtt", "transitions", "aioftp")
STOP_SECONDS: Final = 20


class SimulatedFarm:
    """`models` are names of `shapes.SHAPES`, one a printer; or how many printers of the four main models in turn."""

    def __init__(
        self,
        models: Sequence[str] | int = 1,
        *,
        speed: float = 1.0,
        interval: float = INTERVAL,
        print_seconds: float = 4 * 3600.0,
        layers: int = 200,
        host: str = "127.0.0.1",
        with_files: bool = True,
        folder: Path | None = None,
        with_cloud: bool = False,
    ) -> None:
        if isinstance(models, int):
            models = [MODELS[number % len(MODELS)] for number in range(models)]
        self.models = list(models)
        self.speed = speed
        self.interval = interval
        self.print_seconds = print_seconds
        self.layers = layers
        self.host = host
        self.with_files = with_files
        self.with_cloud = with_cloud
        self.cloud: Door | None = None
        """The Bambu cloud, when it was asked for: all printers on one port, for `CLOUD_USER` and `cloud_token`."""
        self.cloud_token = f"AAD{secrets.token_hex(20)}"
        self.printers: list[SimulatedPrinter] = []
        self._folder = folder
        self._is_temporary = folder is None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def folder(self) -> Path:
        assert self._folder is not None, "the farm is not started"  # noqa: S101
        return self._folder

    @property
    def ca_file(self) -> Path:
        """The CA of all its printers; what Bambu's is to real ones."""
        return self.folder / "ca.pem"

    def __enter__(self) -> SimulatedFarm:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when all printers listen."""
        for name in QUIET:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="printers-"))
        self._folder.mkdir(parents=True, exist_ok=True)
        self.authority: Authority = authority_in(self._folder)
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_told_quietly)
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulated-printers", daemon=True)
        self._thread.start()
        try:
            self.run(self._open(), seconds=120)
        except BaseException:
            self.stop()
            raise
        self.keep()

    def stop(self) -> None:
        """Everything is closed; what has no folder of its own is gone."""
        if self._loop is not None and self._thread is not None:
            with contextlib.suppress(TimeoutError):
                self.run(self._close(), seconds=STOP_SECONDS)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(STOP_SECONDS)
            self._loop.close()
            self._loop = self._thread = None
        if self._is_temporary and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def switch_off_network(self) -> None:
        """All printers at once."""
        for printer in self.printers:
            printer.switch_off()

    def switch_on_network(self) -> None:
        for printer in self.printers:
            printer.switch_on()

    @property
    def cloud_host(self) -> str:
        """As `BAMBU_CLOUD_MQTT_HOST` takes it; its certificate is the CA's, too."""
        assert self.cloud is not None, "the farm has no cloud"  # noqa: S101
        return f"{CLOUD_NAME}:{self.cloud.port}"

    def addresses(self) -> list[Address]:
        return [printer.address for printer in self.printers]

    def keep(self) -> None:
        """What a later start of this folder goes on with."""
        rows = [asdict(address) for address in self.addresses()]
        write_secret(self.folder / "printers.json", json.dumps(rows, indent=1).encode())

    # ---------------------------------------------------------------- the thread
    def run(self, work: Coroutine[Any, Any, T], *, seconds: float = 30) -> T:
        """Does the work on the farm's thread and waits for it."""
        assert self._loop is not None  # noqa: S101
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def call(self, function: Callable[[], object]) -> None:
        async def work() -> None:
            function()

        self.run(work())

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """On the farm's thread alone: does the work as soon as it can."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self) -> None:
        for kept in self._kept():
            shape = SHAPES[kept.model]
            folder = self.folder / kept.serial_number
            folder.mkdir(exist_ok=True)
            printer = SimulatedPrinter(self, kept, shape, folder)
            for tray in [
                tray for unit in shape.units for tray in ([unit] if unit >= 128 else range(unit * 4, unit * 4 + 4))
            ]:
                printer.machine.spools[tray] = first_spool(printer.serial, tray)
            self.printers.append(printer)
            await printer.open()
        if self.with_cloud:
            await self._open_cloud()
        for number, printer in enumerate(self.printers):
            self.later(printer.live(self.interval * number / len(self.printers)))

    async def _open_cloud(self) -> None:
        file = self.folder / "cloud.pem"
        write_secret(file, self.authority.issue(CLOUD_NAME, is_server_name=True))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        by_topic = {f"device/{printer.serial}/request": printer for printer in self.printers}

        def taken(topic: str, payload: bytes) -> None:
            if topic in by_topic:
                by_topic[topic].taken(topic, payload)

        self.cloud = Door(context, lambda: (CLOUD_USER, self.cloud_token), taken)
        await self.cloud.open()

    def _kept(self) -> list[Address]:
        file = self.folder / "printers.json"
        known = [Address(**row) for row in json.loads(file.read_text())] if file.exists() else []
        found = []
        numbers = itertools.count(1 + len(known))
        for number, model in enumerate(self.models):
            if number < len(known) and known[number].model == model:
                found.append(known[number])
            else:
                shape = SHAPES[model]
                serial = f"{shape.serial_prefix}{secrets.token_hex(4).upper()}{next(numbers) % 10}"
                found.append(Address(f"{model} {number + 1}", model, serial, self.host, 0, 0, new_access_code()))
        return found

    async def _close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(printer.close() for printer in self.printers), return_exceptions=True)
        if self.cloud is not None:
            await self.cloud.close()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


def _told_quietly(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Clients break off in the middle of everything; that is no news here."""
    logger.debug("%s", context.get("message"), exc_info=context.get("exception"))

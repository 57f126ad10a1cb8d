"""Starting a print: its file is brought to the printer, then the start goes out, once."""

import asyncio
import logging
import traceback
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from config.core.storage import private_storage
from printshop.bambu.commands import ProjectFile, project_file
from printshop.bridge.link import Link
from printshop.bridge.orders import Order
from printshop.bridge.rules import ANOTHER_BEGAN, CALLED_OFF, NOW_IS_SOON, WENT_OFFLINE, WENT_WRONG
from printshop.choices import CommandState, RunState
from printshop.gateways.printer_files import FileNotSent, FilePlace, FileRefused, file_send, file_size
from printshop.models import Printer
from printshop.services.printers.commands import MONITORED_ONLY
from printshop.services.printers.starts import StartHeld, StartJob, start_mark, start_read
from printshop.services.prints.runs import run_uploaded

if TYPE_CHECKING:
    from printshop.bridge.bridge import Bridge

logger = logging.getLogger(__name__)

UPLOADS_AT_ONCE: Final = 64
"""Each waits for a slow printer most of the time."""
UPLOADS_OF_A_SHOP: Final = 32
OFFLINE_SECONDS: Final = 120.0
"""So long a start waits for a printer that is away, before its print may go to another one."""
LOOK_EVERY: Final = 0.5
SOON: Final = timedelta(seconds=30)


class Starts:
    def __init__(self, bridge: "Bridge") -> None:
        self.bridge = bridge
        self.pool = ThreadPoolExecutor(UPLOADS_AT_ONCE, "files")
        self._of_shop: dict[int, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(UPLOADS_OF_A_SHOP))

    async def start(self, link: Link, order: Order) -> None:
        """Until it was published, or will not be. When the bridge ends in the middle, the next one goes on."""
        try:
            await self._start(link, order)
        except (OperationalError, InterfaceError) as error:
            logger.warning("a start waits for the database: %s", type(error).__name__)
        except Exception as error:
            # Without its words, which may be the printer's, or hold what it was called with.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("a start on printer %s failed: %s\n%s", link.printer.pk, type(error).__name__, where)
            if order.pk not in link.sent and order.run_id is not None:
                link.asked.not_started(order, order.run_id, WENT_WRONG)
        finally:
            link.orders.pop(order.pk, None)

    async def _start(self, link: Link, order: Order) -> None:
        job = await self.bridge.rows(start_read, command_id=order.pk)
        if job is None:
            link.asked.end(order, CommandState.LOST, CALLED_OFF)
            return
        try:
            await self._bring(link, job)
        except FileRefused as refusal:
            # What the printer does not have it will not have in a minute either.
            link.asked.not_started(order, job.run_id, str(refusal), give_up=not job.file)
            return
        except FileNotSent as trouble:
            if not self.bridge.is_halted:
                link.asked.not_started(order, job.run_id, str(trouble))
            return
        if _is_over(link, job):
            link.asked.end(order, CommandState.LOST, CALLED_OFF)
            return
        if job.file:
            await self.bridge.rows(run_uploaded, run_id=job.run_id)
        if not await self._is_free(link, order, job):
            return
        try:
            is_ours = await self.bridge.rows(
                start_mark, command_id=order.pk, sequence=order.sequence, run_id=job.run_id
            )
        except StartHeld as held:
            link.asked.not_started(order, job.run_id, str(held), again_in=NOW_IS_SOON)
            return
        if not is_ours:
            return
        if link.run is not None and link.run.pk == job.run_id:
            link.run.state, link.run.sent_at = RunState.SENT, timezone.now()
            link.run_read_at = link.clock()
        if link.is_up and link.view is not None and link.view.is_free:
            link.published(order, project_file(order.sequence, _message(job, link)))
        else:  # within these milliseconds: it was not published, and never will be
            link.asked.not_started(order, job.run_id, WENT_OFFLINE, again_in=NOW_IS_SOON)

    async def _bring(self, link: Link, job: StartJob) -> None:
        """The file onto the printer; one that is not ours must be there."""
        if link.is_cloud:
            return
        place = _place(link.printer)
        loop = asyncio.get_running_loop()

        def is_over() -> bool:
            return self.bridge.is_halted or _is_over(link, job)

        async with self._of_shop[link.printer.shop_id]:
            if is_over():
                raise FileNotSent(CALLED_OFF)
            if job.file:
                await loop.run_in_executor(self.pool, _send, place, job, is_over)
            elif await loop.run_in_executor(self.pool, partial(file_size, place, job.name, is_over=is_over)) is None:
                raise FileRefused(f"There is no file {job.name} on the printer.")

    async def _is_free(self, link: Link, order: Order, job: StartJob) -> bool:
        """Waits for a printer that is away for a while; says why when it comes to nothing."""
        away_since: float | None = None
        while True:
            view, now = link.view, link.clock()
            if _is_over(link, job):
                link.asked.end(order, CommandState.LOST, CALLED_OFF)
                return False
            if link.is_up and view is not None and view.gcode_state:
                if view.is_signature_required:
                    link.asked.not_started(order, job.run_id, MONITORED_ONLY, again_in=NOW_IS_SOON)
                    return False
                if view.is_free:
                    return True
                if view.is_busy:
                    link.asked.not_started(order, job.run_id, ANOTHER_BEGAN, again_in=SOON)
                    return False
            away_since = now if away_since is None else away_since
            if now - away_since > OFFLINE_SECONDS or order.expires_at <= timezone.now():
                link.asked.not_started(order, job.run_id, WENT_OFFLINE, again_in=NOW_IS_SOON)
                return False
            await asyncio.sleep(LOOK_EVERY)


def _is_over(link: Link, job: StartJob) -> bool:
    """Its run has ended meanwhile, by whomever."""
    return link.run is None or link.run.pk != job.run_id


def _send(place: FilePlace, job: StartJob, is_over: Callable[[], bool]) -> None:
    if is_over():  # while it waited for a thread
        raise FileNotSent(CALLED_OFF)
    try:
        source = private_storage().open(job.file)
    except FileNotFoundError:
        raise FileRefused("The file of this print is gone.") from None
    with source:
        file_send(place, job.name, source, job.size, is_over=is_over)


def _place(printer: Printer) -> FilePlace:
    return FilePlace(
        printer.host,
        printer.files_port,
        printer.access_code,
        printer.serial_number,
        printer.model,
        certificate=printer.certificate,
        ca_file=settings.BAMBU_TLS_CA_FILE,
    )


def _message(job: StartJob, link: Link) -> ProjectFile:
    return ProjectFile(
        name=job.name,
        job=job.job,
        submission=job.submission,
        trays=job.trays,
        plate=job.plate,
        md5=job.md5,
        has_two_heads=link.view is not None and len(link.view.nozzles) > 1,
    )

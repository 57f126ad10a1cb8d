"""Talks to the printers: one process, one connection a printer, until it is stopped."""

import asyncio
import logging
import signal
from typing import Any

from django.core.management.base import BaseCommand

from printshop.bridge.bridge import Bridge

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Connects to every printer and stays connected: stores and shows what they report, sends them what they are "
        "asked to do, and starts what is in the queue. Of several started at once one works; the others take over."
    )
    requires_system_checks: list[Any] = []

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        bridge = Bridge()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, bridge.stop)
        await bridge.run()

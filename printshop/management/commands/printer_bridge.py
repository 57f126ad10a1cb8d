"""Talks to the printers: one process, one connection a printer, until it is stopped."""

import asyncio
import logging
import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from printshop.bridge.bridge import Bridge
from printshop.selectors.printers import bridge_is_running

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Connects to every printer and stays connected: stores and shows what they report, sends them what they are "
        "asked to do, and starts what is in the queue. Of several started at once one works; the others take over."
    )
    requires_system_checks: list[Any] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only say whether one works; status 1 when none does.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            asyncio.run(self._run())
        elif not bridge_is_running():
            raise CommandError("No printer bridge works.")

    async def _run(self) -> None:
        bridge = Bridge()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, bridge.stop)
        await bridge.run()

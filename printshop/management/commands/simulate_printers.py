"""`manage.py simulate_printers --count 4 --speed 500 --add-to alice`: printers to try the print shop with."""

import json
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from printshop.choices import ConnectionType
from printshop.models import Printer
from printshop.services.printers.printers import printer_change, printer_create
from printshop.simulator.farm import INTERVAL, MODELS, SimulatedFarm
from printshop.simulator.printer import Address
from printshop.simulator.shapes import SHAPES


class Command(BaseCommand):
    help = "Printers made of software, on this machine, which speak the protocol of Bambu's. Ends with Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--count", type=int, default=4, help="How many (4).")
        parser.add_argument("--models", default=",".join(MODELS), help=f"Of these in turn: {', '.join(SHAPES)}.")
        parser.add_argument("--speed", type=float, default=1.0, help="1000: four hours take 14 seconds (1).")
        parser.add_argument("--interval", type=float, default=INTERVAL, help="Seconds between two reports (2).")
        parser.add_argument("--print-minutes", type=float, default=240, help="Of files that do not say it (240).")
        parser.add_argument("--host", default="127.0.0.1", help="Where they listen (127.0.0.1).")
        parser.add_argument("--folder", type=Path, help="Keeps ports, codes, certificates (DATA_DIR/printers).")
        parser.add_argument("--json", type=Path, help="Writes addresses, serial numbers and codes into this file.")
        parser.add_argument("--add-to", metavar="USERNAME", help="Puts them into this person's shop.")

    def handle(self, *args: Any, **options: Any) -> None:
        models = [name.strip() for name in options["models"].split(",")]
        if options["count"] < 1 or options["speed"] <= 0 or options["interval"] <= 0:
            raise CommandError("Count, speed and interval must be more than nothing.")
        if unknown := [name for name in models if name not in SHAPES]:
            raise CommandError(f"There is no model {unknown[0]}. There are {', '.join(SHAPES)}.")
        owner = self._owner(options["add_to"])
        over = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: over.set())
        farm = SimulatedFarm(
            [models[number % len(models)] for number in range(options["count"])],
            speed=options["speed"],
            interval=options["interval"],
            print_seconds=options["print_minutes"] * 60,
            host=options["host"],
            folder=options["folder"] or Path(settings.DATA_DIR) / "printers",
        )
        with farm:
            addresses = farm.addresses()
            if owner is not None:
                added = sum(add(owner, address) for address in addresses)
                self.stderr.write(f"{added} printers are new in the shop of {owner.username}.")
            self._tell(addresses, options["json"])
            over.wait()

    def _owner(self, username: str | None) -> User | None:
        if username is None:
            return None
        owner = User.objects.filter(username=username).first()
        if owner is None:
            raise CommandError(f"There is nobody called {username}.")
        return owner

    def _tell(self, addresses: list[Address], file: Path | None) -> None:
        text = json.dumps([address.as_dict() for address in addresses], indent=2)
        if file is None:
            self.stdout.write(text)
            self.stdout.flush()
            return
        partial = file.with_suffix(".partial")
        partial.touch(mode=0o600)
        partial.write_text(text + "\n")
        partial.rename(file)
        self.stderr.write(f"{len(addresses)} printers are ready; {file} says where.")


def add(owner: User, address: Address) -> bool:
    """Whether it was not there yet; one that is there follows its address and access code."""
    known = Printer.objects.filter(shop__owner=owner, serial_number=address.serial_number, removed_at=None).first()
    if known is not None:
        printer_change(
            actor=owner,
            printer_id=known.pk,
            api_url=address.api_url,
            files_port=address.files_port,
            access_code=address.access_code,
        )
        return False
    printer_create(
        actor=owner,
        name=address.name,
        connection_type=ConnectionType.BAMBU_LAN,
        serial_number=address.serial_number,
        api_url=address.api_url,
        files_port=address.files_port,
        access_code=address.access_code,
    )
    return True

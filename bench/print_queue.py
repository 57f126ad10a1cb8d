"""Measure the pass over the print queue: its time, its statements, and the rows it writes.

    python -m bench.print_queue [--prints 10000] [--printers 500] [--shops 50] [--smallest]

All of it in one shop, then spread over `--shops`. A tenth of the printers is free at first, the others print; half of
the prints are of one printer, half of whichever fits; they are of 200 products. Four materials in eight colours lie in
four slots a printer, every second of which says how much is left. The first pass claims a print for each free printer
and notes why all others wait; then nothing changes, then one printer becomes free, then one print changes. Ends with
status 1 when a target is missed. PostgreSQL is started for the run.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bench.runs import ended, parsed
from bench.servers import PYTHON, Services
from config.launcher.environment import PROJECT_DIR

MATERIALS = ("PLA", "PETG", "ABS", "PA-CF")
COLORS = ("#FF0000", "#00FF00", "#0000FF", "#FFFFFF", "#000000", "#FFFF00", "#FF00FF", "#00FFFF")
RUNS = 5
PRODUCTS = 200
FULL_TARGET, QUIET_TARGET = 1.0, 0.15
"""Seconds: of a pass that looks at every print, and of one of a dispatcher that remembers that nothing has changed."""
STATEMENTS = 16
"""Of a pass over one shop in which no print starts."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, number in (("prints", 10_000), ("printers", 500), ("shops", 50)):
        parser.add_argument(f"--{name}", type=int, default=number)
    options = vars(parsed(parser, arguments, prints=60, printers=10, shops=3))
    with ExitStack() as stack:
        services = Services(stack)
        environment = services.environment(services.database("queue")) | {"LOG_LEVEL": "WARNING"}
        inside = "import sys; from bench import print_queue; sys.exit(print_queue.inside())"
        measured = subprocess.run([PYTHON, "-c", inside, json.dumps(options)], cwd=PROJECT_DIR, env=environment)
    return measured.returncode


def inside() -> int:
    """What runs with the platform's settings."""
    import django

    django.setup()
    options = argparse.Namespace(**json.loads(sys.argv[1]))
    missed, wrong = [], []
    for shops in (1, options.shops):
        print(f"{options.prints:,} prints, {options.printers} printers, {shops} shops", flush=True)
        _fill(options.prints, options.printers, shops)
        slow, faults = _measure(options.printers, shops)
        missed += slow
        wrong += faults
    return ended(options, missed=missed, wrong=wrong)


def _fill(prints: int, printers: int, shops: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from accounts.models import User
    from printshop.choices import ConnectionType, PrinterStatus
    from printshop.models import (
        Printer,
        PrinterBridge,
        PrinterCommand,
        PrinterSlot,
        PrintFilament,
        PrintRun,
        ScheduledPrint,
        Shop,
    )

    PrinterCommand.objects.all().delete()
    PrintRun.objects.all().delete()
    Shop.objects.all().delete()
    now, chance = timezone.now(), random.Random(7)
    PrinterBridge.objects.update_or_create(
        name="printers", defaults={"holder": "bench", "held_until": now + timedelta(days=1)}
    )
    owners = User.objects.bulk_create(
        User(username=f"owner{shops}-{number}", email=f"owner{shops}-{number}@example.com", password="!")
        for number in range(shops)
    )
    made = Shop.objects.bulk_create(Shop(owner=owner, currency="USD") for owner in owners)
    machines = Printer.objects.bulk_create(
        Printer(
            shop=made[number % shops],
            name=f"Printer {number}",
            connection_type=ConnectionType.BAMBU_LAN,
            host="192.168.1.100",
            access_code="12345678",
            serial_number=f"01S00A{number:09d}",
            model="P1S",
            status=PrinterStatus.ONLINE if number % 10 == 0 else PrinterStatus.PRINTING,
            remaining_seconds=None if number % 10 == 0 else chance.randrange(60, 20_000),
            heard_at=now,
        )
        for number in range(printers)
    )
    PrinterSlot.objects.bulk_create(
        PrinterSlot(
            printer=machine,
            number=tray + 1,
            ams_id=0,
            tray_id=tray,
            is_loaded=True,
            material_type=chance.choice(MATERIALS),
            color=chance.choice(COLORS),
            weight_grams=chance.randrange(50, 1000) if tray % 2 else None,
        )
        for machine in machines
        for tray in range(4)
    )
    products = [
        [
            (position, chance.choice(MATERIALS), chance.choice(COLORS), Decimal(chance.randrange(5, 300)))
            for position in range(1, 2 + (number % 5 == 0))
        ]
        for number in range(PRODUCTS)
    ]
    jobs = []
    for number in range(prints):
        machine = machines[number % printers]
        jobs.append(
            ScheduledPrint(
                shop_id=machine.shop_id,
                printer=machine if number % 2 else None,
                job_name=f"Job {number % PRODUCTS}",
                file_name="bracket.gcode.3mf",
                estimated_minutes=chance.randrange(20, 600),
                priority=chance.randrange(1, 9),
                ship_by=now + timedelta(days=chance.randrange(1, 20)) if number % 3 else None,
            )
        )
    ScheduledPrint.objects.bulk_create(jobs, batch_size=2000)
    PrintFilament.objects.bulk_create(
        (
            PrintFilament(scheduled_print=job, position=position, material_type=material, color=color, grams=grams)
            for number, job in enumerate(jobs)
            for position, material, color, grams in products[number * 7 % PRODUCTS]
        ),
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _measure(printers: int, shops: int) -> tuple[list[str], list[str]]:
    from django.utils import timezone

    from printshop.models import Printer, PrintRun, ScheduledPrint
    from printshop.services.prints.dispatch import Memory

    now = timezone.now()
    wrong, missed = [], []
    memory = Memory()
    _pass("the first pass", now, memory)
    free = Printer.objects.filter(status="online").count()
    if not 0 < PrintRun.objects.count() <= free:
        wrong.append(f"{PrintRun.objects.count()} runs for {free} free printers")
    if ScheduledPrint.objects.filter(waiting_code="").exists():
        wrong.append("a print waits without a reason")

    full = [_pass("all looked at, nothing new", now + timedelta(seconds=n), None) for n in range(RUNS)]
    quiet = [_pass("nothing has changed", now + timedelta(seconds=n), memory) for n in range(RUNS)]
    if any(each.writes for each in (*full[1:], *quiet)):
        wrong.append("something was written that did not change")
    if shops == 1 and max(each.statements for each in full) > STATEMENTS:
        wrong.append(f"{max(each.statements for each in full)} statements for a pass")
    machine = Printer.objects.exclude(status="online").first()
    assert machine is not None
    Printer.objects.filter(pk=machine.pk).update(status="online", remaining_seconds=None)
    _pass("a printer becomes free", now + timedelta(seconds=9), memory)
    job = ScheduledPrint.objects.filter(status="queued").latest("pk")
    ScheduledPrint.objects.filter(pk=job.pk).update(priority=1, changed_at=timezone.now())
    _pass("a print changes", now + timedelta(seconds=12), memory)
    for what, took, target in (
        ("a full pass", min(each.seconds for each in full), FULL_TARGET),
        ("a quiet pass", min(each.seconds for each in quiet), QUIET_TARGET),
    ):
        if took > target:
            missed.append(f"{what} of {shops} shops took {took * 1000:.0f} ms")
    return missed, wrong


class _Pass:
    def __init__(self, seconds: float, statements: int, writes: int) -> None:
        self.seconds, self.statements, self.writes = seconds, statements, writes


def _pass(name: str, now: Any, memory: Any) -> _Pass:
    from django.db import connection

    from printshop.services.prints.dispatch import dispatch_pass

    said: list[str] = []

    def counted(execute: Any, sql: str, *arguments: Any) -> Any:
        said.append(sql.split(maxsplit=1)[0])
        return execute(sql, *arguments)

    started, processor = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(counted):
        claimed = dispatch_pass(now=now, memory=memory)
    took, processor = time.perf_counter() - started, time.process_time() - processor
    writes = sum(each in ("UPDATE", "INSERT") for each in said)
    print(
        f"  {name:<28} {took * 1000:>7.0f} ms ({processor * 1000:>5.0f} ms of ours)  {len(said):>4} statements, "
        f"{writes:>4} of them write, {claimed} claims",
        flush=True,
    )
    return _Pass(took, len(said), writes)


if __name__ == "__main__":
    sys.exit(main())

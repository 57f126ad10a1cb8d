"""The simulated printers of bench.printers, in a process of their own so that their part of the processor is known.

It is told what to do by lines of JSON on its standard input, `[verb, …]`, and answers each with one line.
"""

import contextlib
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from printshop.simulator.farm import SimulatedFarm

SECONDS_A_LAYER = 2.0


def main() -> None:
    count, interval, speed, folder = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])
    print_seconds = float(sys.argv[5])
    # At its own pace a print goes on by one layer with each report, so every report is another one.
    farm = SimulatedFarm(
        count,
        interval=interval,
        speed=speed,
        folder=folder,
        print_seconds=print_seconds,
        layers=int(print_seconds / SECONDS_A_LAYER) if speed == 1 else 100,
    )
    with farm:
        _say([address.as_dict() for address in farm.addresses()])
        for line in sys.stdin:
            verb, *values = json.loads(line)
            _say(_done(farm, verb, values))


def _done(farm: SimulatedFarm, verb: str, values: Sequence[Any]) -> Any:
    if verb == "print":  # all at once, as if somebody had started them by hand
        for number, printer in enumerate(farm.printers):
            printer.start(f"Print {number}", subtask_id=str(1000 + number))
            printer.machine.next_job.preparing = 0.0  # type: ignore[union-attr]
    elif verb == "off":
        farm.switch_off_network()
    elif verb == "on":
        farm.switch_on_network()
    elif verb == "cut":
        for printer in random.sample(farm.printers, min(values[0], len(farm.printers))):
            printer.cut()
    elif verb == "lose":  # acknowledgements
        for printer in random.sample(farm.printers, min(values[0], len(farm.printers))):
            printer.door_faults.lost_acknowledgements = 1
    elif verb == "count":
        return {
            "reports": sum(printer.reports for printer in farm.printers),
            "connected": sum(printer.clients for printer in farm.printers),
            "started": [submission for printer in farm.printers for submission in printer.started],
            "finished": [submission for printer in farm.printers for submission in printer.finished],
            "asked": [part["subtask_id"] for printer in farm.printers for part in printer.asked("project_file")],
            "clients_twice": sum(
                len(printer.clients_seen) - len(set(printer.clients_seen)) for printer in farm.printers
            ),
        }
    return None


def _say(answer: Any) -> None:
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(answer), flush=True)

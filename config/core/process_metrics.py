"""How the processes of this machine (or container) do: what the system says of those that count, by what they are for.

Not by process: they are replaced all the time, and each would be a series of numbers of its own.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from prometheus_client import ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from config.core.metric_files import living

# What the library says of one process, and how it is called here, added up.
ADDED_UP: Final = {
    "process_resident_memory_bytes": ("atelier_process_memory_bytes", "Memory in use by all of them."),
    "process_open_fds": ("atelier_process_open_files", "Their open files and connections."),
}


class Processes(Collector):
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def collect(self) -> Iterator[Any]:
        sums: dict[tuple[str, str], float] = {}
        counts: dict[str, int] = {}
        for process, role in living(self.folder).items():
            counts[role] = counts.get(role, 0) + 1
            for family in ProcessCollector(pid=partial(int, process), registry=None).collect():
                for sample in family.samples:
                    if sample.name in ADDED_UP:
                        place = (sample.name, role)
                        sums[place] = sums.get(place, 0.0) + sample.value
        alive = GaugeMetricFamily("atelier_processes", "Processes that count, on this machine.", labels=["role"])
        for role in sorted(counts):
            alive.add_metric([role], counts[role])
        yield alive
        for said, (name, words) in ADDED_UP.items():
            family = GaugeMetricFamily(name, words, labels=["role"])
            for role in sorted(counts):
                family.add_metric([role], sums.get((said, role), 0.0))
            yield family

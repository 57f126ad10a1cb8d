"""The files that processes count in, and what they add up to.

Each process has two files of its own, named by machine and process, and holds a lock as long as it lives. What it has
counted is not lost with it: whoever adds up moves the numbers of processes that have ended into one file of them all,
so there are never more files than processes, and no count ever goes down.
"""

import contextlib
import fcntl
import logging
import os
import re
import socket
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, mmap_dict, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from config.core.metrics import REQUEST_BUCKETS, TASK_BUCKETS, WAIT_BUCKETS

logger = logging.getLogger(__name__)

KINDS: Final = ("counter", "histogram")
ENDED: Final = "ended"
"""In whose name the numbers of processes that have ended stand."""
HOST: Final = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()) or "host"
ROOM_BESIDE: Final = 32
"""Bytes of a number beside its name, at most."""
ROLES: Final = {
    "gunicorn": "wsgi",
    "uvicorn": "asgi",
    "worker": "worker",
    "beat": "beat",
    "printer_bridge": "bridge",
}


def role() -> str:
    """What this process is for, as its command says: wsgi, asgi, worker, beat, bridge, or other."""
    words = [*Path(sys.argv[0]).parts[-2:], *sys.argv[1:]]
    return next((found for word, found in ROLES.items() if word in words), "other")


class Counts:
    """What this process counts, in files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._process, self._name = 0, ""
        self._life: IO[str] | None = None
        # The library looks for its folder here, and for how to keep a number in its own module.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        disable_created_metrics()
        values.MmapedDict = Reserved  # type: ignore[misc]
        values.ValueClass = values.MultiProcessValue(self._own_name)
        of: dict[str, Any] = {"registry": None}
        self.requests = Counter("atelier_requests", "Requests answered.", ["dialect", "route", "status"], **of)
        self.request_seconds = Histogram(
            *("atelier_request_seconds", "Until an answer began.", ["dialect", "route"]), buckets=REQUEST_BUCKETS, **of
        )
        self.tasks = Counter("atelier_tasks", "Background tasks done.", ["task", "outcome"], **of)
        self.task_seconds = Histogram(
            *("atelier_task_seconds", "How long a task took.", ["task"]), buckets=TASK_BUCKETS, **of
        )
        self.task_wait = Histogram(
            *("atelier_task_wait_seconds", "How long a task was in the queue.", ["task"]), buckets=WAIT_BUCKETS, **of
        )
        self.deliveries = Counter(
            "atelier_deliveries", "Tries to bring a message to somebody.", ["channel", "outcome"], **of
        )
        self.gateway_errors = Counter("atelier_gateway_errors", "Faults of other companies.", ["gateway"], **of)
        self.printer_reports = Counter("atelier_printer_reports", "Reports of printers that were stored.", **of)
        self._cpu = Counter("atelier_process_cpu_seconds", "Processor time used, to the last count.", ["role"], **of)
        self._role, self._cpu_counted = role(), 0.0

    def cpu_count(self) -> None:
        """What this process has used of its processor since it was asked last."""
        used = time.process_time()
        if used < self._cpu_counted:  # another process since: it was forked off
            self._cpu_counted = 0.0
        self._cpu.labels(self._role).inc(used - self._cpu_counted)
        self._cpu_counted = used

    def _own_name(self) -> str:
        """The library asks with each number, so that a process that forks off gets files of its own."""
        process = os.getpid()
        if process != self._process:
            self._process, self._name = process, f"{HOST}-{process}"
            # A lock of the process before ends with it: what is inherited of it is closed here.
            if self._life is not None:
                self._life.close()
            self._life = _life_begin(self.folder, self._name)
        return self._name


class Reserved(MmapedDict):  # type: ignore[misc]
    """Its room on the disk is taken before it is written to, and OSError says that there is none: the system ends a
    process that writes to a part of a file which a full disk has no room for (SIGBUS)."""

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        if not read_mode:
            with Path(filename).open("ab") as file:
                try:
                    _reserve(file.fileno(), mmap_dict._INITIAL_MMAP_SIZE)
                except OSError:
                    if file.tell() == 0:  # it is new, and nobody could read it
                        Path(filename).unlink(missing_ok=True)
                    raise
        super().__init__(filename, read_mode)

    def _init_value(self, key: str) -> None:
        capacity = self._capacity
        while self._used + len(key.encode()) + ROOM_BESIDE > capacity:
            capacity *= 2
        if capacity > self._capacity:
            _reserve(self._f.fileno(), capacity)
        super()._init_value(key)


def _reserve(file: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):  # macOS has none
        os.posix_fallocate(file, 0, size)


# ---------------------------------------------------------------- who is alive
def _life_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.life"


def _life_begin(folder: Path, name: str) -> IO[str]:
    """Locked until this process ends, however it does. It says what it is for."""
    while True:
        life = _life_file(folder, name).open("a+")
        fcntl.flock(life, fcntl.LOCK_EX)
        # Whoever cleans up may have removed the file of a process of the same number while we waited for it.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(life.fileno()), _life_file(folder, name).stat()):
                life.truncate(0)
                life.write(role())
                life.flush()
                return life
        life.close()


@contextmanager
def _death(folder: Path, name: str) -> Iterator[bool]:
    """Whether a process has ended; meanwhile none of the same number begins."""
    with contextlib.ExitStack() as files:
        life = files.enter_context(_life_file(folder, name).open("a"))
        try:
            fcntl.flock(life, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def living(folder: Path) -> dict[int, str]:
    """The processes of this machine (or container) that count, and what each is for."""
    found = {}
    for file in folder.glob(f"{HOST}-*.life"):
        with _death(folder, file.stem) as has_ended:
            if not has_ended:
                found[int(file.stem.rpartition("-")[2])] = file.read_text() or "other"
    return found


# ---------------------------------------------------------------- adding up
def collected(folder: Path) -> CollectorRegistry:
    """The numbers of all processes, of those that have ended too. One at a time adds up."""
    registry = CollectorRegistry()
    with (folder / "adding-up").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        for file in [*folder.glob("*.life")]:
            with _death(folder, file.stem) as has_ended:
                if has_ended:
                    _bury(folder, file.stem)
        registry.register(_Read(_added_up(folder)))
    return registry


def _added_up(folder: Path) -> list[Any]:
    """A process that begins at this moment may have made a file, and nothing in it yet."""
    for pause in (0.02, 0.1, 0.5):
        with contextlib.suppress(struct.error):
            return list(MultiProcessCollector(None, path=str(folder)).collect())
        time.sleep(pause)
    return list(MultiProcessCollector(None, path=str(folder)).collect())


class _Read(Collector):
    def __init__(self, metrics: list[Any]) -> None:
        self.metrics = metrics

    def collect(self) -> list[Any]:
        return self.metrics


def _bury(folder: Path, name: str) -> None:
    """Move what a process has counted to what all have that ended."""
    for kind in KINDS:
        file = folder / f"{kind}_{name}.db"
        if not file.exists():
            continue
        try:
            kept = Reserved(str(folder / f"{kind}_{ENDED}.db"))
        except OSError:  # once there is room again
            return
        try:
            for key, value, _time, _place in MmapedDict.read_all_values_from_file(str(file)):
                kept.write_value(key, kept.read_value(key)[0] + value, 0.0)
        except (OSError, struct.error, RuntimeError, UnicodeDecodeError) as error:
            # It died in the middle of a write, or the disk is full.
            logger.warning("what a process has counted cannot be kept to its end: %s", type(error).__name__)
        finally:
            kept.close()
        file.unlink()
    _life_file(folder, name).unlink(missing_ok=True)

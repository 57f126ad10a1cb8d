"""Has a file read by a child process, so that a hostile one costs a child and never a worker.

The child limits its own memory and processor time before it opens the file (`config.core.confined`); here the clock is
watched. It gets neither our environment nor our open files, and only writes into a folder of its own.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from config.core.forkers import Forker, forker

_ROOT = Path(__file__).resolve().parents[2]
_ENTRY = _ROOT / "config" / "core" / "confined.py"
_CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGXFSZ)
_LAST = 10
"""Seconds that a killed child may take to be gone."""

WATCHED = 0.5
"""Seconds between two looks at a child that is watched."""


class OutOfTime(Exception):
    """The file took more processor time than the limit."""


class Crashed(Exception):
    """The file broke what reads it, or made it write more than the limit."""


class SandboxFault(Exception):
    """The child did not end properly, which says nothing about the file: try again later."""


@dataclass(frozen=True)
class Limits:
    """`memory` in bytes of address space, `seconds` of processor time, `wall_seconds` by the clock, `output` in bytes
    of one written file."""

    memory: int
    seconds: int
    wall_seconds: float
    output: int = 64 * 1024 * 1024


def run(
    module: str, arguments: list[str], folder: Path, limits: Limits, *, watch: Callable[[], None] | None = None
) -> None:
    """Call `module.main(arguments)` in a child process, which may write into `folder`. `watch` is called now and then
    while it works.

    Raises OutOfTime, Crashed and SandboxFault.
    """
    complaints = folder / "stderr"
    said = {
        "arguments": arguments,
        "complaints": str(complaints),
        "environment": environment(folder),
        "limits": {"memory": limits.memory, "seconds": limits.seconds, "output": limits.output},
    }
    code = _ended(module, json.dumps(said).encode(), limits.wall_seconds, watch)
    if code == 0:
        return
    if code == -signal.SIGXCPU:
        raise OutOfTime
    if -code in _CRASHES:
        raise Crashed
    last = _last_line(complaints)
    raise SandboxFault(f"the child ended with {code}: {last}"[:250])


def environment(folder: Path) -> dict[str, str]:
    """All that a child sees of ours."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_") or name == "PATH"}
    # One thread: each more would take its share of the address space, and a worker has other work beside.
    return kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "HOME": str(folder), "TMPDIR": str(folder)}


def _last_line(complaints: Path) -> str:
    try:
        return complaints.read_bytes()[-2000:].decode(errors="replace").strip().rpartition("\n")[2]
    except FileNotFoundError:  # it had not come so far
        return ""


def _ended(module: str, said: bytes, seconds: float, watch: Callable[[], None] | None) -> int:
    """The exit code of a child that was told `said`."""
    until = monotonic() + seconds
    gone: Forker | None = None
    for _ in range(2):  # what forks the children may have ended just now
        try:
            gone = forker(_ENTRY, module, environment(Path("/")), instead_of=gone)
        except OSError as error:
            raise SandboxFault(f"no child could be started: {error.strerror}") from error
        with suppress(ConnectionError), gone.call(said) as call:
            try:
                heard = _heard(call, until, watch)
            finally:  # whatever interrupts the waiting, a worker's time limit among it
                _made_end(call)
            if heard is None:
                raise SandboxFault(f"no result within {seconds:.0f} s")
            if heard:
                return _exit_code(heard)
    raise SandboxFault("no child could be started")


def _heard(call: socket.socket, until: float, watch: Callable[[], None] | None) -> bytes | None:
    """All that comes back; None when it does not end in time."""
    heard = b""
    with selectors.DefaultSelector() as selector:
        selector.register(call, selectors.EVENT_READ)
        while (left := until - monotonic()) > 0:
            if selector.select(left if watch is None else min(WATCHED, left)):
                part = call.recv(16)
                if not part:
                    return heard
                heard += part
            elif watch is not None:
                watch()
    return None


def _made_end(call: socket.socket) -> None:
    """A child that has not ended is killed, and then it is gone: it writes no more into its folder."""
    with suppress(OSError):
        call.shutdown(socket.SHUT_WR)
        call.settimeout(_LAST)
        while call.recv(16):
            pass


def _exit_code(heard: bytes) -> int:
    if heard == b"-":
        raise SandboxFault("no child could be started")
    if len(heard) < 3:
        raise SandboxFault("the child was lost")
    return int.from_bytes(heard[1:], "big", signed=True)

"""Has a file read by a child process, so that a hostile one costs a child and never a worker.

The child limits its own memory and processor time before it opens the file (`config.core.confined`); here the clock is
watched. It gets neither our environment nor our open files, and only writes into a folder of its own.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

_ROOT = Path(__file__).resolve().parents[2]
_ENTRY = _ROOT / "config" / "core" / "confined.py"
_CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGXFSZ)

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
    numbers = [str(limits.memory), str(limits.seconds), str(limits.output)]
    try:
        with complaints.open("wb") as stderr:
            child = subprocess.Popen(
                [sys.executable, "-I", str(_ENTRY), module, *numbers, *arguments],
                cwd=_ROOT,
                env=environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )
    except OSError as error:
        raise SandboxFault(f"no child could be started: {error.strerror}") from error
    try:
        code = _ended(child, limits.wall_seconds, watch)
    except subprocess.TimeoutExpired:
        raise SandboxFault(f"no result within {limits.wall_seconds:.0f} s") from None
    finally:  # whatever interrupts the waiting, a worker's time limit among it
        if child.poll() is None:
            child.kill()
            child.wait()
    if code == 0:
        return
    if code == -signal.SIGXCPU:
        raise OutOfTime
    if -code in _CRASHES:
        raise Crashed
    last = complaints.read_bytes()[-2000:].decode(errors="replace").strip().rpartition("\n")[2]
    raise SandboxFault(f"the child ended with {code}: {last}"[:250])


def environment(folder: Path) -> dict[str, str]:
    """All that a child sees of ours."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_") or name == "PATH"}
    # One thread: each more would take its share of the address space, and a worker has other work beside.
    return kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "HOME": str(folder), "TMPDIR": str(folder)}


def _ended(child: subprocess.Popen[bytes], seconds: float, watch: Callable[[], None] | None) -> int:
    """Its exit code. Nothing is written to the pipe: it closes with the child, while `wait` alone would look for the
    end every now and then, up to 50 ms late. Raises TimeoutExpired."""
    until = monotonic() + seconds
    assert child.stdout is not None  # noqa: S101 (it was asked for)
    with child.stdout, selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while not selector.select(seconds if watch is None else min(WATCHED, max(0.0, until - monotonic()))):
            if watch is None or monotonic() >= until:
                break
            watch()
    return child.wait(max(0.1, until - monotonic()))

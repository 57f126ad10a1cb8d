"""Processes that stand ready with a module imported, and fork a child for each file that it is to read.

Starting Python and importing what reads a picture takes longer than reading most. One such process for each module is
started by the first call, belongs to this process, and ends with it, or by itself after a while without a call.

How the two speak (`config.core.confined` is the other side): for each call a pair of sockets is made, what the child
is to do is written into one, and the other is handed over. A `+` comes back when the child has begun (a `-` when none
could be made), two bytes with its exit code when it has ended, and then the end. Whoever closes their side earlier has
the child killed.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]


class Forker:
    """Raises OSError when it cannot be started."""

    def __init__(self, entry: Path, module: str, environment: dict[str, str]) -> None:
        self.control, theirs = socket.socketpair()
        try:
            with theirs:
                self.process = subprocess.Popen(
                    [sys.executable, "-I", str(entry), module, str(theirs.fileno())],
                    cwd=_ROOT,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
        except BaseException:
            self.control.close()
            raise

    def call(self, said: bytes) -> socket.socket:
        """Our side of a new call. Raises ConnectionError when the process is gone."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                ours.sendall(said)
                socket.send_fds(self.control, [b"!"], [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        return ours

    def end(self) -> None:
        """With its children."""
        self.control.close()
        self.process.wait()


_forkers: dict[tuple[str, Path, str], Forker] = {}
_starting = threading.Lock()


def forker(entry: Path, module: str, environment: dict[str, str], *, instead_of: Forker | None = None) -> Forker:
    """The one for a module; a new one when `instead_of` is what there is. Raises OSError."""
    key = sys.executable, entry, module
    with _starting:
        known = _forkers.get(key)
        if known is not None and known is not instead_of:
            return known
        if known is not None:
            del _forkers[key]
            known.end()
        _forkers[key] = Forker(entry, module, environment)
        return _forkers[key]


def forkers_end() -> None:
    """Also so that the system counts what the children took to this process (`RUSAGE_CHILDREN`)."""
    with _starting:
        while _forkers:
            _forkers.popitem()[1].end()


def _forget() -> None:
    """After a fork: they are our parent's, and end when nobody holds on to them but it."""
    global _starting
    _starting = threading.Lock()
    for known in _forkers.values():
        known.control.close()
        known.process.returncode = 0  # not ours to wait for
    _forkers.clear()


os.register_at_fork(after_in_child=_forget)
atexit.register(forkers_end)

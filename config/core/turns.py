"""Who may do something costly now: so many at once on this machine, one of each owner, and few of a process's threads.

What is shared out is this machine's processor and memory, so its processes agree by locks on files, which the system
takes back when a process dies, in whatever way. A process that serves requests lets only some of its threads wait here:
the others go on answering whatever else is asked for.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep

from config.core.errors import Busy, Limited

_LOOKS = 0.02
"""Seconds between two looks whether it is one's turn."""
_OWNERS = 256
"""Owners are told apart by this many files; two that share one wait for each other."""

_YOURS = "What you sent before is still being read. Please send less at once."

_counting = threading.Lock()
_here: Counter[int | None] = Counter()


@contextmanager
def turn(owner: int | None, *, name: str, at_once: int, places: int, wait: float) -> Iterator[None]:
    """Wait up to `wait` seconds until fewer than `at_once` on this machine, and none of `owner`, are at it.

    `name` tells apart what shares nothing; `places` is how many threads of this process may wait or be at it, of one
    owner one less, so that there is room for another. Raises Limited when it is the owner's own that are in the way,
    else Busy.
    """
    with _place(owner, places), ExitStack() as held:
        until = monotonic() + wait
        if owner is not None and not _taken(held, name, [f"owner-{owner % _OWNERS}"], until):
            raise Limited(_YOURS, wait=_retry(wait))
        if not _taken(held, name, [f"turn-{number}" for number in range(at_once)], until):
            raise Busy(wait=_retry(wait))
        yield


@contextmanager
def _place(owner: int | None, places: int) -> Iterator[None]:
    with _counting:
        if _here.total() >= places:
            raise Busy(wait=1)
        if owner is not None and _here[owner] >= max(1, places - 1):
            raise Limited(_YOURS, wait=1)
        _here[owner] += 1
    try:
        yield
    finally:
        with _counting:
            _here[owner] -= 1
            if not _here[owner]:
                del _here[owner]


def _taken(held: ExitStack, name: str, files: list[str], until: float) -> bool:
    """Hold one of the locks until `held` is closed; False when none was free in time."""
    folder = _folder(name)
    while True:
        for file in files:
            descriptor = os.open(folder / file, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
            else:
                held.callback(os.close, descriptor)
                return True
        if monotonic() >= until:
            return False
        sleep(_LOOKS)


def _folder(name: str) -> Path:
    """Where the children's own folders lie too. Nobody else may have made it first, to hold us up."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"atelier-turns-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


def _retry(wait: float) -> int:
    return max(1, round(wait))

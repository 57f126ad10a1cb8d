"""Hashing passwords without starving everything else.

A hash takes 100 MB and a tenth of a second of a processor, by design; a flood at the logins would take the machine. So
of one process only PASSWORD_HASHES_AT_ONCE are made at a time, by threads that come after all others where the system
has such an order (Linux), and only PASSWORD_HASHES_WAITING wait for them, a few seconds. Whoever comes beyond that is
told to come again at once, so that threads stay free for requests that need no password. `RATE_LIMITS=off` lifts this.
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, Final, TypeVar

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher

from config.core.errors import Busy

LONGEST_WAIT: Final = 3.0
NICENESS: Final = 5  # a third of the processor beside a request, and beside other heavy work
NICEST: Final = 19
Hashed = TypeVar("Hashed")


class Desk:
    """So many threads that hash, and so many places to wait for them."""

    def __init__(self, *, at_once: int, waiting: int, longest_wait: float = LONGEST_WAIT) -> None:
        self._threads = ThreadPoolExecutor(at_once, "password", initializer=_after_all_others)
        self._places = threading.BoundedSemaphore(at_once + waiting)
        self._longest_wait = longest_wait

    def run(self, make: Callable[[], Hashed]) -> Hashed:
        """What `make` returns. Raises Busy when all places are taken, or none of the threads was free in time."""
        if not self._places.acquire(blocking=False):
            raise Busy
        future = self._threads.submit(make)
        future.add_done_callback(lambda _done: self._places.release())
        try:
            return future.result(self._longest_wait)
        except TimeoutError:
            if future.cancel():
                raise Busy from None
            return future.result()  # it has begun, and ends in a moment


def _after_all_others() -> None:
    """On Linux a thread has a niceness of its own, which argon2's threads inherit."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        before = os.getpriority(os.PRIO_PROCESS, thread)  # a lower one than that may not be chosen
        os.setpriority(os.PRIO_PROCESS, thread, min(before + NICENESS, NICEST))


@cache
def _desk() -> Desk:
    return Desk(at_once=settings.PASSWORD_HASHES_AT_ONCE, waiting=settings.PASSWORD_HASHES_WAITING)


os.register_at_fork(after_in_child=_desk.cache_clear)  # threads do not live on in a child process


def _in_turn(make: Callable[[], Hashed]) -> Hashed:
    return make() if settings.RATE_LIMITS == "off" else _desk().run(make)


class Argon2(Argon2PasswordHasher):
    parallelism = 1  # as hard to guess as with eight threads, which would push aside eight requests

    def encode(self, *args: Any, **kwargs: Any) -> str:
        return _in_turn(partial(super().encode, *args, **kwargs))

    def verify(self, *args: Any, **kwargs: Any) -> bool:
        return _in_turn(partial(super().verify, *args, **kwargs))


class PBKDF2(PBKDF2PasswordHasher):
    """Of passwords that came from elsewhere."""

    def encode(self, *args: Any, **kwargs: Any) -> str:
        return _in_turn(partial(super().encode, *args, **kwargs))

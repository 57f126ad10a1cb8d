"""Counting in the cache that all processes share, and, while it is gone, in this process alone.

For limits that only shed load: a cache that is gone must neither refuse everybody nor let everything pass. What
protects an effect (an e-mail, money) is counted in the database, with the effect.
"""

import time
from typing import Final, NamedTuple

from django.core.cache import BaseCache, caches

# After a failed try the shared cache is left alone for so many seconds, so that not every request waits for it.
PAUSE: Final = 5.0
_away_until = 0.0


class Count(NamedTuple):
    """How often this was counted in the present window, this time included, and how many seconds the window lasts."""

    number: int
    left: float
    reset: int
    """When the next window begins (seconds since 1970)."""


def counted(key: str, *, seconds: int) -> Count:
    """Count once. Windows begin at multiples of `seconds`. Atomic: one increment a call, by however many at once."""
    now = time.time()
    window = int(now) // seconds
    reset = (window + 1) * seconds
    return Count(_incremented(f"{key}:{window}", seconds + 60), reset - now, reset)


def _incremented(key: str, lifetime: int) -> int:
    global _away_until
    if time.monotonic() >= _away_until:
        number = _increment(caches["default"], key, lifetime)
        if number is not None:
            return number
        _away_until = time.monotonic() + PAUSE
    return _increment(caches["process"], key, lifetime) or 1


def _increment(cache: BaseCache, key: str, lifetime: int) -> int | None:
    """One round trip, but for the first of a window. None when the cache does not answer."""
    try:
        return cache.incr(key)
    except ValueError:  # not there yet
        cache.add(key, 0, timeout=lifetime)
    try:
        return cache.incr(key)
    except ValueError:  # removed meanwhile
        return 1

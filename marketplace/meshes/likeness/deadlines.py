"""A comparison that cannot be ended in time."""

from __future__ import annotations

import time


class LikenessUnavailable(Exception):
    """The deadline passed: nothing is known about the shape, try again later."""


def check(deadline: float | None) -> None:
    """Raise LikenessUnavailable when `deadline` (a `time.monotonic()` value) has passed."""
    if deadline is not None and time.monotonic() >= deadline:
        raise LikenessUnavailable("The comparison of the shape ran out of time.")

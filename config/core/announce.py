"""How a service is heard: by other apps in its transaction, by workers after its commit.

What is announced to workers also exists as a row (a delivery, a picture to check, a payment to settle) which a
periodic sweep takes up again, so a broker that is down loses nothing and never fails the request.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

# After a failed try the broker is left alone for so many seconds: one request with many announcements, or many
# requests, must not each wait for its time-out. The sweeps come soon enough.
BROKER_PAUSE = 5.0
_broker_away_until = 0.0


def announce(event: str, **about: Any) -> None:
    """Tell the apps above, by the table config.listeners, in the transaction of the caller. A listener's refusal is
    the caller's."""
    for listener in settings.LISTENERS[event]:
        import_string(listener)(**about)


def after_commit(action: Callable[[], None]) -> None:
    """Run `action` once the surrounding transaction is in the database; at once when there is none."""
    transaction.on_commit(action, robust=True)


def enqueue_after_commit(task: str, *args: Any) -> None:
    """Hand a task, by its dotted name, to the workers after the commit. `args` are ids."""

    def publish() -> None:
        global _broker_away_until
        if time.monotonic() < _broker_away_until:
            return
        try:
            import_string(task).apply_async(args=args, retry=False)
        except (OperationalError, OSError) as error:
            _broker_away_until = time.monotonic() + BROKER_PAUSE
            logger.warning("%s could not be queued now, a sweep repeats it: %s", task, type(error).__name__)

    after_commit(publish)

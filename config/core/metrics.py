"""What is counted for operators while the platform works: requests, tasks, deliveries, other companies' faults.

Nothing is counted with METRICS off. Otherwise each process writes its own numbers into files in DATA_DIR/metrics, which
`/metrics` adds up: a count is a few microseconds, and asks nobody. Labels come from tables in the code, never from
what callers send.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import TYPE_CHECKING, Final, ParamSpec

from django.conf import settings

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from config.core.metric_files import Counts

P = ParamSpec("P")

REQUEST_BUCKETS: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
TASK_BUCKETS: Final = (0.1, 1.0, 10.0, 60.0, 300.0)
WAIT_BUCKETS: Final = (0.1, 1.0, 5.0, 30.0, 120.0, 600.0)
"""Seconds."""


def _in_no_ones_way(count: Callable[P, None]) -> Callable[P, None]:
    """What cannot be counted, on a disk that is full, is done all the same. The log says it once."""

    @wraps(count)
    def counted(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            count(*args, **kwargs)
        except OSError as error:
            _tell_uncounted(str(error.strerror))

    return counted


@cache
def _tell_uncounted(words: str) -> None:
    logger.error("not everything can be counted in DATA_DIR/metrics: %s", words)


@cache
def counts() -> "Counts | None":
    """None with METRICS off."""
    if not settings.METRICS:
        return None
    from config.core.metric_files import Counts  # the library is in memory where it is used alone

    try:
        return Counts(settings.DATA_DIR / "metrics")
    except OSError as error:
        logger.error("nothing can be counted in DATA_DIR/metrics: %s", error)
        return None


@_in_no_ones_way
def request_counted(*, dialect: str, route: str, status: int, seconds: float) -> None:
    """`route` is a name of a dialect's table, or the pattern of a page's address."""
    if (to := counts()) is not None:
        to.requests.labels(dialect, route, str(status)).inc()
        to.request_seconds.labels(dialect, route).observe(seconds)
        to.cpu_count()


@_in_no_ones_way
def task_counted(*, task: str, outcome: str, seconds: float) -> None:
    """`outcome` is success, failure or retry."""
    if (to := counts()) is not None:
        to.tasks.labels(task, outcome).inc()
        to.task_seconds.labels(task).observe(seconds)
        to.cpu_count()


@_in_no_ones_way
def task_wait_counted(*, task: str, seconds: float) -> None:
    """From when it was put into the queue until a worker took it."""
    if (to := counts()) is not None:
        to.task_wait.labels(task).observe(max(seconds, 0.0))


@_in_no_ones_way
def delivery_counted(*, channel: str, outcome: str) -> None:
    """`channel` is email, socket or webhook; `outcome` sent, failed (it is tried again) or given_up."""
    if (to := counts()) is not None:
        to.deliveries.labels(channel, outcome).inc()


@_in_no_ones_way
def gateway_failed(gateway: str) -> None:
    """Another company's service did not answer, or not with what it should."""
    if (to := counts()) is not None:
        to.gateway_errors.labels(gateway).inc()


@contextmanager
def failures_counted(gateway: str, *errors: type[Exception]) -> Iterator[None]:
    """Around a call of another company's service, or as a decorator of the function that makes it: `errors` count."""
    try:
        yield
    except errors:
        gateway_failed(gateway)
        raise


@_in_no_ones_way
def reports_counted(number: int) -> None:
    """Of printers, as the bridge has stored them."""
    if (to := counts()) is not None:
        to.printer_reports.inc(number)
        to.cpu_count()

"""Counts what workers do, by Celery's own signals. They run in the process that does the task."""

import time
from typing import Any, Final

from celery import signals

from config.core.metrics import task_counted, task_wait_counted

SENT_AT: Final = "atelier_sent_at"
OUTCOMES: Final = {"SUCCESS": "success", "RETRY": "retry"}
_began: dict[str, float] = {}


def task_metrics_begin() -> None:
    """Call once a process, with METRICS on."""
    signals.before_task_publish.connect(_published, weak=False)
    signals.task_prerun.connect(_begun, weak=False)
    signals.task_postrun.connect(_done, weak=False)


def _published(headers: dict[str, Any] | None = None, **_about: Any) -> None:
    if headers is not None:
        headers[SENT_AT] = time.time()


def _begun(task_id: str, task: Any, **_about: Any) -> None:
    _began[task_id] = time.perf_counter()
    sent_at = getattr(task.request, SENT_AT, None)
    if isinstance(sent_at, int | float) and not task.request.retries:  # what is tried again waited by intention
        task_wait_counted(task=task.name, seconds=time.time() - sent_at)


def _done(task_id: str, task: Any, state: str | None = None, **_about: Any) -> None:
    began = _began.pop(task_id, None)
    seconds = 0.0 if began is None else time.perf_counter() - began
    task_counted(task=task.name, outcome=OUTCOMES.get(state or "", "failure"), seconds=seconds)

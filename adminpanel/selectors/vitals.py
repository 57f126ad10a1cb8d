"""How the platform does, for operators: what cannot be counted while it happens, but is looked up."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import redis
from django.conf import settings
from django.db import Error
from django.db.models import Count, Max
from django.utils import timezone

from adminpanel.selectors.backlogs import backlogs
from commerce.models import LedgerProof
from printshop.choices import PrinterStatus
from printshop.models import Printer
from printshop.selectors.printers import bridge_is_running

logger = logging.getLogger(__name__)

QUEUE: Final = "celery"
"""Celery's own name of the one queue that there is."""


@dataclass(frozen=True)
class Vital:
    """A number as it is now. `labels` are the same words for all of one name."""

    name: str
    help: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)


def vitals() -> Iterator[Vital]:
    """Some ten queries, all of them by an index or of a table of few rows. Without a database that answers, what is
    known without it: then `atelier_database_up` is 0."""
    yield from _queue()
    try:
        looked_up = list(_looked_up())
    except Error as error:
        logger.warning("/metrics cannot look up what waits: %s", " ".join(str(error).split()))
        looked_up = []
    yield Vital("atelier_database_up", "Whether the database answers.", float(bool(looked_up)))
    yield from looked_up


def _looked_up() -> Iterator[Vital]:
    waiting = backlogs()
    for backlog in waiting:
        yield Vital("atelier_waiting", "Rows that wait for the platform.", backlog.count, {"what": backlog.name})
    for backlog in waiting:
        yield Vital("atelier_waiting_seconds", "Age of the oldest of them.", backlog.oldest, {"what": backlog.name})
    yield from _ledger()
    yield from _printers()


def _queue() -> Iterator[Vital]:
    """Nothing where there is no Redis, or none that answers: then `up` is 0."""
    if not settings.REDIS_URL:
        return
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=1) as server:
            length = int(server.llen(QUEUE))  # type: ignore[arg-type]  # of a client that does not await
    except redis.RedisError:
        yield Vital("atelier_queue_up", "Whether the queue of tasks answers.", 0)
        return
    yield Vital("atelier_queue_up", "Whether the queue of tasks answers.", 1)
    yield Vital("atelier_queue_tasks", "Tasks that no worker has taken yet.", length)


def _ledger() -> Iterator[Vital]:
    proof = LedgerProof.objects.order_by("-made_at").first()
    if proof is not None:
        yield Vital("atelier_ledger_faults", "What the last proof of the ledger found.", proof.faults)
        yield Vital("atelier_ledger_proof_timestamp_seconds", "When that was.", proof.made_at.timestamp())
        yield Vital("atelier_ledger_proof_seconds", "How long it took.", proof.took)


def _printers() -> Iterator[Vital]:
    yield Vital("atelier_bridge_up", "Whether a process is connected to the printers.", float(bridge_is_running()))
    rows = Printer.objects.filter(removed_at=None).values("status").annotate(n=Count("pk"), heard=Max("heard_at"))
    found = {row["status"]: row for row in rows.order_by()}
    for status in PrinterStatus.values:
        count = found[status]["n"] if status in found else 0
        yield Vital("atelier_printers", "Printers by how they stand.", count, {"status": status})
    last = max((row["heard"] for row in found.values() if row["heard"] is not None), default=None)
    if last is not None:
        yield Vital("atelier_printer_report_age_seconds", "Since any printer was heard last.", _age(last))


def _age(moment: datetime) -> float:
    return max((timezone.now() - moment).total_seconds(), 0.0)

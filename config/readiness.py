"""Whether what people send can be kept. Each part is tried by writing, in each process once in some seconds, however
often it is asked for: /readyz is open to everybody."""

import logging
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import redis
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import Error, transaction
from django.utils import timezone

logger = logging.getLogger(__name__)

PATIENCE: Final = 10.0
"""Seconds after which an attempt that has not ended counts as failed."""
BUCKET_KEY: Final = "readyz"
FAULTS: Final = (Error, OSError, BotoCoreError, ClientError, redis.RedisError)


class Probe:
    """One thing that must be writable, and how the last attempt went."""

    def __init__(self, name: str, attempt: Callable[[], None], *, seconds: float) -> None:
        self.name, self._attempt, self._seconds = name, attempt, seconds
        self._trying = threading.Lock()
        self._is_writable = False
        self._began = self._ended = float("-inf")

    def is_writable(self) -> bool:
        """Tries it when the last attempt is `seconds` old. One caller tries; the others get the last answer meanwhile,
        so that what hangs holds one thread. Only the very first attempt is waited for."""
        if time.monotonic() - self._ended < self._seconds:
            return self._is_writable
        is_first = self._ended == float("-inf")
        if not self._trying.acquire(timeout=PATIENCE if is_first else 0):
            return self._is_writable and time.monotonic() - self._began < PATIENCE
        try:
            if time.monotonic() - self._ended >= self._seconds:
                self._began = time.monotonic()
                fault = self._fault()
                if fault and (self._is_writable or is_first):
                    logger.error("%s cannot be written: %s", self.name, fault)
                elif not fault and not (self._is_writable or is_first):
                    logger.warning("%s can be written again", self.name)
                self._is_writable, self._ended = not fault, time.monotonic()
        finally:
            self._trying.release()
        return self._is_writable

    def _fault(self) -> str:
        try:
            self._attempt()
        except FAULTS as error:
            return f"{type(error).__name__}: {' '.join(str(error).split())}"
        return ""


def database_write() -> None:
    """A row made and removed, and committed: a server that only reads, or whose disk is full, refuses that."""
    with transaction.atomic():
        Session.objects.create(session_key=f"readyz-{uuid.uuid4().hex}", session_data="", expire_date=timezone.now())
        Session.objects.filter(session_key__startswith="readyz-").delete()


def files_write() -> None:
    for name in ("default", "private"):
        storage = storages[name]
        if isinstance(storage, FileSystemStorage):
            folder = Path(storage.location)
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:  # has no name: nothing is left of it, whatever happens
                file.write(b"\0" * 4096)
                file.flush()
                os.fsync(file.fileno())


@cache
def _bucket(name: str) -> Any:
    """The storage once more, with a client that gives up soon."""
    usual: Any = storages[name]
    patience = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
    stored: Any = settings.STORAGES[name]
    return type(usual)(**stored["OPTIONS"] | {"client_config": usual.client_config.merge(patience)})


def bucket_write() -> None:
    """One object of no bytes, always the same."""
    storage = _bucket("private")
    storage.connection.meta.client.put_object(Bucket=storage.bucket_name, Key=BUCKET_KEY, Body=b"")


def queue_write() -> None:
    server = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=1)
    with server:
        server.set("atelier:readyz", "1", ex=60)


def _files(storage: Storage) -> Probe:
    if isinstance(storage, FileSystemStorage):
        return Probe("files", files_write, seconds=5)
    return Probe("files", bucket_write, seconds=30)  # each attempt is a request that somebody pays for


@cache
def needed() -> tuple[Probe, ...]:
    """What nobody can be served without."""
    return Probe("database", database_write, seconds=5), _files(storages["private"])


@cache
def useful() -> tuple[Probe, ...]:
    """What people are served without: background work waits in the database until the queue is back."""
    return (Probe("queue", queue_write, seconds=5),) if settings.REDIS_URL else ()

"""Stored files that nothing refers to: none is removed before the commit that let go of it, none stays for ever.

A file about to be written is reserved by the same kind of row, which the transaction that refers to it deletes; so a
process that dies in between leaves nothing behind.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.utils import timezone

from config.core.announce import enqueue_after_commit
from config.core.errors import Upstream
from config.core.metrics import gateway_failed
from config.core.models import DiscardedFile

logger = logging.getLogger(__name__)

STORAGE_FAULTS = (OSError, Boto3Error, BotoCoreError, ClientError)
# Longer than any request lasts: until then a reserved file may still be taken into use.
SWEPT_AFTER = timedelta(hours=1)


def file_write(storage: str, name: str, data: bytes | File) -> DiscardedFile:
    """Write a file and return its reservation. `name` is new, with a uuid in it. Raises Upstream."""
    reserved = DiscardedFile.objects.create(storage=storage, name=name)
    try:
        stored = storages[storage].save(name, data if isinstance(data, File) else ContentFile(data))
    except STORAGE_FAULTS as error:
        logger.warning("a file could not be stored: %s", type(error).__name__)
        gateway_failed("files")
        raise Upstream("The file could not be stored. Please try again later.") from error
    if stored != name:
        DiscardedFile.objects.filter(pk=reserved.pk).update(name=stored)
        reserved.name = stored
    return reserved


def files_keep(reserved: Iterable[DiscardedFile]) -> None:
    """What was written is referred to now. Call it in the transaction that does."""
    DiscardedFile.objects.filter(pk__in=[row.pk for row in reserved]).delete()


def files_drop(reserved: Iterable[DiscardedFile]) -> None:
    """What was written will not be referred to."""
    for row in reserved:
        enqueue_after_commit("config.core.tasks.file_remove", row.pk)


def file_discard(storage: str, name: str) -> None:
    """Let go of a stored file. Call it in the transaction whose rows no longer refer to it; "" is no file."""
    if name:
        files_drop([DiscardedFile.objects.create(storage=storage, name=name)])


def file_remove(discarded_id: int) -> None:
    """Remove one discarded file; safe to repeat."""
    row = DiscardedFile.objects.filter(pk=discarded_id).first()
    if row is None:
        return
    try:
        storages[row.storage].delete(row.name)
    except STORAGE_FAULTS as error:
        logger.warning("a discarded file could not be removed, a sweep repeats it: %s", type(error).__name__)
        return
    row.delete()


def files_remove_sweep() -> None:
    """Remove what a task could not, and what was reserved by a process that died."""
    due = DiscardedFile.objects.filter(created_at__lt=timezone.now() - SWEPT_AFTER).order_by("pk")
    for discarded_id in due.values_list("pk", flat=True)[:500]:
        file_remove(discarded_id)

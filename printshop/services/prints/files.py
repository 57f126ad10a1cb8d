"""Sliced files: read, stored privately, let go of."""

import hashlib
import uuid
from collections.abc import Iterable
from typing import Any, Final

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from accounts.models import User
from config.core import files
from config.core.errors import Invalid, Limited
from config.core.file_names import file_name_cleaned, with_ending
from config.core.sizes import too_large
from printshop.errors import FileTooLarge, InUse
from printshop.models import PrintFile, ScheduledPrint, Shop
from printshop.selectors.print_files import print_file_own
from printshop.services.prints.states import UNFINISHED
from printshop.services.shops.shops import shop_open
from printshop.slices.errors import BrokenSlice
from printshop.slices.reading import Slice, slice_read

ENDING: Final = ".gcode.3mf"
MOST_FILES: Final = 2_000
MOST_BYTES: Final = 20 * 1024**3
"""Of one shop."""
CHUNK: Final = 1024 * 1024


def print_file_upload(*, actor: User, file: File, name: str = "") -> PrintFile:
    """Judged by its content: a 3MF with sliced plates. A file of the same name takes the place of the older one for
    prints made from now on. Takes time: call it outside of transactions.

    Raises FileTooLarge and Invalid (`file`), Limited (too many files) and Upstream.
    """
    size = file.size or 0
    if size > settings.MESH_MAX_BYTES:
        raise FileTooLarge(too_large("The file", size, settings.MESH_MAX_BYTES), field="file")
    try:
        content: Any = file.open("rb").file if file.closed else file
        read = slice_read(content)
    except BrokenSlice as error:
        raise Invalid(str(error), field="file") from error
    shop = shop_open(actor=actor)
    _check_room(shop.pk, size)
    sha256, md5 = _digests(file)
    file.seek(0)
    reserved = files.file_write("private", f"prints/{actor.pk}/{uuid.uuid4()}{ENDING}", file)
    try:
        with transaction.atomic():
            Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)  # uploads at once are counted one by one
            _check_room(shop.pk, size)
            stored = _stored(
                shop.pk, name_on_printers(name or str(file.name or "")), reserved.name, size, sha256, md5, read
            )
            files.files_keep([reserved])
    except BaseException:
        files.files_drop([reserved])
        raise
    return stored


def print_file_delete(*, actor: User, file_id: int) -> None:
    """Its bytes go as soon as nothing waits for them. Raises Missing, Denied and InUse (a part is made of it, or a
    print waits for it or runs)."""
    print_file_own(actor=actor, file_id=file_id)
    with transaction.atomic():
        file = PrintFile.objects.select_for_update(of=("self",)).get(pk=file_id)
        if file.parts.exists():
            raise InUse("A part is printed from this file.")
        if _is_awaited(file):
            raise InUse("A print waits for this file.")
        _remove(file)


def print_files_hold(file_ids: Iterable[int | None]) -> dict[int, PrintFile]:
    """By id as they are now: until the transaction ends none of them is replaced, and none's bytes go. For whoever lets
    a part or a print wait for them; an order, or a print, is locked before."""
    rows = PrintFile.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(file_ids)).order_by("pk")
    return {file.pk: file for file in rows}


def print_files_sweep() -> int:
    """Let go of the bytes of replaced files that no print waits for any more. Returns of how many."""
    gone = PrintFile.objects.filter(removed_at__isnull=False).exclude(file="").order_by("pk")
    swept = 0
    for file_id in gone.values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            file = PrintFile.objects.select_for_update(of=("self",)).get(pk=file_id)
            if file.file.name and not _is_awaited(file):
                _remove(file)
                swept += 1
    return swept


def _stored(shop_id: int, name: str, stored: str, size: int, sha256: str, md5: str, read: Slice) -> PrintFile:
    older = PrintFile.objects.select_for_update(of=("self",)).filter(shop=shop_id, name=name, removed_at=None).first()
    if older is not None:
        _check_plates(older, read)
        older.removed_at = timezone.now()
        older.save(update_fields=["removed_at"])
    new = PrintFile(
        shop_id=shop_id,
        name=name,
        file=stored,
        size=size,
        digest=sha256,
        md5=md5,
        printer_model=read.printer_model,
        nozzle_diameter=read.nozzle_diameter,
        plates=read.plates,
    )
    new.save()
    if older is not None:
        older.parts.update(file=new)
        if not _is_awaited(older):
            _remove(older)
    return new


def _check_plates(older: PrintFile, read: Slice) -> None:
    """What is printed from a plate of the older one goes on with the new one's."""
    there = {plate["plate"] for plate in read.plates}
    lacking = set(older.parts.values_list("plate", flat=True)) - there if there else set()
    if lacking:
        numbers = ", ".join(map(str, sorted(lacking)))
        raise Invalid(f"Parts are printed from plate {numbers}, which this file does not have.", field="file")


def _remove(file: PrintFile) -> None:
    """The row stays for the history of its prints."""
    files.file_discard("private", str(file.file.name))
    file.removed_at, file.file = file.removed_at or timezone.now(), ""  # type: ignore[assignment]
    file.save(update_fields=["removed_at", "file"])


def _is_awaited(file: PrintFile) -> bool:
    return ScheduledPrint.objects.filter(file=file, status__in=UNFINISHED).exists()


def _check_room(shop_id: int, size: int) -> None:
    held = PrintFile.objects.filter(shop=shop_id).exclude(file="").aggregate(number=Count("pk"), bytes=Sum("size"))
    if held["number"] >= MOST_FILES or (held["bytes"] or 0) + size > MOST_BYTES:
        raise Limited("The shop's files take too much room. Please delete some.", wait=3600)


def _digests(file: File) -> tuple[str, str]:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    file.seek(0)
    while chunk := file.read(CHUNK):
        sha256.update(chunk)
        md5.update(chunk)
    return sha256.hexdigest(), md5.hexdigest()


def name_on_printers(sent: str) -> str:
    """With the ending that printers know a sliced file by."""
    name = file_name_cleaned(sent, default="print")
    for ending in (ENDING, ".3mf"):
        if name.lower().endswith(ending):
            name = name[: -len(ending)] or "print"
    return with_ending(name, ENDING[1:])

"""Files that come in parts, so that an upload goes on after a break: begun, filled in any order, put together."""

import hashlib
import uuid
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO, Any, Final

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from config.core import files
from config.core.errors import Invalid, Limited, Missing, Upstream
from config.core.file_names import file_name_cleaned
from marketplace.choices import PartsState, UploadKind
from marketplace.errors import PartsMissing, UploadEnded
from marketplace.models import PartedUpload, UploadedFile, UploadPart
from marketplace.services.uploads.files import file_upload, size_check
from marketplace.services.uploads.room import room_take, unused_check

PART_BYTES: Final = 2 * 1024 * 1024
LASTS: Final = timedelta(hours=48)
"""From the last part that came, or the last try to complete it."""
JOINED_WITHIN: Final = timedelta(minutes=10)
MOST_OPEN: Final = 10
SWEPT_AT_ONCE: Final = 100
SHOWN_MISSING: Final = 100


def parts_begin(*, actor: User, kind: UploadKind, file_name: str, size: int, sha256: str = "") -> PartedUpload:
    """Say what is to come. Raises FileTooLarge and Invalid (`size`, `sha256`), and Limited for too many at once."""
    size_check(kind, size, field="size")
    if sha256 and (len(sha256) != 64 or not all(digit in "0123456789abcdef" for digit in sha256)):
        raise Invalid("A SHA-256 has 64 hexadecimal digits.", field="sha256")
    with transaction.atomic():
        room_take(actor.pk, size)
        unused_check(actor)
        open_ones = PartedUpload.objects.filter(owner=actor, expires_at__gt=timezone.now())
        if open_ones.exclude(state=PartsState.COMPLETE).count() >= MOST_OPEN:
            raise Limited(f"At most {MOST_OPEN} uploads at once. Please complete or cancel one first.", wait=3600)
        return PartedUpload.objects.create(
            owner=actor,
            kind=kind,
            file_name=file_name_cleaned(file_name, default="file")[-200:],
            byte_size=size,
            part_size=PART_BYTES,
            sha256=sha256,
            expires_at=timezone.now() + LASTS,
        )


def parts_of(*, actor: User, file_id: str) -> PartedUpload:
    """One of the actor's own, with its parts. Raises Missing, also for what others upload."""
    try:
        number = uuid.UUID(file_id)
    except ValueError:
        raise Missing("Upload") from None
    rows = PartedUpload.objects.filter(uuid=number, owner=actor.pk, expires_at__gt=timezone.now())
    parted = rows.select_related("upload").prefetch_related("parts").first()
    if parted is None:
        raise Missing("Upload")
    return parted


def part_put(*, actor: User, file_id: str, number: int, data: bytes, sha256: str = "") -> PartedUpload:
    """Store a part. The same part again takes the place of the first. Takes time: call it outside of transactions.

    Raises Missing (no such upload, no such part), UploadEnded, Invalid (`part`: another length than it must have;
    `sha256`: other bytes than were said) and Upstream. Then the part is as it was before.
    """
    parted = parts_of(actor=actor, file_id=file_id)
    if parted.state != PartsState.OPEN:
        raise UploadEnded
    if not 1 <= number <= parted.part_count:
        raise Missing("Part")
    if len(data) != parted.size_of(number):
        raise Invalid(f"Part {number} must have {parted.size_of(number)} bytes.", field="part")
    digest = hashlib.sha256(data).hexdigest()
    if sha256 and sha256.lower() != digest:
        raise Invalid("The part was damaged on its way. Please send it again.", field="sha256")
    if any(part.number == number and part.sha256 == digest for part in parted.parts.all()):
        return parted
    reserved = files.file_write("private", f"parts/{actor.pk}/{uuid.uuid4()}", data)
    try:
        with transaction.atomic():
            locked = PartedUpload.objects.select_for_update().filter(pk=parted.pk).first()
            if locked is None:
                raise Missing("Upload")
            if locked.state != PartsState.OPEN:
                raise UploadEnded
            before = UploadPart.objects.filter(parted=locked, number=number).first()
            if before is not None:
                files.file_discard("private", before.stored)
                before.delete()
            UploadPart.objects.create(
                parted=locked, number=number, byte_size=len(data), sha256=digest, stored=reserved.name
            )
            locked.expires_at = timezone.now() + LASTS
            locked.save(update_fields=["expires_at"])
            files.files_keep([reserved])
    except BaseException:
        files.files_drop([reserved])
        raise
    return parts_of(actor=actor, file_id=file_id)


def parts_complete(*, actor: User, file_id: str) -> UploadedFile:
    """Put the parts together and judge the file as any upload. Again gives the same file.

    Raises Missing, PartsMissing, UploadEnded (somebody is at it), Invalid (`sha256`) and what `file_upload` raises;
    then the upload is open as before.
    """
    parted = _claim(parts_of(actor=actor, file_id=file_id))
    if parted.upload is not None:
        return parted.upload
    try:
        with TemporaryFile() as joined:
            _join(parted, joined)
            file = File(joined, name=parted.file_name)
            kind = UploadKind(parted.kind)
            upload = file_upload(
                actor=actor, kind=kind, file=file, file_name=parted.file_name, counted=parted.byte_size
            )
    except BaseException:
        PartedUpload.objects.filter(pk=parted.pk, upload=None).update(state=PartsState.OPEN, claimed_until=None)
        raise
    with transaction.atomic():
        PartedUpload.objects.filter(pk=parted.pk).update(
            state=PartsState.COMPLETE, claimed_until=None, upload=upload, expires_at=timezone.now() + LASTS
        )
        parts_discard(parted)
    return upload


def parts_cancel(*, actor: User, file_id: str) -> None:
    """Let go of what has come. Of a completed upload the file stays. Raises Missing and UploadEnded."""
    parted = parts_of(actor=actor, file_id=file_id)
    with transaction.atomic():
        locked = PartedUpload.objects.select_for_update().filter(pk=parted.pk).first()
        if locked is None:
            raise Missing("Upload")
        if locked.state != PartsState.OPEN:
            raise UploadEnded
        parts_discard(locked)
        locked.delete()


def parts_forget() -> None:
    """Let go of what was not completed in its time."""
    over = PartedUpload.objects.filter(expires_at__lt=timezone.now()).order_by("pk")
    for parted_id in over.values_list("pk", flat=True)[:SWEPT_AT_ONCE]:
        with transaction.atomic():
            parted = PartedUpload.objects.select_for_update().filter(pk=parted_id).first()
            if parted is not None and parted.expires_at < timezone.now():
                parts_discard(parted)
                parted.delete()


def _claim(parted: PartedUpload) -> PartedUpload:
    now = timezone.now()
    with transaction.atomic():
        rows: Any = PartedUpload.objects.select_for_update(of=("self",)).select_related("upload")
        locked: PartedUpload | None = rows.filter(pk=parted.pk).first()
        if locked is None:
            raise Missing("Upload")
        if locked.state == PartsState.COMPLETE:
            if locked.upload is None:
                raise UploadEnded("This upload is complete, and its file was deleted.")
            return locked
        if locked.claimed_until is not None and locked.claimed_until > now:
            raise UploadEnded("The parts are being put together.")
        there = set(locked.parts.values_list("number", flat=True))
        missing = [number for number in range(1, locked.part_count + 1) if number not in there]
        if missing:
            raise PartsMissing(missing=missing[:SHOWN_MISSING])
        locked.state, locked.claimed_until = PartsState.JOINING, now + JOINED_WITHIN
        locked.expires_at = now + LASTS  # else it may be swept away while it is put together
        locked.save(update_fields=["state", "claimed_until", "expires_at"])
        return locked


def _join(parted: PartedUpload, joined: IO[bytes]) -> None:
    """Raises Invalid (`sha256`) and Upstream."""
    digest = hashlib.sha256()
    try:
        for part in parted.parts.order_by("number"):
            with storages["private"].open(part.stored) as source:
                for chunk in source.chunks():
                    digest.update(chunk)
                    joined.write(chunk)
    except files.STORAGE_FAULTS as error:
        raise Upstream from error
    if parted.sha256 and parted.sha256 != digest.hexdigest():
        raise Invalid("The file has another SHA-256 than was said when it was begun.", field="sha256")
    joined.seek(0)


def parts_discard(parted: PartedUpload) -> None:
    """Let go of the parts of a locked upload. Call it in a transaction."""
    for part in parted.parts.all():
        files.file_discard("private", part.stored)
    parted.parts.all().delete()

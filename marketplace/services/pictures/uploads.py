"""From an upload to a picture: its private original, its public rendition and its row."""

import logging
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from config.core import files
from config.core.announce import enqueue_after_commit
from config.core.errors import Upstream
from config.core.files import file_discard
from config.core.images.intake import ARTWORK, ReadImage, image_decode, image_read
from config.core.models import DiscardedFile
from marketplace.choices import CheckState
from marketplace.models import Artwork, Picture
from marketplace.services.pictures import renditions
from marketplace.services.uploads.room import room_check

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class StoredUpload:
    """What `upload_store` wrote, before a row refers to it."""

    image: ReadImage
    original: str
    watermarked: str = ""
    reserved: list[DiscardedFile] = field(default_factory=list)


def upload_store(*, owner: User, file: File) -> StoredUpload:
    """Validate an upload and write both of its files. Takes time: call it outside of transactions.

    Without the rendition, which is then made later, the upload goes on; without the original it raises Upstream.
    Raises Invalid (`image`), Limited and Busy.
    """
    room_check(owner, file.size or 0)
    image = image_read(file, owner=owner.pk, use=ARTWORK)
    original = files.file_write("private", f"artworks/{owner.pk}/{uuid.uuid4()}.{image.extension}", image.data)
    stored = StoredUpload(image, original.name, reserved=[original])
    try:
        rendition = _rendition_write(owner.pk, renditions.watermarked(image.display))
    except Upstream:
        return stored
    stored.watermarked = rendition.name
    stored.reserved.append(rendition)
    return stored


def picture_create(stored: StoredUpload, *, artwork: Artwork, claim: uuid.UUID, claimed_for: timedelta) -> Picture:
    """The row of a stored upload, whose check the caller has claimed. Call it in a transaction."""
    picture = Picture.objects.create(
        artwork=artwork,
        owner_id=artwork.seller_id,
        origin_id=artwork.seller_id,
        original=stored.original,
        watermarked=stored.watermarked,
        content_type=stored.image.content_type,
        width=stored.image.width,
        height=stored.image.height,
        byte_size=len(stored.image.data),
        sha256=stored.image.sha256,
        check_state=CheckState.RUNNING,
        check_claim=claim,
        check_claimed_until=timezone.now() + claimed_for,
        check_attempts=1,
    )
    files.files_keep(stored.reserved)
    if not stored.watermarked:
        enqueue_after_commit("marketplace.tasks.rendition_make", picture.pk)
    return picture


def original_read(picture: Picture) -> bytes:
    """The bytes of the private original. Raises Upstream."""
    try:
        with storages["private"].open(str(picture.original.name)) as file:
            return bytes(file.read())
    except files.STORAGE_FAULTS as error:
        raise Upstream from error


def image_of(picture: Picture) -> ReadImage:
    """The stored original, read again. Raises Upstream, Limited, Busy, and Invalid where it can be read no longer."""
    return image_decode(original_read(picture), owner=picture.owner_id, use=ARTWORK)


def rendition_make(picture_id: int) -> None:
    """Make a public rendition that could not be made at upload; safe to repeat."""
    picture = Picture.objects.filter(pk=picture_id, watermarked="").first()
    if picture is None:
        return
    rendition = _rendition_write(picture.owner_id, renditions.watermarked(image_of(picture).display))
    with transaction.atomic():
        if Picture.objects.filter(pk=picture_id, watermarked="").update(watermarked=rendition.name):
            files.files_keep([rendition])
        else:
            files.files_drop([rendition])


def _rendition_write(owner_id: int, data: bytes) -> DiscardedFile:
    # A name of its own: who knows the public one must not know where the original lies.
    return files.file_write("default", f"artworks/{owner_id}/watermarked_{uuid.uuid4()}.jpg", data)


def picture_discard(picture: Picture) -> None:
    """Delete a picture's row; its files go once that is committed."""
    picture.delete()
    picture_files_discard(picture)


def picture_files_discard(picture: Picture) -> None:
    """Let go of the files of a picture whose row is deleted in this transaction."""
    file_discard("private", str(picture.original.name))
    file_discard("default", str(picture.watermarked.name))

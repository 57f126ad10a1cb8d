"""Files attached to messages: checked by content, kept privately, and given out for saving alone."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from django.core.files.base import File
from django.db.models import Model

from accounts.models import User
from community.models import Message, TicketMessage
from config.core import files
from config.core.errors import Invalid
from config.core.file_kinds import FileKind, image_endings, is_image, kind_of
from config.core.file_names import file_name_of
from config.core.images.intake import ATTACHMENT, image_decode
from config.core.models import DiscardedFile
from config.core.sizes import too_large
from config.core.storage import Right, signed_link
from marketplace.services.uploads.files import uploads_keep, uploads_let_go

Stored: TypeAlias = tuple[str, str]
"""Storage and name of a file."""
NOT_UPLOADED: Final = "Attach files that you have uploaded here."
FIELD: Final = "attachment"
MOST_BYTES: Final = 10 * 1024 * 1024
FOLDER: Final = "attachments"


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """A file that was written, before a message refers to it. `name` is what it is called when it is saved."""

    reserved: DiscardedFile
    name: str
    media_type: str


def attachment_store(*, owner: User, file: File) -> StoredAttachment:
    """Check a file and write it. Takes time: call it outside of transactions.

    Raises Invalid (`attachment`), Limited, Busy and Upstream.
    """
    if (file.size or 0) > MOST_BYTES:
        raise Invalid(too_large("The file", file.size or 0, MOST_BYTES), field=FIELD)
    file.seek(0)
    data = file.read(MOST_BYTES + 1)
    kind = _kind(data, owner)
    name = file_name_of(str(file.name or ""), kind.endings, default="attachment")
    return StoredAttachment(
        files.file_write("private", f"{FOLDER}/{uuid.uuid4()}.{kind.extension}", data), name, kind.media_type
    )


def uploads_attach(message: Message | TicketMessage, *, actor: User, stored: Sequence[Stored]) -> None:
    """Files that its writer uploaded before, by storage and name, stay for a new message. Call it in the transaction
    that makes it. Raises Invalid (`attachments`) for what the actor has not uploaded."""
    if not stored:
        return
    kept = []
    for upload in uploads_keep(actor=actor, by=use_of(message), stored=stored):
        if upload is None:
            raise Invalid(NOT_UPLOADED, field="attachments")
        kept.append({"storage": upload.storage, "name": upload.stored, "as": upload.file_name})
    message.attachments = kept
    message.save(update_fields=["attachments"])


def uploads_detach(message: Message) -> None:
    """The message is being deleted: what it kept may go."""
    uploads_let_go(by=use_of(message))


def use_of(row: Model) -> str:
    """By which a row's uploads know that it uses them."""
    return f"{row._meta.model_name}:{row.pk}"


def attachment_link(stored: str, name: str, *, right: Right | None = None) -> str | None:
    """A signed link that saves the file under its sender's name; None without a file. It expires, and ends with the
    right that it is given by."""
    return signed_link(stored, download_as=name, right=right) if stored else None


def _kind(data: bytes, owner: User) -> FileKind:
    if not data:
        raise Invalid("The file is empty.", field=FIELD)
    if is_image(data):
        image = image_decode(data, owner=owner.pk, use=ATTACHMENT, name=FIELD)
        return FileKind(image.content_type, image_endings(image.extension))
    kind = kind_of(data)
    if kind is None:
        raise Invalid("Attach an image, a PDF, a text, a zip archive or a 3-D file.", field=FIELD)
    return kind

"""Files uploaded by themselves: judged by their content, stored, taken into use, let go of."""

import hashlib
import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.policies import ADMINISTRATOR, level
from config.core import files
from config.core.audit import audit_record
from config.core.errors import Denied, Invalid, Missing
from config.core.file_kinds import image_endings, is_image, kind_of
from config.core.file_names import file_name_cleaned, file_name_of
from config.core.images.intake import ATTACHMENT, PROFILE, Use, image_decode, image_read
from config.core.sizes import file_too_large
from config.core.storage import signed_link
from marketplace.choices import FURTHER_FORMATS, UploadKind
from marketplace.errors import BrokenFile, FileInUse, FileTooLarge
from marketplace.meshes.formats import BrokenMesh, UnknownFormat, format_of, further_format_of
from marketplace.models import UploadedFile, UploadUse
from marketplace.selectors.uploads import uploads_unused
from marketplace.services.uploads.room import room_check, room_take, unused_check

PICTURE: Final = Use(side=1600, see_through=True, is_small=True)
DOCUMENT_BYTES: Final = 10 * 1024 * 1024
FORM_BYTES: Final = 1024 * 1024
"""What a form may have beside its files."""
PICTURES_BYTES: Final = 60 * 1024 * 1024
"""Of all pictures that come along with a model."""
KEPT_UNUSED: Final = timedelta(days=7)
SWEPT_AT_ONCE: Final = 200
UNSUPPORTED: Final = "Unsupported file type"
OLD_WORD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TYPES: Final = {
    "stl": "model/stl",
    "obj": "model/obj",
    "glb": "model/gltf-binary",
    "gltf": "model/gltf+json",
    "3mf": "model/3mf",
    "ply": "model/ply",
    "zip": "application/zip",
}


@dataclass(frozen=True)
class _Judged:
    storage: str
    content: bytes | File
    format: str
    content_type: str
    endings: tuple[str, ...] = ()
    """The last parts of names that fit it; of pictures none is asked, whose address ends as our copy of them does."""


def limit_of(kind: str) -> int:
    """The most bytes of a file of that kind."""
    if kind == UploadKind.MODEL:
        return settings.MESH_MAX_BYTES
    return DOCUMENT_BYTES if kind == UploadKind.DOCUMENT else settings.SMALL_IMAGE_MAX_BYTES


def file_upload(
    *, actor: User, kind: UploadKind, file: File, field: str = "file", file_name: str = "", counted: int = 0
) -> UploadedFile:
    """Judge a file by its content and store it. Takes time: call it outside of transactions. So many of its bytes are
    counted among what the actor keeps already.

    Raises FileTooLarge, Invalid (no such file) and BrokenFile, all on `field`; Limited, Busy and Upstream.
    """
    size_check(kind, file.size or 0, field=field)
    unused_check(actor)
    room_check(actor, file.size or 0, counted=counted)
    judged = _judged(actor, kind, file, field)
    number = uuid.uuid4()
    folder = {UploadKind.AVATAR: "avatars"}.get(kind, "uploads")
    digest = _digest_of(judged.content)
    reserved = files.file_write(judged.storage, f"{folder}/{actor.pk}/{number}.{judged.format}", judged.content)
    name = _name_of(file_name or str(file.name or ""), kind, judged)
    size = len(judged.content) if isinstance(judged.content, bytes) else judged.content.size
    try:
        with transaction.atomic():
            room_take(actor.pk, size, counted=counted)
            unused_check(actor)
            upload = UploadedFile.objects.create(
                uuid=number,
                owner=actor,
                kind=kind,
                storage=judged.storage,
                stored=reserved.name,
                file_name=name[-200:],
                content_type=judged.content_type,
                format=judged.format,
                byte_size=size,
                sha256=digest,
            )
            files.files_keep([reserved])
            return upload
    except BaseException:
        files.files_drop([reserved])
        raise


def _name_of(sent: str, kind: UploadKind, judged: _Judged) -> str:
    if judged.endings:
        return file_name_of(sent, judged.endings, default=str(kind))
    return file_name_cleaned(sent, default=f"{kind}.{judged.format}")


def size_check(kind: str, size: int, *, field: str) -> None:
    """Raises FileTooLarge, and Invalid for an empty file."""
    if size > limit_of(kind):
        raise FileTooLarge(file_too_large(size, limit_of(kind)), field=field)
    if not size:
        raise Invalid("The file is empty.", field=field)


def upload_delete(*, actor: User, file_id: str) -> None:
    """Let go of a file. For its owner and, with an entry, for administrators. Raises Missing, Denied and FileInUse."""
    with transaction.atomic():
        upload = upload_lock(file_id)
        if upload.owner_id != actor.pk:
            if level(actor) < ADMINISTRATOR:
                raise Denied
            audit_record(actor=actor, action="upload.delete", target=upload, before={"file_name": upload.file_name})
        if _is_used(upload):
            raise FileInUse
        upload_discard(upload)


def upload_lock(file_id: str) -> UploadedFile:
    """A file by its UUID, locked until the transaction ends. Raises Missing."""
    upload = _named(file_id).select_for_update(of=("self",)).first()
    if upload is None:
        raise Missing("File")
    return upload


def _named(file_id: str) -> QuerySet[UploadedFile]:
    try:
        return UploadedFile.objects.filter(uuid=uuid.UUID(file_id))
    except ValueError:
        return UploadedFile.objects.none()


def own_mesh_id(*, actor: User, file_id: str) -> int | None:
    """The 3-D file that models are made of already from one of the actor's own, to be locked before the upload."""
    return _named(file_id).filter(owner=actor).values_list("mesh_id", flat=True).first()


def own_upload(*, actor: User, file_id: str, kind: UploadKind, field: str) -> UploadedFile:
    """One of the actor's own of that kind, locked. Raises Invalid on `field`: what others uploaded does not exist."""
    try:
        upload = upload_lock(file_id)
    except Missing:
        upload = None
    if upload is None or upload.owner_id != actor.pk or upload.kind != kind:
        raise Invalid("You have uploaded no such file.", field=field)
    return upload


def uploads_keep(*, actor: User, by: str, stored: Sequence[tuple[str, str]]) -> list[UploadedFile | None]:
    """For apps above, in the transaction whose row refers to files, by storage and name: they stay, and what the row
    referred to before is let go of. `by` names the row; None in the place of a file that is none of the actor's."""
    found = []
    for storage, name in stored:
        own = UploadedFile.objects.filter(owner=actor, storage=storage, stored=name).exclude(stored="")
        # Waits for who is letting go of it, and finds nothing then.
        found.append(own.select_for_update(of=("self",), no_key=True).first())
    kept = {upload.pk for upload in found if upload is not None}
    UploadUse.objects.filter(by=by).exclude(upload__in=kept).delete()
    UploadUse.objects.bulk_create([UploadUse(by=by, upload_id=pk) for pk in kept], ignore_conflicts=True)
    return found


def uploads_let_go(*, by: str) -> None:
    """The row that `by` names is gone, and refers to no file any more."""
    UploadUse.objects.filter(by=by).delete()


def upload_url(upload: UploadedFile) -> str:
    """Of a private file a signed link, which expires. Either may be a path of this site."""
    if upload.storage == "private":
        return signed_link(upload.stored, download_as=upload.file_name)
    return str(default_storage.url(upload.stored))


def uploads_forget() -> None:
    """Let go of what nobody has used for a week; of what a model showed, a week after it was uploaded."""
    unused = uploads_unused().filter(mesh=None, listing=None)  # a mesh is let go of by itself
    loose = unused.filter(created_at__lt=timezone.now() - KEPT_UNUSED).order_by("pk")
    for file_id in loose.values_list("uuid", flat=True)[:SWEPT_AT_ONCE]:
        with transaction.atomic():
            try:
                upload = upload_lock(str(file_id))
            except Missing:
                continue
            if not _is_used(upload):
                upload_discard(upload)


def _is_used(upload: UploadedFile) -> bool:
    return not uploads_unused().filter(pk=upload.pk).exists()


def upload_discard(upload: UploadedFile) -> None:
    """Let go of a locked file that nothing uses. Call it in a transaction."""
    upload.delete()
    if upload.mesh_id is None:  # else the stored file is the mesh's, which is let go of by itself
        files.file_discard(upload.storage, upload.stored)


def _judged(actor: User, kind: UploadKind, file: File, field: str) -> _Judged:
    if kind == UploadKind.MODEL:
        return _model_file(file, field)
    if kind == UploadKind.DOCUMENT:
        return _document(actor, file, field)
    return _picture(actor, file, PROFILE if kind == UploadKind.AVATAR else PICTURE, field)


def _model_file(file: File, field: str) -> _Judged:
    size = file.size or 0
    found = further_format_of(file, size)  # type: ignore[arg-type]  # Django's File reads and seeks
    if found in (None, "zip"):
        try:
            found = format_of(file, size)  # type: ignore[arg-type]
        except UnknownFormat:
            raise Invalid(UNSUPPORTED, field=field) from None
        except BrokenMesh as broken:
            if found is None:
                raise BrokenFile(str(broken), field=field) from None
    assert found is not None  # noqa: S101 (else it was refused)
    file.seek(0)
    return _Judged("private", file, found, TYPES.get(found, "application/octet-stream"), (found,))


def _picture(actor: User, file: File, use: Use, field: str) -> _Judged:
    read = image_read(file, owner=actor.pk, use=use, name=field)
    kept = io.BytesIO()
    if read.display.mode == "RGBA":
        read.display.save(kept, "PNG", optimize=True)
        return _Judged("default", kept.getvalue(), "png", "image/png")
    read.display.save(kept, "JPEG", quality=88)
    return _Judged("default", kept.getvalue(), "jpg", "image/jpeg")


def _document(actor: User, file: File, field: str) -> _Judged:
    file.seek(0)
    data = file.read(DOCUMENT_BYTES + 1)
    if is_image(data):
        image = image_decode(data, owner=actor.pk, use=ATTACHMENT, name=field)
        return _Judged("private", data, image.extension, image.content_type, image_endings(image.extension))
    if data.startswith(OLD_WORD):  # installers begin so, too
        return _Judged("private", data, "doc", "application/msword", ("doc", "xls", "ppt"))
    kind = kind_of(data)
    if kind is None:
        raise Invalid(UNSUPPORTED, field=field)
    return _Judged("private", data, kind.extension, kind.media_type, kind.endings)


def _digest_of(content: bytes | File) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    digest = hashlib.sha256()
    for chunk in content.chunks():
        digest.update(chunk)
    content.seek(0)
    return digest.hexdigest()


def is_main(upload: UploadedFile) -> bool:
    """Whether it may be a model's main file; others stand beside one."""
    return upload.format not in FURTHER_FORMATS

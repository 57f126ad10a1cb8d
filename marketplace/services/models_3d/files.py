"""3-D files as they come in and as they go: checked, stored, let go of."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from config.core import files
from config.core.announce import enqueue_after_commit
from config.core.errors import Upstream
from config.core.models import DiscardedFile
from config.core.sizes import too_large
from marketplace import policies
from marketplace.choices import MeshFormat, Verdict
from marketplace.errors import BrokenFile, FileTooLarge, SellersOnly
from marketplace.meshes.formats import BrokenMesh, format_of
from marketplace.models import MeshFile, UploadedFile
from marketplace.services.uploads.room import room_check, room_take

LOOSE_FOR = timedelta(days=7)
FORGOTTEN_AT_ONCE = 200


@dataclass(frozen=True)
class StoredMesh:
    """A 3-D file that was written, before a row refers to it."""

    reserved: DiscardedFile
    file_name: str
    format: MeshFormat
    byte_size: int
    sha256: str


def mesh_store(*, actor: User, file: File, file_name: str = "", field: str = "file") -> StoredMesh:
    """Judge a 3-D file and write it. Takes time: call it outside of transactions.

    Raises SellersOnly, FileTooLarge, BrokenFile (both on `field`), Limited and Upstream.
    """
    if not policies.may_sell(actor):
        raise SellersOnly("Only artists and creators can upload models.")
    mesh_format = _format_of(file, field)
    room_check(actor, file.size or 0)
    digest = _digest_of(file)
    file.seek(0)
    written = files.file_write("private", f"models/{actor.pk}/{uuid.uuid4()}.{mesh_format.value}", file)
    plain = _plain_name(file_name or file.name or "", mesh_format)
    return StoredMesh(written, plain, mesh_format, file.size, digest)


def mesh_create(stored: StoredMesh, *, owner: User) -> MeshFile:
    """The row of a stored file, which is to be analysed. Call it in a transaction. Raises Limited."""
    room_take(owner.pk, stored.byte_size)
    mesh = MeshFile.objects.create(
        owner=owner,
        origin=owner,
        original=stored.reserved.name,
        file_name=stored.file_name,
        format=stored.format,
        byte_size=stored.byte_size,
        sha256=stored.sha256,
    )
    files.files_keep([stored.reserved])
    enqueue_after_commit("marketplace.tasks.mesh_analyse", mesh.pk)
    return mesh


def mesh_of_upload(upload: UploadedFile) -> MeshFile:
    """The file that models are made of from a locked upload, which is to be analysed; a second time the same one."""
    if upload.mesh is not None:
        return upload.mesh
    mesh = MeshFile.objects.create(
        owner_id=upload.owner_id,
        origin_id=upload.owner_id,
        original=upload.stored,
        file_name=_plain_name(upload.file_name, MeshFormat(upload.format)),
        format=MeshFormat(upload.format),
        byte_size=upload.byte_size,
        sha256=upload.sha256,
    )
    upload.mesh = mesh
    upload.save(update_fields=["mesh"])
    enqueue_after_commit("marketplace.tasks.mesh_analyse", mesh.pk)
    return mesh


@contextmanager
def original_on_disk(mesh: MeshFile) -> Iterator[Path]:
    """A copy of the private original for as long as the block lasts. Raises Upstream."""
    with TemporaryDirectory(prefix="atelier-original-") as folder:
        path = Path(folder) / f"original.{mesh.format}"
        try:
            with storages["private"].open(str(mesh.original.name)) as source, path.open("wb") as copy:
                for chunk in source.chunks():
                    copy.write(chunk)
        except files.STORAGE_FAULTS as error:
            raise Upstream from error
        yield path


def mesh_discard(mesh: MeshFile) -> None:
    """Delete a file that no model shows. Call it in a transaction; the stored files go once that is committed."""
    names = [("private", mesh.original), ("private", mesh.evidence_picture)]
    names += [("default", mesh.thumbnail), ("default", mesh.preview)]
    stored = [(storage, str(file.name)) for storage, file in names if file]
    stored += [("default", str(name)) for name in mesh.views]
    mesh.delete()
    for storage, name in stored:
        files.file_discard(storage, name)


def meshes_forget() -> None:
    """Let go of uploads that no model took. Refused ones stay: later uploads of them are to be recognised."""
    loose = MeshFile.objects.filter(shown_by__isnull=True, versions__isnull=True)
    loose = loose.filter(created_at__lt=timezone.now() - LOOSE_FOR)
    loose = loose.exclude(verdict=Verdict.REFUSED).order_by("pk")
    for mesh_id in loose.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]:
        with transaction.atomic():
            mesh = MeshFile.objects.select_for_update(of=("self",)).filter(pk=mesh_id).first()
            if mesh is not None and not mesh.shown_by.exists() and not mesh.versions.exists():
                mesh_discard(mesh)


def _format_of(file: File, field: str) -> MeshFormat:
    limit = settings.MESH_MAX_BYTES
    size = file.size or 0
    if size > limit:
        raise FileTooLarge(too_large("The file", size, limit), field=field)
    try:
        return MeshFormat(format_of(file, size))  # type: ignore[arg-type]  # Django's File reads and seeks
    except BrokenMesh as broken:
        raise BrokenFile(str(broken), field=field) from None


def _digest_of(file: File) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _plain_name(name: str, mesh_format: MeshFormat) -> str:
    """The last part of what its owner calls it, without control characters."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    plain = "".join(letter for letter in last if letter.isprintable()).strip()
    return plain[-200:] or f"model.{mesh_format.value}"

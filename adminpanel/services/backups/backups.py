"""Backing the platform up into a folder, and putting it back, each with its proof.

The keys (SECRET_KEY and FIELD_ENCRYPTION_KEY) are not in it: whoever has both has everything. Keep them elsewhere.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from accounts.models import User
from adminpanel.errors import BackupRefused
from adminpanel.services.backups import postgresql, sqlite, stored_files
from adminpanel.services.backups.afterwards import hold_back
from adminpanel.services.backups.contents import (
    DATABASE,
    DIGESTS,
    FILES,
    Manifest,
    digest_of,
    key_check,
    manifest_read,
    within,
)
from commerce.services.audit.proofs import ledger_prove

Tell = Callable[[str], None]


def back_up(folder: Path, *, with_files: bool = True, tell: Tell) -> Manifest:
    """The database as it is at one moment, then the files, into a folder that is new or empty. The platform may go on
    meanwhile: files are never changed, and one that came later is not missed.

    What is written is readable for its owner alone. Raises BackupRefused. What is broken off is taken away again: it
    would fill the disk that was too small for it.
    """
    _new_folder(folder)
    before = os.umask(0o077)
    try:
        with _whole_or_nothing(folder):
            return _written(folder, with_files=with_files, tell=tell)
    finally:
        os.umask(before)


def _written(folder: Path, *, with_files: bool, tell: Tell) -> Manifest:
    (folder / DATABASE).mkdir()
    faults = ledger_prove()
    migrations = _applied()
    dump = postgresql.rows_dump if connection.vendor == "postgresql" else sqlite.rows_dump
    tables, sequences = dump(folder / DATABASE, tell)
    count, size = stored_files.files_dump(folder, tell) if with_files else (None, 0)
    parts = [*sorted((folder / DATABASE).iterdir()), *([folder / DIGESTS] if with_files else [])]
    manifest = Manifest(
        made_at=timezone.now().isoformat(),
        database=connection.vendor,
        migrations=sorted(migrations),
        tables=tables,
        sequences=sequences,
        parts={part.relative_to(folder).as_posix(): digest_of(part) for part in parts},
        files=count,
        file_bytes=size,
        ledger_faults=len(faults),
        field_key=key_check(),
    )
    manifest.write(folder)
    return manifest


def restore(
    folder: Path,
    *,
    force: bool = False,
    with_files: bool = True,
    with_other_keys: bool = False,
    nothing_since: bool = False,
    tell: Tell,
) -> tuple[Manifest, list[str]]:
    """Put a backup in the place of what is here: the files, then the database. Gives what was backed up, and what the
    proof of the ledger finds wrong with it.

    Before anything is touched the whole backup is read, and must be as it was written. The rows that then stand in the
    database are compared with it; where one differs the database stays as it was. Without `force` nothing that is here
    is overwritten. All processes of the platform must be stopped. What was waiting when it was backed up is held back
    then (`hold_back`), unless the platform has done `nothing_since`. Raises BackupRefused.
    """
    manifest = manifest_read(folder)
    with_files = with_files and manifest.files is not None
    _prove(folder, manifest, tell, with_files=with_files)
    if manifest.database != connection.vendor:
        raise BackupRefused(f"The backup is of {manifest.database}, and the database here is {connection.vendor}.")
    if manifest.field_key != key_check() and not with_other_keys:
        raise BackupRefused(
            "FIELD_ENCRYPTION_KEY is not the one of the backup: the secrets in it (2FA, payout accounts, printers) "
            "could not be read. Set that key, or restore without them by --with-other-keys."
        )
    _refuse_running()
    if not force:
        _refuse_overwriting(with_files=with_files)
    if connection.vendor == "postgresql":
        _tables_prepare(set(manifest.migrations), tell)
    if with_files:
        stored_files.files_load(folder, manifest.files or 0, tell)
    connections.close_all()
    if connection.vendor == "postgresql":
        postgresql.rows_load(folder / DATABASE, manifest.tables, manifest.sequences, tell)
    else:
        sqlite.rows_load(folder / DATABASE, manifest.tables, tell)
    ContentType.objects.clear_cache()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):  # the backup is of an older version
        call_command("migrate", interactive=False, verbosity=0)
    if not nothing_since:
        for words in hold_back():
            tell(f"held back: {words}")
    return manifest, ledger_prove()


# ---------------------------------------------------------------- what is there
def _new_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise BackupRefused(f"{folder} is not empty.")
    except OSError as error:
        raise BackupRefused(f"{folder} cannot be written: {error.strerror}.") from None


@contextmanager
def _whole_or_nothing(folder: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        for part in folder.iterdir():  # the folder was empty
            shutil.rmtree(part, ignore_errors=True) if part.is_dir() else part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}:
            raise BackupRefused(f"{folder} cannot be written: {error.strerror}.") from None
        raise


def _applied() -> set[str]:
    return {_named(key) for key in MigrationRecorder(connection).applied_migrations()}


def _prove(folder: Path, manifest: Manifest, tell: Tell, *, with_files: bool) -> None:
    """Everything in the folder is as it was written."""
    for name, digest in manifest.parts.items():
        part = within(folder, name)
        if not part.is_file() or digest_of(part) != digest:
            raise BackupRefused(f"{name} is missing or damaged.")
    tell(f"backup: {len(manifest.parts)} parts are whole")
    if not with_files:
        return
    count = 0
    for digest, storage, name in stored_files.files_listed(folder):
        file = within(folder, f"{FILES}/{storage}/{name}")
        if not file.is_file() or digest_of(file) != digest:
            raise BackupRefused(f"The file {storage}/{name} of the backup is missing or damaged.")
        count += 1
    if count != manifest.files:
        raise BackupRefused(f"The backup has {count} files instead of {manifest.files}.")
    tell(f"backup: {count} files are whole")


# ---------------------------------------------------------------- what is here
def _refuse_running() -> None:
    """Whatever is written meanwhile would be lost, or mixed with what comes back."""
    with suppress(FileNotFoundError), (settings.DATA_DIR / "launcher.lock").open("r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused("`make run` is serving from this DATA_DIR. Stop it first.") from None
    if connection.vendor == "postgresql" and (count := postgresql.others_connected()):
        raise BackupRefused(
            f"{count} other connections to the database are open: stop web, sockets, worker, beat and bridge first."
        )


def _refuse_overwriting(*, with_files: bool) -> None:
    has_tables = User._meta.db_table in connection.introspection.table_names()
    if has_tables and User.objects.exists():
        raise BackupRefused("The database holds people already. Restore over them with --force.")
    if with_files and stored_files.are_there_any():
        raise BackupRefused("There are stored files here already. Restore over them with --force.")


def _tables_prepare(wanted: set[str], tell: Tell) -> None:
    """The tables as they were when the backup was made: those that are there, or in an empty database new ones."""
    known = MigrationLoader(None).disk_migrations
    # What one migration now does in place of several is recorded beside them, where it is known of: the same tables.
    in_place = {_named(key) for key, migration in known.items() if migration.replaces}
    here = _applied()
    if here - in_place == wanted - in_place:
        return
    if here:
        raise BackupRefused(
            "The tables here are of another version than the backup's. Give an empty database (dropdb, createdb)."
        )
    if unknown := wanted - {_named(key) for key in known}:
        raise BackupRefused(f"The backup is of a newer version: this one does not know {', '.join(sorted(unknown))}.")
    executor = MigrationExecutor(connection)
    executor.loader = LoaderOf(wanted)
    tell(f"database: making its tables, {len(executor.loader.graph.nodes)} migrations")
    executor.migrate(executor.loader.graph.leaf_nodes())
    if made := (_applied() ^ wanted) - in_place:
        raise BackupRefused(f"The tables of the backup could not be made: {', '.join(sorted(made))}.")


class LoaderOf(MigrationLoader):
    """Knows these migrations alone, and what now does all that several of them did."""

    def __init__(self, wanted: set[str]) -> None:
        self._wanted = wanted
        super().__init__(connection)

    def load_disk(self) -> None:
        super().load_disk()
        self.disk_migrations = {
            key: migration
            for key, migration in self.disk_migrations.items()
            if (
                self._wanted.issuperset(map(_named, migration.replaces))
                if migration.replaces
                else _named(key) in self._wanted
            )
        }


def _named(key: tuple[str, str]) -> str:
    return ".".join(key)

"""`manage.py back_up DIR`: database and files into a folder, with their digests."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from adminpanel.errors import BackupRefused
from adminpanel.services.backups.backups import back_up


class Command(BaseCommand):
    help = (
        "Back up the database and all stored files into a new or empty folder. The platform may go on meanwhile. "
        "SECRET_KEY and FIELD_ENCRYPTION_KEY are not in it: without the latter the secrets in it cannot be read, so "
        "keep both elsewhere."
    )
    requires_system_checks: list[Any] = []  # they load every page and route, and take longer than what is done here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--without-files", action="store_true", help="The database alone; the bucket is copied by other means."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            manifest = back_up(folder, with_files=not options["without_files"], tell=self.stderr.write)
        except BackupRefused as refusal:
            raise CommandError(refusal.message) from None
        files = "without files" if manifest.files is None else f"{manifest.files} files of {manifest.file_bytes} bytes"
        self.stdout.write(
            f"{folder}: {manifest.rows} rows in {len(manifest.tables)} tables, {files}. "
            "Keep SECRET_KEY and FIELD_ENCRYPTION_KEY elsewhere: they are needed to restore it."
        )
        if manifest.ledger_faults:
            raise CommandError(f"It is backed up, but the ledger is wrong in {manifest.ledger_faults} places.")
        self.stdout.write(self.style.SUCCESS("The ledger adds up."))

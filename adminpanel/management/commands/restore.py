"""`manage.py restore DIR`: puts a backup back, and proves that it is the same."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from adminpanel.errors import BackupRefused
from adminpanel.services.backups.backups import restore


class Command(BaseCommand):
    help = (
        "Put a backup of `back_up` in the place of what is here, with every process of the platform stopped and the "
        "keys of the backup set. Nothing is touched before the whole backup is proven to be as it was written; the "
        "rows that then stand in the database are compared with it before they are committed."
    )
    requires_system_checks: list[Any] = []  # they load every page and route, and take longer than what is done here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--force", action="store_true", help="Overwrite the database and the files that are here.")
        parser.add_argument("--without-files", action="store_true", help="The database alone.")
        parser.add_argument(
            "--with-other-keys",
            action="store_true",
            help="Also where FIELD_ENCRYPTION_KEY is another one: the secrets in the backup are lost then.",
        )
        parser.add_argument(
            "--nothing-since",
            action="store_true",
            help="The platform did nothing after the backup, as in a move to another machine: what waits then goes on. "
            "Otherwise it has been done since, and is held back so that nothing is mailed or printed twice.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest, faults = restore(
                options["folder"],
                force=options["force"],
                with_files=not options["without_files"],
                with_other_keys=options["with_other_keys"],
                nothing_since=options["nothing_since"],
                tell=self.stderr.write,
            )
        except BackupRefused as refusal:
            raise CommandError(refusal.message) from None
        files = "" if options["without_files"] or manifest.files is None else f" and {manifest.files} files"
        self.stdout.write(
            f"The backup of {manifest.made_at} is back: {manifest.rows} rows in {len(manifest.tables)} tables{files}, "
            "each with the digest that it was backed up with."
        )
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"The ledger is wrong in {len(faults)} places; {manifest.ledger_faults} when backed up.")
        self.stdout.write(self.style.SUCCESS("The ledger adds up."))

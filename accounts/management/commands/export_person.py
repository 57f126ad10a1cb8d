"""`manage.py export_person`: writes all that the platform has of a person to a file, as they could have it."""

import errno
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.selectors.people import account_named
from accounts.services.archives import archive_of
from config.core.audit import audit_record
from config.core.zips import zipped


class Command(BaseCommand):
    help = "Write a zip with all that the platform has of a person. It holds private data: give it to nobody but them."
    requires_system_checks: list[Any] = []  # they load every page and route, and take longer than what is done here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="The person's user name or e-mail address.")
        parser.add_argument("--output", type=Path, help="The file; else atelier-ID-DATE.zip in this folder.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = account_named(options["name"])
        if user is None:
            raise CommandError("There is no such person.")
        output: Path = options["output"] or Path(f"atelier-{user.pk}-{timezone.now():%Y-%m-%d}.zip")
        told = -1

        def progress(percent: int) -> None:
            nonlocal told
            if percent // 10 > told:
                told = percent // 10
                self.stderr.write(f"{percent} %")

        try:
            file = open(output, "xb", opener=_private)  # noqa: SIM115 (closed below)
        except FileExistsError:
            raise CommandError(f"{output} is there already.") from None
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}.") from None
        audit_record(actor=SYSTEM, action="user.export", target=user)
        try:
            with file:
                for piece in zipped(archive_of(user, progress)):
                    file.write(piece)
        except BaseException as error:  # half of it is of no use to anybody, and holds private data
            output.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise CommandError(f"{output} cannot be written: {error.strerror}.") from None
            raise
        self.stdout.write(f"{output}: {output.stat().st_size} bytes")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

"""What must be done before anything serves: the database, the first accounts and samples, the static files.

One process for all of it, because starting Django costs more than each of them does on a later start. It says what it
begins in lines that the launcher repeats.
"""

import os
import sys

import django
from django.conf import settings
from django.core.management import call_command

from config import env
from config.launcher.kept import started_with_write
from config.launcher.stages import TABLES_ARE_THERE, stage_begins


def main() -> None:
    django.setup()
    started_with_write(settings.DATA_DIR, {name: os.environ.get(name, "") for name in sorted(env.asked)})
    database_prepare()
    print(TABLES_ARE_THERE, flush=True)
    marker = settings.DATA_DIR / "first-start-done"
    if not marker.exists():
        from adminpanel.samples.data import CONTENTS

        stage_begins(f"Sample data: {CONTENTS}")
        call_command("setup_admin", "--create-superuser", "--create-sample-data")
        marker.touch()  # a start that was interrupted before this does it again: the command may be repeated
    if not settings.DEBUG:  # with DEBUG on, static files are served from where they lie
        stage_begins("Static files")
        call_command("collectstatic", interactive=False, verbosity=0)


def database_prepare() -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    stage_begins(f"Database: {missing} migrations" if missing else "Database: up to date")
    call_command("migrate", interactive=False, stdout=_WithPercentage(missing))
    call_command("check", databases=["default"], tags=["database"], stdout=sys.stderr)


class _WithPercentage:
    """The output of `migrate`, which says of each migration that it is OK, with how much of all is done by then."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0

    def write(self, text: str) -> int:
        if self._total and text.strip() == "OK":
            self._done += 1
            text = f" OK ({100 * self._done // self._total} %)\n"
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


if __name__ == "__main__":
    main()

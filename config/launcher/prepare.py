"""What must be done before anything serves: the database, the first accounts and samples, the static files.

One process for all of it, because starting Django costs more than each of them does on a later start.
"""

import os

import django
from django.conf import settings
from django.core.management import call_command

from config import env
from config.launcher.kept import started_with_write


def main() -> None:
    django.setup()
    started_with_write(settings.DATA_DIR, {name: os.environ.get(name, "") for name in sorted(env.asked)})
    call_command("migrate", interactive=False)
    marker = settings.DATA_DIR / "first-start-done"
    if not marker.exists():
        call_command("setup_admin", "--create-superuser", "--create-sample-data")
        marker.touch()  # a start that was interrupted before this does it again: the command may be repeated
    if not settings.DEBUG:  # with DEBUG on, static files are served from where they lie
        call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    main()

"""What must be done before anything serves: the database, the first accounts and samples, the static files.

One process for all of it, because starting Django costs more than each of them does on a later start.
"""

import sys

import django
from django.conf import settings
from django.core.management import call_command, get_commands


def main(*, first_start: bool) -> None:
    django.setup()
    call_command("migrate", interactive=False)
    if first_start and "setup_admin" in get_commands():
        call_command("setup_admin", "--create-superuser", "--create-sample-data")
    if not settings.DEBUG:  # with DEBUG on, static files are served from where they lie
        call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    main(first_start="--first-start" in sys.argv)

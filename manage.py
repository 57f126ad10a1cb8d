#!/usr/bin/env python
"""Atelier's command line: migrate, setup_admin, check_ledger, …"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path


def use_own_environment() -> None:
    """`python manage.py …` works as it is written everywhere, also before .venv is activated."""
    folder = Path(__file__).resolve().with_name(".venv")
    python = folder / "bin" / "python"
    if find_spec("django") is None and python.exists() and Path(sys.prefix).resolve() != folder:
        os.execv(python, [str(python), *sys.argv])  # noqa: S606


def main() -> None:
    use_own_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, connection

    from config.env import SecretMissing
    from config.launcher.kept import take_embedded

    not_taken = take_embedded(os.environ)
    try:
        execute_from_command_line(sys.argv)
    except SecretMissing as error:
        sys.exit(f"Atelier cannot start: {error} {not_taken}".rstrip())
    except ImproperlyConfigured as error:
        sys.exit(f"Atelier cannot start: {error}")
    except OperationalError as error:
        if connection.connection is not None or "--traceback" in sys.argv:
            raise
        sys.exit(f"The database does not answer: {' '.join(str(error).split())}")
    except KeyboardInterrupt:
        sys.exit("Broken off.")
    except BrokenPipeError:  # whoever read what is printed has enough; nothing more can be said, nor flushed at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()

"""`python -m tests.searches`: the cases on SQLite, in a database of its own that is gone afterwards. Exits with 1 when
something is found that should not be, or not found that should."""

import os
import sys
import tempfile

from tests.services import clean_environ


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="atelier-searches-") as folder:
        kept = clean_environ()
        os.environ.clear()
        os.environ |= kept | {"DJANGO_SETTINGS_MODULE": "config.settings", "DEBUG": "1", "DATA_DIR": folder}
        os.environ |= {"LOG_LEVEL": "CRITICAL", "RATE_LIMITS": "off"}

        import django
        from django.conf import settings
        from django.core.management import call_command
        from django.test.utils import setup_test_environment

        django.setup()
        setup_test_environment()
        # The tables as the models say: of the migrations, only what fills the keys matters here, and it is called.
        settings.MIGRATION_MODULES = {app.split(".")[-1]: None for app in settings.INSTALLED_APPS}
        call_command("migrate", run_syncdb=True, verbosity=0)

        from tests.searches import cases

        callers = cases.clients()
        cases.write_all()
        found = [*cases.faults(*callers)]
        sys.stdout.write("\n".join([*found, f"{len(found)} faults", ""]))
        return bool(found)


if __name__ == "__main__":
    sys.exit(main())

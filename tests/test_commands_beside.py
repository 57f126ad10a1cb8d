"""manage.py with nothing exported: what it takes from the embedded platform in DATA_DIR, and when it must not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.launcher.environment import KEY_FILES, PROJECT_DIR
from config.launcher.kept import DECIDING, STARTED_WITH, keys_make, started_with_write, take_embedded
from tests.services import clean_environ

REFUSAL = "Atelier cannot start: SECRET_KEY is not set. With DEBUG off it is required"


def called(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = clean_environ() | variables
    return subprocess.run([sys.executable, *command], cwd=PROJECT_DIR, env=environ, capture_output=True, text=True)


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A DATA_DIR as `make setup` leaves it."""
    assert keys_make({"DATA_DIR": str(tmp_path / "data")}) == tmp_path / "data"
    return tmp_path / "data"


class TestTheDocumentedCommands:
    @pytest.mark.timeout(480)
    def test_they_work_after_make_setup(self, tmp_path):
        """Each once as it is documented. What shows what came of it is called in one process with that: a start of
        Django takes longer than all of them."""
        data_dir = str(tmp_path / "data")
        made = called("-m", "config.launcher.kept", DATA_DIR=data_dir)
        assert made.stdout == f"manage.py works here: the keys of the embedded platform are in {data_dir}\n"
        migrated = called("manage.py", "migrate", DATA_DIR=data_dir)
        assert (migrated.returncode, migrated.stderr) == (0, "")
        done = called("manage.py", "setup_admin", "--create-superuser", DATA_DIR=data_dir)
        assert "The superuser admin made." in done.stdout, done.stderr
        imports = "from accounts.models import User; from django.core.management import call_command"
        asked = "print(User.objects.get(username='admin').check_password('admin123'))"
        again = f"{imports}; call_command('setup_admin', create_superuser=True); {asked}"
        shown = called("manage.py", "shell", "--no-imports", "-c", again, DATA_DIR=data_dir)
        assert "The superuser admin is there already and was left as it is." in shown.stdout, shown.stderr
        assert shown.stdout.endswith("\nTrue\n")

        backup, elsewhere = str(tmp_path / "backup"), tmp_path / "elsewhere"
        kept = called("manage.py", "back_up", backup, DATA_DIR=data_dir)
        assert kept.stdout.endswith("The ledger adds up.\n"), kept.stderr
        elsewhere.mkdir()
        for file in KEY_FILES.values():
            shutil.copy(tmp_path / "data" / file, elsewhere)
        back = called("manage.py", "restore", backup, DATA_DIR=str(elsewhere))
        assert back.stdout.endswith("The ledger adds up.\n"), back.stderr
        again = f"{imports}\ntry: call_command('restore', {backup!r})\nfinally: {asked}"
        refused = called("manage.py", "shell", "--no-imports", "-c", again, DATA_DIR=str(elsewhere))
        assert refused.stdout == "True\n"
        assert "The database holds people already. Restore over them with --force." in refused.stderr

    def test_without_its_own_python_it_finds_what_make_setup_has_made(self, tmp_path):
        (tmp_path / ".venv" / "bin").mkdir(parents=True)
        (tmp_path / "manage.py").write_text((PROJECT_DIR / "manage.py").read_text())
        python = tmp_path / ".venv" / "bin" / "python"
        python.write_text('#!/bin/sh\necho "called with $@"\n')
        python.chmod(0o755)
        # -S leaves out what is installed, and with it Django
        done = called("-S", str(tmp_path / "manage.py"), "migrate", "--plan")
        assert done.stdout == f"called with {tmp_path}/manage.py migrate --plan\n", done.stderr


class TestKeys:
    def test_they_are_made_once_for_their_owner_alone(self, prepared):
        assert prepared.stat().st_mode & 0o777 == 0o700
        before = {file: (prepared / file).read_text() for file in KEY_FILES.values()}
        for file, text in before.items():
            assert (prepared / file).stat().st_mode & 0o777 == 0o600
            assert len(text.strip()) >= 43
        keys_make({"DATA_DIR": str(prepared)})
        assert {file: (prepared / file).read_text() for file in KEY_FILES.values()} == before

    @pytest.mark.parametrize("name", DECIDING)
    def test_none_are_made_where_a_platform_is_set_up_by_variables(self, tmp_path, name):
        assert keys_make({"DATA_DIR": str(tmp_path / "data"), name: "x"}) is None
        assert not (tmp_path / "data").exists()


class TestTaken:
    def test_the_keys_with_debug_on(self, prepared):
        environ = {"DATA_DIR": str(prepared), "DEBUG": " ", "LOG_LEVEL": "ERROR"}
        assert take_embedded(environ) == ""
        assert environ["DEBUG"] == "1"
        for name, file in KEY_FILES.items():
            assert environ[name] == (prepared / file).read_text().strip()
        assert set(environ) == {"DATA_DIR", "LOG_LEVEL", "DEBUG", *KEY_FILES}
        again = dict(environ)  # as runserver's second process is started
        assert take_embedded(again) == ""
        assert again == environ

    def test_what_make_run_was_started_with(self, prepared):
        secret = (prepared / "secret_key").read_text().strip()
        run = {"DEBUG": "0", "PAYMENT_CURRENCY": "KWD", "DATABASE_URL": "postgres://a:b@c/d", "SECRET_KEY": secret}
        started_with_write(prepared, run | {"DATA_DIR": str(prepared), "LLM_MODEL": ""})
        assert (prepared / STARTED_WITH).stat().st_mode & 0o777 == 0o600
        assert set(json.loads((prepared / STARTED_WITH).read_text())["variables"]) == set(run) - {"SECRET_KEY"}
        environ = {"DATA_DIR": str(prepared), "DATABASE_URL": "postgres://a:b@c/d", "PAYMENT_CURRENCY": "JPY"}
        assert take_embedded(environ) == ""
        assert environ | {"FIELD_ENCRYPTION_KEY": ""} == run | {
            "DATA_DIR": str(prepared),
            "PAYMENT_CURRENCY": "JPY",
            "FIELD_ENCRYPTION_KEY": "",
        }

    def test_not_the_socket_of_a_run_that_has_ended(self, prepared):
        socket = prepared / "valkey.sock"
        started_with_write(prepared, {"REDIS_URL": f"unix://{socket}?db=0"})
        environ = {"DATA_DIR": str(prepared)}
        take_embedded(environ)
        assert "REDIS_URL" not in environ
        socket.touch()
        take_embedded(environ)
        assert environ["REDIS_URL"] == f"unix://{socket}?db=0"


class TestNotTaken:
    @pytest.mark.parametrize("name", DECIDING)
    def test_beside_a_variable_of_another_platform(self, prepared, name):
        """Half of production's variables are not completed by development's."""
        environ = {"DATA_DIR": str(prepared), name: "0"}
        before = dict(environ)
        assert take_embedded(environ) == f"The keys in {prepared} were not taken, because {name} is set."
        assert environ == before

    @pytest.mark.parametrize("file", KEY_FILES.values())
    def test_when_one_is_missing_or_empty(self, prepared, file):
        (prepared / file).write_text("\n")
        environ = {"DATA_DIR": str(prepared)}
        assert "one of their files is empty" in take_embedded(environ)
        (prepared / file).unlink()
        assert take_embedded(environ) == ""
        assert environ == {"DATA_DIR": str(prepared)}

    def test_in_a_folder_that_was_copied(self, prepared, tmp_path):
        started_with_write(prepared, {"DEBUG": "1"})
        prepared.rename(tmp_path / "copy")
        environ = {"DATA_DIR": str(tmp_path / "copy")}
        assert f"they come from {prepared}" in take_embedded(environ)
        assert environ == {"DATA_DIR": str(tmp_path / "copy")}

    def test_what_is_not_readable_is_told(self, prepared):
        (prepared / STARTED_WITH).write_text("{")
        assert f"The keys in {prepared} were not taken: " in take_embedded({"DATA_DIR": str(prepared)})

    def test_the_refusal_names_the_command_and_the_reason(self, prepared, tmp_path):
        bare = called("manage.py", "check", DATA_DIR=str(tmp_path / "nothing"))
        assert bare.returncode == 1
        assert bare.stderr.startswith(REFUSAL)
        assert bare.stderr.endswith("set nothing and call `make setup` before manage.py, or `make run`.\n")
        half = called("manage.py", "check", DATA_DIR=str(prepared), DATABASE_URL="postgres://a:b@c/d")
        assert half.stderr.startswith(REFUSAL)
        assert half.stderr.endswith(f"The keys in {prepared} were not taken, because DATABASE_URL is set.\n")

    @pytest.mark.parametrize("server", ["config.wsgi", "config.asgi", "config.celery"])
    def test_never_by_a_server(self, prepared, server):
        started_with_write(prepared, {"DEBUG": "1"})
        read = f"import os, {server}; from django.conf import settings; settings.DEBUG"
        done = called("-c", read, DATA_DIR=str(prepared), DJANGO_SETTINGS_MODULE="config.settings")
        assert done.returncode == 1
        assert "config.env.SecretMissing: SECRET_KEY is not set." in done.stderr


class TestWhatIsInTheWay:
    """Told in a line, as an operator needs it, and not as a fault of the program."""

    def test_a_database_that_does_not_answer(self):
        own = {"SECRET_KEY": "x" * 60, "FIELD_ENCRYPTION_KEY": "y" * 40, "DATABASE_URL": "postgres://a:b@127.0.0.1:1/c"}
        done = called("manage.py", "check_ledger", **own)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
        assert done.stderr.startswith("The database does not answer: ") and "127.0.0.1" in done.stderr

    def test_whoever_reads_has_enough(self, prepared):
        environ = clean_environ() | {"DATA_DIR": str(prepared)}
        reader, writer = os.pipe()
        os.close(reader)
        command = [sys.executable, "manage.py", "migrate", "--plan"]
        done = subprocess.run(command, cwd=PROJECT_DIR, env=environ, stdout=writer, stderr=subprocess.PIPE, text=True)
        os.close(writer)
        assert (done.returncode, done.stderr) == (1, "")

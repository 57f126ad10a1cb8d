"""The servers of the HTTP benchmark: PostgreSQL and Valkey of its own, and the three that are measured."""

import http.client
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from config.launcher.environment import PROJECT_DIR, free_port
from config.launcher.processes import Child
from tests.services.base import guard, make_folder, wait_until
from tests.services.environment import clean_environ
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer

PYTHON = sys.executable
BUYERS = 500
PLATFORM, BARE, PLAIN = "platform", "bare", "plain DRF"
# How `python -m bench --smallest` tells the benchmarks of the PostgreSQL that they share, with a migrated database.
SHARED = "BENCH_POSTGRES"
MIGRATED = "migrated"


@dataclass(frozen=True)
class Catalogue:
    """A filled database."""

    artworks: int
    database: str
    tokens: list[str]
    first: int
    last: int
    first_model: int
    last_model: int
    category: int
    category_name: str


class Services:
    """PostgreSQL (the tests': no durability, no autovacuum) and Valkey."""

    def __init__(self, stack: ExitStack) -> None:
        self.folder = make_folder("bench")
        self.shared = os.environ.get(SHARED, "")
        self.url = self.shared or stack.enter_context(PostgresServer()).url
        self.valkey = stack.enter_context(ValkeyServer())
        self._secrets = {"SECRET_KEY": secrets.token_urlsafe(50), "FIELD_ENCRYPTION_KEY": secrets.token_urlsafe(32)}

    def database_pid(self) -> int:
        with psycopg.connect(self.url) as connection:
            folder = connection.execute("SHOW data_directory").fetchone()
        assert folder is not None
        return int((Path(folder[0]) / "postmaster.pid").read_text().splitlines()[0])

    def version(self) -> str:
        with psycopg.connect(self.url) as connection:
            return str(connection.info.parameter_status("server_version"))

    def environment(self, database: str) -> dict[str, str]:
        """A production's: DEBUG off, logs to a file. Rate limits are off, or all but the first 100 answers were 429."""
        return (
            clean_environ()
            | self._secrets
            | {
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "PYTHONPATH": str(PROJECT_DIR),
                "DEBUG": "0",
                "HTTPS": "0",
                "ALLOWED_HOSTS": "localhost,127.0.0.1",
                "DATABASE_URL": database,
                "REDIS_URL": self.valkey.url,
                "DATA_DIR": str(self.folder),
                "RATE_LIMITS": "off",
            }
        )

    def database(self, name: str) -> str:
        """A new one with the platform's tables: a copy of the shared one, or its own."""
        if self.shared:
            name = f"{name}_{os.getpid()}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {MIGRATED}" if self.shared else ""))
        database = self.url.rpartition("/")[0] + f"/{name}"
        if not self.shared:
            self.run([PYTHON, "manage.py", "migrate", "--verbosity", "0"], self.environment(database))
        return database

    def catalogue(self, artworks: int) -> Catalogue:
        name = f"atelier_{artworks}"
        database = self.database(name)
        environment = self.environment(database)
        file = self.folder / f"{name}.json"
        fill = "from bench import catalogue; catalogue.main()"
        self.run([PYTHON, "-c", fill, str(artworks), str(BUYERS), str(file)], environment)
        return Catalogue(artworks, database, **json.loads(file.read_text()))

    def run(self, command: list[str], environment: Mapping[str, str]) -> None:
        subprocess.run(command, cwd=PROJECT_DIR, env=dict(environment), check=True, timeout=1200)


@dataclass(frozen=True)
class Server:
    port: int
    pid: int


GUNICORN = [PYTHON, "-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi"]


@contextmanager
def serving(services: Services, catalogue: Catalogue, workers: int) -> Iterator[dict[str, Server]]:
    """The three servers over one database, by name."""
    uvicorn = [PYTHON, "-m", "uvicorn", "bench.bare_server:application", "--no-access-log", "--log-level", "warning"]
    servers = {}
    with ExitStack() as stack:
        for name, command, extra in (
            (PLATFORM, GUNICORN, {}),
            (PLAIN, GUNICORN, {"DJANGO_SETTINGS_MODULE": "bench.plain_settings"}),
            (BARE, [*uvicorn, "--workers", str(workers)], {"BARE_DATABASE": catalogue.database}),
        ):
            servers[name] = stack.enter_context(_started(name, command, services, catalogue, workers, extra))
        yield servers


@contextmanager
def serving_platform(services: Services, catalogue: Catalogue, workers: int, **variables: str) -> Iterator[Server]:
    """The platform alone, with some variables of its environment set otherwise."""
    with _started(PLATFORM, GUNICORN, services, catalogue, workers, variables) as server:
        yield server


@contextmanager
def _started(
    name: str,
    command: list[str],
    services: Services,
    catalogue: Catalogue,
    workers: int,
    variables: Mapping[str, str],
) -> Iterator[Server]:
    port = free_port()
    own = {"WEB_CONCURRENCY": str(workers), "PORT": str(port)}
    child = Child(
        name,
        [*command, "--port", str(port)] if name == BARE else command,
        guard=guard(),
        log_file=services.folder / f"{name.split()[0]}-{catalogue.artworks}.log",
        env=services.environment(catalogue.database) | own | dict(variables),
        cwd=PROJECT_DIR,
    )
    child.start()
    try:
        wait_until(partial(_answers, port), seconds=60, what=name, child=child)
        assert child.pid is not None
        yield Server(port, child.pid)
    finally:
        child.stop()


@contextmanager
def serving_nothing(services: Services, size: int) -> Iterator[int]:
    """A server that answers `size` bytes to everything."""
    port = free_port()
    command = [PYTHON, "-c", "from bench import load; load.serve_fixed()", str(port), str(size)]
    child = Child("fixed", command, guard=guard(), log_file=services.folder / "fixed.log", cwd=PROJECT_DIR)
    child.start()
    try:
        wait_until(partial(_answers, port), seconds=20, what="the fixed server", child=child)
        yield port
    finally:
        child.stop()


def _answers(port: int) -> bool:
    try:
        return ask(port, "/api/artworks/").status < 500
    except OSError:
        return False


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def ask(port: int, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
    connection = http.client.HTTPConnection("localhost", port, timeout=60)
    try:
        # Without the port: links in the answers are made of it, and the servers' answers are compared.
        connection.request(method, path, body, {"Host": "localhost"} | headers)
        response = connection.getresponse()
        return Answer(response.status, response.read())
    finally:
        connection.close()


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children, ended ones included; 0 where there is no /proc."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, _, rest = file.read_text().partition(" ")
        except OSError:  # ended meanwhile
            continue
        fields = rest.rpartition(")")[2].split()
        if int(number) == pid:
            ticks += sum(int(field) for field in fields[11:15])
        elif int(fields[1]) == pid:
            ticks += sum(int(field) for field in fields[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def machine() -> str:
    """What the figures were taken on, in one line."""
    model = ""
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} x {model or 'unknown processor'}, Python {sys.version.split()[0]}, load average {load}"

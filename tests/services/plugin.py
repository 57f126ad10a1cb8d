"""Pytest plugin (loaded by pytest.ini): the environment of a test run, made before Django reads its settings.

The first process starts PostgreSQL and Valkey; pytest-xdist's workers share them, each with its own database, its own
Valkey database and its own DATA_DIR. The other servers are session fixtures, started by the first test that asks.
DATABASE_URL, REDIS_URL and AWS_S3_ENDPOINT_URL (with its keys), when set for the run, name real servers to use instead.
"""

import contextlib
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.services.base import drop_folder, make_folder
from tests.services.environment import is_platform_variable
from tests.services.postgres import PostgresServer
from tests.services.s3 import S3Server
from tests.services.smtp import SmtpServer
from tests.services.valkey import ValkeyServer

# How the first process tells its workers what it started.
SHARED = "ATELIER_TEST_SERVICES"
SERVICES = contextlib.ExitStack()

# Of this process, of its workers and of the hundred that tests start: compiled once, not by each anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if "django.conf" in sys.modules and sys.modules["django.conf"].settings.configured:
        raise pytest.UsageError("Django's settings were read before the test services started.")
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        os.environ[SHARED] = json.dumps(start_shared())
    set_environment(json.loads(os.environ[SHARED]), worker or "main")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    SERVICES.close()


def start_shared() -> dict[str, str]:
    shared = {name: value for name in os.environ if is_platform_variable(name) and (value := os.environ[name])}
    folder = make_folder("test")
    SERVICES.callback(drop_folder, folder)
    temporary = make_folder("tmp")
    temporary.chmod(0o1777)
    SERVICES.callback(drop_folder, temporary)
    if not shared.get("DATABASE_URL"):
        shared |= SERVICES.enter_context(PostgresServer()).env() | {"databases_are_copied": "yes"}
    if not shared.get("REDIS_URL"):
        shared |= SERVICES.enter_context(ValkeyServer()).env()
    return shared | {"folder": str(folder), "temporary": str(temporary)}


def set_environment(shared: dict[str, str], worker: str) -> None:
    for name in list(os.environ):
        if is_platform_variable(name):
            del os.environ[name]
    number = 0 if worker == "main" else int(worker.removeprefix("gw")) + 1
    data_dir = Path(shared["folder"]) / worker
    data_dir.mkdir(exist_ok=True)
    # What programs leave in the system's folder goes with the run; what tests write stays, to be looked at.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    os.environ["TMPDIR"], tempfile.tempdir = shared["temporary"], None
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEY": secrets.token_urlsafe(32),
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "DATABASE_URL": shared["DATABASE_URL"],
        "REDIS_URL": with_database(shared["REDIS_URL"], number),
        "DATA_DIR": str(data_dir),
        "RATE_LIMITS": "off",
        "BANK_TRANSFER_ACCOUNT": "Test Bank, PK36 SCBL 0000 0011 2345 6702",
    }


def with_database(redis_url: str, number: int) -> str:
    """The address with its database number raised by `number`; the number stands in the query or in the path."""
    address, _, query = redis_url.partition("?")
    options = dict(parse_qsl(query))
    if address.startswith("unix:") or "db" in options:
        return f"{address}?{urlencode(options | {'db': int(options.get('db', 0)) + number})}"
    url = urlsplit(redis_url)
    return url._replace(path=f"/{int(url.path.strip('/') or 0) + number}").geturl()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    shared = json.loads(os.environ[SHARED])
    with S3Server(real=shared if shared.get("AWS_S3_ENDPOINT_URL") else None) as server:
        yield server


@pytest.fixture(scope="session")
def shared_smtp_server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def smtp_server(shared_smtp_server: SmtpServer) -> SmtpServer:
    """The session's SMTP server with an empty mailbox."""
    shared_smtp_server.clear()
    return shared_smtp_server

"""`python -m tests.faults.killed_calls [--sqlite] [--rounds 1] [name part …]`: calls with an Idempotency-Key, cut off.

A web process, which is a child with a socket of its own, dies after one of the writes of a call (each in turn, the
keeping of its answer included); the call is sent again to another one. Afterwards the database is as after a call that
nobody disturbed, and the answer is that of such a call. Then it is sent to several processes at once. Each round has a
fresh copy of the same small world.
"""

import argparse
import contextlib
import multiprocessing
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import httpx

from tests.demo.stage import WentWrong, must
from tests.services.environment import clean_environ

DIED = 9
AT_ONCE = 3


# ---------------------------------------------------------------- databases
class Databases:
    """Copies of databases that nobody is connected to."""

    def copy(self, source: str, target: str) -> None:
        raise NotImplementedError


class SqliteFiles(Databases):
    def copy(self, source: str, target: str) -> None:
        for ending in ("-wal", "-shm"):
            Path(target + ending).unlink(missing_ok=True)
        shutil.copyfile(source, target)


class PostgresDatabases(Databases):
    """The first copy of a database is made by the server. That takes a second for all the files of two hundred empty
    tables, so it becomes the next one by taking back what differs: rows and sequences, without foreign keys and
    triggers having a say."""

    def __init__(self, url: str) -> None:
        self.server = url.rpartition("/")[0]
        self._kept: dict[str, tuple[dict[str, bytes], list[tuple[str, int, bool]]]] = {}

    def copy(self, source: str, target: str) -> None:
        if target in self._kept:
            self._take_back(target)
            return
        with self._connected("postgres") as server:
            server.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
        with self._connected(target) as connection:
            self._kept[target] = self._tables(connection), self._sequences(connection)

    def _take_back(self, target: str) -> None:
        tables, sequences = self._kept[target]
        with self._connected("postgres") as server:
            self._leave(server, target)
        with self._connected(target) as connection, connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            found = self._tables(connection)
            for name in (name for name in tables if found[name] != tables[name]):
                connection.execute(f"DELETE FROM {name}")
                with connection.cursor().copy(f"COPY {name} FROM STDIN") as into:
                    into.write(tables[name])
            for sequence in sequences:
                connection.execute("SELECT setval(%s, %s, %s)", sequence)

    def _connected(self, name: str) -> Any:
        import psycopg

        return psycopg.connect(f"{self.server}/{name}", autocommit=True)

    def _leave(self, server: Any, target: str) -> None:
        """Ends the connections of the killed, and waits until their transactions are taken back."""
        theirs = "FROM pg_stat_activity WHERE datname = %s"
        while server.execute(f"SELECT count(pg_terminate_backend(pid, 5000)) {theirs}", [target]).fetchone()[0]:
            pass

    def _tables(self, connection: Any) -> dict[str, bytes]:
        names = connection.execute("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND oid >= 16384")
        kept = {}
        for (name,) in names.fetchall():
            with connection.cursor().copy(f"COPY {name} TO STDOUT") as rows:
                kept[name] = b"".join(bytes(part) for part in rows)
        return kept

    def _sequences(self, connection: Any) -> list[tuple[str, int, bool]]:
        found: list[tuple[str, int, bool]] = connection.execute(
            "SELECT format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value),"
            " last_value IS NOT NULL FROM pg_sequences"
        ).fetchall()
        return found


@contextlib.contextmanager
def platform(*, sqlite: bool) -> Iterator[tuple[Databases, Callable[[str], str]]]:
    """Django on an empty database of its own; gives what copies databases, and how one of a given name is addressed."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="atelier-killed-"))
        environ = clean_environ() | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DEBUG": "1",
            "DATA_DIR": folder,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_ENCRYPTION_KEY": secrets.token_urlsafe(32),
            "ALLOWED_HOSTS": "127.0.0.1",
            "RATE_LIMITS": "off",
            "LOG_LEVEL": "ERROR",
        }
        databases: Databases = SqliteFiles()
        if not sqlite:
            from tests.services.postgres import PostgresServer

            server = stack.enter_context(PostgresServer())
            environ |= server.env()
            databases = PostgresDatabases(server.url)
        os.environ.clear()
        os.environ.update(environ)
        import django
        from django.conf import settings
        from django.core.management import call_command

        django.setup()
        settings.SANDBOX_ALLOWED, settings.MESH_CHECK_WAIT = True, 0
        settings.BANK_TRANSFER_ACCOUNT = "PK36SCBL0000001123456702"
        no_workers()
        call_command("migrate", verbosity=0)
        loaded()
        yield databases, (lambda name: str(Path(folder) / f"{name}.sqlite3") if sqlite else name)
        use(None)


def no_workers() -> None:
    """There are none: what is published for them goes nowhere."""
    from celery.app.task import Task

    Task.apply_async = lambda *_args, **_options: None  # type: ignore[method-assign]


def loaded() -> None:
    """The middlewares and views, once for all web processes, which are copies of this one."""
    from django.core.wsgi import get_wsgi_application
    from django.urls import get_resolver

    get_wsgi_application()
    get_resolver().url_patterns  # noqa: B018


def use(database: str | None) -> str:
    """Connect this process to another database; None only lets go. Gives the one before."""
    from django.db import connection

    connection.close()
    before = str(connection.settings_dict["NAME"])
    if database is not None:
        connection.settings_dict["NAME"] = database
    return before


# ---------------------------------------------------------------- web
class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class Web:
    """A web process. With `fatal` it dies right after so many writes: commits, and writes outside of transactions."""

    def __init__(self, database: str, *, fatal: int = 0) -> None:
        self.database, self.fatal = database, fatal
        self.writes: Any = multiprocessing.Value("i", 0)

    def __enter__(self) -> "Web":
        use(None)
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._serve(listener)
            finally:
                os._exit(1)
        listener.close()
        return self

    def __exit__(self, *_about: object) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    def wait_dead(self) -> None:
        _pid, status = os.waitpid(self.pid, 0)
        self.pid = 0
        must(os.waitstatus_to_exitcode(status) == DIED, f"web ended otherwise: {status}")

    def _serve(self, listener: socket.socket) -> None:
        from django.core.wsgi import get_wsgi_application
        from django.db import connection

        use(self.database)
        connection.execute_wrappers.append(self._executed)
        commit = connection._commit  # type: ignore[attr-defined]

        def committed() -> None:
            commit()
            self._written()

        connection._commit = committed  # type: ignore[attr-defined]
        server = WSGIServer(("127.0.0.1", 0), Quiet, bind_and_activate=False)
        server.socket = listener
        server.server_name, server.server_port = "127.0.0.1", listener.getsockname()[1]
        server.setup_environ()
        server.set_app(get_wsgi_application())
        while True:
            server.handle_request()

    def _executed(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if not context["connection"].in_atomic_block and str(sql).startswith(("INSERT", "UPDATE", "DELETE")):
            self._written()
        return done

    def _written(self) -> None:
        self.writes.value += 1
        if self.writes.value == self.fatal:
            os._exit(DIED)


# ---------------------------------------------------------------- a call
@dataclass
class Call:
    """A request as bytes, so that it can be sent any number of times."""

    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def sent_to(self, web: Web) -> httpx.Response:
        return httpx.request(self.method, web.url + self.path, headers=self.headers, content=self.body, timeout=60)


def call_of(world: Any, dialect: str, name: str, role: str) -> Call:
    """The named request of the table of roles, by somebody who may."""
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    from tests.roles.caller import sent_by
    from tests.roles.requests.request import as_json

    sent = sent_by(world, role, dialect, name)
    headers = {"Authorization": sent.client.defaults["HTTP_AUTHORIZATION"], "Idempotency-Key": "once"}
    body = b""
    if sent.body is not None:
        headers["Content-Type"] = MULTIPART_CONTENT if sent.form else "application/json"
        body = encode_multipart(BOUNDARY, sent.body) if sent.form else as_json(sent.body)
    return Call(f"{dialect}.{name}", sent.method, sent.address, headers, body)


def rows() -> dict[str, Counter[tuple[Any, ...]]]:
    """What is in the database: of each row its amounts, counts and states, not its times and names."""
    from django.apps import apps
    from django.db import models

    from tests.roles.keyed import ATTEMPTS, PASSING

    compared = (models.DecimalField, models.IntegerField, models.BooleanField)
    found = {}
    for model in apps.get_models():
        if not model._meta.managed or model._meta.proxy or model._meta.label_lower in PASSING:
            continue
        names = [
            column.name
            for column in model._meta.local_concrete_fields
            if not (column.is_relation or column.primary_key or column.name in ATTEMPTS)
            and (column.choices or isinstance(column, compared))
        ]
        of_each = model._base_manager.values_list(*names) if names else [()] * model._base_manager.count()
        found[model._meta.label_lower] = Counter(of_each)
    return found


class Proof:
    def __init__(self, databases: Databases, address: Callable[[str], str], template: str) -> None:
        self.databases, self.address, self.template = databases, address, template

    def of(self, call: Call, rounds: int) -> str:
        """In words how it went. Raises WentWrong."""
        with Web(self._fresh()) as web:
            expected = call.sent_to(web)
            writes = web.writes.value
        must(expected.is_success, f"undisturbed it is answered {expected.status_code}: {expected.text[:300]}")
        done = self._rows()
        for number in range(rounds or writes):
            self._cut_off(call, 1 + number % writes, expected, done)
        self._at_once(call, expected, done)
        killed = f"{writes:>3} writes, {rounds or writes:>4} times killed"
        return f"{killed}, {AT_ONCE} at once: done once, {expected.status_code}"

    def _at_once(self, call: Call, expected: httpx.Response, done: Any) -> None:
        """The same call to several processes at the same moment: each has the answer, and it is done once."""
        copy = self._fresh()
        with contextlib.ExitStack() as stack:
            webs = [stack.enter_context(Web(copy)) for _ in range(AT_ONCE)]
            with ThreadPoolExecutor(AT_ONCE) as callers:
                answers = list(callers.map(call.sent_to, webs))
        for answer in answers:
            must(answer.status_code == expected.status_code, f"at once: {answer.status_code} {answer.text[:300]}")
        self._compare(call, done, f"{AT_ONCE} at once")

    def _cut_off(self, call: Call, fatal: int, expected: httpx.Response, done: Any) -> None:
        from tests.roles.keyed import is_same_answer

        copy = self._fresh()
        with Web(copy, fatal=fatal) as web:
            try:
                answer = call.sent_to(web)
            except httpx.TransportError:
                web.wait_dead()
            else:
                raise WentWrong(f"web was to die at write {fatal}, and answered {answer.status_code}")
        with Web(copy) as web:
            again, third = call.sent_to(web), call.sent_to(web)
        where = f"killed after write {fatal}, sent again"
        must(again.status_code == expected.status_code, f"{where}: {again.status_code} {again.text[:300]}")
        same = is_same_answer(call.name, again.json(), expected.json())
        must(same, f"{where}: {again.text[:600]}, not {expected.text[:600]}")
        must(third.content == again.content, f"{where} twice: {third.text[:300]}")
        must(third.headers.get("Idempotent-Replayed") == "true", f"{where} twice: answered anew")
        self._compare(call, done, where)

    def _compare(self, call: Call, done: Any, where: str) -> None:
        from tests.roles.keyed import MAY_DIFFER

        found = self._rows()
        compared = done.keys() - MAY_DIFFER.get(call.name, set())
        differing = sorted(name for name in compared if found[name] != done[name])
        wrong = {name: (found[name] - done[name], done[name] - found[name]) for name in differing}
        must(not wrong, f"{where}: too much, and missing: {wrong}")

    def _fresh(self) -> str:
        use(None)
        copy = self.address("copy")
        self.databases.copy(self.template, copy)
        return copy

    def _rows(self) -> Any:
        use(self.address("copy"))
        found = rows()
        use(None)
        return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sqlite", action="store_true", help="instead of PostgreSQL")
    parser.add_argument("--rounds", type=int, default=0, help="kills a call; by default one after each of its writes")
    parser.add_argument("names", nargs="*", help="parts of names of operations; all by default")
    chosen = parser.parse_args()
    began, failed = time.monotonic(), 0
    with platform(sqlite=chosen.sqlite) as (databases, address):
        from tests.roles.keyed import KEYED
        from tests.roles.world import World

        world = World()
        calls = [call_of(world, *keyed) for keyed in KEYED]
        template = use(None)
        for call in calls:
            if chosen.names and not any(part in call.name for part in chosen.names):
                continue
            try:
                words = Proof(databases, address, template).of(call, chosen.rounds)
            except WentWrong as wrong:
                failed += 1
                words = f"NOT AS IT MUST BE: {wrong}"
            print(f"{call.name:<46} {words}", flush=True)
    print(f"{failed or 'no'} call{'' if failed == 1 else 's'} failed, {time.monotonic() - began:.0f} s", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())

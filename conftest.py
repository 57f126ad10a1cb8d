"""The people of the tests: alice makes and sells, bob buys and orders work, charlie and dora must see nothing of it."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.test import TransactionTestCase
from django.test.client import ClientHandler

from accounts.models import User
from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory, ModeratorFactory, StaffFactory
from config.core.hashers import Argon2
from marketplace.selectors import categories
from tests.services.plugin import SHARED

# No test takes longer, but for those that move the clock themselves.
BEFORE_MIDNIGHT = 20


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """No test begins on one day and ends on another: many a one says "today" twice. Days are those of UTC."""
    left = 24 * 3600 - time.time() % (24 * 3600)
    if left < BEFORE_MIDNIGHT:
        time.sleep(left)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hashed as production hashes them, but for the work: a tenth of a second and 100 MB for every sign-in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Argon2, "time_cost", 1)
        patch.setattr(Argon2, "memory_cost", 64)
        yield


@pytest.fixture(scope="session")
def django_db_keepdb(
    request: pytest.FixtureRequest,
    django_db_keepdb: bool,
    django_db_modify_db_settings: None,
    django_db_blocker: Any,
) -> bool:
    """Of several workers the first migrates a database, and all take a copy of that as their own. Says that there is
    one to keep. On a server that is not ours each migrates its own, and nothing stays behind. Here, since a plugin's
    fixture does not take the place of pytest-django's."""
    shared = json.loads(os.environ[SHARED])
    if not hasattr(request.config, "workerinput") or "databases_are_copied" not in shared:
        return django_db_keepdb
    from django.db import connection

    names, folder = connection.settings_dict, Path(shared["folder"])
    own, before = names["TEST"]["NAME"], names["NAME"]
    with django_db_blocker.unblock(), (folder / "migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "migrated").exists():
            names["TEST"]["NAME"] = "migrated"
            connection.creation.create_test_db(verbosity=0, serialize=False)
            connection.close()
            names["TEST"]["NAME"], names["NAME"] = own, before
            (folder / "migrated").touch()
        with connection.creation._nodb_cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(f'CREATE DATABASE "{own}" TEMPLATE migrated')
    return True


# Rows that follow from the models, and one that is there to be locked: whoever misses it makes it, once more than all.
STAY = {"auth_permission", "django_content_type", "marketplace_duplicategate"}


def tables_empty(test: TransactionTestCase) -> None:
    """In place of Django's own, which gives each of a hundred tables and their indexes new files, and then makes the
    rows of STAY anew: a second for every test. Nor do foreign keys and triggers against deleting have a say."""
    for name in test._databases_names(include_mirrors=False):
        connection = connections[name]
        tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - STAY
        with transaction.atomic(using=name), connection.cursor() as cursor:
            cursor.execute(
                " UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT FROM \"{t}\")" for t in sorted(tables))
            )
            filled = [table for (table,) in cursor.fetchall()]
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in filled:
                cursor.execute(f'DELETE FROM "{table}"')


@pytest.fixture(scope="session", autouse=True)
def tables_are_emptied_quickly() -> Iterator[None]:
    """After a test with transactions of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", tables_empty)
        yield


READ_BY_MIDDLEWARES = ("MIDDLEWARE", "DEBUG", "STATIC_", "SECURE_", "WHITENOISE_")
PARTS = ("_middleware_chain", "_view_middleware", "_template_response_middleware", "_exception_middleware")


@pytest.fixture(scope="session", autouse=True)
def middlewares_are_made_once() -> Iterator[None]:
    """For all clients, as a server makes them for all requests: a client is made anew for nearly every request."""
    made: dict[str, dict[str, Any]] = {}
    load = ClientHandler.load_middleware
    names = sorted(name for name in dir(settings) if name.startswith(READ_BY_MIDDLEWARES))

    def load_once(self: ClientHandler, is_async: bool = False) -> None:
        read = repr((type(self), is_async, [(name, getattr(settings, name)) for name in names]))
        if read not in made:
            load(self, is_async)
            made[read] = {part: vars(self)[part] for part in PARTS if part in vars(self)}
        vars(self).update(made[read])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientHandler, "load_middleware", load_once)
        yield


@pytest.fixture(autouse=True)
def categories_are_looked_up_anew() -> None:
    """Those of the test before are gone."""
    categories._found.clear()


@pytest.fixture
def alice(db: None) -> User:
    return ArtistFactory.create(username="alice")


@pytest.fixture
def bob(db: None) -> User:
    return BuyerFactory.create(username="bob")


@pytest.fixture
def charlie(db: None) -> User:
    return BuyerFactory.create(username="charlie")


@pytest.fixture
def dora(db: None) -> User:
    return ArtistFactory.create(username="dora")


@pytest.fixture
def moderator(db: None) -> User:
    return ModeratorFactory.create(username="moderator")


@pytest.fixture
def staff(db: None) -> User:
    return StaffFactory.create(username="staff")


@pytest.fixture
def admin(db: None) -> User:
    return AdminFactory.create(username="admin")

"""Every route against every role, over HTTP: the table is tests/roles/table.py."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.roles.caller import ROUTES, call, route_of
from tests.roles.requests import REQUESTS
from tests.roles.table import TABLE
from tests.roles.world import ROLES, World

pytestmark = pytest.mark.django_db
ROWS = [(dialect, name) for dialect, rows in TABLE.items() for name in rows]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Made once; every cell works on it in a transaction of its own that is taken back."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr("django.conf.settings.SANDBOX_ALLOWED", True)
        yield World()
        transaction.set_rollback(True)


@pytest.mark.parametrize(("dialect", "name"), ROWS, ids=[f"{dialect}.{name}" for dialect, name in ROWS])
def test_each_role_gets_the_answer_of_the_table(world, dialect, name):
    expected = dict(zip(ROLES, map(int, TABLE[dialect][name].split()), strict=True))
    answered = {}
    for role in ROLES:
        with transaction.atomic():
            answered[role] = call(world, role, dialect, name).status_code
            transaction.set_rollback(True)
    assert answered == expected


@pytest.mark.parametrize("dialect", TABLE)
def test_the_table_holds_every_route_and_no_other(dialect):
    in_table = {route_of(dialect, name).name for name in TABLE[dialect]}
    assert in_table == {route.name for route in ROUTES[dialect]}
    assert set(TABLE[dialect]) == set(REQUESTS[dialect])

"""Every route against every role, over HTTP: the table is tests/roles/table.py."""

import pytest
from django.db import transaction

from tests.roles.caller import ROUTES, call, route_of
from tests.roles.requests.every import REQUESTS
from tests.roles.table import TABLE
from tests.roles.world import ROLES

pytestmark = pytest.mark.django_db
ROWS = [(dialect, name) for dialect, rows in TABLE.items() for name in rows]


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

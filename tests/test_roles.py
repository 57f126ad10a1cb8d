"""Every route against every role, over HTTP: the table is tests/roles/table.py. And what is answered is what the
dialect's OpenAPI document says."""

from collections.abc import Callable

import httpx
import pytest

from tests.documented import as_httpx, faults_of, operation_of
from tests.once import TakenBack
from tests.roles.caller import ROUTES, call, route_of, sent_by
from tests.roles.requests.every import REQUESTS
from tests.roles.table import TABLE
from tests.roles.world import ROLES, World

pytestmark = pytest.mark.django_db
ROWS = [(dialect, name) for dialect, rows in TABLE.items() for name in rows]


every_row = pytest.mark.parametrize(("dialect", "name"), ROWS, ids=[f"{dialect}.{name}" for dialect, name in ROWS])
Answers = dict[str, httpx.Response]


@pytest.fixture(scope="module")
def answers(world: World) -> Callable[[str, str], Answers]:
    """What each role is answered, by role. Asked for once, and looked at by two tests."""
    found: dict[tuple[str, str], Answers] = {}

    def of(dialect: str, name: str) -> Answers:
        if (dialect, name) not in found:
            answered, taken_back = {}, TakenBack()
            for role in ROLES:
                with taken_back.after():
                    answered[role] = as_httpx(call(world, role, dialect, name))
            found[dialect, name] = answered
        return found[dialect, name]

    return of


@every_row
def test_each_role_gets_the_answer_of_the_table(answers, dialect, name):
    expected = dict(zip(ROLES, map(int, TABLE[dialect][name].split()), strict=True))
    answered = {role: answer.status_code for role, answer in answers(dialect, name).items()}
    assert answered == expected


@every_row
def test_what_a_valid_request_is_answered_is_what_the_document_says(answers, dialect, name):
    documented = operation_of(dialect, name)
    for role, answer in answers(dialect, name).items():
        assert faults_of(documented, answer) == [], role


FOR_STAFF = [
    (dialect, name)
    for dialect, name in ROWS
    if set(TABLE[dialect][name].split()[1:5]) == {"403"} and REQUESTS[dialect][name].body
]


@pytest.mark.parametrize(("dialect", "name"), FOR_STAFF, ids=[f"{dialect}.{name}" for dialect, name in FOR_STAFF])
@pytest.mark.parametrize("body", ["{}", "[1]", "{"], ids=["empty", "list", "broken"])
def test_who_may_not_is_told_so_before_what_they_sent_is_looked_at(world, dialect, name, body):
    sent = sent_by(world, "other_buyer", dialect, name)
    answer = sent.client.generic(sent.method, sent.address, body, content_type="application/json")
    assert answer.status_code == 403


@pytest.mark.parametrize("dialect", TABLE)
def test_the_table_holds_every_route_and_no_other(dialect):
    in_table = {route_of(dialect, name).name for name in TABLE[dialect]}
    assert in_table == {route.name for route in ROUTES[dialect]}
    assert set(TABLE[dialect]) == set(REQUESTS[dialect])

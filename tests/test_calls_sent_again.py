"""Every operation that honours `Idempotency-Key`, cut off between its effect and its answer, and sent again.

`ROUNDS=100 pytest -s tests/test_calls_sent_again.py -k write` cuts each off a hundred times and prints a table.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from accounts.models import User
from accounts.tests.factories import BuyerFactory
from config.core.models import IdempotentCall
from config.dialects import idempotency
from tests.roles.caller import ROUTES, Sent, route_of, sent_by
from tests.roles.keyed import ATTEMPTS, KEYED, MAY_DIFFER, PASSING, is_same_answer

pytestmark = pytest.mark.django_db
# Asks how a payment stands, which is that of the world: nothing is made that would have to be noted.
LOOKS_UP = {"cultureup.payments.three_d_secure"}


IDS = [f"{dialect}.{name}" for dialect, name, _role in KEYED]
keyed = pytest.mark.parametrize(("dialect", "name", "role"), KEYED, ids=IDS)
ROUNDS = int(os.environ.get("ROUNDS", "1"))


class ProcessDied(BaseException):
    pass


class Writes:
    """Counts what a request makes stand: its commits, which in a test are savepoints, and its writes outside of them.

    With `fatal` the process dies right after that one.
    """

    def __init__(self, fatal: int = 0) -> None:
        self.count, self.fatal = 0, fatal

    def __enter__(self) -> "Writes":
        self.outside = len(connection.savepoint_ids)
        self.wrapping = connection.execute_wrapper(self)
        self.wrapping.__enter__()
        return self

    def __exit__(self, *_about: object) -> None:
        self.wrapping.__exit__(None, None, None)
        del connection.savepoint_ids[self.outside :]

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        stands = str(sql).startswith(("RELEASE SAVEPOINT", "INSERT", "UPDATE", "DELETE"))
        if stands and len(connection.savepoint_ids) == self.outside:
            self.count += 1
            if self.count == self.fatal:
                raise ProcessDied
        return done


def die(*_args: Any, **_kwargs: Any) -> None:
    raise ProcessDied


@pytest.fixture(scope="module")
def tables(world, django_db_blocker) -> "Tables":
    with django_db_blocker.unblock():
        return Tables()


@pytest.fixture
def everything(tables) -> Callable[[], "Said"]:
    return partial(tables.hold, all_rows)


@pytest.fixture
def summed_up(tables) -> Callable[[], "Said"]:
    return partial(tables.hold, sums)


@pytest.fixture
def calling(world, tables) -> Any:
    """Prepares the call of a name by a role; all that it does is taken back afterwards."""

    @contextmanager
    def prepared(dialect: str, name: str, role: str) -> Iterator[Sent]:
        with transaction.atomic():
            tables.begin()
            yield sent_by(world, role, dialect, name)
            transaction.set_rollback(True)

    return prepared


def compared() -> list[type[models.Model]]:
    """The models of all tables but those that a sign-in or a look changes."""
    own = (model for model in apps.get_models() if model._meta.managed and not model._meta.proxy)
    return [model for model in own if model._meta.label_lower not in PASSING]


@cache
def all_rows(model: type[models.Model]) -> str:
    """A query for all rows of a table, without what a sign-in or a look changes."""
    columns = [column for column in model._meta.local_concrete_fields if column.name not in ATTEMPTS]
    row = ", ".join(f'"{column.column}"' for column in columns)
    rows = f'SELECT {row} FROM "{model._meta.db_table}"'
    order = f'rows."{model._meta.pk.column}"'  # type: ignore[union-attr]
    return f"SELECT '{model._meta.label_lower}', (SELECT json_agg(rows ORDER BY {order})::text FROM ({rows}) rows)"


@cache
def sums(model: type[models.Model]) -> str:
    """A query for how many rows a table has, what their numbers add up to, and which states they are in."""
    said = ["count(*)::text"]
    for column in model._meta.local_concrete_fields:
        name = f'"{column.column}"'
        numeric = isinstance(column, models.DecimalField | models.IntegerField) and not column.primary_key
        if column.choices:
            said.append(f"coalesce(string_agg({name}::text, ',' ORDER BY {name}::text), '')")
        elif numeric and not column.is_relation and column.name not in ATTEMPTS:
            said.append(f"coalesce(sum({name}), 0)::text")
    values = " || '/' || ".join(said)
    return f"SELECT '{model._meta.label_lower}', {values} FROM \"{model._meta.db_table}\""


Said = dict[str, str]
Query = Callable[[type[models.Model]], str]


def asked(query: Query, models_: list[type[models.Model]]) -> Said:
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(map(query, models_)))
        return dict(cursor.fetchall())


class Tables:
    """What all tables hold. Of those that nothing was written into since `begin`, that is what the world holds: asked
    once, since a question about 170 tables takes longer than a call."""

    def __init__(self) -> None:
        self.models = {model._meta.db_table: model for model in compared()}
        self.world: dict[Query, Said] = {query: asked(query, compared()) for query in (all_rows, sums)}
        self.begin()

    def begin(self) -> None:
        """The world is as it was made."""
        self.before = self.writes()

    def writes(self) -> dict[str, int]:
        """How many rows were added, changed or removed in each table, whether that still stands or was taken back."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
            return dict(cursor.fetchall())

    def hold(self, query: Query) -> Said:
        now = self.writes()
        written = [model for table, model in self.models.items() if now.get(table) != self.before.get(table)]
        return self.world[query] | asked(query, written) if written else self.world[query]


def kept() -> list[tuple[str, bool]]:
    return [(call.operation, call.status is not None) for call in IdempotentCall.objects.order_by("pk")]


def test_all_that_honour_a_key_are_tried():
    tried = {(dialect, route_of(dialect, name).name) for dialect, name, _role in KEYED}
    declared = {
        (dialect, route.name)
        for dialect, routes in ROUTES.items()
        for route in routes
        if getattr(route.view, route.action).operation.idempotent
    }
    assert tried == declared


def test_what_is_written_is_seen(world, tables):
    """Also what is changed or removed, and what is taken back again."""
    changes = (
        lambda: User.objects.filter(pk=world.bystander.pk).delete(),
        lambda: User.objects.filter(pk=world.bystander.pk).update(first_name="Eva"),
        lambda: BuyerFactory.create(username="newcomer"),
    )
    for change in changes:
        tables.begin()
        whole = {query: asked(query, compared()) for query in (all_rows, sums)}
        assert {query: tables.hold(query) for query in whole} == whole
        with transaction.atomic():
            change()
            whole = {query: asked(query, compared()) for query in (all_rows, sums)}
            assert {query: tables.hold(query) for query in whole} == whole != tables.world
            transaction.set_rollback(True)
        assert {query: tables.hold(query) for query in whole} == tables.world


@keyed
def test_cut_off_before_its_answer_is_kept(calling, everything, monkeypatch, dialect, name, role):
    with calling(dialect, name, role) as sent:
        lost = []
        with monkeypatch.context() as patch:
            patch.setattr(idempotency, "call_answer", lambda _once, **answer: lost.append(answer) or die())
            with pytest.raises(ProcessDied):
                sent(key="k")
        done = everything()
        operation = f"{dialect}.{route_of(dialect, name).name}"
        assert kept() == ([] if operation in LOOKS_UP else [(operation, False)]), "what was made is noted with it"
        again = sent(key="k")
        assert again.status_code == lost[0]["status"], again.content
        assert without_clock(again.json()) == without_clock(lost[0]["body"])
        assert everything() == done
        third = sent(key="k")
        assert (third.status_code, third.content, third["Idempotent-Replayed"]) == (
            again.status_code,
            again.content,
            "true",
        )
        assert everything() == done


@keyed
def test_cut_off_after_any_write(calling, summed_up, capsys, dialect, name, role):
    """Whatever had been done by then, sent again it is done to its end: as often, and with the same answer."""
    with calling(dialect, name, role) as sent:
        with Writes() as undisturbed:
            expected = sent(key="k")
        done = summed_up()
    same = 0
    for number in range(max(ROUNDS, undisturbed.count)):
        with calling(dialect, name, role) as sent:
            with Writes(fatal=1 + number % undisturbed.count), pytest.raises(ProcessDied):
                sent(key="k")
            again = sent(key="k")
            assert again.status_code == expected.status_code, again.content
            operation, found = f"{dialect}.{name}", summed_up()
            assert is_same_answer(operation, again.json(), expected.json()), again.content
            for model in done.keys() - MAY_DIFFER.get(operation, set()):
                assert found[model] == done[model], model
            same += 1
    with capsys.disabled():
        if ROUNDS > 1:
            counts = f"{undisturbed.count:>3} writes, {same:>4} times cut off, done once, {again.status_code}"
            print(f"\n{dialect + '.' + name:<50} {counts}")


@keyed
def test_another_body_under_the_same_key_is_refused(calling, everything, dialect, name, role):
    with calling(dialect, name, role) as sent:
        assert sent(key="k").status_code < 300
        done = everything()
        other = sent(key="k", extra={"a_field_more": "x"})
        assert (other.status_code, other.json().get("code", "idempotency_key_reused")) == (
            409,
            "idempotency_key_reused",
        )
        assert everything() == done


def without_clock(body: Any) -> Any:
    """Links are signed anew each time, and a change by the first call may be looked up by the second."""
    if isinstance(body, dict):
        return {name: without_clock(value) for name, value in body.items() if name != "updated_at"}
    if isinstance(body, list):
        return [without_clock(value) for value in body]
    return "a link" if isinstance(body, str) and "/files/" in body else body

"""Every operation that honours `Idempotency-Key`, cut off between its effect and its answer, and sent again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from config.core.models import IdempotentCall
from config.dialects import idempotency
from tests.roles.caller import ROUTES, Sent, route_of, sent_by
from tests.roles.table import TABLE
from tests.roles.world import ROLES

pytestmark = pytest.mark.django_db
# Rows of the sign-in and of the gateway's own memory that another request makes or touches again.
PASSING = {"knox.authtoken", "core.idempotentcall", "accounts.profileview"}
ATTEMPTS = {"attempts", "last_login", "last_activity", "updated_at"}


def honours_a_key(dialect: str, name: str) -> bool:
    route = route_of(dialect, name)
    return bool(getattr(route.view, route.action).operation.idempotent)


def first_role(dialect: str, name: str) -> str | None:
    """Who may."""
    answers = zip(ROLES, map(int, TABLE[dialect][name].split()), strict=True)
    return next((role for role, status in answers if 200 <= status < 300), None)


CALLS = [
    (dialect, name, role)
    for dialect, rows in TABLE.items()
    for name in rows
    if honours_a_key(dialect, name) and (role := first_role(dialect, name)) is not None
]
IDS = [f"{dialect}.{name}" for dialect, name, _role in CALLS]
calls = pytest.mark.parametrize(("dialect", "name", "role"), CALLS, ids=IDS)


# Asks how a payment stands, which is that of the world: nothing is made that would have to be noted.
LOOKS_UP = {"cultureup.payments.three_d_secure"}


class ProcessDied(BaseException):
    pass


def die(*_args: Any, **_kwargs: Any) -> None:
    raise ProcessDied


@pytest.fixture
def calling(world) -> Any:
    """Prepares the call of a name by a role; all that it does is taken back afterwards."""

    @contextmanager
    def prepared(dialect: str, name: str, role: str) -> Iterator[Sent]:
        with transaction.atomic():
            yield sent_by(world, role, dialect, name)
            transaction.set_rollback(True)

    return prepared


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables, without what a sign-in or a look changes."""
    found = {}
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in PASSING:
            rows = model._base_manager.order_by("pk").values()
            found[model._meta.label_lower] = [
                {name: value for name, value in row.items() if name not in ATTEMPTS} for row in rows
            ]
    return found


def kept() -> list[tuple[str, bool]]:
    return [(call.operation, call.status is not None) for call in IdempotentCall.objects.order_by("pk")]


def test_all_that_honour_a_key_are_tried():
    tried = {(dialect, route_of(dialect, name).name) for dialect, name, _role in CALLS}
    declared = {
        (dialect, route.name)
        for dialect, routes in ROUTES.items()
        for route in routes
        if getattr(route.view, route.action).operation.idempotent
    }
    assert tried == declared


@calls
def test_cut_off_before_its_answer_is_kept(calling, monkeypatch, dialect, name, role):
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


@calls
def test_another_body_under_the_same_key_is_refused(calling, dialect, name, role):
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

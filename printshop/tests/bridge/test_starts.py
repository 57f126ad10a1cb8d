"""A start, from the command that waits to what is published: what holds it, and what goes wrong on the way."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from printshop.bridge import starts as starts_module
from printshop.bridge.orders import Order
from printshop.bridge.rules import CALLED_OFF, WENT_WRONG
from printshop.bridge.starts import Starts
from printshop.choices import RunState
from printshop.gateways.printer_files import FileNotSent
from printshop.services.printers.starts import StartHeld, StartJob
from printshop.tests.bridge.stand_in import Stage

JOB = StartJob(7, 123456, "Gear", "gear.gcode.3mf", "gear", 4, "", 1, ())


class Desk:
    """The bridge, as far as starts ask for it; `says` gives what a service does."""

    def __init__(self) -> None:
        self.is_halted = False
        self.says: dict[str, Callable[[], Any]] = {"start_read": lambda: JOB}

    async def rows(self, call: Callable[..., Any], **_about: Any) -> Any:
        return self.says.get(call.__name__, lambda: True)()


@pytest.fixture
def stage() -> Stage:
    """A free printer that a print was claimed for."""
    stage = Stage().up()
    stage.full()
    stage.run()
    stage.decisions.clear()
    return stage


@pytest.fixture
def desk(monkeypatch) -> Desk:
    monkeypatch.setattr(starts_module, "private_storage", lambda: SimpleNamespace(open=lambda _name: _File()))
    monkeypatch.setattr(starts_module, "file_send", lambda *_arguments, **_options: None)
    return Desk()


class _File:
    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_arguments: Any) -> None:
        pass

    def read(self, _size: int = 0) -> bytes:
        return b""


def start(desk: Desk, stage: Stage) -> Order:
    """Taken, worked off, and what came of it."""
    order = stage.order()
    stage.link.take(order)
    asyncio.run(Starts(desk).start(stage.link, order))  # type: ignore[arg-type]
    return order


def test_a_start_is_published(desk, stage):
    start(desk, stage)
    assert stage.connection.commands()[-1] == "project_file"
    assert stage.link.run.state == RunState.SENT
    assert stage.decisions == []


def test_a_printer_that_was_closed_meanwhile_gets_nothing_and_the_print_goes_back(desk, stage):
    def held() -> None:
        raise StartHeld("Left waits until its plate is cleared.")

    desk.says["start_mark"] = held
    start(desk, stage)
    assert "project_file" not in stage.connection.commands()
    assert stage.about("run_not_started")["reason"] == "Left waits until its plate is cleared."
    assert not stage.about("run_not_started")["again_in"]
    assert stage.about("command_end")["state"] == "lost"


@pytest.mark.parametrize("error", [ValueError("secret"), OverflowError(), AttributeError(), RuntimeError("secret")])
def test_whatever_goes_wrong_is_a_failed_try_and_its_words_are_not_logged(desk, stage, monkeypatch, caplog, error):
    def broken(*_arguments: Any, **_options: Any) -> None:
        raise error

    monkeypatch.setattr(starts_module, "file_send", broken)
    start(desk, stage)
    assert stage.about("run_not_started") == {"run_id": 7, "reason": WENT_WRONG, "again_in": None, "give_up": False}
    assert stage.about("command_end")["state"] == "lost"
    assert stage.link.orders == {}
    assert type(error).__name__ in caplog.text
    assert "secret" not in caplog.text


def test_what_went_wrong_after_it_went_out_is_told_by_the_printer(desk, stage):
    def broken(_message: Any) -> bool:
        raise ValueError

    stage.connection.publish = broken  # type: ignore[method-assign]
    start(desk, stage)
    assert stage.told("run_not_started") == []
    assert len(stage.link.sent) == 1


def test_a_file_of_a_run_that_was_called_off_is_brought_no_further(desk, stage, monkeypatch):
    looks: list[bool] = []

    def sent(*_arguments: Any, is_over: Callable[[], bool]) -> None:
        looks.append(is_over())
        stage.link.take_run(None)
        looks.append(is_over())
        raise FileNotSent("x")

    monkeypatch.setattr(starts_module, "file_send", sent)
    start(desk, stage)
    assert looks == [False, True]
    assert stage.told() == ["command_end"]
    assert "project_file" not in stage.connection.commands()


def test_a_file_of_a_run_that_is_over_is_not_begun(desk, stage, monkeypatch):
    monkeypatch.setattr(starts_module, "file_send", lambda *_arguments, **_options: pytest.fail("it was begun"))
    stage.link.run = None
    start(desk, stage)
    assert stage.about("command_end")["detail"] == CALLED_OFF


def test_one_start_at_a_time_is_worked_off_on_a_printer(stage):
    first, second = stage.order(pk=55), stage.order(pk=56)
    stage.link.take(first)
    stage.link.take(second)
    assert stage.starts == [first]
    stage.link.orders.pop(first.pk)
    stage.link.take(second)
    assert stage.starts == [first, second]


def test_a_run_that_its_owner_ended_after_its_start_went_out_is_let_go_of(desk, stage):
    order = start(desk, stage)
    stage.link.take_run(None)
    assert stage.link.sent == {}
    assert stage.about("command_end")["command_id"] == order.pk
    stage.hear(gcode_state="RUNNING", subtask_name="Gear", subtask_id="123456", task_id="123456")
    stage.wait(400)
    assert stage.told("run_not_started", "run_started", "printer_event") == []
    assert stage.about("run_began_late") == {"run_id": 7}  # which says what has become of it

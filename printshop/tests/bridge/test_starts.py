"""A start, from the command that waits to what is published: what holds it, and what goes wrong on the way."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from printshop.bridge import starts as starts_module
from printshop.bridge.orders import Order
from printshop.bridge.starts import Starts
from printshop.choices import RunState
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

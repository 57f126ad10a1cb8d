"""Simulated printers of four shapes, and bridges that look at everything more often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

from printshop.bridge import bridge as bridges
from printshop.bridge import screens
from printshop.simulator.farm import SimulatedFarm
from printshop.tests.bridge.ground import Running
from printshop.tests.factories import ShopFactory


@pytest.fixture(scope="module")
def farm() -> Iterator[SimulatedFarm]:
    with SimulatedFarm(["X1C", "P1S", "A1", "H2D"], speed=600, interval=0.1, print_seconds=600) as farm:
        yield farm


@pytest.fixture
def told(monkeypatch) -> list[tuple[str, dict[str, Any]]]:
    """What went to sockets."""
    sent: list[tuple[str, dict[str, Any]]] = []

    class Layer:
        async def group_send(self, group: str, event: dict[str, Any]) -> None:
            sent.append((group, event["message"]))

    monkeypatch.setattr(screens, "get_channel_layer", Layer)
    return sent


@pytest.fixture
def quick(monkeypatch, told, settings) -> None:
    settings.BAMBU_TLS_CA_FILE = ""
    for name in ("TICK", "COMMANDS_EVERY", "ROWS_EVERY", "STORE_EVERY", "SHOW_EVERY", "DISPATCH_EVERY", "IDLE_EVERY"):
        monkeypatch.setattr(bridges, name, 0.1)


@pytest.fixture
def running() -> Iterator[Callable[[], Running]]:
    started: list[Running] = []

    def start() -> Running:
        started.append(Running())
        return started[-1]

    yield start
    for each in started:
        each.stop()
    connections.close_all()


@pytest.fixture
def shop(db):
    return ShopFactory(owner__username="alice")

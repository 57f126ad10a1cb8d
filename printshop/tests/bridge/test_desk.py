"""What the bridge does beside its printers: decisions in order, reports in batches, words for trouble."""

import asyncio
import socket
import ssl
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from printshop.bridge import bridge as bridges
from printshop.bridge import decisions, rows, screens
from printshop.bridge.bridge import Bridge
from printshop.bridge.link import Link
from printshop.bridge.orders import Run
from printshop.bridge.words import words_for
from printshop.choices import CommandState, EventKind, RunState
from printshop.models import Printer, PrinterCommand
from printshop.services.printers.events import printer_event
from printshop.services.printers.reports import Reported
from printshop.services.prints.runs import run_completed, run_not_started, run_sent
from printshop.tests.factories import PrinterFactory, ShopFactory
from printshop.tests.printing import dispatched, printer_with, printing, waiting


def link_of(bridge: Bridge, pk: int = 1) -> Link:
    link = Link(Printer(pk=pk, shop_id=1, name="Left", serial_number="01P00A000000001"), bridge)
    bridge.links[pk] = link
    return link


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(decisions, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(bridges, "called", lambda call, about: call(**about))


async def test_decisions_come_in_order_and_wait_for_the_database(quick, monkeypatch):
    monkeypatch.setattr(decisions, "database_answers", lambda: False)
    bridge, done, away = Bridge(), [], [True] * 20
    link = link_of(bridge)

    def decision(number: int) -> None:
        if away:
            away.pop()
            raise OperationalError
        done.append(number)

    for number in range(3):
        bridge.decide(link, decision, number=number)
    assert link.pending == 3
    task = asyncio.create_task(bridge.decisions.run())
    async with asyncio.timeout(5):
        while link.pending:
            await asyncio.sleep(0.01)
    task.cancel()
    assert done == [0, 1, 2]


async def test_printers_take_turns_and_one_that_tells_too_much_is_cut_short(quick):
    bridge = Bridge()
    loud, other = link_of(bridge), link_of(bridge, 2)
    done: list[tuple[str, int]] = []

    def decision(name: str, number: int) -> None:
        done.append((name, number))

    for number in range(3):
        bridge.decide(loud, decision, name="loud", number=number)
    for number in range(1000):
        loud.event(EventKind.MAINTENANCE, str(number), "x", {})
        bridge.decide(loud, printer_event, printer_id=1, kind="maintenance", key=str(number), words="x")
    assert loud.pending == decisions.MOST_WAITING
    bridge.decide(loud, decision, name="loud", number=3)
    assert loud.pending == decisions.MOST_WAITING + 1, "what moves a run is never let go"
    waiting = bridge.decisions.waiting[loud]
    for entry in [entry for entry in waiting if entry[0] is printer_event]:
        waiting.remove(entry)
        loud.pending -= 1
    bridge.decide(other, decision, name="other", number=0)
    task = asyncio.create_task(bridge.decisions.run())
    async with asyncio.timeout(5):
        while loud.pending or other.pending:
            await asyncio.sleep(0.01)
    task.cancel()
    assert done == [("loud", 0), ("other", 0), ("loud", 1), ("loud", 2), ("loud", 3)]
    assert bridge.decisions.waiting == {}


async def test_what_was_decided_is_stored_when_the_bridge_is_stopped(quick):
    bridge, done = Bridge(), []
    for pk in (1, 2):
        for number in range(2):
            bridge.decide(link_of(bridge, pk), lambda **about: done.append(about["number"]), number=number)
    await bridge._store_the_last()
    assert sorted(done) == [0, 0, 1, 1]


async def test_a_decision_that_cannot_be_made_stops_no_other_one(quick, monkeypatch):
    monkeypatch.setattr(decisions, "database_answers", lambda: True)
    bridge, done = Bridge(), []
    link = link_of(bridge)

    def broken() -> None:
        raise ValueError

    def locked() -> None:
        raise OperationalError

    def well() -> None:
        done.append(1)

    for decision in (broken, locked, well):
        bridge.decide(link, decision)
    task = asyncio.create_task(bridge.decisions.run())
    async with asyncio.timeout(5):
        while link.pending:
            await asyncio.sleep(0.01)
    task.cancel()
    assert done == [1]


async def test_one_report_that_cannot_be_stored_stops_no_other_one(quick, monkeypatch):
    bridge, stored = Bridge(), []

    def store(reported: list[Reported]) -> list[Any]:
        if any(each.printer_id == 2 for each in reported):
            raise ValueError
        stored.extend(each.printer_id for each in reported)
        return []

    monkeypatch.setattr(bridges, "reports_store", store)
    for pk in (1, 2, 3):
        link = link_of(bridge, pk)
        link.trouble = "The printer does not answer."
        bridge.shown(link)
    await bridge._store()
    assert sorted(stored) == [1, 3]


async def test_what_was_read_while_a_decision_was_under_way_is_out_of_date(quick):
    bridge = Bridge()
    link = link_of(bridge)
    run = Run(7, 1, RunState.SENT, "Gear")
    link.pending = 1
    bridge._take_run(link, run, 100.0)
    assert link.run is None
    link.pending, link.decided_at = 0, 101.0
    bridge._take_run(link, run, 100.0)
    assert link.run is None
    bridge._take_run(link, run, 102.0)
    assert link.run is run


async def test_rows_are_shown_in_one_message_a_shop(quick, monkeypatch):
    sent: list[tuple[str, Any]] = []

    class Layer:
        async def group_send(self, group: str, event: dict[str, Any]) -> None:
            sent.append((group, event))

    monkeypatch.setattr(screens, "get_channel_layer", Layer)
    bridge = Bridge()
    links = [link_of(bridge, pk) for pk in (1, 2)]
    for link in links:
        bridge.shown(link)
    await bridge.screens.show()
    ((group, event),) = sent
    assert (group, event["type"], event["message"]["type"]) == ("printshop.shop.1", "printers", "printers")
    assert sorted(row["id"] for row in event["message"]["printers"]) == [1, 2]
    assert "access_code" not in str(sent)
    for link in links:
        bridge.shown(link)
    await bridge.screens.show()
    assert len(sent) == 1


@pytest.mark.django_db
def test_what_another_bridge_had_sent_is_not_sent_again():
    printer = PrinterFactory()
    until = timezone.now() + timedelta(minutes=1)
    sent = PrinterCommand.objects.create(printer=printer, kind="pause", state=CommandState.SENT, expires_at=until)
    waits = PrinterCommand.objects.create(printer=printer, kind="stop", expires_at=until)
    rows.give_up_sent()
    sent.refresh_from_db()
    assert (sent.state, sent.ended_at is not None) == (CommandState.LOST, True)
    assert [order.pk for order in rows.read_waiting()[printer.pk]] == [waits.pk]


@pytest.mark.django_db
def test_the_start_that_was_given_up_last_is_known_to_the_next_bridge():
    shop = ShopFactory()
    printers = [printer_with(shop, "#FF0000", needs_clear_plate=False) for _ in range(2)]
    given_up = []
    for printer in printers:
        assert run_completed(run_id=printing(waiting(shop, printer)).pk)
        run = dispatched(waiting(shop, printer))
        assert run_sent(run_id=run.pk) and run_not_started(run_id=run.pk, reason="x")
        given_up.append(run)
    assert run_completed(run_id=printing(waiting(shop, printers[1])).pk)

    found = rows.load([printer.pk for printer in printers])

    assert [printer.pk for printer, _run in found.values()] == [printer.pk for printer in printers]
    first, second = (found[printer.pk][1] for printer in printers)
    assert (first.pk, first.submission) == (given_up[0].pk, given_up[0].submission)
    assert second is None, "another one was printed since"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "does not answer"),
        (ConnectionRefusedError(), "LAN mode"),
        (socket.gaierror(), "of this name"),
        (ssl.SSLError(), "TLS"),
        (OSError(), "cannot be reached"),
    ],
)
def test_trouble_is_said_in_words(error, words):
    assert words in words_for(error)

"""What a printer is asked to do, over REST."""

import pytest

from accounts.tests.factories import UserFactory
from accounts.tests.people import as_bearer
from printshop.choices import CommandState, PrinterStatus
from printshop.models import Printer, PrinterCommand
from printshop.tests.factories import PrinterFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def printer(db) -> Printer:
    return PrinterFactory.create(shop__owner__username="alice", status=PrinterStatus.PRINTING)


@pytest.fixture
def client(printer):
    return as_bearer(printer.shop.owner)


def ask(client, printer, what):
    return client.post(f"/api/printshop/bambu/printers/{printer.pk}/{what}")


def is_now(printer, status, **columns):
    Printer.objects.filter(pk=printer.pk).update(status=status, **columns)


@pytest.mark.operation("printshop.printers.pause")
def test_a_pause_is_asked_for_once(printer, client):
    answer = ask(client, printer, "pause")
    assert answer.status_code == 202
    row = answer.json()
    command = PrinterCommand.objects.get()
    assert (row["id"], row["printer_id"], row["kind"], row["state"]) == (command.pk, printer.pk, "pause", "waiting")
    assert command.actor == printer.shop.owner
    assert ask(client, printer, "pause").json()["id"] == command.pk


@pytest.mark.operation("printshop.printers.resume")
def test_only_what_is_paused_is_resumed(printer, client):
    answer = ask(client, printer, "resume")
    assert (answer.status_code, answer.json()["error"]) == (409, "It is not paused.")
    is_now(printer, PrinterStatus.PAUSED)
    assert ask(client, printer, "resume").status_code == 202


@pytest.mark.operation("printshop.printers.stop")
def test_what_is_prepared_printed_or_paused_is_stopped(printer, client):
    is_now(printer, PrinterStatus.ONLINE)
    assert ask(client, printer, "stop").status_code == 409
    is_now(printer, PrinterStatus.PREPARING)
    assert ask(client, printer, "stop").status_code == 202


def test_a_printer_that_is_only_watched_or_away_says_so(printer, client):
    is_now(printer, PrinterStatus.PRINTING, is_monitored_only=True)
    answer = ask(client, printer, "stop")
    assert answer.status_code == 409
    assert "Developer Mode is off" in answer.json()["error"]
    is_now(printer, PrinterStatus.OFFLINE, status_detail="It has said nothing for a minute.")
    answer = ask(client, printer, "stop")
    assert answer.json()["error"] == "The printer is not connected. It has said nothing for a minute."
    assert not PrinterCommand.objects.exists()


@pytest.mark.operation("printshop.printers.refresh")
def test_a_printer_that_is_away_may_be_connected_to_anew(printer, client):
    is_now(printer, PrinterStatus.OFFLINE)
    assert ask(client, printer, "refresh").status_code == 202


@pytest.mark.operation("printshop.commands.get")
def test_what_became_of_a_command(printer, client):
    command_id = ask(client, printer, "pause").json()["id"]
    PrinterCommand.objects.update(state=CommandState.REFUSED, detail="The printer refused it.")
    row = client.get(f"/api/printshop/bambu/commands/{command_id}").json()
    assert (row["state"], row["detail"]) == ("refused", "The printer refused it.")
    bob = as_bearer(UserFactory.create(username="bob"))
    assert bob.get(f"/api/printshop/bambu/commands/{command_id}").status_code == 403
    assert bob.get(f"/api/printshop/bambu/commands/{command_id + 1}").status_code == 404

"""`manage.py simulate_printers`."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from django.core.management import CommandError, call_command

from config.launcher.environment import PROJECT_DIR
from printshop.management.commands.simulate_printers import add
from printshop.models import Printer
from printshop.simulator.printer import Address
from printshop.tests.factories import ShopFactory
from printshop.tests.simulator.client import PrinterClient


def test_it_writes_where_they_are_and_ends_when_it_is_told_to(tmp_path):
    file = tmp_path / "printers.json"
    command = [sys.executable, "manage.py", "simulate_printers", "--count", "2", "--models", "X1C,A1 mini"]
    child = subprocess.Popen(
        [*command, "--folder", str(tmp_path / "farm"), "--json", str(file)],
        cwd=PROJECT_DIR,
        env={**os.environ, "DEBUG": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not file.exists():
            assert child.poll() is None, child.stderr
            time.sleep(0.05)
        rows = json.loads(file.read_text())
        assert [row["model"] for row in rows] == ["X1C", "A1 mini"]
        assert rows[0]["api_url"] == f"http://127.0.0.1:{rows[0]['port']}"
        assert file.stat().st_mode & 0o077 == 0
        address = Address(**{key: rows[0][key] for key in Address.__dataclass_fields__})
        client = PrinterClient.at(address)
        client.close()
        assert client.answer == [0]
    finally:
        child.send_signal(signal.SIGTERM)
        _, said = child.communicate(timeout=20)
    assert child.returncode == 0
    assert said == f"2 printers are ready; {file} says where.\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"count": 0}, "more than nothing"),
        ({"speed": 0}, "more than nothing"),
        ({"models": "X1C,Prusa"}, "There is no model Prusa"),
        ({"add_to": "nobody"}, "nobody called nobody"),
    ],
)
@pytest.mark.django_db
def test_what_makes_no_sense_is_refused(options, words):
    with pytest.raises(CommandError, match=words):
        call_command("simulate_printers", **options)


@pytest.mark.django_db
def test_they_are_put_into_a_shop_once_and_follow_their_address():
    owner = ShopFactory().owner
    address = Address("X1C 1", "X1C", "00M09A00000001", "127.0.0.1", 18830, 18990, "12345678")
    assert add(owner, address)
    assert not add(owner, Address("X1C 1", "X1C", "00M09A00000001", "127.0.0.1", 18831, 18991, "87654321"))
    printer = Printer.objects.get(shop__owner=owner)
    assert (printer.name, printer.port, printer.files_port, printer.access_code) == ("X1C 1", 18831, 18991, "87654321")

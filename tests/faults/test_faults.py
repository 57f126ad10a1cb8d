"""The proofs of `python -m tests.faults`, shorter: one platform for all of them."""

from collections.abc import Iterator

import pytest

from tests.faults.ground import Ground, ground
from tests.faults.killing import kill_amid
from tests.faults.last_piece import LastPiece
from tests.faults.neighbours import DATA, RECIPIENT
from tests.faults.valkey_gone import ValkeyGone
from tests.faults.web_killed import PaymentKilled
from tests.faults.worker_killed import CheckKilled, MailKilled

pytestmark = [pytest.mark.timeout(600), pytest.mark.waits]
BUSY = 4.0
"""Seconds: the rest of the tests runs beside this."""


@pytest.fixture(scope="module")
def on() -> Iterator[Ground]:
    with ground(hurried=True) as made:
        yield made


def test_the_last_piece_is_sold_once(on):
    proof = LastPiece(on, rounds=10)
    proof.damage()
    assert proof.verdict()


def test_what_a_killed_process_held_is_finished_once(on):
    payments = PaymentKilled(on, repeat_at_once=False), PaymentKilled(on, repeat_at_once=True)
    mails = MailKilled(on, point=RECIPIENT), MailKilled(on, point=DATA)
    check = CheckKilled(on, await_redelivery=False)
    kill_amid(*payments)
    kill_amid(*mails, check)
    for proof in (*payments, *mails, check):
        assert proof.verdict()
    assert on.ledger_adds_up()


def test_people_are_served_while_valkey_is_gone(on):
    proof = ValkeyGone(on, seconds=10, start_web=True, most_later=BUSY)
    proof.damage()
    assert proof.verdict()


def test_people_are_served_while_valkey_hangs(on):
    proof = ValkeyGone(on, seconds=10, frozen=True, most_later=BUSY)
    proof.damage()
    assert proof.verdict()

"""A print that its owner starts now, whatever the order of the queue and the hours of the shop."""

import time
from dataclasses import replace

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from printshop.choices import NO_BRIDGE, RunOutcome, RunState
from printshop.errors import PrinterBusy, PrinterFailed, PrinterNotReady
from printshop.models import PrintRun, ScheduledPrint
from printshop.selectors.printers import bridge_is_running
from printshop.services.prints.claims import Claim, claims_make
from printshop.services.prints.dispatch import print_waiting, printer_states
from printshop.services.prints.hours import Hours
from printshop.services.prints.matching import match
from printshop.services.prints.plan import PrinterState, Waiting, plan
from printshop.services.prints.runs import run_started
from printshop.services.prints.states import WAITING

LOOKS: float = 0.2
"""Seconds between two looks whether the printer has begun."""
BUSY_CODES = frozenset({"printer_busy", "printer_paused"})


def print_claim(scheduled: ScheduledPrint, *, actor: User) -> PrintRun:
    """Send a scheduled print to its printer, or to one that fits. In the caller's transaction, which has locked it with
    its order; `print_wait` follows after that. One that is being sent already is not sent again. A printer that is not
    connected cannot be asked: there the operator starts it by hand, which is recorded.

    Raises PrinterBusy and PrinterNotReady (monitored only, its plate not cleared, nothing that fits loaded: the words
    say which).
    """
    run = PrintRun.objects.filter(scheduled_print=scheduled, ended_at=None, is_extra=False).first()
    if run is not None:
        return run
    now = timezone.now()
    waiting = print_waiting(shop_id=scheduled.shop_id, print_id=scheduled.pk)
    states = printer_states(shop_id=scheduled.shop_id, now=now, is_asked=True)
    among = [state for state in states if scheduled.printer_id in (None, state.id)]
    if not among or waiting is None:
        raise PrinterNotReady("It has no printer. Choose one first.")
    reachable = [state for state in among if state.is_connected]
    if not reachable:
        return _by_hand(waiting, among, actor)
    now_please = replace(waiting, not_before=None, next_try_at=None)
    made = plan(queue=[now_please], printers=reachable, hours=Hours(), now=now)
    if not made.starts:
        note = made.notes[waiting.id]
        raise (PrinterBusy if note.code in BUSY_CODES else PrinterNotReady)(note.words)
    start = made.starts[0]
    runs = claims_make([Claim(waiting.id, start.printer_id, start.slots)], now=now, actor=actor, is_asked=True)
    if not runs:
        raise PrinterBusy
    return runs[0]


def _by_hand(waiting: Waiting, among: list[PrinterState], actor: User) -> PrintRun:
    if len(among) > 1:
        raise PrinterNotReady("No printer is connected. Choose the one that you start it on by hand.")
    found = match(waiting.needs, among[0].trays, waiting.must_match_color, waiting.asked_slot)
    claim = Claim(waiting.id, among[0].id, found.slots)
    runs = claims_make([claim], now=timezone.now(), actor=actor, is_by_hand=True)
    if not runs:
        raise PrinterBusy
    run_started(run_id=runs[0].pk, actor=actor)
    return runs[0]


def print_wait(run: PrintRun) -> None:
    """Wait a few seconds (PRINT_START_WAIT) for the printer to begin; where it has not by then, the print stays
    scheduled, and its reason says how far it is. Raises PrinterFailed."""
    if run.is_by_hand:
        return
    until = time.monotonic() + settings.PRINT_START_WAIT
    while True:
        run.refresh_from_db()
        if run.state == RunState.PRINTING:
            return
        if run.state == RunState.ENDED:
            if run.outcome in (RunOutcome.NOT_STARTED, RunOutcome.FAILED):
                raise PrinterFailed(run.reason or None)
            return
        if time.monotonic() >= until:
            break
        time.sleep(LOOKS)
    if not bridge_is_running():
        rows = ScheduledPrint.objects.filter(pk=run.scheduled_print_id, status__in=WAITING)
        rows.update(waiting_code="no_bridge", waiting_reason=NO_BRIDGE)

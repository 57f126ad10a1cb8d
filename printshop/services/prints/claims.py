"""A print gets a printer: the run that says so, and the command to start it, in one transaction.

A printer has one run that has not ended, and so has a print: the database refuses a second one, whoever asks. Rows that
somebody else is changing are left alone until the next time.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts.actors import SYSTEM, Actor, person
from printshop.choices import FREE, CommandKind, PrintStatus
from printshop.models import (
    Printer,
    PrinterCommand,
    PrinterSlot,
    PrintFilament,
    PrintRun,
    RunFilament,
    ScheduledPrint,
)
from printshop.services.printers.commands import LIFE_OF_A_START
from printshop.services.prints.states import WAITING, prints_move

LARGEST_SUBMISSION: Final = 2**31 - 1
"""A P1S cuts larger numbers, and takes all jobs for one then."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`slots` are pairs of the filament's position in the file and the slot's number."""

    print_id: int
    printer_id: int
    slots: tuple[tuple[int, int], ...] = ()


def claims_make(
    claims: Sequence[Claim], *, now: datetime, actor: Actor = SYSTEM, is_asked: bool = False, is_by_hand: bool = False
) -> list[PrintRun]:
    """The runs of those that could be claimed; each has its START command waiting for the bridge.

    The printers are looked at again, under their locks: free, their plate clear, taking prints of the queue, where it
    is not their owner who asks. `is_by_hand`: the operator starts it at the printer; nothing is sent to it.
    """
    with transaction.atomic():
        prints = _waiting([claim.print_id for claim in claims])
        # Whoever has got no print holds no printer either, which another one passes over then.
        ours = [claim for claim in claims if claim.print_id in prints]
        printers = _free([claim.printer_id for claim in ours], is_asked=is_asked, is_by_hand=is_by_hand)
        wanted = [claim for claim in ours if claim.printer_id in printers]
        made = _runs(wanted, now, is_by_hand)
        claimed = [claim for claim in wanted if claim.print_id in made]
        _filaments(claimed, made)
        PrinterCommand.objects.bulk_create(
            PrinterCommand(
                printer_id=claim.printer_id,
                kind=CommandKind.START,
                run=made[claim.print_id],
                actor=person(actor),
                created_at=now,
                expires_at=now + LIFE_OF_A_START,
            )
            for claim in claimed
            if not is_by_hand
        )
        _schedule([prints[claim.print_id] for claim in claimed], actor)
    return list(made.values())


def _waiting(print_ids: Sequence[int]) -> dict[int, ScheduledPrint]:
    rows = ScheduledPrint.objects.select_for_update(skip_locked=True, of=("self",))
    return {row.pk: row for row in rows.filter(pk__in=print_ids, status__in=WAITING)}


def _free(printer_ids: Sequence[int], *, is_asked: bool, is_by_hand: bool) -> set[int]:
    rows = Printer.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk__in=printer_ids, removed_at=None)
    if not is_by_hand:
        rows = rows.filter(status__in=FREE, is_monitored_only=False).exclude(
            needs_clear_plate=True, is_plate_clear=False
        )
    if not is_by_hand and not is_asked:
        rows = rows.filter(is_taking_prints=True)
    return set(rows.values_list("pk", flat=True))


def _runs(claims: Sequence[Claim], now: datetime, is_by_hand: bool) -> dict[int, PrintRun]:
    """By print. One whose printer or print has another run meanwhile is left out."""
    numbers = {claim.print_id: secrets.randbelow(LARGEST_SUBMISSION) + 1 for claim in claims}
    PrintRun.objects.bulk_create(
        (
            PrintRun(
                scheduled_print_id=claim.print_id,
                printer_id=claim.printer_id,
                submission=numbers[claim.print_id],
                claimed_at=now,
                is_by_hand=is_by_hand,
            )
            for claim in claims
        ),
        ignore_conflicts=True,
    )
    made = PrintRun.objects.filter(submission__in=numbers.values(), scheduled_print__in=numbers, ended_at=None)
    return {run.scheduled_print_id: run for run in made if numbers[run.scheduled_print_id] == run.submission}


def _filaments(claims: Sequence[Claim], runs: dict[int, PrintRun]) -> None:
    needs: dict[int, dict[int, PrintFilament]] = {}
    for need in PrintFilament.objects.filter(scheduled_print__in=list(runs)):
        needs.setdefault(need.scheduled_print_id, {})[need.position] = need
    rows = PrinterSlot.objects.select_related("spool").filter(printer__in=[claim.printer_id for claim in claims])
    slots = {(slot.printer_id, slot.number): slot for slot in rows}
    parts, moved = [], []
    for claim in claims:
        numbers = dict(claim.slots)
        for position, need in needs.get(claim.print_id, {}).items():
            slot = slots.get((claim.printer_id, numbers.get(position, 0)))
            parts.append(
                RunFilament(
                    run=runs[claim.print_id],
                    position=position,
                    slot_number=numbers.get(position),
                    spool_id=slot.spool_id if slot else None,
                    grams=need.grams,
                    remaining_pct=slot.remaining_pct if slot else None,
                )
            )
            if slot is not None and slot.spool is not None and need.filament_id != slot.spool.filament_id:
                need.filament_id = slot.spool.filament_id
                moved.append(need)
    RunFilament.objects.bulk_create(parts)
    if moved:
        PrintFilament.objects.bulk_update(moved, ["filament"], batch_size=500)


def _schedule(prints: Sequence[ScheduledPrint], actor: Actor) -> None:
    """One that its owner has scheduled is scheduled already."""
    being_sent = {"waiting_code": "starting", "waiting_reason": "It is being sent to the printer."}
    queued = [row for row in prints if row.status == PrintStatus.QUEUED]
    prints_move(queued, PrintStatus.SCHEDULED, actor=actor, **being_sent)
    others = [row.pk for row in prints if row.status != PrintStatus.QUEUED]
    if others:
        ScheduledPrint.objects.filter(pk__in=others).update(**being_sent)

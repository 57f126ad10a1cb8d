"""Scheduled prints, as their shop's owner makes, changes and cancels them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from config.core.errors import Invalid, Missing
from config.core.idempotency import Once, done_once
from printshop.choices import AWAY, BUSY, PrintStatus
from printshop.errors import InUse, PrinterBusy, WrongStatus
from printshop.models import PrintFilament, PrintFile, PrintRun, ScheduledPrint
from printshop.selectors.print_files import print_file_own
from printshop.selectors.printers import printer_own
from printshop.selectors.prints import print_own
from printshop.services.live import tell_queue_changed
from printshop.services.prints.dispatch import queue_note
from printshop.services.prints.files import name_on_printers, print_files_hold
from printshop.services.prints.from_orders import claims_withdraw
from printshop.services.prints.needs import needs_of, needs_renew, needs_reserve, plate_of
from printshop.services.prints.runs import run_call_off, run_completed, run_failed
from printshop.services.prints.starts import print_claim, print_wait
from printshop.services.prints.states import WAITING, print_locked, print_locked_of_order, print_move
from printshop.services.shops.shops import shop_open

LEAST_PRIORITY: Final = 1000
MOST_COPIES: Final = 200
MOST_MINUTES: Final = 100_000
SLOTS: Final = 256
FURTHEST: Final = timedelta(days=2 * 365)
OWNER_CHANGES: Final[dict[str, frozenset[str]]] = {
    PrintStatus.QUEUED: frozenset({PrintStatus.SCHEDULED}),
    PrintStatus.SCHEDULED: frozenset({PrintStatus.STARTED}),
    PrintStatus.STARTED: frozenset({PrintStatus.COMPLETED, PrintStatus.FAILED}),
    PrintStatus.FAILED: frozenset({PrintStatus.QUEUED}),
}
"""What an owner may make of a print; the queue itself may do more. One that is being sent to a printer which does not
answer may be called failed, too."""


@done_once(ScheduledPrint)
def print_create(
    *,
    actor: User,
    job_name: str,
    file_name: str = "",
    file_id: int | None = None,
    printer_id: int | None = None,
    plate: int = 1,
    material_type: str = "",
    material_slot: int | None = None,
    color: str = "",
    must_match_color: bool = False,
    grams: Decimal | None = None,
    estimated_duration_minutes: int | None = None,
    priority: int = 5,
    not_before: datetime | None = None,
    copies: int = 1,
    once: Once | None = None,
) -> ScheduledPrint:
    """Queue a print, of a printer or (None) of whichever fits, `copies` times: the first of them is given back.

    The file is one that was uploaded, by `file_id` or by its name, as it was sent or as it is kept; a name that was not
    is a file on the printer itself. Raises Missing and Denied (printer, file) and Invalid (the field).
    """
    shop = shop_open(actor=actor)
    if printer_id is not None:
        printer_own(actor=actor, printer_id=printer_id)
    _check_not_before(not_before)
    file_name = file_name.strip()
    with transaction.atomic():
        file = _file(actor, shop.pk, file_id, file_name)
        if file is None and not file_name:
            raise Invalid("Name a file.", field="file_name")
        if file is not None and plate_of(file, plate) is None:
            raise Invalid(f"{file.name} has no plate {plate}.", field="plate")
        sliced = plate_of(file, plate) or {}
        prints = [
            ScheduledPrint(
                shop=shop,
                printer_id=printer_id,
                copy_number=number,
                job_name=job_name,
                file=file,
                file_name=file.name if file is not None else file_name,
                plate=plate,
                material_type=material_type,
                color=color,
                must_match_color=must_match_color,
                material_slot=material_slot,
                estimated_minutes=estimated_duration_minutes or sliced.get("minutes"),
                priority=priority,
                not_before=not_before,
                created_by=actor,
                waiting_code="queue",
                waiting_reason="It has just come into the queue.",
            )
            for number in range(1, copies + 1)
        ]
        ScheduledPrint.objects.bulk_create(prints)
        needs = [need for each in prints for need in needs_of(each, file=file, grams=grams)]
        needs_reserve(needs, shop_id=shop.pk)
        PrintFilament.objects.bulk_create(needs)
        tell_queue_changed(shop.pk)
    queue_note(shop_id=shop.pk, now=timezone.now())
    return prints[0]


def print_change(*, actor: User, print_id: int, status: str = "", **changes: Any) -> ScheduledPrint:
    """Another status, other wishes (`printer_id`, `priority`, `not_before`, `material_slot`, `must_match_color`,
    `print_anyway`), or both.

    Raises Missing, Denied, WrongStatus (a change that there is not, or wishes for a print that is being sent or has
    started), and for `started` what `print_claim` and `print_wait` raise. A refusal changes nothing, but for that of a
    printer which was asked to start and failed.
    """
    shop_id = print_own(actor=actor, print_id=print_id).shop_id
    with transaction.atomic():
        scheduled = print_locked_of_order(print_id)
        if changes:
            _wish(actor, scheduled, changes)
        run = _become(actor, scheduled, PrintStatus(status)) if status else None
    if run is not None:
        print_wait(run)
    tell_queue_changed(shop_id)
    if status != PrintStatus.STARTED:
        queue_note(shop_id=shop_id, now=timezone.now())
    return print_own(actor=actor, print_id=print_id)


def print_cancel(*, actor: User, print_id: int) -> None:
    """Take a print that has not started out of the queue. Raises Missing, Denied, WrongStatus (it started, or is over)
    and InUse (it is being sent to its printer at this moment)."""
    print_own(actor=actor, print_id=print_id)
    with transaction.atomic():
        scheduled = print_locked(print_id)
        print_take_out(scheduled, actor=actor)
    queue_note(shop_id=scheduled.shop_id, now=timezone.now())


def print_take_out(scheduled: ScheduledPrint, *, actor: Actor, reason: str = "") -> None:
    """Cancel a locked print that waits. Raises WrongStatus and InUse."""
    if scheduled.status not in WAITING:
        raise WrongStatus(f"A {scheduled.status} print cannot be cancelled.")
    if claims_withdraw([scheduled.pk], reason="The print was cancelled."):
        raise InUse("It is being sent to the printer at this moment. Stop it there.")
    print_move(scheduled, PrintStatus.CANCELLED, actor=actor, reason=reason)
    tell_queue_changed(scheduled.shop_id)


def _file(actor: User, shop_id: int, file_id: int | None, file_name: str) -> PrintFile | None:
    """Held until the transaction ends, so that its bytes stay for the print."""
    if file_id is not None:
        held = _held(print_file_own(actor=actor, file_id=file_id))
        if held is None:
            raise Missing("Print file")
        return held
    if not file_name:
        return None
    if not file_name.isprintable():
        raise Invalid("A file's name is of printable characters.", field="file_name")
    names = (file_name, name_on_printers(file_name))
    while found := {row.name: row for row in PrintFile.objects.filter(shop=shop_id, name__in=names, removed_at=None)}:
        held = _held(found.get(names[0]) or found[names[1]])
        if held is not None:  # else it was replaced at this moment, and is looked for once more
            return held
    return None


def _held(file: PrintFile) -> PrintFile | None:
    held = print_files_hold([file.pk]).get(file.pk)
    return held if held is not None and held.removed_at is None else None


def _check(scheduled: ScheduledPrint, after: str) -> None:
    if after not in OWNER_CHANGES.get(scheduled.status, frozenset()):
        raise WrongStatus(f"A {scheduled.status} print cannot become {after}.", field="status")


def _check_not_before(moment: datetime | None) -> None:
    if moment is not None and moment - timezone.now() > FURTHEST:
        raise Invalid("It must be within two years from now.", field="not_before")


def _become(actor: User, scheduled: ScheduledPrint, status: PrintStatus) -> PrintRun | None:
    """The run that was claimed for one that is to start."""
    if status in (PrintStatus.COMPLETED, PrintStatus.FAILED):
        _end(actor, scheduled, status)
        return None
    _check(scheduled, status)
    if status == PrintStatus.STARTED:
        return print_claim(scheduled, actor=actor)
    files = print_files_hold([scheduled.file_id])
    if any(not file.file.name for file in files.values()):
        raise WrongStatus("Its file was deleted.", field="status")
    anew: dict[str, Any] = {"failed_tries": 0, "next_try_at": None} if status == PrintStatus.QUEUED else {}
    print_move(scheduled, status, actor=actor, **anew)
    if status == PrintStatus.QUEUED:
        needs_renew(scheduled)
    return None


def _wish(actor: User, scheduled: ScheduledPrint, changes: dict[str, Any]) -> None:
    if changes.get("printer_id") is not None:
        printer_own(actor=actor, printer_id=changes["printer_id"])
    _check_not_before(changes.get("not_before"))
    if scheduled.status not in WAITING:
        raise WrongStatus(f"A {scheduled.status} print is changed no more.")
    if scheduled.runs.filter(ended_at=None, is_extra=False).exists():
        raise WrongStatus("It is being sent to a printer.")
    for name, value in changes.items():
        setattr(scheduled, name, value)
    scheduled.changed_at = timezone.now()
    scheduled.save(update_fields=[*changes, "changed_at"])
    if not scheduled.needs.exists():  # of the slot it may be known now
        PrintFilament.objects.bulk_create(needs_of(scheduled, file=scheduled.file))


def _end(actor: User, scheduled: ScheduledPrint, status: PrintStatus) -> None:
    """What the operator says of a print that no printer reports on. Raises WrongStatus and PrinterBusy."""
    run = (
        PrintRun.objects.select_related("printer")
        .filter(scheduled_print=scheduled, ended_at=None, is_extra=False)
        .first()
    )
    is_sent = scheduled.status == PrintStatus.SCHEDULED and status == PrintStatus.FAILED
    if run is not None and is_sent and run_call_off(run_id=run.pk, reason="The printer does not answer.", give_up=True):
        return
    _check(scheduled, status)
    if run is None:
        print_move(scheduled, status, actor=actor)
        return
    if not run.is_by_hand and run.printer.status not in AWAY:  # its row may be a second behind what it does
        is_busy = run.printer.status in BUSY
        raise PrinterBusy("The printer is still printing it." if is_busy else "The printer itself says how it ends.")
    if status == PrintStatus.COMPLETED:
        done = run_completed(run_id=run.pk, actor=actor)
    else:
        done = run_failed(run_id=run.pk, reason="Its operator says that it failed.", actor=actor)
    if not done:
        raise WrongStatus("It has ended meanwhile.", field="status")

"""Printers: added, changed and removed by their shop's owner. The bridge does the rest."""

from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import User
from config.core.audit import audited
from config.core.errors import Invalid, Missing
from printshop.choices import BUSY, CommandState, ConnectionType, PrinterStatus, PrintStatus
from printshop.errors import InUse, WrongStatus
from printshop.gateways.lan import host_and_port
from printshop.models import NotificationSettings, Printer, PrinterCommand, PrinterSlot, ScheduledPrint, Shop
from printshop.selectors.printers import printer_own
from printshop.services.printers.commands import command_end, commands_open
from printshop.services.printers.notification_settings import notification_settings_end
from printshop.services.prints.runs import run_call_off
from printshop.services.prints.states import WAITING, print_locked, print_move
from printshop.services.shops.shops import shop_lock

MOST_PRINTERS: Final = 1000
ALREADY: Final = "This printer is in the shop already."


def printer_create(
    *,
    actor: User,
    name: str,
    connection_type: ConnectionType,
    access_code: str,
    serial_number: str = "",
    api_url: str = "",
    files_port: int = 990,
) -> Printer:
    """Of the LAN by its address (host and port of `api_url`; the serial number may be left out: the printer's
    certificate names it), of Bambu's cloud by its serial number. Raises Invalid (the field) and InUse."""
    printer = Printer(
        name=_name(name),
        connection_type=connection_type,
        access_code=_filled(access_code, "access_code"),
        serial_number=_serial_number(serial_number),
        files_port=files_port,
    )
    if connection_type == ConnectionType.BAMBU_LAN:
        printer.host, printer.port = host_and_port(_filled(api_url, "api_url"))
    else:
        _filled(printer.serial_number, "serial_number")
    with transaction.atomic():
        printer.shop = shop_lock(actor=actor)
        if printer.shop.printers.filter(removed_at=None).count() >= MOST_PRINTERS:
            raise InUse(f"A shop has up to {MOST_PRINTERS} printers.")
        _check_alone(printer)
        printer.save(force_insert=True)
        NotificationSettings.objects.create(printer=printer)
    return printer


def printers_hold_back() -> int:
    """In an earlier database prints wait that have been printed since: where any do, printers take none until their
    owners let them, and what they were asked to do lapses. How many there were."""
    now = timezone.now()
    PrinterCommand.objects.filter(state=CommandState.WAITING, expires_at__gt=now).update(expires_at=now)
    busy = ScheduledPrint.objects.filter(status__in=WAITING).values("shop")
    held = Printer.objects.filter(shop__in=busy, removed_at=None, is_taking_prints=True)
    for printer in held:
        with audited(SYSTEM, "printer.set_aside", printer, "is_taking_prints", reason="restored from a backup"):
            printer.is_taking_prints = False
            printer.save(update_fields=["is_taking_prints"])
    return len(held)


def printer_change(
    *,
    actor: User,
    printer_id: int,
    name: str | None = None,
    api_url: str | None = None,
    serial_number: str | None = None,
    access_code: str | None = None,
    files_port: int | None = None,
    needs_clear_plate: bool | None = None,
    is_taking_prints: bool | None = None,
) -> Printer:
    """What is None stays. A change of how it is reached makes the bridge connect anew; another serial number is
    another printer, with another certificate. Raises Missing, Denied, Invalid and InUse."""
    printer_own(actor=actor, printer_id=printer_id)
    with transaction.atomic():
        printer = _locked(printer_id, actor)
        before = _reach(printer)
        printer.name = printer.name if name is None else _name(name)
        if needs_clear_plate is not None:
            printer.needs_clear_plate = needs_clear_plate
        if is_taking_prints is not None:
            printer.is_taking_prints = is_taking_prints
        if api_url is not None:
            if printer.connection_type != ConnectionType.BAMBU_LAN:
                raise Invalid("A printer in Bambu's cloud has no address.", field="api_url")
            printer.host, printer.port = host_and_port(_filled(api_url, "api_url"))
        if files_port is not None:
            printer.files_port = files_port
        if access_code is not None:
            new = _filled(access_code, "access_code")
            if new != printer.access_code:
                printer.access_code, printer.cloud_user_id = new, ""
        if serial_number is not None and _serial_number(serial_number) != printer.serial_number:
            if printer.connection_type == ConnectionType.BAMBU_CLOUD:
                _filled(serial_number, "serial_number")
            printer.serial_number = serial_number.strip()
            printer.certificate = printer.offered_certificate = ""
        if _reach(printer) != before:
            _check_alone(printer)
            _connect_anew(printer)
        printer.save(update_fields=[*OWNERS, *REACH, "status", "status_detail", "changed_at"])
    return printer


def printer_certificate_accept(*, actor: User, printer_id: int) -> Printer:
    """Hold on to the certificate that the printer shows now. Raises Missing, Denied and WrongStatus (it shows none but
    the one that is kept)."""
    printer_own(actor=actor, printer_id=printer_id)
    with transaction.atomic():
        printer = _locked(printer_id, actor)
        if not printer.offered_certificate:
            raise WrongStatus("The printer shows no other certificate.")
        printer.certificate, printer.offered_certificate = printer.offered_certificate, ""
        _connect_anew(printer)
        printer.save(update_fields=["certificate", "offered_certificate", "status", "status_detail", "changed_at"])
    return printer


def printer_plate_clear(*, actor: User, printer_id: int) -> Printer:
    """Somebody has taken off what was printed: the next print may begin. Raises Missing, Denied and WrongStatus."""
    printer_own(actor=actor, printer_id=printer_id)
    with transaction.atomic():
        printer = _locked(printer_id, actor)
        if printer.status in BUSY:
            raise WrongStatus("The printer is printing.")
        printer.is_plate_clear = True
        printer.save(update_fields=["is_plate_clear"])
    return printer


def printer_remove(*, actor: User, printer_id: int) -> None:
    """The bridge lets go of it; what waits for it alone is cancelled, its spools are free, its history stays. What was
    sent to a printer that does not answer goes back to the queue. Raises Missing, Denied and InUse (it prints something
    from the queue)."""
    printer = printer_own(actor=actor, printer_id=printer_id)
    for run_id in printer.runs.filter(ended_at=None).values_list("pk", flat=True):
        run_call_off(run_id=run_id, reason="The printer was removed.")
    with transaction.atomic():
        printer = _locked(printer_id, actor)
        if printer.runs.filter(ended_at=None).exists():
            raise InUse("The printer is at a print from the queue. Stop that first.")
        printer.removed_at = timezone.now()
        printer.save(update_fields=["removed_at"])
        for print_id in printer.prints.filter(status__in=WAITING).order_by("pk").values_list("pk", flat=True):
            print_move(print_locked(print_id), PrintStatus.CANCELLED, actor=actor, reason="The printer was removed.")
        for command_id in commands_open().filter(printer=printer).values_list("pk", flat=True):
            command_end(command_id=command_id, state=CommandState.LOST, detail="The printer was removed.")
        PrinterSlot.objects.filter(printer=printer).update(spool=None)
        notification_settings_end(printer=printer)


OWNERS: Final = ("name", "needs_clear_plate", "is_taking_prints")
REACH: Final = (
    *("host", "port", "files_port", "access_code", "cloud_user_id", "serial_number"),
    *("certificate", "offered_certificate"),
)


def _reach(printer: Printer) -> tuple[Any, ...]:
    return tuple(getattr(printer, name) for name in REACH)


def _connect_anew(printer: Printer) -> None:
    printer.changed_at, printer.status, printer.status_detail = timezone.now(), PrinterStatus.CONNECTING, ""


def _check_alone(printer: Printer) -> None:
    """A printer serves one connection well. Two requests at once are told apart by the shop's lock."""
    others = Printer.objects.filter(shop=printer.shop, removed_at=None).exclude(pk=printer.pk)
    if printer.serial_number and others.filter(serial_number=printer.serial_number).exists():
        raise InUse(ALREADY, field="serial_number")
    if printer.host and not printer.serial_number and others.filter(host=printer.host, port=printer.port).exists():
        raise InUse(ALREADY, field="api_url")


def _locked(printer_id: int, actor: User) -> Printer:
    """After its shop, as when one is added. Raises Missing for what was removed a moment ago."""
    Shop.objects.select_for_update().get(owner=actor)
    rows = Printer.objects.select_for_update().select_related("shop").filter(pk=printer_id, removed_at=None)
    printer = rows.first()
    if printer is None:
        raise Missing("Printer")
    return printer


def _name(text: str) -> str:
    return _filled(text, "name")


def _serial_number(text: str) -> str:
    """It is part of the topics: what stands for many of them, or for a level, would be heard of other printers too."""
    text = text.strip()
    if not text.isprintable() or set(text) & set("+#/"):
        raise Invalid("It has signs that no serial number has.", field="serial_number")
    return text


def _filled(text: str, field: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid("May not be blank.", field=field)
    return text

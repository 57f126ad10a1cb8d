"""What printers report, into their rows: many printers in one statement, and their slots in a few."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from printshop.bambu.views import TrayView
from printshop.choices import ConnectionType, PrinterStatus
from printshop.json_rows import as_json, moment_text, rows_from_json
from printshop.models import Printer, PrinterSlot, Spool

COLUMNS: Final = {
    "status": "text",
    "status_detail": "text",
    "is_monitored_only": "boolean",
    "current_job": "text",
    "progress": "smallint",
    "layer": "integer",
    "total_layers": "integer",
    "nozzle_temp": "float8",
    "nozzle_target": "float8",
    "bed_temp": "float8",
    "bed_target": "float8",
    "chamber_temp": "float8",
    "nozzles": "jsonb",
    "remaining_seconds": "integer",
    "errors": "jsonb",
    "model": "text",
    "firmware": "text",
}
"""What is visible of a printer, with PostgreSQL's types."""
KEPT: Final = {"report": "jsonb", "heard_at": "timestamptz"}
"""Stored when there is something new; what is None stays."""
ON_THE_PLATE: Final = (PrinterStatus.PRINTING, PrinterStatus.PAUSED)
SLOT_COLUMNS: Final = (
    *("ams_id", "tray_id", "is_loaded", "material_type", "preset", "color", "weight_grams", "remaining_pct"),
    *("vendor", "cost_per_kg", "tray_uuid", "manual", "spool", "loaded_at", "synced_at"),
)


@dataclass(frozen=True, slots=True)
class Reported:
    """Of one printer: all its visible `columns`; `trays`, `report` and `heard_at` are None where they are as before."""

    printer_id: int
    columns: Mapping[str, Any]
    heard_at: datetime | None = None
    trays: tuple[TrayView, ...] | None = None
    report: Mapping[str, Any] | None = None


def reports_store(reported: Sequence[Reported]) -> list[PrinterSlot]:
    """One statement for the printers; a few for the slots, where there are any. Gives the slots that are different now.

    While something is printed the plate is not clear, whoever began it.
    """
    if not reported:
        return []
    rows = [
        {"id": each.printer_id, **each.columns, "report": each.report, "heard_at": moment_text(each.heard_at)}
        for each in reported
    ]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_update(), [*ON_THE_PLATE, as_json(rows)])
        return _slots_store({each.printer_id: each.trays for each in reported if each.trays is not None})


def _update() -> str:
    rows = rows_from_json({"id": "bigint"} | COLUMNS | KEPT)
    table = Printer._meta.db_table
    columns = ", ".join(f"{name} = new.{name}" for name in COLUMNS)
    kept = ", ".join(f"{name} = COALESCE(new.{name}, {table}.{name})" for name in KEPT)
    plate = f"is_plate_clear = ({table}.is_plate_clear AND NOT new.status IN (%s, %s))"
    return (  # names of our columns alone
        f"UPDATE {table} SET {columns}, {kept}, {plate}, version = {table}.version + 1 "  # noqa: S608
        f"FROM {rows} WHERE {table}.id = new.id AND {table}.removed_at IS NULL"
    )


# ---------------------------------------------------------------- slots
def _slots_store(reported: Mapping[int, tuple[TrayView, ...]]) -> list[PrinterSlot]:
    if not reported:
        return []
    now = timezone.now()
    there = {
        (slot.printer_id, slot.number): slot
        for slot in PrinterSlot.objects.select_for_update().filter(printer_id__in=reported).order_by("pk")
    }
    changed: list[PrinterSlot] = []
    for printer_id, trays in reported.items():
        for tray in trays:
            slot = there.pop((printer_id, tray.number + 1), None) or PrinterSlot(
                printer_id=printer_id, number=tray.number + 1, ams_id=tray.ams_id, tray_id=tray.tray_id
            )
            if _write(slot, tray, now):
                changed.append(slot)
    for slot in there.values():  # of an AMS that is not there any more
        if slot.is_loaded:
            _write(slot, TrayView(slot.number - 1, slot.ams_id, slot.tray_id, is_loaded=False), now)
            changed.append(slot)
    _bind_by_tag(changed)
    PrinterSlot.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["printer", "number"], update_fields=SLOT_COLUMNS
    )
    shown = PrinterSlot.objects.filter(printer_id__in={slot.printer_id for slot in changed}).select_related("spool")
    return list(shown.order_by("number"))


def _write(slot: PrinterSlot, tray: TrayView, now: datetime) -> bool:
    """Whether the slot is different now. What was set by hand stays until another spool is there."""
    is_new = slot.pk is None
    is_another = is_new or tray.is_loaded != slot.is_loaded or _is_another_spool(slot, tray)
    if is_another:
        slot.manual, slot.spool, slot.cost_per_kg = {}, None, None
        slot.loaded_at = now if tray.is_loaded else None
    values = {
        "is_loaded": tray.is_loaded,
        "material_type": tray.material_type[:40],
        "preset": tray.preset[:40],
        "color": tray.color[:7],
        "weight_grams": tray.weight_grams,
        "remaining_pct": tray.remaining_pct,
        "vendor": tray.vendor[:100],
        "tray_uuid": tray.tray_uuid[:64],
    }
    is_changed = is_another or any(getattr(slot, name) != value for name, value in values.items())
    if is_changed:
        for name, value in values.items():
            setattr(slot, name, value)
        slot.synced_at = now
    return is_changed


def _is_another_spool(slot: PrinterSlot, tray: TrayView) -> bool:
    """By the tag where there is one; else by what the printer says lies there."""
    if slot.tray_uuid or tray.tray_uuid:
        return slot.tray_uuid != tray.tray_uuid
    return (slot.material_type, slot.preset, slot.color) != (tray.material_type, tray.preset, tray.color)


def _bind_by_tag(slots: Sequence[PrinterSlot]) -> None:
    """A spool whose tag is known is bound to the slot it lies in, and taken out of the one it lay in."""
    tags = {slot.tray_uuid for slot in slots if slot.tray_uuid and slot.spool_id is None}
    if not tags:
        return
    shops = dict(Printer.objects.filter(pk__in={slot.printer_id for slot in slots}).values_list("pk", "shop_id"))
    found = Spool.objects.filter(
        tray_uuid__in=tags, archived_at=None, filament__shop_id__in=set(shops.values())
    ).values_list("filament__shop_id", "tray_uuid", "pk")
    spools = {(shop_id, tag): spool_id for shop_id, tag, spool_id in found}
    taken: set[int] = set()
    for slot in slots:
        spool_id = spools.get((shops[slot.printer_id], slot.tray_uuid))
        if slot.spool_id is None and spool_id is not None and spool_id not in taken:
            slot.spool_id = spool_id
            taken.add(spool_id)
    PrinterSlot.objects.filter(spool_id__in=taken).update(spool=None)


# ---------------------------------------------------------------- what a connection finds out
def printer_identified(
    *,
    printer_id: int,
    serial_number: str = "",
    certificate: str = "",
    cloud_user_id: str = "",
    changed_at: datetime | None = None,
) -> bool:
    """What was not known of a printer yet; with `changed_at` only while how it is reached was last changed then, as
    what was found out before that may be another printer's. False when its serial number is that of another one of
    the shop; then nothing is kept."""
    rows = Printer.objects.filter(pk=printer_id, removed_at=None)
    if changed_at is not None:
        rows = rows.filter(changed_at=changed_at)
    try:
        with transaction.atomic():
            if serial_number:
                rows.filter(serial_number="").update(serial_number=serial_number)
            if certificate:
                rows.filter(certificate="", connection_type=ConnectionType.BAMBU_LAN).update(certificate=certificate)
            if cloud_user_id:
                rows.update(cloud_user_id=cloud_user_id)
    except IntegrityError:
        return False
    return True


def certificate_offered(*, printer_id: int, digest: str) -> None:
    """Another certificate than the kept one was shown, and refused. Its owner may accept it."""
    Printer.objects.filter(pk=printer_id).update(offered_certificate=digest)

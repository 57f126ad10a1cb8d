"""What is shown and stored of a printer, out of what it says. Whole degrees: printers tell every flicker."""

from typing import Any, Final

from printshop.bambu.views import PrinterView
from printshop.models import Printer

NOTHING: Final[dict[str, Any]] = {
    "current_job": "",
    "progress": None,
    "layer": None,
    "total_layers": None,
    "nozzle_temp": None,
    "nozzle_target": None,
    "bed_temp": None,
    "bed_target": None,
    "chamber_temp": None,
    "nozzles": [],
    "remaining_seconds": None,
    "errors": [],
}
"""Of a printer that is not heard."""


def columns_of(view: PrinterView, printer: Printer) -> dict[str, Any]:
    """As `services.printers.reports` stores them."""
    return {
        "status": view.status,
        "status_detail": view.detail[:300],
        "is_monitored_only": view.is_signature_required,
        "current_job": (view.job or "")[:255],
        "progress": view.progress,
        "layer": view.layer,
        "total_layers": view.total_layers,
        "nozzle_temp": _whole(view.nozzle_temp),
        "nozzle_target": _whole(view.nozzle_target),
        "bed_temp": _whole(view.bed_temp),
        "bed_target": _whole(view.bed_target),
        "chamber_temp": _whole(view.chamber_temp),
        "nozzles": [
            {
                "number": nozzle.number,
                "temp": _whole(nozzle.temp),
                "target": _whole(nozzle.target),
                "is_active": nozzle.is_active,
            }
            for nozzle in view.nozzles
        ],
        "remaining_seconds": view.remaining_seconds,
        "errors": [error.as_dict() for error in view.errors],
        "model": (view.model or printer.model)[:40],
        "firmware": (view.firmware or printer.firmware)[:40],
    }


def _whole(degrees: float | None) -> float | None:
    return None if degrees is None else float(round(degrees))

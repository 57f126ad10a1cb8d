"""What is in a printer's rows, what is to be written there next, and what screens are shown."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from printshop.bambu.views import TrayView, view_of
from printshop.bridge.rules import HEARD_EVERY, NEVER_HEARD, REPORT_EVERY
from printshop.bridge.visible import NOTHING, columns_of
from printshop.choices import PrinterStatus
from printshop.selectors.printers import status_row
from printshop.services.printers.reports import Reported

if TYPE_CHECKING:
    from printshop.bridge.link import Link


@dataclass(eq=False)
class Stored:
    link: "Link"
    in_row: dict[str, Any] | None = None
    at: float = 0.0
    report_at: float = 0.0
    trays: tuple[TrayView, ...] | None = None
    """As they were stored."""

    def __post_init__(self) -> None:
        self.born = self.link.clock()

    def columns(self) -> dict[str, Any]:
        """As `services.printers.reports` stores them. Whole degrees: printers tell every flicker."""
        link = self.link
        view = link.view
        if view is None or not link.is_up or link.is_silent or not view.gcode_state:
            status, detail = self._unheard()
            return NOTHING | {
                "status": status,
                "status_detail": detail,
                "is_monitored_only": view_of(link.state).is_signature_required,
                "model": link.printer.model,
                "firmware": link.printer.firmware,
            }
        return columns_of(view, link.printer)

    def _unheard(self) -> tuple[str, str]:
        """A printer that was never heard is connecting, unless it is plain that it cannot be."""
        link = self.link
        if link.is_silent or link.is_given_up or link.printer.offered_certificate:
            return PrinterStatus.OFFLINE, link.trouble
        is_fresh = link.is_up and link.clock() - link.up_since < NEVER_HEARD
        if link.heard_at is None or is_fresh or (link.is_up and link.heard is not None) or not link.trouble:
            return PrinterStatus.CONNECTING, link.trouble
        return PrinterStatus.OFFLINE, link.trouble

    def row(self) -> dict[str, Any]:
        """As it is shown."""
        printer = self.link.printer
        for name, value in self.columns().items():
            setattr(printer, name, value)
        printer.heard_at = self.link.heard_at
        return status_row(printer)

    def to_store(self, now: float) -> Reported | None:
        """What is not in the row yet; None when all is."""
        link = self.link
        view = link.view
        is_known = view is not None and bool(view.gcode_state)
        if self.in_row is None and not is_known and not link.trouble and now - self.born < NEVER_HEARD:
            return None  # what the row says may still hold: the bridge has only begun
        columns = self.columns()
        trays = view.trays if view is not None and view.gcode_state and view.trays != self.trays else None
        is_new = columns != self.in_row or trays is not None
        is_heard = link.heard is not None and now - self.at >= HEARD_EVERY and link.heard > self.at
        if not is_new and not is_heard:
            return None
        report = None
        if link.is_up and view is not None and view.gcode_state and now - self.report_at >= REPORT_EVERY:
            report = link.state
        return Reported(link.printer.pk, columns, link.heard_at, trays, report)

    def was_stored(self, reported: Reported, now: float) -> None:
        self.in_row, self.at = dict(reported.columns), now
        if reported.trays is not None:
            self.trays = reported.trays
        if reported.report is not None:
            self.report_at = now

"""How the owner of a shop is told of what happened at a printer: in their list and on their sockets, by e-mail, and by
a message to a program of theirs."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings

from accounts.choices import NotificationType, WebhookEvent
from accounts.services.notifications import notification_send
from accounts.services.webhooks import webhook_event, webhook_queue
from printshop.choices import EventKind
from printshop.models import NotificationSettings, Printer, PrinterEvent
from printshop.services.live import tell_shop


@dataclass(frozen=True, slots=True)
class Notice:
    """`setting` is the column that switches it off; without one it is always given."""

    title: str
    notification_type: NotificationType
    webhook: str
    setting: str = ""


NOTICES: Final[dict[str, Notice]] = {
    EventKind.PRINT_STARTED: Notice(
        "Print started", NotificationType.PRINT_STARTED, "print.started", "notify_print_start"
    ),
    EventKind.PRINT_COMPLETED: Notice(
        "Print finished", NotificationType.PRINT_COMPLETED, "print.completed", "notify_print_complete"
    ),
    EventKind.PRINT_FAILED: Notice(
        "Print failed", NotificationType.PRINT_FAILED, "print.failed", "notify_print_failed"
    ),
    EventKind.MATERIAL_CHANGED: Notice(
        "Material changed", NotificationType.MATERIAL_CHANGED, "printer.material_changed", "notify_material_change"
    ),
    EventKind.FILAMENT_RAN_OUT: Notice(
        "Filament ran out", NotificationType.FILAMENT_RAN_OUT, "printer.filament_ran_out", "notify_material_change"
    ),
    EventKind.MAINTENANCE: Notice(
        "Printer needs a look", NotificationType.PRINTER_MAINTENANCE, "printer.maintenance", "notify_maintenance"
    ),
    EventKind.CERTIFICATE_CHANGED: Notice(
        "Printer shows another certificate", NotificationType.PRINTER_CERTIFICATE, "printer.certificate_changed"
    ),
}


TOLD: Final = {
    EventKind.PRINT_COMPLETED: WebhookEvent.PRINT_FINISHED,
    EventKind.PRINT_FAILED: WebhookEvent.PRINT_FAILED,
}
"""Endpoints choose their events themselves; a printer's settings have no say."""


def notice_give(event: PrinterEvent) -> None:
    """Tell of a new event, in its transaction. Whoever looks at the shop's printers sees it in any case."""
    printer = Printer.objects.select_related("shop__owner", "notification_settings").get(pk=event.printer_id)
    tell_shop(
        printer.shop_id,
        "event",
        event={
            "id": event.pk,
            "printer_id": printer.pk,
            "kind": event.kind,
            "words": event.words,
            "at": event.at.strftime("%Y-%m-%dT%H:%M:%S"),
        },
    )
    told = TOLD.get(EventKind(event.kind))
    if told is not None:
        webhook_event(
            told,
            about=f"printer-{printer.pk}",
            people=[printer.shop.owner_id],
            data={
                "event_id": event.pk,
                "printer_id": printer.pk,
                "print_id": event.data.get("print_id"),
                "shop_order_id": event.data.get("order_id"),
                "outcome": event.data.get("outcome"),
            },
        )
    wanted, notice = _settings_of(printer), NOTICES[event.kind]
    if notice.setting and not getattr(wanted, notice.setting):
        return
    about = {"printer_id": printer.pk, "event": event.kind, **event.data}
    notification_send(
        user=printer.shop.owner,
        notification_type=notice.notification_type,
        title=f"{notice.title}: {printer.name}"[:200],
        message=event.words,
        data=about,
        email="printer_event" if wanted.email_enabled else "",
        email_context={
            "heading": notice.title,
            "printer": printer.name,
            "words": event.words,
            "board": f"{settings.PUBLIC_URL.rstrip('/')}/printshop/board/",
        },
    )
    if wanted.webhook_id is not None:
        webhook_queue(
            target_id=wanted.webhook_id,
            event_type=notice.webhook,
            about=f"printer-{printer.pk}",
            data={
                "event_id": event.pk,
                "printer": {"id": printer.pk, "name": printer.name},
                "message": event.words,
                "at": event.at,
                **event.data,
            },
        )


def _settings_of(printer: Printer) -> NotificationSettings:
    """A printer has them from the start; one that was made without gets those of every new one."""
    found: NotificationSettings | None = getattr(printer, "notification_settings", None)
    return found or NotificationSettings.objects.get_or_create(printer=printer)[0]

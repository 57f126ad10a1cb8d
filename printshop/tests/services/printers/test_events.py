"""What happens at a printer is stored and told once, as its settings say."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Delivery, Notification, WebhookMessage
from accounts.services.emails import email_compose
from accounts.services.webhooks import webhook_target_create
from printshop.choices import EventKind
from printshop.models import NotificationSettings, Printer, PrinterEvent
from printshop.services.printers.events import printer_event, printer_events_forget
from printshop.services.printers.printers import printer_remove
from printshop.tests.factories import PrinterFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def printer(db) -> Printer:
    return PrinterFactory.create(
        name="Main Printer", shop__owner__username="alice", shop__owner__email="alice@example.com"
    )


def happen(printer: Printer, kind: EventKind = EventKind.PRINT_COMPLETED, key: str = "run-1", **more):
    return printer_event(printer_id=printer.pk, kind=kind, key=key, words="Custom Bracket is ready.", **more)


def change(printer: Printer, **columns) -> None:
    NotificationSettings.objects.filter(printer=printer).update(**columns)


def test_an_event_is_stored_and_its_owner_is_told(printer):
    event = happen(printer, data={"print_id": 7})

    assert (event.kind, event.key, event.words, event.data) == (
        "print_completed",
        "run-1",
        "Custom Bracket is ready.",
        {"print_id": 7},
    )
    told = Notification.objects.get()
    assert told.user == printer.shop.owner
    assert (told.notification_type, told.title, told.message) == (
        "print_completed",
        "Print finished: Main Printer",
        "Custom Bracket is ready.",
    )
    assert told.data == {"printer_id": printer.pk, "event": "print_completed", "print_id": 7}
    assert [delivery.channel for delivery in Delivery.objects.all()] == ["socket"]
    assert not WebhookMessage.objects.exists()


def test_the_same_event_is_stored_and_told_once(printer):
    assert happen(printer) is not None
    assert happen(printer) is None
    assert happen(printer, EventKind.PRINT_FAILED) is not None
    assert happen(printer, key="run-2") is not None
    assert happen(PrinterFactory.create(shop=printer.shop)) is not None
    assert (PrinterEvent.objects.count(), Notification.objects.count()) == (4, 4)


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        (EventKind.PRINT_STARTED, "notify_print_start"),
        (EventKind.PRINT_COMPLETED, "notify_print_complete"),
        (EventKind.PRINT_FAILED, "notify_print_failed"),
        (EventKind.MATERIAL_CHANGED, "notify_material_change"),
        (EventKind.FILAMENT_RAN_OUT, "notify_material_change"),
        (EventKind.MAINTENANCE, "notify_maintenance"),
    ],
)
def test_each_setting_switches_its_events_off(printer, kind, setting):
    target = webhook_target_create(owner=printer.shop.owner, name="Main Printer", url="https://example.com/hook")
    change(printer, email_enabled=True, webhook=target, **{setting: False})
    assert happen(printer, kind) is not None
    assert not Notification.objects.exists()
    assert not Delivery.objects.exists()
    assert not WebhookMessage.objects.exists()

    change(printer, **{setting: True})
    happen(printer, kind, key="another")
    assert Notification.objects.count() == WebhookMessage.objects.count() == 1


def test_another_certificate_is_told_whatever_is_switched_off(printer):
    change(printer, notify_maintenance=False, notify_material_change=False)
    happen(printer, EventKind.CERTIFICATE_CHANGED)
    assert Notification.objects.get().notification_type == "printer_certificate"


def test_by_email_where_it_is_switched_on(printer):
    change(printer, email_enabled=True)
    happen(printer)
    mail = email_compose(Delivery.objects.get(channel="email"))
    assert mail.subject == "Print finished: Main Printer"
    assert "Custom Bracket is ready." in mail.body
    assert "/printshop/board/" in mail.body


def test_by_webhook_where_an_address_is_set(printer):
    target = webhook_target_create(owner=printer.shop.owner, name="Main Printer", url="https://example.com/hook")
    change(printer, webhook=target)
    event = happen(printer, data={"print_id": 7})
    message = WebhookMessage.objects.get(target=target)
    body = json.loads(message.body)
    assert (message.event_type, message.about) == ("print.completed", f"printer-{printer.pk}")
    assert body["type"] == "print.completed"
    assert body["data"] == {
        "event_id": event.pk,
        "printer": {"id": printer.pk, "name": "Main Printer"},
        "message": "Custom Bracket is ready.",
        "at": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "print_id": 7,
    }


def test_with_the_printer_end_the_messages_to_the_program(printer):
    target = webhook_target_create(owner=printer.shop.owner, name="Main Printer", url="https://example.com/hook")
    change(printer, webhook=target)
    happen(printer)
    printer_remove(actor=printer.shop.owner, printer_id=printer.pk)
    target.refresh_from_db()
    assert target.ended_at is not None
    assert WebhookMessage.objects.get().state == "given_up"


def test_nothing_is_told_of_what_is_rolled_back(printer):
    with pytest.raises(RuntimeError), transaction.atomic():
        happen(printer)
        raise RuntimeError
    assert not PrinterEvent.objects.exists()
    assert not Notification.objects.exists()


def test_what_a_printer_makes_up_is_stored_all_the_same(printer):
    event = printer_event(
        printer_id=printer.pk,
        kind=EventKind.MAINTENANCE,
        key="k" * 500,
        words="\0Nozzle\ud800 " + "x" * 1000,
        data={"code": "a\0b", "more": ["\0", {"\0": 1}]},
    )
    event.refresh_from_db()
    assert event.words.startswith("Nozzle? x")
    assert event.data == {"code": "ab", "more": ["", {"": 1}]}
    assert printer_event(printer_id=printer.pk, kind=EventKind.MAINTENANCE, key="k" * 500, words="", data={}) is None


@pytest.mark.django_db(transaction=True)
def test_two_at_once_tell_it_once():
    printer, start = PrinterFactory.create(), threading.Barrier(2)
    found = []

    def say() -> None:
        start.wait()
        found.append(happen(printer))
        connection.close()

    threads = [threading.Thread(target=say) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(event is None for event in found) == [False, True]
    assert (PrinterEvent.objects.count(), Notification.objects.count()) == (1, 1)


def test_what_happened_long_ago_is_forgotten(printer):
    now = timezone.now()
    for days in (89, 91):
        PrinterEvent.objects.filter(pk=happen(printer, key=str(days)).pk).update(at=now - timedelta(days=days))
    assert printer_events_forget(now=now) == 1
    assert PrinterEvent.objects.get().key == "89"

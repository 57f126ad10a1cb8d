"""The print shop's notification settings and events."""

import pytest

from accounts.models import WebhookMessage, WebhookTarget
from accounts.services.webhooks import webhook_queue
from accounts.tests.factories import UserFactory
from accounts.tests.people import as_bearer
from printshop.choices import EventKind
from printshop.models import NotificationSettings, Printer
from printshop.services.printers.events import printer_event
from printshop.tests.factories import PrinterFactory

pytestmark = pytest.mark.django_db

URL = "https://example.com/webhook"
ALL_KEYS = {
    "id",
    "printer_id",
    "notify_print_start",
    "notify_print_complete",
    "notify_print_failed",
    "notify_material_change",
    "notify_maintenance",
    "email_enabled",
    "webhook_url",
}


@pytest.fixture
def printer(db) -> Printer:
    return PrinterFactory.create(name="Main Printer", shop__owner__username="alice")


@pytest.fixture
def alice(printer):
    return as_bearer(printer.shop.owner)


@pytest.fixture
def address(printer) -> str:
    return f"/api/printshop/bambu/notifications/{printer.notification_settings.pk}"


@pytest.mark.operation("printshop.notifications.get")
def test_a_printer_has_settings_from_the_start(printer, alice):
    NotificationSettings.objects.all().delete()
    answer = alice.get("/api/printshop/bambu/notifications", {"printer_id": printer.pk})
    assert answer.status_code == 200
    assert answer.json() == {
        "id": NotificationSettings.objects.get(printer=printer).pk,
        "printer_id": printer.pk,
        "notify_print_start": True,
        "notify_print_complete": True,
        "notify_print_failed": True,
        "notify_material_change": True,
        "notify_maintenance": False,
        "email_enabled": False,
        "webhook_url": None,
    }


def test_whose_settings_they_are(printer, alice):
    bob = as_bearer(UserFactory.create(username="bob"))
    ask = "/api/printshop/bambu/notifications"
    assert bob.get(ask, {"printer_id": printer.pk}).status_code == 403
    assert alice.get(ask, {"printer_id": 2**62}).status_code == 404
    answer = alice.get(ask)
    assert (answer.status_code, answer.json()["error"]) == (400, "printer_id: This field is required.")
    assert alice.get(ask, {"printer_id": "1' OR"}).status_code == 400
    printer.removed_at = printer.created_at
    printer.save()
    assert alice.get(ask, {"printer_id": printer.pk}).status_code == 404


@pytest.mark.operation("printshop.notifications.update")
def test_a_part_of_the_settings_is_changed(printer, alice, address):
    answer = alice.put(address, {"notify_print_complete": False, "email_enabled": True, "webhook_url": URL}, "json")
    assert answer.status_code == 200
    shown = answer.json()
    assert set(shown) == ALL_KEYS | {"webhook_secret"}
    assert (shown["notify_print_complete"], shown["email_enabled"], shown["webhook_url"]) == (False, True, URL)
    assert (shown["notify_print_start"], shown["notify_maintenance"]) == (True, False)
    assert shown["webhook_secret"].startswith("whsec_")

    again = alice.get("/api/printshop/bambu/notifications", {"printer_id": printer.pk}).json()
    assert again == {name: value for name, value in shown.items() if name != "webhook_secret"}


def test_the_secret_is_shown_once_and_is_another_with_another_address(alice, address):
    first = alice.put(address, {"webhook_url": URL}, "json").json()["webhook_secret"]
    assert "webhook_secret" not in alice.put(address, {"webhook_url": URL}, "json").json()
    assert "webhook_secret" not in alice.put(address, {"email_enabled": True}, "json").json()
    second = alice.put(address, {"webhook_url": f"{URL}/2"}, "json").json()["webhook_secret"]
    assert first != second
    assert WebhookTarget.objects.filter(ended_at=None).get().secret == second


@pytest.mark.parametrize("nothing", ["", None])
def test_an_address_is_taken_away(printer, alice, address, nothing):
    alice.put(address, {"webhook_url": URL}, "json")
    target = WebhookTarget.objects.get()
    webhook_queue(target_id=target.pk, event_type="print.completed", data={})
    answer = alice.put(address, {"webhook_url": nothing}, "json")
    assert answer.json()["webhook_url"] is None
    target.refresh_from_db()
    assert target.ended_at is not None
    assert WebhookMessage.objects.get().state == "given_up"


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/hook",
        "https://192.168.1.10/hook",
        "https://0x7f000001/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "http://example.com/webhook",
        "https://a:b@example.com/",
        "ftp://example.com/",
        "no address",
        "https://example.com/" + "x" * 600,
    ],
)
def test_an_address_that_leads_inside_is_refused(alice, address, url):
    answer = alice.put(address, {"webhook_url": url, "email_enabled": True}, "json")
    assert answer.status_code == 400
    body = answer.json()
    assert "webhook_url" in (body.get("field") or body["error"])
    found = NotificationSettings.objects.get()
    assert (found.webhook, found.email_enabled) == (None, False)
    assert not WebhookTarget.objects.exists()


def test_whose_settings_are_changed(printer, alice, address):
    bob = as_bearer(UserFactory.create(username="bob"))
    assert bob.put(address, {"webhook_url": URL}, "json").status_code == 403
    assert alice.put("/api/printshop/bambu/notifications/999999", {}, "json").status_code == 404
    assert alice.put(address, {"email_enabled": "perhaps"}, "json").status_code == 400
    assert NotificationSettings.objects.get().webhook is None


@pytest.mark.operation("printshop.events.list")
def test_what_happened(printer, alice):
    other = PrinterFactory.create()
    for where, kind in ((printer, "print_started"), (other, "print_failed"), (printer, "print_completed")):
        printer_event(printer_id=where.pk, kind=EventKind(kind), key="1", words="Bracket", data={"print_id": 4})
    answer = alice.get("/api/printshop/bambu/events")
    body = answer.json()
    assert [event["kind"] for event in body["events"]] == ["print_completed", "print_started"]
    assert body["total"] == 2
    assert set(body["events"][0]) == {"id", "printer_id", "kind", "message", "data", "at"}
    asked = alice.get("/api/printshop/bambu/events", {"kind": "print_started", "printer_id": printer.pk}).json()
    assert [event["data"] for event in asked["events"]] == [{"print_id": 4}]
    assert alice.get("/api/printshop/bambu/events", {"printer_id": other.pk}).json()["total"] == 0

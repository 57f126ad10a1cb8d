"""The queue over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.tests.people import as_bearer
from printshop.choices import CommandState, PrinterStatus, PrintStatus
from printshop.errors import PrinterBusy
from printshop.models import Printer, PrinterBridge, PrinterCommand, PrintRun, ScheduledPrint
from printshop.services.prints.runs import run_completed, run_not_started, run_sent, run_started
from printshop.tests.factories import PrinterFactory, ScheduledPrintFactory, ShopFactory
from printshop.tests.printing import dispatched, printer_with, printing, stocked, waiting
from printshop.tests.sliced import print_file

pytestmark = pytest.mark.django_db
PRINTS = "/api/printshop/bambu/scheduled-prints"


@pytest.fixture
def client(alice):
    return as_bearer(alice)


@pytest.fixture(autouse=True)
def nobody_waits(settings):
    settings.PRINT_START_WAIT = 0


@pytest.fixture
def shop(alice):
    return ShopFactory.create(owner=alice)


@pytest.fixture
def offline(shop):
    return PrinterFactory.create(shop=shop, status=PrinterStatus.OFFLINE, heard_at=None)


def put(client, scheduled, **body):
    return client.put(f"{PRINTS}/{scheduled.pk}", body, format="json")


def sent(printer, **further):
    return {
        "printer_id": printer.pk,
        "job_name": "Custom Bracket",
        "file_name": "bracket.3mf",
        "material_type": "PLA",
        "material_slot": 1,
        "estimated_duration_minutes": 240,
        "priority": 1,
    } | further


@pytest.mark.operation("printshop.scheduled_prints.create")
def test_queued(client, shop, bob):
    printer = printer_with(shop, "#FF0000")
    answer = client.post(PRINTS, sent(printer), format="json")
    assert answer.status_code == 201
    body, job = answer.json(), ScheduledPrint.objects.get()
    assert {name: body[name] for name in ("id", "printer_id", "job_name", "status", "priority")} == {
        "id": job.pk,
        "printer_id": printer.pk,
        "job_name": "Custom Bracket",
        "status": "queued",
        "priority": 1,
    }
    assert len(body["created_at"]) == len(body["scheduled_start"]) == 19
    assert (body["waiting_code"], body["waiting_reason"]) == (
        "queue",
        "A printer is free for it: it starts in a moment.",
    )
    second = client.post(PRINTS, sent(printer), format="json").json()
    assert second["waiting_reason"] == f"Another print goes first on {printer.name}."
    start = datetime.fromisoformat(second["scheduled_start"]).replace(tzinfo=UTC)
    assert abs(start - timezone.now() - timedelta(hours=4)) < timedelta(minutes=1)
    for name, value in (
        ("printer_id", "x"),
        ("job_name", ""),
        ("file_name", None),
        ("priority", 0),
        ("material_slot", 0),
        ("estimated_duration_minutes", -1),
        ("copies", 10**9),
        ("color", "red"),
    ):
        refused = client.post(PRINTS, sent(printer, **{name: value}), format="json")
        assert (refused.status_code, name in str(refused.json())) == (400, True)
    assert client.post(PRINTS, sent(printer, printer_id=printer.pk + 1), format="json").status_code == 404
    assert as_bearer(bob).post(PRINTS, sent(printer), format="json").status_code == 403
    assert ScheduledPrint.objects.count() == 2


def test_copies_of_an_uploaded_file_on_whichever_printer_fits(client, shop):
    file = print_file(shop)
    filament, _ = stocked(shop)
    answer = client.post(
        PRINTS, {"printer_id": None, "job_name": "Bracket", "file_name": file.name, "copies": 3}, format="json"
    )
    jobs = list(ScheduledPrint.objects.order_by("pk"))
    assert [(job.copy_number, job.file, job.estimated_minutes) for job in jobs] == [(n, file, 87) for n in (1, 2, 3)]
    need = jobs[0].needs.get()
    assert (need.material_type, need.color, need.preset, str(need.grams)) == ("PLA", "#FF0000", "GFA00", "23.15")
    assert need.filament == filament
    assert (answer.json()["id"], answer.json()["printer_id"]) == (jobs[0].pk, None)
    assert answer.json()["waiting_reason"] == "The shop has no printer."
    assert client.get("/api/printshop/filaments").json()["filaments"][0]["reserved_amount"] == 69.45
    refused = client.post(PRINTS, {"printer_id": None, "job_name": "B", "file_id": file.pk, "plate": 2}, format="json")
    assert (refused.status_code, refused.json()["field"]) == (400, "plate")


@pytest.mark.parametrize("name", ["bracket.gcode.3mf", " bracket.3mf ", "bracket", "Bracket.3MF"])
def test_an_uploaded_file_is_found_by_the_name_it_was_sent_with(client, shop, name):
    file = print_file(shop)
    client.post(PRINTS, {"printer_id": None, "job_name": "Bracket", "file_name": name}, format="json")
    job = ScheduledPrint.objects.get()
    assert (job.file, job.file_name) == ((None, name) if name == "Bracket.3MF" else (file, file.name))


def test_a_file_name_is_of_printable_characters(client, shop):
    for name in ("a\nb.3mf", "a\u202eb.3mf", "a\x7f.3mf"):
        refused = client.post(PRINTS, {"printer_id": None, "job_name": "B", "file_name": name}, format="json")
        assert (refused.status_code, refused.json()["field"]) == (400, "file_name")
    assert not ScheduledPrint.objects.exists()


@pytest.mark.operation("printshop.scheduled_prints.list")
@pytest.mark.operation("printshop.scheduled_prints.retrieve")
def test_listed(client, shop, offline, bob, charlie):
    late = ScheduledPrintFactory.create(shop=shop, printer=offline, priority=5)
    first = ScheduledPrintFactory.create(shop=shop, printer=offline, priority=1)
    second = ScheduledPrintFactory.create(shop=shop, printer=offline, priority=1, status="completed")
    ScheduledPrintFactory.create(shop=shop, printer=offline, status="cancelled")
    other = ScheduledPrintFactory.create(shop=shop, priority=3)
    PrintRun.objects.create(scheduled_print=late, printer=other.printer, submission=1, ended_at=None)

    def found(**query):
        return [row["id"] for row in client.get(PRINTS, query).json()]

    assert found() == [first.pk, second.pk, other.pk, late.pk]
    assert found(printer_id=offline.pk, status="queued") == [first.pk, late.pk]
    assert found(limit=1, offset=1) == [second.pk]
    assert client.get(PRINTS, {"status": "cancelled"}).status_code == 400
    assert client.get(PRINTS, {"printer_id": 2**70}).status_code == 404
    assert client.get(f"{PRINTS}/{late.pk}").json()["job_name"] == "Custom Bracket"
    ShopFactory.create(owner=bob)
    assert as_bearer(bob).get(PRINTS).json() == as_bearer(charlie).get(PRINTS).json() == []
    assert as_bearer(bob).get(f"{PRINTS}/{late.pk}").status_code == 403
    assert client.get(f"{PRINTS}/{2**40}").status_code == 404


@pytest.mark.operation("printshop.scheduled_prints.queue")
def test_the_queue_of_a_printer(client, shop, offline, bob):
    late = ScheduledPrintFactory.create(shop=shop, printer=offline, priority=5)
    first = ScheduledPrintFactory.create(shop=shop, printer=offline)
    ScheduledPrintFactory.create(shop=shop, printer=offline, status="completed")
    ScheduledPrintFactory.create(shop=shop)
    rows = client.get(f"{PRINTS}/{offline.pk}/queue").json()
    assert [row["id"] for row in rows] == [first.pk, late.pk]
    assert {name: rows[0][name] for name in ("job_name", "status", "priority", "estimated_duration")} == {
        "job_name": "Custom Bracket",
        "status": "queued",
        "priority": 1,
        "estimated_duration": 240,
    }
    assert as_bearer(bob).get(f"{PRINTS}/{offline.pk}/queue").status_code == 403
    assert client.get(f"{PRINTS}/{10**6}/queue").status_code == 404


def test_a_printers_lists_have_what_was_tried_on_it_last(client, shop, offline):
    other = PrinterFactory.create(shop=shop)
    job = ScheduledPrintFactory.create(shop=shop, printer=None)

    def tried(printer):
        number = PrintRun.objects.count() + 1
        PrintRun.objects.filter(ended_at=None).update(state="ended", ended_at=timezone.now(), outcome="not_started")
        return PrintRun.objects.create(scheduled_print=job, printer=printer, submission=number)

    def shown():
        addresses = [(PRINTS, {"printer_id": printer.pk}) for printer in (offline, other)]
        addresses += [(f"{PRINTS}/{printer.pk}/queue", {}) for printer in (offline, other)]
        return [[row["id"] for row in client.get(*address).json()] for address in addresses]

    assert shown() == [[], [], [], []]
    tried(offline)
    assert shown() == [[job.pk], [], [job.pk], []]
    tried(other)
    assert shown() == [[], [job.pk], [], [job.pk]]
    PrintRun.objects.filter(ended_at=None).update(state="ended", ended_at=timezone.now(), outcome="not_started")
    assert shown() == [[], [job.pk], [], []]


@pytest.mark.operation("printshop.scheduled_prints.update")
def test_each_change_that_there_is_and_no_other(client, shop, offline):
    allowed = {
        ("queued", "scheduled"),
        ("scheduled", "started"),
        ("started", "completed"),
        ("started", "failed"),
        ("failed", "queued"),
    }
    words = ("queued", "scheduled", "started", "completed", "failed")
    for before in words:
        for after in words:
            job = ScheduledPrintFactory.create(shop=shop, printer=offline, status=before)
            answer = put(client, job, status=after)
            job.refresh_from_db()
            if (before, after) in allowed:
                assert (answer.status_code, answer.json()["status"], job.status) == (200, after, after)
            else:
                assert (answer.status_code, job.status) == (409, before), (before, after)
                assert answer.json() == {
                    "error": f"A {before} print cannot become {after}.",
                    "status": 409,
                    "field": "status",
                }
            PrintRun.objects.all().delete()
    assert put(client, job, status="printing").status_code == 400
    assert put(client, job).status_code == 400


def test_started_by_hand_on_a_printer_that_is_not_connected(client, shop, offline):
    filament, _ = stocked(shop)
    job = waiting(shop, offline, grams=40, status="scheduled")
    job.needs.update(filament=filament)
    body = put(client, job, status="started").json()
    assert (body["status"], body["waiting_reason"]) == ("started", "")
    run = PrintRun.objects.get()
    assert (run.is_by_hand, run.state, PrinterCommand.objects.count()) == (True, "printing", 0)
    second = waiting(shop, offline, status="scheduled")
    assert put(client, second, status="started").status_code == 409  # one printer, one print
    assert put(client, job, status="completed").json()["status"] == "completed"
    filament.refresh_from_db()
    offline.refresh_from_db()
    assert (filament.current_amount, offline.is_plate_clear) == (960, False)


def test_started_is_sent_to_a_printer_that_is_free(client, shop):
    printer = printer_with(shop, "#FF0000")
    job = waiting(shop, printer, status="scheduled", not_before=timezone.now() + timedelta(days=1))
    body = put(client, job, status="started").json()
    assert (body["status"], body["waiting_code"]) == ("scheduled", "starting")
    command = PrinterCommand.objects.get()
    assert (command.kind, command.state, command.actor) == ("start", CommandState.WAITING, shop.owner)
    assert put(client, job, status="started").json()["status"] == "scheduled"  # again: the same start
    assert PrinterCommand.objects.count() == 1
    run_sent(run_id=command.run_id)
    run_started(run_id=command.run_id)
    assert client.get(f"{PRINTS}/{job.pk}").json()["status"] == "started"
    for status in ("completed", "failed"):  # the printer's row is a moment behind what it does
        answer = put(client, job, status=status)
        assert (answer.status_code, answer.json()["error"]) == (409, "The printer itself says how it ends.")
    printer.status = PrinterStatus.PRINTING
    printer.save()
    answer = put(client, job, status="completed")
    assert (answer.status_code, answer.json()["error"]) == (409, "The printer is still printing it.")


def test_started_waits_for_the_printer_to_begin(client, shop, settings, monkeypatch):
    settings.PRINT_START_WAIT = 5
    printer = printer_with(shop, "#FF0000")
    job, second = (waiting(shop, printer, status="scheduled") for _ in range(2))

    def bridge(_seconds):
        run = PrintRun.objects.get(ended_at=None)
        if run.scheduled_print_id == job.pk:
            run_started(run_id=run.pk)
        else:
            run_not_started(run_id=run.pk, reason="The printer says: nozzle too cold.")

    monkeypatch.setattr("printshop.services.prints.starts.time.sleep", bridge)
    assert put(client, job, status="started").json()["status"] == "started"
    assert run_completed(run_id=PrintRun.objects.get().pk)
    printer.is_plate_clear = True
    printer.save()
    refused = put(client, second, status="started")
    assert (refused.status_code, refused.json()["error"]) == (409, "The printer says: nozzle too cold.")
    assert client.get(f"{PRINTS}/{second.pk}").json()["status"] == "queued"


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"status": PrinterStatus.PRINTING}, "is printing"),
        ({"status": PrinterStatus.PAUSED}, "is paused"),
        ({"is_monitored_only": True}, "monitored only"),
        ({"is_plate_clear": False}, "plate is cleared"),
    ],
)
def test_a_printer_that_cannot_start(client, shop, columns, words):
    printer = printer_with(shop, "#FF0000", **columns)
    job = waiting(shop, printer, status="scheduled")
    answer = put(client, job, status="started")
    assert (answer.status_code, words in answer.json()["error"]) == (409, True)
    job.refresh_from_db()
    assert (job.status, PrintRun.objects.count()) == ("scheduled", 0)


def test_what_is_not_loaded_is_not_started(client, shop):
    printer = printer_with(shop, "#000000", material="PETG")
    job = waiting(shop, printer, status="scheduled")
    answer = put(client, job, status="started")
    assert answer.json()["error"] == f"{printer.name} has no PLA in #FF0000 loaded."
    slot = printer.slots.get()
    slot.material_type, slot.color = "PLA", "#FF0000"
    slot.save()
    stocked(shop, slot, grams=10)
    job.needs.update(grams=20)
    answer = put(client, job, status="started")
    assert answer.json()["error"] == f"Slot 1 of {printer.name} holds 10.00 g, it needs 20.00 g."
    assert put(client, job, print_anyway=True).json()["print_anyway"] is True
    assert put(client, job, status="started").json()["waiting_code"] == "starting"


def test_a_start_without_a_bridge_says_so(client, shop):
    printer = printer_with(shop, "#FF0000")
    job = waiting(shop, printer, status="scheduled")
    type(printer).objects.update(heard_at=timezone.now())
    PrinterBridge.objects.update(holder="")
    body = put(client, job, status="started").json()
    assert (body["status"], body["waiting_reason"]) == ("scheduled", "The printer bridge is not running.")


def test_wishes_change_while_it_waits(client, shop, offline):
    printer = printer_with(shop, "#FF0000")
    job = waiting(shop, offline)
    year = timezone.now().year + 1
    body = put(client, job, priority=1, printer_id=printer.pk, not_before=f"{year}-12-01T10:00:00").json()
    assert (body["priority"], body["printer_id"], body["not_before"]) == (1, printer.pk, f"{year}-12-01T10:00:00")
    assert body["waiting_reason"] == f"It starts at {year}-12-01 10:00 (UTC) at the earliest, as it was asked for."
    for answer in (
        put(client, job, not_before="9999-12-31T23:59:59"),
        client.post(PRINTS, sent(printer, not_before="2099-01-01"), format="json"),
    ):
        assert (answer.status_code, answer.json()["field"]) == (400, "not_before")
    assert put(client, job, not_before=None).json()["waiting_code"] == "queue"
    dispatched(job)
    refused = put(client, job, priority=2)
    assert (refused.status_code, refused.json()["error"]) == (409, "It is being sent to a printer.")
    job = waiting(shop, offline, status="completed")
    assert put(client, job, priority=2).status_code == 409


def test_a_print_of_nobody_knows_what_waits_for_its_slot_to_be_named(client, shop):
    printer = printer_with(shop, "#FF0000", "#0000FF")
    body = {"printer_id": printer.pk, "job_name": "Vase", "file_name": "vase.3mf"}
    made = client.post(PRINTS, body, format="json").json()
    assert made["waiting_code"] == "material"
    job = ScheduledPrint.objects.get()
    assert put(client, job, material_slot=2).json()["waiting_code"] == "queue"
    assert dispatched(job).filaments.get().slot_number == 2


@pytest.mark.parametrize(
    ("before", "after"), [("queued", "completed"), ("scheduled", "queued"), ("scheduled", "started")]
)
def test_a_refused_change_changes_nothing_of_the_wishes_either(client, shop, before, after):
    printer = printer_with(shop, "#FF0000", is_monitored_only=True)
    job = waiting(shop, printer, status=before)
    assert put(client, job, status=after, priority=77).status_code == 409
    job.refresh_from_db()
    assert (job.status, job.priority) == (before, 1)


def test_a_start_by_hand_happens_as_a_whole(client, shop, offline, monkeypatch):
    job = waiting(shop, offline, status="scheduled")

    def breaks(**_about):
        raise PrinterBusy

    monkeypatch.setattr("printshop.services.prints.starts.run_started", breaks)
    assert put(client, job, status="started").status_code == 409
    job.refresh_from_db()
    assert (job.status, job.waiting_code, PrintRun.objects.count()) == ("scheduled", "", 0)


@pytest.mark.operation("printshop.scheduled_prints.delete")
def test_cancelled(client, shop, offline, bob):
    job = waiting(shop, offline)
    address = f"{PRINTS}/{job.pk}"
    assert as_bearer(bob).delete(address).status_code == 403
    assert client.delete(address).json() == {"message": "Scheduled print cancelled"}
    for gone in (client.delete(address), client.get(address), put(client, job, status="queued")):
        assert gone.status_code == 404
    job.refresh_from_db()
    assert (job.status, job.history.get().after) == (PrintStatus.CANCELLED, "cancelled")
    for status in ("started", "completed", "failed"):
        other = waiting(shop, offline, status=status)
        assert client.delete(f"{PRINTS}/{other.pk}").status_code == 409


def test_a_claim_is_cancelled_until_it_is_sent(client, shop):
    job = waiting(shop, printer_with(shop, "#FF0000"))
    run = dispatched(job)
    assert client.delete(f"{PRINTS}/{job.pk}").status_code == 200
    run.refresh_from_db()
    assert (run.outcome, PrinterCommand.objects.get().state) == ("not_started", CommandState.LOST)
    job = waiting(shop, printer_with(shop, "#FF0000"))
    run = dispatched(job)
    PrinterCommand.objects.filter(run=run).update(state=CommandState.SENT)
    run_sent(run_id=run.pk)
    assert client.delete(f"{PRINTS}/{job.pk}").status_code == 409
    job = waiting(shop, printer_with(shop, "#FF0000"))
    printing(job)
    assert client.delete(f"{PRINTS}/{job.pk}").status_code == 409


def sent_into_the_void(shop, **columns):
    """A print that was sent to a printer which has gone since."""
    printer = printer_with(shop, "#FF0000")
    job = waiting(shop, **({"printer": printer} | columns))
    run = dispatched(job)
    PrinterCommand.objects.filter(run=run).update(state=CommandState.SENT)
    run_sent(run_id=run.pk)
    Printer.objects.filter(pk=printer.pk).update(status=PrinterStatus.OFFLINE)
    return printer, job, run


def after(job, run):
    job.refresh_from_db()
    run.refresh_from_db()
    return job.status, run.outcome, PrinterCommand.objects.get(run=run).state


def test_what_was_sent_to_a_printer_that_does_not_come_back_is_its_owners_to_end(client, shop):
    _, job, run = sent_into_the_void(shop)
    assert client.delete(f"{PRINTS}/{job.pk}").status_code == 200
    assert after(job, run) == ("cancelled", "not_started", "lost")
    _, job, run = sent_into_the_void(shop)
    assert put(client, job, status="completed").status_code == 409
    body = put(client, job, status="failed").json()
    assert body["failure_reason"] == "It could not be started: The printer does not answer."
    assert after(job, run) == ("failed", "not_started", "lost")
    printer, job, run = sent_into_the_void(shop)
    assert client.delete(f"/api/printshop/bambu/printers/{printer.pk}").status_code == 200
    assert after(job, run) == ("cancelled", "not_started", "lost")
    printer, job, run = sent_into_the_void(shop, printer=None)
    assert client.delete(f"/api/printshop/bambu/printers/{printer.pk}").status_code == 200
    assert after(job, run) == ("queued", "not_started", "lost")


def test_a_sent_print_is_not_called_failed_while_its_printer_answers(client, shop):
    printer, job, run = sent_into_the_void(shop)
    Printer.objects.filter(pk=printer.pk).update(status=PrinterStatus.ONLINE)
    assert put(client, job, status="failed").status_code == 409
    assert client.delete(f"{PRINTS}/{job.pk}").status_code == 409
    assert client.delete(f"/api/printshop/bambu/printers/{printer.pk}").status_code == 409
    assert after(job, run) == ("scheduled", "", "sent")


@pytest.mark.parametrize("status", ["failed", "completed"])
def test_what_printed_when_its_printer_went_is_its_owners_to_end(client, shop, status):
    printer, job, run = sent_into_the_void(shop)
    run_started(run_id=run.pk)
    assert client.delete(f"/api/printshop/bambu/printers/{printer.pk}").status_code == 409
    assert put(client, job, status=status).json()["status"] == status
    assert client.delete(f"/api/printshop/bambu/printers/{printer.pk}").status_code == 200


def test_print_operations_are_counted_by_the_minute(client, shop, offline, settings):
    settings.RATE_LIMITS = "on"
    answer = client.post(PRINTS, sent(offline), format="json")
    assert answer.headers["X-RateLimit-Limit"] == "100"
    assert client.get(PRINTS).headers["X-RateLimit-Limit"] == "1000"

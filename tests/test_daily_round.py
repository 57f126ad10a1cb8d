"""The daily round of a member of staff in a real Chromium: what they do most, by how many clicks and keys, in how many
seconds. `-s` shows the counts."""

import csv
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import openpyxl
import pytest

from accounts.services.levels import groups_prepare
from accounts.tests.factories import PASSWORD, AdminFactory, ArtistFactory, BuyerFactory
from commerce.models import Dispute, Payment, Refund
from commerce.services.escrow.disputes import dispute_open
from commerce.tests.steps import paid_job, paid_order
from config.core.models import AuditEntry
from jobs.tests.factories import hired_job
from marketplace.models import Artwork
from marketplace.tests.factories import ArtworkFactory
from tests import browsers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
apart, chromium, server = browsers.apart, browsers.chromium, browsers.server

MOST_CLICKS: Final = {
    "approve a work by keys": 1,
    "refund a part of an order": 3,
    "settle a dispute with a split": 3,
    "find a buyer by name": 0,
    "send a reset link": 1,
    "export a month of payments as CSV and XLSX": 5,
}

# The first and the last moment of the month are in it.
MARCH: Final = (
    datetime(2026, 3, 1, tzinfo=UTC),
    datetime(2026, 3, 14, 12, tzinfo=UTC),
    datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC),
)


class Desk:
    """The page, with what the person's hands do counted by errand."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.clicks = self.keys = 0
        self.counts: dict[str, tuple[int, int, float]] = {}

    @contextmanager
    def errand(self, name: str) -> Iterator[None]:
        self.clicks = self.keys = 0
        began = time.monotonic()
        yield
        self.counts[name] = (self.clicks, self.keys, time.monotonic() - began)

    def click(self, what: Any) -> None:
        what.click()
        self.clicks += 1

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def write(self, words: str) -> None:
        """Where the cursor is."""
        self.page.keyboard.type(words)
        self.keys += len(words)

    def day(self, name: str, day: str) -> None:
        """Two digits, two digits, four, into a field for a day."""
        self.page.locator(f"input[name={name}]").fill(day)
        self.keys += 8

    def menu(self, name: str) -> None:
        self.click(
            self.page.locator("#nav-sidebar a", has=self.page.get_by_text(name, exact=True)).filter(visible=True)
        )

    def decision(self, name: str) -> None:
        self.click(self.page.locator(".atelier-decisions a", has_text=name))
        self.page.locator("[autofocus]:focus").wait_for()

    def told(self, words: str) -> None:
        self.page.get_by_text(words).first.wait_for(timeout=10_000)


def made() -> SimpleNamespace:
    """A work that waits, an order and a dispute; three payments of last month and two of now."""
    groups_prepare()
    boss = AdminFactory.create(username="boss")
    alice, bob = ArtistFactory.create(username="alice"), BuyerFactory.create(username="bob")
    amina = BuyerFactory.create(username="amina77", first_name="Amina", last_name="Khalid")
    work = ArtworkFactory.create(title="Dunes", seller=alice, status="pending")
    pictures = [
        ArtworkFactory.create(title=title, seller=alice, price=Decimal(price))
        for title, price in (("Dawn", "25.00"), ("Dusk", "60.00"), ("=Noon", "15.00"))
    ]
    month = [paid_order(buyer, picture)[1].pk for buyer, picture in zip((bob, amina, bob), pictures, strict=True)]
    order, _payment = paid_order(bob, ArtworkFactory.create(seller=alice, price=Decimal("80.00")), pictures[0])
    dispute = dispute_open(
        actor=bob, payment_id=paid_job(hired_job(buyer=bob, artist=alice)).pk, reason="Half of it is missing."
    )
    Payment.objects.update(created_at=datetime(2026, 5, 2, tzinfo=UTC))
    for moment, payment in zip(MARCH, month, strict=True):
        Payment.objects.filter(pk=payment).update(created_at=moment)
    names = ("boss", "alice", "bob", "amina", "work", "order", "dispute", "month")
    return SimpleNamespace(**dict(zip(names, (boss, alice, bob, amina, work, order, dispute, month), strict=True)))


@pytest.fixture
def world(apart, settings) -> SimpleNamespace:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SANDBOX_ALLOWED = True
    return apart(made)


@pytest.fixture
def desk(chromium, server, world) -> Iterator[Desk]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(10_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{server}/admin/")
    page.fill("[name=username]", "boss")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    yield Desk(page)
    context.close()
    assert wrong == []


def test_the_daily_round(desk, world, apart, tmp_path):
    approve(desk)
    refund_a_part(desk)
    split(desk)
    find(desk, world)
    send_a_link(desk)
    files = export(desk, tmp_path)
    for name, (clicks, keys, seconds) in desk.counts.items():
        print(f"{name}: {clicks} clicks, {keys} keys, {seconds:.1f} s")
        assert clicks <= MOST_CLICKS[name], name
    apart(came_of_it, world, files)


def approve(desk: Desk) -> None:
    with desk.errand("approve a work by keys"):
        desk.menu("Queue")
        desk.page.locator("#queue article:focus").wait_for()  # keys are heard from then on
        desk.press("a")
        desk.told("“Dunes”: approved.")


def refund_a_part(desk: Desk) -> None:
    with desk.errand("refund a part of an order"):
        desk.menu("Orders")
        desk.click(desk.page.locator("#result_list tbody tr").first.locator("a").first)
        desk.decision("Refund")
        desk.press("Tab")
        desk.write("25.00")
        desk.press("Tab")
        desk.write("Arrived torn")
        desk.press("Enter")
        desk.told("Refund of 25.00 PKR: succeeded.")


def split(desk: Desk) -> None:
    with desk.errand("settle a dispute with a split"):
        desk.menu("Disputes")
        desk.click(desk.page.locator("#result_list tbody tr").first.locator("a").first)
        desk.decision("Split")
        desk.write("500")
        desk.press("Tab")
        desk.write("350")
        desk.press("Tab")
        desk.write("Half of it is done.")
        desk.press("Tab")
        desk.press("Enter")
        desk.told("Decided: 500.00 PKR to alice, 350.00 PKR back to bob.")


def find(desk: Desk, world: SimpleNamespace) -> None:
    with desk.errand("find a buyer by name"):
        desk.press("Control+k")
        desk.page.locator("#search-input-command:focus").wait_for()
        desk.write("khalid")
        desk.page.locator("#command-results .active", has_text="amina77").wait_for()  # the first is chosen
        desk.press("Enter")
        desk.page.wait_for_url(f"**/accounts/user/{world.amina.pk}/change/")


def send_a_link(desk: Desk) -> None:
    with desk.errand("send a reset link"):
        desk.decision("Send a reset link")
        desk.press("Enter")
        desk.told("The link is on its way.")


def export(desk: Desk, folder: Path) -> list[list[dict[str, Any]]]:
    """The rows of the two files."""
    with desk.errand("export a month of payments as CSV and XLSX"):
        desk.menu("Payments")
        desk.click(desk.page.locator("#changelist a", has_text="Filters").filter(visible=True))
        desk.day("created_at_from", "2026-03-01")
        desk.day("created_at_to", "2026-03-31")
        desk.click(desk.page.get_by_role("button", name="Apply Filters"))
        desk.page.wait_for_url("**created_at_to=2026-03-31**")
        files = []
        for kind in ("csv", "xlsx"):
            with desk.page.expect_download() as download:
                desk.click(desk.page.locator(f"button[name=form][value={kind}]"))
            files.append(folder / download.value.suggested_filename)
            download.value.save_as(files[-1])
    with files[0].open(newline="", encoding="utf-8-sig") as file:
        lines: list[dict[str, Any]] = list(csv.DictReader(file))
    sheet = openpyxl.load_workbook(files[1], read_only=True).active
    titles, *rows = sheet.iter_rows(values_only=True)
    return [lines, [dict(zip(titles, row, strict=True)) for row in rows]]


def came_of_it(world: SimpleNamespace, files: list[list[dict[str, Any]]]) -> None:
    assert Artwork.objects.get(pk=world.work.pk).status == "approved"
    refunds = Refund.objects.filter(payment__order=world.order)
    assert [(refund.amount, refund.status, refund.reason) for refund in refunds] == [
        (Decimal("25.00"), "succeeded", "Arrived torn")
    ]
    dispute = Dispute.objects.get()
    assert (dispute.artist_amount, dispute.buyer_amount) == (Decimal("500.00"), Decimal("350.00"))
    assert (dispute.state, dispute.decided_by, dispute.answer) == ("decided", world.boss, "Half of it is done.")
    assert world.amina.deliveries.filter(template="password_reset").count() == 1
    for rows in files:
        found = [(row["transaction id"], Decimal(str(row["amount"])), row["amount currency"]) for row in rows]
        assert sorted(found) == sorted(
            (payment.transaction_id, payment.amount, "PKR") for payment in Payment.objects.filter(pk__in=world.month)
        )
    payment = world.order.payments.get()
    assert payment.refunded_amount == Decimal("25.00")
    entries = AuditEntry.objects.filter(actor=world.boss).order_by("pk")
    assert [(entry.action, entry.target_id) for entry in entries] == [
        ("artwork.approve", str(world.work.pk)),
        ("payment.refund_ask", str(payment.pk)),
        ("payment.refund", str(payment.pk)),
        ("dispute.decide", str(dispute.pk)),
        ("user.send_password_link", str(world.amina.pk)),
        ("payment.export", ""),
        ("payment.export", ""),
    ]

"""The farm board in a real Chromium, against a real server: sign-in, what comes over the socket, what is asked of
printers, and what it says when the socket is away."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.sockets import push_to_group
from accounts.tests.factories import PASSWORD, UserFactory
from printshop.choices import EventKind
from printshop.models import Printer, PrinterCommand
from printshop.selectors.board import printer_row
from printshop.services.live import shop_group, tell_queue_changed
from printshop.services.printers.events import printer_event
from printshop.tests.factories import PrinterFactory, PrinterSlotFactory, ScheduledPrintFactory
from tests import browsers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
SOCKET = "**/ws/printshop/printers"
apart, chromium, server = browsers.apart, browsers.chromium, browsers.server


@pytest.fixture
def farm(apart, settings) -> Printer:
    """alice's: one printer prints, one waits for its plate, one is offline."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False

    def make() -> Printer:
        owner = UserFactory.create(username="alice")
        main = PrinterFactory.create(
            shop__owner=owner,
            name="Main",
            status="printing",
            current_job="Custom Bracket",
            progress=45,
            layer=90,
            total_layers=200,
            nozzle_temp=219.6,
            nozzle_target=220,
            bed_temp=60,
            remaining_seconds=4800,
        )
        PrinterSlotFactory.create(printer=main, remaining_pct=95)
        PrinterFactory.create(shop=main.shop, name="Second", is_plate_clear=False)
        offline = PrinterFactory.create(shop=main.shop, name="Third", status="offline")
        Printer.objects.filter(pk=offline.pk).update(status_detail="The printer does not answer.")
        ScheduledPrintFactory.create(shop=main.shop, printer=main, waiting_reason="Main is printing.")
        return main

    return apart(make)


@pytest.fixture
def wrong() -> list[str]:
    """What the browser's console complains of."""
    return []


@pytest.fixture
def page(chromium, server, farm, wrong) -> Iterator[Any]:
    """The board, signed in to as a person does. At the end nothing has gone wrong in it and nothing came from
    elsewhere."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    asked: set[str] = set()
    opened.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda request: asked.add(request.url))
    opened.goto(f"{server}/printshop/board/")
    sign_in(opened)
    yield opened
    context.close()
    assert wrong == []
    assert {url for url in asked if not url.startswith((server, "data:"))} == set()


def sign_in(page: Any) -> None:
    page.fill("input[name=username]", "alice")
    page.fill("input[name=password]", PASSWORD)
    page.click("button")


def text_of(page: Any, part: str) -> str:
    return str(page.locator(f'[data-part="{part}"]').first.inner_text())


def wait(page: Any, words: str, within: str = "#board") -> None:
    page.locator(within, has_text=words).first.wait_for(timeout=10_000)


def live(page: Any) -> None:
    page.locator('[data-part="link"][data-state="live"]', has_text=re.compile("^Live$")).wait_for(timeout=10_000)


def card(page: Any, printer: Printer) -> Any:
    return page.locator(f"#printer-{printer.pk}")


def test_the_board_lives(page, farm, apart):
    live(page)
    main = card(page, farm)
    shown = main.inner_text()
    for words in ("Main", "P1S", "Printing", "Custom Bracket", "45 %", "1 h 20 min left", "layer 90/200"):
        assert words in shown
    for words in ("Nozzle 220/220, bed 60 °C", "1: PLA 95 %"):
        assert words in shown
    assert main.locator("rect").get_attribute("fill") == "#FF0000"
    assert text_of(page, "counts").split() == "1 printing 0 ready 2 need a look 1 in the queue 0 late".split()
    assert "Third: The printer does not answer." in text_of(page, "attention")
    assert "Main is printing." in text_of(page, "queue")
    assert page.title() == "(2) Farm board · Atelier"

    def push(**changed: Any) -> None:
        row = printer_row(farm.pk) | changed
        message = {"type": "printers", "printers": [row]}
        push_to_group(shop_group(farm.shop_id), {"type": "printers", "message": message})

    apart(push, progress=46, status="paused", errors=[{"code": "0300", "words": "The nozzle is clogged."}])
    wait(page, "46 %", f"#printer-{farm.pk}")
    assert "Paused" in main.inner_text()
    assert "The nozzle is clogged." in main.inner_text()
    assert "1: PLA 95 %" in main.inner_text()  # the message said nothing of slots

    apart(ScheduledPrintFactory, shop=farm.shop, printer=None, job_name="Second Bracket", printer_id=None)
    apart(tell_queue_changed, farm.shop_id)
    wait(page, "Second Bracket", '[data-part="queue"]')
    apart(printer_event, printer_id=farm.pk, kind=EventKind.PRINT_FAILED, key="1", words="The nozzle is clogged.")
    wait(page, "Failed: Main", '[data-part="events"]')


def test_the_owner_acts(page, farm, apart):
    live(page)
    second = page.locator(".board-printer", has_text="Second")
    assert "Clear the plate" in second.inner_text()
    second.get_by_role("button", name="Plate is clear").click()
    wait(page, "Ready", ".board-printer:has-text('Second')")
    assert apart(Printer.objects.get, name="Second").is_plate_clear

    main = card(page, farm)
    assert main.get_by_role("button").all_inner_texts() == ["Pause", "Stop"]
    main.get_by_role("button", name="Pause").click()
    wait(page, "Asked it to pause.", f"#printer-{farm.pk}")
    main.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Let it print").click()
    main.get_by_role("button", name="Stop").press("Enter")
    assert "Stop Custom Bracket on Main?" in text_of(page, "question")
    page.get_by_role("button", name="Stop it").click()
    wait(page, "Asked it to stop.", f"#printer-{farm.pk}")
    asked = apart(lambda: list(PrinterCommand.objects.order_by("pk").values_list("kind", flat=True)))
    assert asked == ["pause", "stop"]


def test_without_the_socket_it_asks_and_says_so(page, farm, apart, server):
    """First the socket is away, then the token ends while it is open, then everything is away."""
    live(page)
    routes: list[Any] = []
    page.route_web_socket(SOCKET, lambda ws: ws.close(code=1013))
    page.reload()
    wait(page, "The live connection is away. Asking every 5 seconds.", '[data-part="link"]')
    apart(lambda: Printer.objects.filter(pk=farm.pk).update(progress=77))
    wait(page, "77 %", f"#printer-{farm.pk}")

    def once(ws: Any) -> None:
        routes.append(ws)
        ws.connect_to_server()

    page.route_web_socket(SOCKET, once)
    page.reload()
    live(page)
    routes[0].close(code=4401)
    page.locator('[data-part="link"]:not([data-state="live"])').wait_for(timeout=10_000)
    live(page)
    assert len(routes) == 2


def test_who_is_signed_out_is_told(page, farm, wrong):
    live(page)
    page.context.clear_cookies()
    page.route_web_socket(SOCKET, lambda ws: ws.close(code=4401))
    page.reload()
    page.locator("input[name=password]").wait_for()
    sign_in(page)
    wait(page, "The live connection is away.")
    page.context.clear_cookies()
    card(page, farm).get_by_role("button", name="Pause").click()
    wait(page, "You are signed out.")
    page.wait_for_timeout(100)
    assert {re.sub(r".*status of (\d+).*", r"\1", text) for text in wrong} <= {"401", "403"}
    wrong.clear()


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1920, 1080), (3840, 2160)])
def test_it_fits_every_screen(page, farm, apart, width, height):
    def more() -> None:
        for number in range(37):
            PrinterFactory.create(shop=farm.shop, name=f"A printer with a rather long name {number}")

    apart(more)
    page.set_viewport_size({"width": width, "height": height})
    page.reload()
    live(page)
    assert page.locator(".board-printer").count() == 40
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")

"""The farm board's pages, and who may see and do what there."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.authentication import users_of
from accounts.tests.factories import BuyerFactory, ModeratorFactory, StaffFactory
from printshop.models import Printer, PrinterCommand, Shop
from printshop.selectors.board import board_of
from printshop.tests.factories import (
    PrinterFactory,
    PrinterSlotFactory,
    ScheduledPrintFactory,
    ShopFactory,
    ShopOrderFactory,
)

pytestmark = pytest.mark.django_db
BOARD = "/printshop/board/"
STAFF_BOARD = "/admin/printshop/board/"


@pytest.fixture
def printer() -> Printer:
    found = PrinterFactory.create(
        name="Main </script><b>", shop__owner__username="alice", status="printing", progress=45
    )
    PrinterSlotFactory.create(printer=found)
    ScheduledPrintFactory.create(shop=found.shop, printer=found, waiting_reason="No printer has <b>red</b> PLA.")
    return found


@pytest.fixture
def alice(printer) -> Client:
    return signed_in(printer.shop.owner)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def state_in(page: str) -> dict:
    found = re.search(r'<script id="board-state" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_the_owner_sees_their_shop(alice, printer):
    PrinterFactory.create(name="Somebody else's")
    answer = alice.get(BOARD)
    assert answer.status_code == 200
    page = answer.content.decode()
    state = state_in(page)
    assert [row["name"] for row in state["printers"]] == ["Main </script><b>"]
    assert [row["waiting_reason"] for row in state["queue"]] == ["No printer has <b>red</b> PLA."]
    assert printer.access_code not in page
    assert alice.get(f"{BOARD}state").json() == state


def test_nothing_in_the_page_comes_from_elsewhere_or_runs_in_it(alice):
    answer = alice.get(BOARD)
    page, policy = answer.content.decode(), answer["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert "connect-src 'self' ws://testserver wss://testserver;" in policy
    assert "unsafe" not in policy
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    assert set(re.findall(r"<script[^>]*>", page)) == {
        '<script id="board-state" type="application/json">',
        '<script src="/static/printshop/board.js" defer>',
    }
    assert "no-store" in answer["Cache-Control"]


def test_strangers_are_sent_to_the_sign_in_page():
    answer = Client().get(BOARD)
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/printshop/board/")
    assert Client().get(f"{BOARD}state").status_code == 401
    assert Client().post(f"{BOARD}token").status_code == 401
    assert Client().post(f"{BOARD}printers/1/pause").status_code == 401


def test_who_has_no_shop_sees_an_empty_board(printer):
    state = state_in(signed_in(BuyerFactory()).get(BOARD).content.decode())
    assert (state["printers"], state["queue"], state["late_orders"]) == ([], [], [])
    assert Shop.objects.count() == 1


def test_the_session_is_traded_for_a_short_token(alice, printer, settings):
    answer = alice.post(f"{BOARD}token")
    assert answer.json()["expires_in"] == settings.ACCESS_TOKEN_EXPIRE_MINUTES * 60
    assert users_of([f"Bearer {answer.json()['token']}"]) == [printer.shop.owner]
    assert "no-store" in answer["Cache-Control"]
    assert alice.get(f"{BOARD}token").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(printer.shop.owner)
    assert strict.post(f"{BOARD}token").status_code == 403
    assert strict.post(f"{BOARD}printers/{printer.pk}/stop").status_code == 403


def test_the_owner_asks_a_printer(alice, printer):
    answer = alice.post(f"{BOARD}printers/{printer.pk}/pause")
    assert (answer.status_code, answer.json()["message"]) == (200, "Asked it to pause.")
    assert answer.json()["printer"]["id"] == printer.pk
    assert list(PrinterCommand.objects.values_list("kind", "actor")) == [("pause", printer.shop.owner_id)]
    answer = alice.post(f"{BOARD}printers/{printer.pk}/resume")
    assert (answer.status_code, answer.json()) == (409, {"error": "It is not paused."})


def test_the_owner_says_that_the_plate_is_clear(alice, printer):
    answer = alice.post(f"{BOARD}printers/{printer.pk}/clear")
    assert answer.status_code == 409
    Printer.objects.update(status="online", is_plate_clear=False)
    answer = alice.post(f"{BOARD}printers/{printer.pk}/clear")
    assert (answer.status_code, answer.json()["printer"]["is_plate_clear"]) == (200, True)
    printer.refresh_from_db()
    assert printer.is_plate_clear


def test_nobody_else_does(printer):
    for person in (BuyerFactory(), StaffFactory()):
        client = signed_in(person)
        for command in ("clear", "pause", "resume", "stop"):
            assert client.post(f"{BOARD}printers/{printer.pk}/{command}").status_code == 403
    alice = signed_in(printer.shop.owner)
    assert alice.post(f"{BOARD}printers/999999/stop").status_code == 404
    assert alice.post(f"{BOARD}printers/{10**30}/stop").status_code == 404
    assert alice.post(f"{BOARD}printers/{printer.pk}/explode").status_code == 404
    assert not PrinterCommand.objects.exists()


def test_late_orders_are_those_that_are_or_will_be_late():
    shop, now = ShopFactory.create(), timezone.now()
    day = timedelta(days=1)
    past = ShopOrderFactory.create(shop=shop, expected_ship_at=now - day)
    later = ShopOrderFactory.create(shop=shop, expected_ship_at=now + day, promised_ship_at=now + 2 * day)
    ShopOrderFactory.create(shop=shop, expected_ship_at=now + 2 * day, promised_ship_at=now + day)
    ShopOrderFactory.create(shop=shop, expected_ship_at=None, promised_ship_at=now + day)
    ShopOrderFactory.create(shop=shop, expected_ship_at=now - day, is_shipped=True)
    ShopOrderFactory.create(shop=shop, expected_ship_at=now - day, is_paid=False)
    ShopOrderFactory.create(shop=shop, expected_ship_at=now - day, status="canceled")
    ShopOrderFactory.create(shop=shop, expected_ship_at=now - day, refunded_amount="49.99")
    ShopOrderFactory.create(shop=shop, expected_ship_at=now - day, production_status="cancelled")
    ShopOrderFactory.create(shop=shop, expected_ship_at=now - day, status="shipped")
    ShopOrderFactory.create(shop=shop, expected_ship_at=now - day, status="completed")
    ShopOrderFactory.create(expected_ship_at=now - day)
    made = {"shop": shop, "production_status": "completed"}
    overdue = ShopOrderFactory.create(expected_ship_at=now - day / 2, **made)
    ShopOrderFactory.create(expected_ship_at=now + day, promised_ship_at=now + 2 * day, **made)
    late = board_of(shop)["late_orders"]
    assert [row["id"] for row in late] == [past.pk, overdue.pk, later.pk]
    assert late[2]["order_number"] == later.etsy_order_id


def test_a_board_costs_the_same_whatever_is_on_it(django_assert_max_num_queries):
    shop = ShopFactory.create()
    for _ in range(12):
        printer = PrinterFactory.create(shop=shop)
        PrinterSlotFactory.create(printer=printer)
        item = ShopOrderFactory.create(shop=shop, expected_ship_at=timezone.now()).items.get()
        ScheduledPrintFactory.create(shop=shop, printer=printer, item=item)
    with django_assert_max_num_queries(6):
        board = board_of(shop)
    assert [len(board[name]) for name in ("printers", "queue", "late_orders")] == [12, 12, 12]


# ---------------------------------------------------------------- staff
def test_staff_choose_a_shop_and_only_look(printer):
    staff = signed_in(StaffFactory())
    listed = staff.get(STAFF_BOARD)
    assert f'href="?shop={printer.shop_id}"' in listed.content.decode()
    page = staff.get(STAFF_BOARD, {"shop": printer.shop_id})
    assert page.status_code == 200
    shown = page.content.decode()
    assert [row["id"] for row in state_in(shown)["printers"]] == [printer.pk]
    assert 'data-command="' not in shown
    assert 'data-commands=""' in shown
    assert staff.get(f"{STAFF_BOARD}state", {"shop": printer.shop_id}).json()["printers"][0]["id"] == printer.pk
    for nothing in ("999999", "x", "-1", "9" * 40, "²"):
        assert staff.get(STAFF_BOARD, {"shop": nothing}).status_code == 404


def test_who_is_no_staff_does_not(printer, alice):
    address = f"{STAFF_BOARD}?shop={printer.shop_id}"
    for client in (Client(), alice):
        assert client.get(address).status_code == 302
        assert client.get(f"{STAFF_BOARD}state?shop={printer.shop_id}").status_code == 302
    assert signed_in(ModeratorFactory()).get(address).status_code == 403

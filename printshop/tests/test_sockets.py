"""`/ws/printshop/printers`: the whole state first, then what changes; nobody hears another shop."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from accounts import sockets
from accounts.authentication import access_token
from accounts.sockets import push_to_group
from accounts.tests.factories import StaffFactory, UserFactory
from accounts.tests.socket_client import SocketClient
from config.asgi import application
from printshop.choices import EventKind
from printshop.models import Printer
from printshop.selectors.board import printer_row
from printshop.services.live import shop_group, tell_queue_changed
from printshop.services.printers.events import printer_event
from printshop.tests.factories import PrinterFactory, PrinterSlotFactory, ScheduledPrintFactory

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/ws/printshop/printers"


@pytest.fixture(autouse=True)
async def clean():
    sockets.AuthenticatedConsumer.open_sockets.clear()
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture
def printer() -> Printer:
    found = PrinterFactory.create(name="Main", shop__owner__username="alice", progress=45, status="printing")
    PrinterSlotFactory.create(printer=found, manual={"remaining_pct": 80, "vendor": "Prusament"})
    ScheduledPrintFactory.create(shop=found.shop, printer=found, waiting_reason="The printer is printing.")
    return found


async def opened(user) -> tuple[SocketClient, dict]:
    token = await sync_to_async(access_token)(user)
    socket = SocketClient(application, PATH, headers={"authorization": f"Bearer {token}"})
    await socket.connect()
    state = await socket.receive_json()
    assert state["type"] == "state"
    assert await socket.receive_json() == {"type": "ready"}
    return socket, state


async def test_the_whole_state_comes_first(printer):
    other = await sync_to_async(PrinterFactory)()
    socket, state = await opened(printer.shop.owner)
    assert state["shop_id"] == printer.shop_id
    (shown,) = state["printers"]
    assert (shown["id"], shown["name"], shown["status"], shown["progress"]) == (printer.pk, "Main", "printing", 45)
    (slot,) = shown["slots"]
    assert (slot["slot"], slot["color"], slot["remaining_pct"], slot["vendor"]) == (1, "#FF0000", 80, "Prusament")
    (waiting,) = state["queue"]
    assert (waiting["job_name"], waiting["waiting_reason"]) == ("Custom Bracket", "The printer is printing.")
    assert state["late_orders"] == []
    assert str(other.serial_number) not in str(state)
    assert printer.access_code not in str(state)
    await socket.disconnect()


async def test_changes_reach_the_shop_and_no_other(printer):
    bob = (await sync_to_async(PrinterFactory)()).shop.owner
    alices, _state = await opened(printer.shop.owner)
    bobs, _state = await opened(bob)
    row = await sync_to_async(printer_row)(printer.pk)
    message = {"type": "printers", "printers": [row | {"progress": 46}]}
    await sync_to_async(push_to_group)(shop_group(printer.shop_id), {"type": "printers", "message": message})
    assert await alices.receive_json() == message

    await sync_to_async(printer_event)(
        printer_id=printer.pk, kind=EventKind.PRINT_COMPLETED, key="run-1", words="It is ready.", data={}
    )
    told = await alices.receive_json()
    assert (told["type"], told["event"]["kind"], told["event"]["words"]) == ("event", "print_completed", "It is ready.")
    assert await bobs.receive_nothing(0.2)
    for socket in (alices, bobs):
        await socket.disconnect()


async def test_a_queue_that_changed_several_times_is_told_once_and_as_it_is_then(printer):
    socket, _state = await opened(printer.shop.owner)
    for _ in range(3):
        await sync_to_async(tell_queue_changed)(printer.shop_id)
    await sync_to_async(ScheduledPrintFactory)(shop=printer.shop, printer=None, job_name="Second")
    told = await socket.receive_json()
    assert (told["type"], {row["job_name"] for row in told["queue"]}) == ("queue", {"Custom Bracket", "Second"})
    assert set(told) == {"type", "queue", "late_orders"}
    assert await socket.receive_nothing(0.5)
    await sync_to_async(tell_queue_changed)(printer.shop_id)
    assert (await socket.receive_json())["type"] == "queue"
    await socket.disconnect()


async def test_the_state_again_when_it_is_asked_for(printer):
    socket, state = await opened(printer.shop.owner)
    await sync_to_async(Printer.objects.filter(pk=printer.pk).update)(progress=50)
    await socket.send_json({"type": "state"})
    again = await socket.receive_json()
    assert again["printers"][0]["progress"] == 50
    assert set(again) == set(state)
    await socket.disconnect()


async def test_who_has_no_shop_yet_sees_nothing_until_there_is_one(printer):
    bob = await sync_to_async(UserFactory)(username="bob")
    socket, state = await opened(bob)
    assert (state["shop_id"], state["printers"], state["queue"]) == (None, [], [])
    made = await sync_to_async(PrinterFactory)(shop__owner=bob)
    await socket.send_json({"type": "state"})
    assert [row["id"] for row in (await socket.receive_json())["printers"]] == [made.pk]
    await sync_to_async(tell_queue_changed)(made.shop_id)
    assert (await socket.receive_json())["type"] == "queue"
    await socket.disconnect()


async def test_staff_look_at_a_shop_of_their_choice(printer):
    staff = await sync_to_async(StaffFactory)()
    socket, state = await opened(staff)
    assert state["printers"] == []
    await socket.send_json({"type": "watch", "shop_id": printer.shop_id})
    assert (await socket.receive_json())["shop_id"] == printer.shop_id
    message = {"type": "printers", "printers": []}
    await sync_to_async(push_to_group)(shop_group(printer.shop_id), {"type": "printers", "message": message})
    assert await socket.receive_json() == message
    await socket.disconnect()


@pytest.mark.parametrize(("shop_id", "code"), [("theirs", 4403), (2**62, 4404)])
async def test_nobody_else_does(printer, shop_id, code):
    socket, _state = await opened(await sync_to_async(UserFactory)())
    await socket.send_json({"type": "watch", "shop_id": printer.shop_id if shop_id == "theirs" else shop_id})
    assert await socket.closed_with() == code


@pytest.mark.parametrize("shop_id", [None, True, -1, 2**70, "1", [1]])
async def test_what_is_no_shop(printer, shop_id):
    socket, _state = await opened(printer.shop.owner)
    await socket.send_json({"type": "watch", "shop_id": shop_id})
    assert (await socket.receive_json())["type"] == "error"
    await socket.disconnect()


async def test_strangers_are_shut_out():
    socket = SocketClient(application, PATH, headers={"authorization": "Bearer nonsense"})
    await socket.connect()
    assert await socket.closed_with() == 4401


async def test_who_is_no_staff_any_more_hears_no_more(printer):
    staff = await sync_to_async(StaffFactory)()
    socket, _state = await opened(staff)
    await socket.send_json({"type": "watch", "shop_id": printer.shop_id})
    await socket.receive_json()
    staff.is_staff = False
    await sync_to_async(staff.save)()
    await sync_to_async(tell_queue_changed)(printer.shop_id)
    assert await socket.closed_with() == 4403
    await asyncio.sleep(0)

"""The print shop: an order at Etsy becomes printed objects, filament goes down, profit appears, and the board shows it.

Etsy is the stand-in server of the tests, the printers are those of `manage.py simulate_printers`, the program that is
told is a server of this story.
"""

import io
import json
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from standardwebhooks import Webhook

from tests.demo.nexus import registered
from tests.demo.stage import PASSWORD, Listener, Person, Stage, must, say, wait_for
from tests.receiver import Receiver, receiving
from tests.stand_ins.etsy import EtsyShop, EtsyStandIn

API = "/api/printshop"
SPEED = 600
GRAMS = 23.15
COST_PER_GRAM = 0.02
SKU = "BRKT-L-RED"
P1S = "C12"
SLICE_INFO = """<?xml version="1.0" encoding="UTF-8"?>
<config>
  <header><header_item key="X-BBL-Client-Type" value="slicer"/></header>
  <plate>
    <metadata key="index" value="1"/>
    <metadata key="printer_model_id" value="C12"/>
    <metadata key="nozzle_diameters" value="0.4"/>
    <metadata key="prediction" value="5235"/>
    <metadata key="weight" value="23.15"/>
    <filament id="1" tray_info_idx="GFA00" type="PLA" color="#FF0000" used_m="7.75" used_g="23.15"/>
  </plate>
</config>
"""


def environment_for(etsy: EtsyStandIn) -> dict[str, str]:
    """What the platform has to be started with."""
    return {**etsy.environment(), "WEBHOOK_ALLOW_PRIVATE": "1"}


def play(stage: Stage, environment: dict[str, str], etsy: EtsyStandIn) -> None:
    nina = registered(stage, "nina", "creator")
    at_etsy = connect(nina, etsy)
    with printers(environment, stage.data_dir) as there, receiving() as receiver:
        mine = [add(nina, printer) for printer in there]
        socket = Listener(nina, "/ws/printshop/printers")
        secret = be_told(nina, mine, receiver)
        filament = stock(nina, mine)
        describe(nina)
        receipt, order = sell(nina, etsy, at_etsy)
        printed(nina, socket, order)
        counted(nina, filament, order, environment)
        told(stage, nina, receiver, secret)
        see_the_board(nina, order)
        ship(nina, etsy, receipt, order)


# ---------------------------------------------------------------- before anything is sold
def connect(nina: Person, etsy: EtsyStandIn) -> EtsyShop:
    at_etsy = etsy.shop(name="NinasBrackets", first_name="Nina")
    begun = nina.get(f"{API}/auth/login")
    code = etsy.consents(begun["auth_url"], at_etsy)
    sent = {"code": code, "code_verifier": begun["code_verifier"], "state": begun["state"]}
    user = nina.post(f"{API}/auth/callback", json=sent)["user"]
    must((user["id"], user["shop_name"]) == (nina.id, "NinasBrackets"), f"the sign-in gave {user}")
    nina.post(f"{API}/auth/callback", 400, json=sent)
    say("nina connects her shop at Etsy (PKCE, state)", f"{user['shop_name']}; the same code again: 400")
    return at_etsy


@contextmanager
def printers(environment: dict[str, str], data_dir: Path) -> Iterator[list[dict[str, Any]]]:
    """Two, which print six hundred times as fast as real ones."""
    file = data_dir / "simulated.json"
    command = [sys.executable, "manage.py", "simulate_printers", "--count", "2", "--models", "P1S"]
    command += ["--speed", str(SPEED), "--interval", "0.5", "--json", str(file)]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield json.loads(wait_for(lambda: file.read_text() if file.exists() else "", "the simulated printers", 60))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def add(nina: Person, printer: dict[str, Any]) -> dict[str, Any]:
    asked = ("name", "connection_type", "api_url", "access_code", "files_port")
    made: dict[str, Any] = nina.post(f"{API}/bambu/printers", 201, json={name: printer[name] for name in asked})
    must(printer["access_code"] not in json.dumps(made), "the answer holds the access code")

    def heard() -> Any:
        state = nina.get(f"{API}/bambu/printers/{made['id']}/status")
        return state if state["status"] == "online" else None

    state = wait_for(heard, f"the state of {made['name']}", 60)
    say(f"{made['name']} is connected, by its address and code", f"online, bed {state['bed_temp']} °C")
    return made


def be_told(nina: Person, mine: list[dict[str, Any]], receiver: Receiver) -> str:
    """By e-mail and by a program of hers, of the first printer."""
    settings = nina.get(f"{API}/bambu/notifications", params={"printer_id": mine[0]["id"]})
    address = f"{API}/bambu/notifications/{settings['id']}"
    changed = put(nina, address, {"email_enabled": True, "webhook_url": receiver.url})
    secret = changed["webhook_secret"]
    must("webhook_secret" not in put(nina, address, {"notify_maintenance": True}), "the secret is shown again")
    say("she wants to be told by e-mail and by webhook", "the secret is shown once")
    return str(secret)


def put(nina: Person, path: str, body: dict[str, Any], status: int = 200) -> Any:
    answer = nina.client.put(path, json=body)
    must(answer.status_code == status, f"PUT {path} answered {answer.status_code}: {answer.text[:300]}")
    return answer.json()


def stock(nina: Person, mine: list[dict[str, Any]]) -> int:
    """Two spools of red PLA, one in the first slot of each printer."""
    body = {"material": "PLA", "color": "Red", "initial_amount": 1000, "cost_per_gram": COST_PER_GRAM}
    filament = nina.post(f"{API}/filaments", 201, json=body | {"low_stock_threshold": 100})
    nina.post(f"{API}/filaments/{filament['id']}/spools", 201, json={"initial_amount": 1000})
    spools = nina.get(f"{API}/filaments/{filament['id']}/spools")
    spools = spools if isinstance(spools, list) else spools["spools"]
    for printer, spool in zip(mine, spools, strict=True):
        first = slot_of(nina, printer["id"])
        put(nina, f"{API}/bambu/materials/{first['id']}/spool", {"spool_id": spool["id"]})
    say("two spools of red PLA lie in the printers' AMS", "2000 g in stock, 0.02 a gram")
    return int(filament["id"])


def slot_of(nina: Person, printer_id: int) -> dict[str, Any]:
    def first() -> Any:
        slots = nina.get(f"{API}/bambu/materials", params={"printer_id": printer_id})
        return next((slot for slot in slots if (slot["material_type"], slot["color"]) == ("PLA", "#FF0000")), None)

    return dict(wait_for(first, "the red PLA in the AMS", 30))


def describe(nina: Person, printer_model: str = P1S) -> None:
    """What the SKU is printed from."""
    file = {"file": ("bracket.gcode.3mf", sliced(printer_model), "model/3mf")}
    uploaded = nina.post(f"{API}/print-files", 201, files=file)
    plate = uploaded["plates"][0]
    must((plate["minutes"], plate["grams"]) in ((87, GRAMS), (88, GRAMS)), f"of the slicer's figures came {plate}")
    nina.post(f"{API}/print-parts", 201, json={"sku": SKU, "name": "Bracket", "file_id": uploaded["id"]})
    say(f"{SKU} is printed from bracket.gcode.3mf", f"{plate['minutes']} minutes, {plate['grams']} g by the slicer")


def sliced(printer_model: str) -> bytes:
    """A .gcode.3mf as Bambu Studio writes it: one plate."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("3D/3dmodel.model", "<model/>")
        archive.writestr("Metadata/plate_1.gcode", "G28\n")
        archive.writestr("Metadata/slice_info.config", SLICE_INFO.replace(P1S, printer_model))
    return file.getvalue()


# ---------------------------------------------------------------- from the order to the object
def sell(nina: Person, etsy: EtsyStandIn, at_etsy: EtsyShop) -> tuple[dict[str, Any], dict[str, Any]]:
    receipt = etsy.receipt(at_etsy, sku=SKU, title="Custom Bracket", quantity=2, price=2200)
    done = nina.post(f"{API}/orders/sync")
    must((done["synced_count"], done["total_orders"]) == (1, 1), f"the sync says {done}")
    listed = nina.get(f"{API}/orders", params={"status": "paid"})
    order = listed["orders"][0]
    must(order["etsy_order_id"] == str(receipt["receipt_id"]), f"the order is {order}")
    waiting = nina.get(f"{API}/bambu/scheduled-prints")
    must(len(waiting) == 2, f"two pieces made {len(waiting)} prints")
    say("somebody orders two at Etsy; she syncs", f"order {order['etsy_order_id']}, two prints in the queue")
    return receipt, order


def printed(nina: Person, socket: Listener, order: dict[str, Any]) -> None:
    def ended() -> Any:
        prints = nina.get(f"{API}/bambu/scheduled-prints")
        failed = [row for row in prints if row["status"] == "failed"]
        must(not failed, f"a print failed: {failed}")
        return prints if all(row["status"] == "completed" for row in prints) else None

    prints = wait_for(ended, "the end of both prints", 180)
    must(len({row["printer_id"] for row in prints}) == 2, f"not both printers printed: {prints}")
    shown = [row for frame in list(socket.frames) if frame["type"] == "printers" for row in frame["printers"]]
    seen = {row["id"]: [] for row in shown}  # type: dict[int, list[int]]
    for row in shown:
        if row["status"] == "printing" and row["progress"] is not None:
            seen[row["id"]].append(row["progress"])
    must(all(progress == sorted(progress) and progress for progress in seen.values()), f"the socket told {seen}")
    told = ", ".join(f"{min(progress)} to {max(progress)} %" for progress in seen.values())
    say("both printers print at once; the socket tells", told)
    found = nina.get(f"{API}/orders/{order['id']}")
    must(found["production_status"] == "completed", f"the order's production is {found['production_status']}")
    say("the order is made", f"production_status {found['production_status']}")


def counted(nina: Person, filament_id: int, order: dict[str, Any], environment: dict[str, str]) -> None:
    filament = next(row for row in nina.get(f"{API}/filaments")["filaments"] if row["id"] == filament_id)
    must(filament["current_amount"] == round(2000 - 2 * GRAMS, 2), f"in stock are {filament['current_amount']} g")
    say("stock went down by what the slicer said, once", f"{filament['current_amount']} g left of 2000")

    # What the timetable does every ten minutes.
    sweep = "from printshop.tasks import fees_sweep; fees_sweep()"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", sweep]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    must(done.returncode == 0, f"the fees could not be asked for: {done.stderr[-500:]}")

    def known() -> Any:
        profit = nina.get(f"{API}/orders/{order['id']}/profit")
        return profit if profit["profit"] is not None else None

    profit = wait_for(known, "the profit", 60)
    fees = profit["fees"] + profit["estimated_fees"]
    parts = profit["income"] - fees - profit["filament_cost"] - profit["failed_prints_cost"]
    must(abs(profit["profit"] - parts) < 0.005, f"the parts of the profit do not add up: {profit}")
    must(abs(profit["filament_cost"] - 2 * GRAMS * COST_PER_GRAM) < 0.01, f"the filament cost {profit}")
    dashboard = nina.get(f"{API}/analytics/dashboard")
    must((dashboard["prints_completed"], dashboard["print_success_rate"]) == (2, 100.0), f"the dashboard: {dashboard}")
    say(
        "the profit of the order",
        f"{profit['income']:.2f} less fees {fees:.2f}, filament {profit['filament_cost']:.2f}: "
        f"{profit['profit']:.2f} {profit['currency']}",
    )


def told(stage: Stage, nina: Person, receiver: Receiver, secret: str) -> None:
    def finished() -> Any:
        bodies = [Webhook(secret).verify(body, headers) for _path, headers, body in list(receiver.took)]
        types = [body["type"] for body in bodies]
        return bodies if "print.completed" in types else None

    bodies = wait_for(finished, "the webhook of the finished print", 30)
    types = [body["type"] for body in bodies]
    must(types.count("print.started") == types.count("print.completed") == 1, f"the webhooks were {types}")
    wait_for(lambda: stage.mail_to(nina.email, "Print finished"), "the mail of the finished print")
    say("her program and her mailbox know, once each", "signatures right; print.started, print.completed")


# ---------------------------------------------------------------- the board, and the parcel
def see_the_board(nina: Person, order: dict[str, Any]) -> None:
    with httpx.Client(base_url=nina.stage.url, follow_redirects=True, timeout=30) as browser:
        page = browser.get("/printshop/board/")
        must(page.url.path == "/sign-in/", f"a stranger's board is at {page.url}")
        sent = {"username": nina.name, "password": PASSWORD, "csrfmiddlewaretoken": token_in(page.text)}
        page = browser.post(str(page.url), data=sent | {"next": "/printshop/board/"})
        must((page.status_code, page.url.path) == (200, "/printshop/board/"), f"signing in led to {page.url}")
        state = browser.get("/printshop/board/state").json()
        plates = [row for row in state["printers"] if row["needs_clear_plate"] and not row["is_plate_clear"]]
        must(len(plates) == 2 and not state["queue"], f"the board shows {state}")
        headers = {"X-CSRFToken": token_in(page.text)}
        answer = browser.post(f"/printshop/board/printers/{plates[0]['id']}/clear", headers=headers).json()
        must(answer["printer"]["is_plate_clear"], f"the plate: {answer}")
    say("she signs in to the board", "two plates to clear, an empty queue; one plate is clear now")


def token_in(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    must(found, "the page has no CSRF token")
    assert found is not None
    return found[1]


def ship(nina: Person, etsy: EtsyStandIn, receipt: dict[str, Any], order: dict[str, Any]) -> None:
    parcel = {"carrier": "usps", "tracking_code": "9400111899223197428499"}
    path = f"{API}/orders/{order['id']}/shipments"
    nina.post(path, 201, json=parcel)
    nina.post(path, 200, json=parcel)
    mails: Callable[[], Any] = lambda: [mail for mail in etsy.mailed if mail[0] == receipt["receipt_id"]]  # noqa: E731
    wait_for(mails, "the parcel at Etsy", 30)
    must(len(mails()) == 1, f"Etsy mailed the buyer {len(mails())} times")
    say("she ships it, twice by mistake", "Etsy mailed the buyer once")

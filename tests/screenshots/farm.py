"""The farm board with forty simulated printers, as it hangs on a wall and as it is in a pocket: its owner has sold at
Etsy (the stand-in) more than they can print in time."""

import time
from typing import Any, Final

from printshop.simulator.farm import SimulatedFarm
from tests.demo import printshop
from tests.demo.nexus import registered
from tests.demo.stage import PASSWORD, Person, Stage, must, say, wait_for
from tests.screenshots.camera import Camera, small
from tests.stand_ins.etsy import EtsyShop, EtsyStandIn

COUNT: Final = 40
MODELS: Final = ("X1C", "P1S", "A1", "H2D")
PLACES: Final = ("Window", "Door", "Shelf", "Corner")
SPEED: Final = 30
WALL: Final = (2560, 1600)
PHONE: Final = (390, 844)
ORDERS: Final = 9


def shoot(taken: Camera, stage: Stage, etsy: EtsyStandIn) -> None:
    nina = registered(stage, "nina", "creator")
    at_etsy = printshop.connect(nina, etsy)
    began = time.monotonic()
    with SimulatedFarm([MODELS[number % len(MODELS)] for number in range(COUNT)], speed=SPEED) as farm:
        for number, printer in enumerate(farm.printers):
            name = f"{PLACES[number // 10]} {number % 10 + 1}"
            nina.post("/api/printshop/bambu/printers", 201, json=asked(printer.address.as_dict() | {"name": name}))
        wait_for(lambda: len(states(nina, "online")) == COUNT, "forty printers", 120)
        say(f"{COUNT} simulated printers are connected", f"{time.monotonic() - began:.0f} s")
        sell(nina, etsy, at_etsy)
        wait_for(lambda: len(states(nina, "printing")) > COUNT * 3 // 4, "most of them to print", 240)
        farm.printers[30].fail(0x03008008)
        farm.printers[33].run_out()
        farm.printers[35].stop_by_hand()
        farm.printers[37].switch_off()
        farm.printers[38].show_hms((0x03001200, 0x00020001))
        wait_for(lambda: states(nina, "offline") and states(nina, "paused"), "what goes wrong to be seen", 120)
        wait_for(lambda: max(progress_of(nina)) > 20, "a fifth of the first prints", 240)
        picture(taken, nina)


def asked(address: dict[str, Any]) -> dict[str, Any]:
    return {name: address[name] for name in ("name", "connection_type", "api_url", "access_code", "files_port")}


def states(nina: Person, status: str) -> list[Any]:
    return [row for row in nina.get("/api/printshop/bambu/printers") if row["status"] == status]


def progress_of(nina: Person) -> list[int]:
    """Of five of them."""
    printers = nina.get("/api/printshop/bambu/printers", params={"limit": 5})
    found = [nina.get(f"/api/printshop/bambu/printers/{row['id']}/status")["progress"] for row in printers]
    return [progress or 0 for progress in found]


def sell(nina: Person, etsy: EtsyStandIn, at_etsy: EtsyShop) -> None:
    printshop.describe(nina, printer_model="")
    for number in range(ORDERS):
        etsy.receipt(at_etsy, sku=printshop.SKU, quantity=6 + number, ship_in=600 + 2400 * number)
    done = nina.post("/api/printshop/orders/sync")
    must(done["synced_count"] == ORDERS, f"the sync says {done}")


def picture(taken: Camera, nina: Person) -> None:
    page = taken.page
    page.goto(f"{taken.url}/sign-in/?next=/printshop/board/")
    page.fill("input[name=username]", nina.name)
    page.fill("input[name=password]", PASSWORD)
    page.click("button")
    for name, (width, height) in {"farm-board": WALL, "farm-board-phone": PHONE}.items():
        page.set_viewport_size({"width": width, "height": height})
        page.locator('[data-part="link"][data-state="live"]').wait_for()
        must(page.locator(".board-printer").count() == COUNT, "not all printers are on the board")
        must(page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), f"{name} is too wide")
        file = taken.folder / f"{name}.png"
        file.write_bytes(small(page.screenshot()))
        say(f"{file.name} shows /printshop/board/", f"{file.stat().st_size // 1024} KB")

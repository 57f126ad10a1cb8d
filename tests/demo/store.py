"""The STL store: a mesh is uploaded, measured, sold under a campaign, bought, downloaded, asked about and paid out."""

import hashlib
import math
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from marketplace.meshes.shapes import circle, extruded, stl_of
from tests.demo.stage import PASSWORD, Person, Stage, must, say, wait_for

HOLE_MM = 5.0


def play(stage: Stage) -> None:
    gina = registered(stage, "gina")
    hugo = registered(stage, "hugo")
    plate = mesh()
    model = upload(gina, plate)
    suggestions(gina, hugo, model)
    design = sell(gina, hugo, model)
    campaign(gina, design)
    bought = buy(gina, hugo, design)
    download(hugo, bought, plate)
    everywhere(stage, hugo, bought)
    ask(hugo, design)
    figures(gina, design)
    payout(gina)


def registered(stage: Stage, name: str) -> Person:
    """v1 registers by JSON and signs in by form; the answer is a JWT."""
    person = Person(stage, f"{name}_{stage.suffix}")
    person.email = f"{person.name}@example.com"
    account = {"username": person.name, "email": person.email, "password": PASSWORD, "full_name": f"{name} Example"}
    person.id = person.post("/api/v1/register", 201, json=account)["id"]
    form = {"username": (None, person.name), "password": (None, PASSWORD)}
    person.token = person.post("/api/v1/login", 200, files=form)["access_token"]
    person.client.headers["Authorization"] = f"Bearer {person.token}"
    return person


def mesh() -> bytes:
    """A plate 4 mm thick with four round holes, of an outline that the platform has never seen."""
    corners = 11
    radii = [28 + secrets.randbelow(18) for _ in range(corners)]
    turns = [2 * math.pi * corner / corners for corner in range(corners)]
    points = [(radius * math.cos(turn), radius * math.sin(turn)) for radius, turn in zip(radii, turns, strict=True)]
    outline = np.array(points)
    holes = [circle(HOLE_MM / 2, at=(x, y)) for x in (-9, 9) for y in (-9, 9)]
    return stl_of(extruded(outline, 4, holes=holes))


def upload(gina: Person, plate: bytes) -> dict[str, Any]:
    form = {"name": "Mounting plate", "description": "Holds a sensor.", "tags": "bracket, plate, sensor"}
    made = gina.post("/api/v1/upload_stl", 201, data=form, files={"file": ("plate.stl", plate, "model/stl")})
    gina.post("/api/v1/upload_stl", 422, data=form, files={"file": ("plate.stl", b"solid nothing", "model/stl")})
    say("gina uploads a mesh, and a broken one", f"201, {made['file_size']}; 422")
    return dict(made)


def suggestions(gina: Person, hugo: Person, model: dict[str, Any]) -> None:
    address = f"/api/v1/labels/models/{model['model_id']}/ai-suggestions"

    def ready() -> Any:
        answer = gina.client.post(address)
        return answer.json() if answer.status_code == 200 else None

    found = wait_for(ready, "the analysis of the mesh", 60)
    holes = [label for label in found if "hole" in label["label_text"].lower()]
    must(len(holes) == 4, f"of four holes {len(holes)} were found: {[label['label_text'] for label in found]}")
    hugo.post(address, 404)
    say("the platform suggests labels for it", f"{len(found)}, among them 4 holes: {holes[0]['label_text']}")


def sell(gina: Person, hugo: Person, model: dict[str, Any]) -> dict[str, Any]:
    form = {
        "designName": "Mounting plate",
        "description": "Holds a sensor.",
        "price": "40.00",
        "category": "mechanical",
        "fileOrigin": "original",
        "licenseType": "commercial",
        "originDeclaration": True,
        "qualityAssurance": True,
        "technicalSpecs": "",
        "tags": "bracket, plate",
        "instructions": "",
        "original_model_id": model["model_id"],
    }
    gina.post("/api/v1/commerce/designs/sell", 422, json=form | {"price": "cheap"})
    design = gina.post("/api/v1/commerce/designs/sell", 201, json=form)
    seen = hugo.get(f"/api/v1/commerce/designs/{design['id']}")
    must((seen["status"], seen["price"]) == ("active", 40.0), f"the design is {seen}")
    say("she sells it by form; a price that is none", f"{design['status']}, {design['price']} USD; 422")
    return dict(design)


def number_of(gina: Person, design: dict[str, Any]) -> int:
    """The dashboard part of v1 goes by numbers."""
    return int(gina.client.put(f"/api/v1/commerce/designs/{design['id']}/edit", json={"tags": ["plate"]}).json()["id"])


def campaign(gina: Person, design: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    made = gina.post(
        "/api/v1/advanced-tools/promotion-campaigns",
        201,
        json={
            "name": "Opening week",
            "discount_type": "percentage",
            "discount_value": 25.0,
            "start_date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "end_date": (now + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "design_ids": [number_of(gina, design)],
            "target_audience": "everyone",
            "budget": 100.0,
        },
    )
    say("she gives 25 % off for a week", f"{made['status']}, reaches {made['estimated_reach']} people")


def buy(gina: Person, hugo: Person, design: dict[str, Any]) -> dict[str, Any]:
    wish = {"design_id": design["id"], "name": "cheap!", "price": 1.0, "size": "M", "color": "red", "icon": "plate"}
    hugo.post("/api/v1/commerce/cart", 422, json=wish)
    item = hugo.post("/api/v1/commerce/cart", 201, json=wish | {"price": 30.0})
    must((item["price"], item["original_price"]) == (30.0, 40.0), f"the cart says {item}")
    must(item["name"] == "Mounting plate", f"the cart believes the name {item['name']}")
    done = hugo.post("/api/v1/commerce/checkout", 200)
    must(done["success"] is True and done["total_amount"] == 30.0, f"the checkout says {done}")
    hugo.post("/api/v1/commerce/checkout", 400)
    say("hugo's cart and checkout; a price of his own; again", f"{done['total_amount']} instead of 40.0; 422; 400")
    sold = gina.get("/api/v1/commerce/sales")
    must([row["seller_earnings"] for row in sold] == [27.0], f"gina's sales: {sold}")
    hugo.post("/api/v1/commerce/cart", 400, json=wish | {"price": 30.0})
    [bought] = hugo.get("/api/v1/purchase-management/my-purchases")["items"]
    return dict(bought)


def download(hugo: Person, bought: dict[str, Any], plate: bytes) -> None:
    link = hugo.post(f"/api/v1/purchase-management/download/{bought['id']}", 200)
    file = hugo.client.get(link["download_url"]).content
    must(hashlib.sha256(file).digest() == hashlib.sha256(plate).digest(), "the download is not the original")
    say("he downloads it", f"{len(file)} bytes, the same as uploaded; download {link['download_count']}")


def everywhere(stage: Stage, hugo: Person, bought: dict[str, Any]) -> None:
    """CultureUp's front-end shows the same purchase to the same account."""
    seen = hugo.get(f"/api/buyer-profiles/{hugo.id}/purchases/")
    items = [item for order in seen["orders"] for item in order["artwork_items"]]
    must([item["artwork_title"] for item in items] == ["Mounting plate"], f"CultureUp shows {seen['orders']}")
    ticket = hugo.post(
        "/api/v1/purchase-management/support-ticket",
        201,
        json={
            "purchase_id": bought["id"],
            "issue_type": "quality_issue",
            "subject": "The holes",
            "description": "Are they meant for M5?",
        },
    )
    say("CultureUp shows the purchase; a support ticket about it", f"1 order; {ticket['ticket_number']}")


def ask(hugo: Person, design: dict[str, Any]) -> None:
    number = hugo.get("/api/v1/purchase-management/my-purchases")["items"][0]["stl_model_id"]
    session = hugo.post("/api/v1/chat/sessions", 201, json={"model_id": number})["id"]
    address = f"/api/v1/chat/sessions/{session}/messages"
    said = hugo.post(address, 201, json={"message": "How big is it, and how heavy in PLA?"})
    answer = str(said["ai_response"]["content"])
    must(re.search(r"\d mm", answer) and re.search(r"\d g\b", answer), f"the assistant says {answer}")
    say("he asks how big and how heavy it is", " ".join(answer.split())[:110])


def figures(gina: Person, design: dict[str, Any]) -> None:
    number = number_of(gina, design)
    shown = gina.get("/api/v1/analytics/design-analytics", params={"design_id": number, "period": "week"})
    seen = (shown["total_views"], shown["total_downloads"], shown["total_purchases"], shown["revenue_generated"])
    must(seen == (1, 1, 1, 30.0), f"the analytics say {shown}")
    say("gina's figures", f"{seen[0]} view, {seen[1]} download, {seen[2]} purchase, {seen[3]} USD")


def payout(gina: Person) -> None:
    wish = {"amount": 20.0, "method": "paypal", "fees": 0.0, "net_amount": 20.0, "payout_account": gina.email}
    gina.post("/api/v1/commerce/payouts", 400, json=wish | {"amount": 28.0, "net_amount": 28.0})
    gina.post("/api/v1/commerce/payouts", 422, json=wish | {"net_amount": 25.0})
    made = gina.post("/api/v1/commerce/payouts", 201, json=wish)
    gina.post("/api/v1/commerce/payouts", 400, json=wish)
    say("she asks for 20.00 of her 27.00; then too much", f"{made['status']}; 400")
    must(made["waits_until"] is not None, "a payout to a new account waits")
    stopped = gina.post(f"/api/v1/commerce/payouts/{made['id']}/cancel", 200)
    gina.post("/api/v1/commerce/payouts", 201, json=wish)
    say("the account is new, so it waits; she stops it, and asks once more", stopped["status"])

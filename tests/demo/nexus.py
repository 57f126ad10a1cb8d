"""Nexus: a model's whole life from upload to payout; a community, a ticket, a bounty and a subscription."""

import hashlib
import io
import subprocess
import sys
from typing import Any

import trimesh

from tests.demo.stage import PASSWORD, Listener, Person, Stage, must, say, wait_for
from tests.demo.store import mesh

CARD = "pm_card_visa"


def play(stage: Stage, environment: dict[str, str]) -> None:
    iris, jack = registered(stage, "iris", "creator"), registered(stage, "jack", "buyer")
    manager = stage.signed_in("admin_manager", "manager123")
    files = {"glb": glb_of(mesh()), "stl": mesh()}
    drone = upload(iris, files)
    approve(stage, iris, jack, manager, drone)
    bought = buy(stage, iris, jack, manager, drone)
    download(jack, bought, files["glb"])
    earn(iris, drone)
    community = talk(stage, iris, jack, manager)
    ticket(stage, jack, manager)
    bounty(iris, jack)
    subscribe(stage, jack, manager, environment)
    must(community["status"] == "active", f"the community is {community}")


def registered(stage: Stage, name: str, user_type: str) -> Person:
    person = Person(stage, f"{name}_{stage.suffix}")
    person.email = f"{person.name}@example.com"
    account = {"username": person.name, "email": person.email, "password": PASSWORD, "full_name": f"{name} Example"}
    made = person.post("/api/auth/register", 201, json=account | {"user_type": user_type})
    person.token, person.id = made["access_token"], made["user"]["id"]
    person.client.headers["Authorization"] = f"Bearer {person.token}"
    return person


def glb_of(stl: bytes) -> bytes:
    made = trimesh.load_mesh(io.BytesIO(stl), file_type="stl").export(None, file_type="glb")
    assert isinstance(made, bytes)
    return made


def upload(iris: Person, files: dict[str, bytes]) -> dict[str, Any]:
    form = {"title": "Sci-Fi Drone", "description": "A scout.", "price": "40.00", "category": "Engineering"}
    form["tags"] = '["drone", "sci-fi"]'
    glb = {"file": ("drone.glb", files["glb"], "model/gltf-binary")}
    made = iris.post("/api/models/upload", 201, data=form | {"poly_count": "1"}, files=glb)
    must((made["status"], made["file_formats"]) == ("pending", ["GLB"]), f"the upload says {made}")
    iris.post(
        "/api/models/upload", 422, data=form, files={"file": ("drone.glb", b"glTF but no more", "model/gltf-binary")}
    )
    stl = {"file": ("plate.stl", files["stl"], "model/stl")}
    plate = iris.post("/api/models/upload", 201, data=form | {"title": "A plate", "price": "0"}, files=stl)
    say("iris uploads a GLB, a broken one, and an STL", f"{made['status']}; 422; 201")

    def measured() -> Any:
        seen = iris.get(f"/api/models/{made['id']}")
        return seen if seen["poly_count"] and seen["thumbnail_url"] else None

    seen = wait_for(measured, "the analysis of the model", 60)
    faces = len(trimesh.load_mesh(io.BytesIO(files["glb"]), file_type="glb").faces)
    must(seen["poly_count"] == faces, f"of {faces} triangles {seen['poly_count']} were counted")
    say("the platform reads it", f"{seen['poly_count']} triangles, {len(seen['preview_images'])} pictures of it")
    return dict(made) | {"plate": plate["id"]}


def approve(stage: Stage, iris: Person, jack: Person, manager: Person, drone: dict[str, Any]) -> None:
    jack.get(f"/api/models/{drone['id']}", 404)
    waiting = [row["id"] for row in manager.get("/api/admin/models/pending")]
    must(drone["id"] in waiting, f"the queue holds {waiting}")
    jack.post(f"/api/admin/models/{drone['id']}/approve", 403)
    manager.post(f"/api/admin/models/{drone['id']}/approve")
    wait_for(lambda: stage.mail_to(iris.email, "Has Been Approved"), "the mail of the approval")
    manager.post(f"/api/admin/models/{drone['plate']}/reject", 422)
    manager.post(f"/api/admin/models/{drone['plate']}/reject", params={"reason": "Say what it holds."})
    jack.post(f"/api/users/{iris.name}/follow")
    jack.post("/api/auth/forgot-password", json={"email": jack.email})
    found = jack.get("/api/models", params={"search": "drone", "page": 1})
    must(drone["id"] in [row["id"] for row in found["items"]], "the approved model is not in the list")
    again = jack.client.post(f"/api/models/{drone['id']}/like")
    must(jack.client.post(f"/api/models/{drone['id']}/like").json() == again.json() == {"likes": 1}, "two likes of one")
    comment = jack.post(f"/api/models/{drone['id']}/comments", 201, json={"content": "Great topology!"})
    iris.post(f"/api/models/{drone['id']}/comments", 201, json={"content": "Thanks", "parent_id": comment["id"]})
    [thread] = jack.get(f"/api/models/{drone['id']}/comments")
    must([answer["content"] for answer in thread["replies"]] == ["Thanks"], f"the thread is {thread}")
    say("a manager approves it; a stranger before and instead", "200, mailed; 404, 403")


def buy(stage: Stage, iris: Person, jack: Person, manager: Person, drone: dict[str, Any]) -> dict[str, Any]:
    code = f"SPRING{stage.suffix}".upper()
    coupon = {"code": code, "discount_percent": 10.0, "max_uses": 1, "expires_at": "2099-12-31T23:59:59Z"}
    manager.post("/api/admin/coupons", 201, json=coupon)
    jack.post("/api/cart", 201, json={"model_id": drone["id"]})
    jack.post("/api/cart", 409, json={"model_id": drone["id"]})
    iris.post("/api/cart", 400, json={"model_id": drone["id"]})
    offered = jack.post("/api/cart/apply-coupon", json={"code": code.lower()})
    must(
        (offered["subtotal"], offered["discount_amount"], offered["total"]) == (40.0, 4.0, 36.0),
        f"the coupon: {offered}",
    )
    made = jack.post("/api/checkout", 201, json={"payment_method": "card", "coupon_code": code})
    wish = {"checkout_id": made["checkout_id"], "payment_method": "card"}
    jack.post("/api/checkout/process-payment", 402, json=wish | {"payment_token": "pm_card_chargeDeclined"})
    done = jack.post("/api/checkout/process-payment", json=wish | {"payment_token": CARD})
    [sale] = done["transactions"]
    must((sale["amount"], sale["platform_fee"], sale["seller_amount"]) == (36.0, 2.7, 33.3), f"the sale is {sale}")
    jack.post("/api/checkout/process-payment", 409, json=wish | {"payment_token": CARD})
    used = next(row for row in manager.get("/api/admin/coupons") if row["code"] == code)
    must(used["used_count"] == 1, f"the coupon was used {used}")
    wait_for(lambda: stage.mail_to(iris.email, "You Made a Sale"), "the mail of the sale")
    wait_for(lambda: stage.mail_to(jack.email, "Purchase Confirmation"), "the mail of the purchase")
    say(
        "jack buys it with a coupon; his first card is declined",
        f"402; {done['total']} of 40.0, fee {sale['platform_fee']}",
    )
    return dict(sale)


def download(jack: Person, sale: dict[str, Any], glb: bytes) -> None:
    link = jack.get(f"/api/purchases/{sale['transaction_id']}/download-link")
    file = jack.client.get(link["download_url"]).content
    must(hashlib.sha256(file).digest() == hashlib.sha256(glb).digest(), "the download is not the original")
    say("he downloads it", f"{len(file)} bytes as uploaded; {link['downloads_remaining']} downloads left")


def earn(iris: Person, drone: dict[str, Any]) -> None:
    stats = iris.get("/api/dashboard/stats")
    figures = (stats["total_sales"], stats["platform_fees"], stats["total_revenue"], stats["available_balance"])
    must(figures == (36.0, 2.7, 33.3, 33.3), f"the dashboard says {stats}")
    chart = iris.get("/api/dashboard/sales-chart", params={"period": "7d"})
    must((len(chart["data"]), chart["total_revenue"]) == (7, 33.3), f"the chart says {chart}")
    wish = {"amount": 20.0, "method": "paypal", "destination": iris.email}
    iris.post("/api/dashboard/request-payout", 400, json=wish | {"amount": 33.31})
    made = iris.post("/api/dashboard/request-payout", 201, json=wish)
    left = iris.get("/api/dashboard/stats")["available_balance"]
    must(left == 13.3, f"of 33.30 after a payout of 20.00 there are {left}")
    [by_model] = iris.get("/api/dashboard/revenue")["by_model"]
    must((by_model["model_id"], by_model["net"]) == (drone["id"], 33.3), f"the revenue by model is {by_model}")
    say("iris's dashboard, and a payout; one of more than she has", f"{left} left, {made['status']}; 400")


def talk(stage: Stage, iris: Person, jack: Person, manager: Person) -> dict[str, Any]:
    about = {"name": f"Low Poly {stage.suffix}", "description": "All things low poly", "category": "Art"}
    made = iris.post("/api/communities", 201, json=about)
    jack.get(f"/api/communities/{made['id']}", 404)
    manager.client.put(f"/api/admin/communities/{made['id']}/approve", json={}).raise_for_status()
    jack.post(f"/api/communities/{made['id']}/posts", 403, json={"content": "Hello"})
    jack.post(f"/api/communities/{made['id']}/join")
    ears = [Listener(person, f"/ws/community/{made['id']}") for person in (iris, jack)]
    post = iris.post(f"/api/communities/{made['id']}/posts", 201, json={"content": "WIP of my drone"})
    heard = [ear.wait("post_created") for ear in ears]
    must([frame["post"]["id"] for frame in heard] == [post["id"]] * 2, f"the sockets heard {heard}")
    path = f"/api/communities/{made['id']}/posts/{post['id']}"
    jack.post(f"{path}/reactions", json={"reaction_type": "fire"})
    must(ears[0].wait("reaction_updated")["reactions"]["fire"] == 1, "the reaction is not heard")
    jack.post(f"{path}/comments", 201, json={"content": "Looks sharp"})
    must(ears[0].wait("comment_created")["comment_count"] == 1, "the comment is not heard")
    say("a community: a post, a reaction and a comment", "heard on both sockets; 403 before joining")
    return dict(jack.get(f"/api/communities/{made['id']}"))


def ticket(stage: Stage, jack: Person, manager: Person) -> None:
    about = {"subject": "Payment failed", "category": "Payment", "message": "My first card was declined."}
    made = jack.post("/api/support/tickets", 201, json=about)
    ears = [Listener(person, f"/ws/support/{made['id']}") for person in (jack, manager)]
    ears[0].send({"type": "message", "content": "Hello?", "attachments": []})
    must(ears[1].wait("message")["message"]["content"] == "Hello?", "what is said on a socket is not heard")
    manager.post(f"/api/support/tickets/{made['id']}/messages", 201, json={"content": "Your second one was not."})
    must(
        wait_for(lambda: ears[0].heard("message", lambda frame: "second" in frame["message"]["content"]), "the answer"),
        "what is said over HTTP is not heard",
    )
    done = manager.client.put(f"/api/admin/support/tickets/{made['id']}/assign", json={"status": "resolved"}).json()
    must(done["ticket"]["status"] == "resolved", f"the ticket is {done}")
    seen = [message["content"] for message in jack.get(f"/api/support/tickets/{made['id']}")["messages"]]
    must(len(seen) == 3, f"the ticket holds {seen}")
    wait_for(lambda: stage.mail_to(jack.email, "support ticket"), "the mail about the ticket")
    say("a support ticket by socket and by HTTP", "3 messages, resolved, mailed")


def saved_card(person: Person) -> None:
    card = {"type": "credit_card", "provider": "stripe", "payment_method_id": CARD, "is_default": True}
    person.post("/api/v1/payment-methods", 201, json=card)


def bounty(iris: Person, jack: Person) -> None:
    about = {"title": "Steampunk airship", "description": "Rigged", "budget": 50.0, "deadline": "2099-12-31"}
    made = jack.post("/api/bounties", 201, json=about)
    jack.post(f"/api/bounties/{made['id']}/apply", 400, json={"message": "I do it myself"})
    iris.post(f"/api/bounties/{made['id']}/apply", 201, json={"message": "I built similar ships"})
    saved_card(jack)
    path = f"/api/bounties/{made['id']}"
    chosen = jack.client.put(path, json={"winner_id": iris.id}).json()
    must(chosen["status"] == "In Progress", f"after the choice the bounty is {chosen}")
    before = iris.get("/api/dashboard/stats")["available_balance"]
    finished = jack.client.put(path, json={"status": "Completed"}).json()
    must(finished["status"] == "Completed", f"the accepted bounty is {finished}")
    after = iris.get("/api/dashboard/stats")["available_balance"]
    must(round(after - before, 2) == 46.25, f"of 50.00 the winner got {after - before}")
    say("a bounty of 50.00: applied for, won, accepted", f"{after - before:.2f} for the winner")


def subscribe(stage: Stage, jack: Person, manager: Person, environment: dict[str, str]) -> None:
    plan = {"slug": f"pro-{stage.suffix}", "name": f"Pro {stage.suffix}", "price_monthly": 19.0, "price_yearly": 190.0}
    made = manager.post("/api/pricing/plans", 201, json=plan)
    wish = {"plan_id": made["id"], "payment_method": "card"}
    jack.post("/api/subscriptions/subscribe", 402, json=wish | {"payment_token": "pm_card_chargeDeclined"})
    done = jack.post("/api/subscriptions/subscribe", 201, json=wish | {"payment_token": "pm_card_chargeCustomerFail"})
    must((done["status"], done["plan"]["id"]) == ("active", made["id"]), f"the subscription is {done}")
    jack.post("/api/subscriptions/subscribe", 409, json=wish | {"payment_token": CARD})
    say("a subscription: a declined card, one that pays, again", "402, 201, 409")
    later = [sys.executable, "-m", "tests.demo.month_later", jack.name]
    renewed = subprocess.run(later, env=environment, capture_output=True, text=True, check=False)
    must(renewed.returncode == 0, f"a month later: {renewed.stdout[-500:]}{renewed.stderr[-2000:]}")

    def past_due() -> bool:
        return bool(jack.get("/api/subscriptions/me")["status"] == "past_due")

    wait_for(past_due, "the failed renewal")
    told = jack.get("/api/notifications", params={"filter": "subscription_updated"})["items"][0]
    must(told["title"] == "Subscription payment failed", f"of the failed renewal jack is told {told}")
    paid = jack.post("/api/subscriptions/subscribe", 201, json=wish | {"payment_token": CARD})
    must(paid["status"] == "active", f"paid with another card it is {paid}")
    ended = jack.client.put("/api/subscriptions/cancel", json={"at_period_end": True}).json()["subscription"]
    must((ended["status"], ended["cancel_at_period_end"]) == ("active", True), f"cancelled it is {ended}")
    say(
        "a month later the card is declined; another pays; cancelled",
        f"past_due; 201; until {ended['current_period_end']}",
    )

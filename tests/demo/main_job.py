"""The main job: a work is uploaded, copies of it are refused, staff approve it, it is bought, earned and refunded."""

import hashlib
import io
import secrets
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from bench import pictures
from tests.demo.stage import Person, Socket, Stage, WentWrong, must, say, wait_for

PHOTOS = Path(__file__).parent / "photos"
PRICE = Decimal("299.99")


def play(stage: Stage, photo_file: Path = PHOTOS / "coffee.jpg") -> None:
    alice = stage.register("alice", "artist")
    bob = stage.register("bob", "artist")
    carol = stage.register("carol", "buyer")
    moderator = stage.signed_in("content_moderator", "moderator123")
    manager = stage.signed_in("admin_manager", "manager123")
    say("four people and two of the staff are signed in", f"{alice.name}, {bob.name}, {carol.name}")
    wait_for(lambda: stage.mail_to(alice.email, "welcome"), "the welcome e-mail")
    say("e-mails of registration", "welcome and address verification are written")

    listening = Socket(alice)
    photo = photo_file.read_bytes()
    artwork = upload(stage, alice, carol, photo)
    approve(stage, alice, carol, moderator, listening, artwork)
    privacy(carol, artwork)
    copies(bob, photo, artwork["category"]["id"])
    order, payment = buy(stage, alice, carol, listening, artwork)
    download(carol, order, photo)
    declined(carol, artwork)
    refund(stage, carol, manager, payment)


def upload(stage: Stage, alice: Person, carol: Person, photo: bytes) -> dict[str, Any]:
    category = carol.get("/api/categories/")["results"][0]["id"]
    began = time.monotonic()
    answer = alice.upload("Morning Coffee", photo, price=str(PRICE), category=category)
    took = time.monotonic() - began
    if answer.status_code == 400 and "duplicate_detected" in answer.json():
        raise WentWrong("this platform knows the photograph from an earlier performance; give another with --photo")
    must(answer.status_code == 201, f"the upload answered {answer.status_code}: {answer.text[:300]}")
    made: dict[str, Any] = answer.json()
    check = made["duplicate_check"]
    must(check["checked"] and not check["duplicate_found"], f"the check says {check}")
    say(
        "alice uploads a photograph",
        f"201 in {took:.2f} s, compared with {check['total_compared']}, score {made['artwork']['similarity_score']}",
    )
    artwork: dict[str, Any] = made["artwork"]
    carol.get(f"/api/artworks/{artwork['id']}/", 404)
    say("before approval a stranger asks for it", "404")
    return artwork


def approve(
    stage: Stage, alice: Person, carol: Person, moderator: Person, listening: Socket, artwork: dict[str, Any]
) -> None:
    began = time.monotonic()
    answer = moderator.post(f"/api/admin/artworks/{artwork['id']}/approve/")
    must(answer["artwork"]["moderation_status"] == "APPROVED", f"approval says {answer}")
    took, message = listening.wait("artwork_approved", began)
    must(took < 1.0, f"the socket message came after {took:.2f} s")
    say("the moderator approves", f"alice's socket: {message['message']!r} after {took * 1000:.0f} ms")
    wait_for(lambda: stage.mail_to(alice.email, "is now on sale"), "the e-mail of the approval")
    say("alice's mailbox", "e-mail of the approval")
    listed = [row["id"] for row in carol.get("/api/artworks/", params={"search": "Morning Coffee"})["results"]]
    must(artwork["id"] in listed, "the approved work is not in the list")
    for _ in range(3):
        views = carol.get(f"/api/artworks/{artwork['id']}/")["views_count"]
    must(views == 1, f"three reloads by one visitor count {views} views")
    say("carol finds it and reloads the page three times", f"views_count {views}")


def privacy(carol: Person, artwork: dict[str, Any]) -> None:
    shown = carol.get(f"/api/artworks/{artwork['id']}/")
    public = carol.client.get(shown["image"])
    must(public.status_code == 200, f"the public rendition answers {public.status_code}")
    must(not Image.open(io.BytesIO(public.content)).getexif(), "the public rendition carries EXIF data")
    original = artwork["s3_image_url"]
    must(original != shown["image"] and shown["artist"]["email"] is None, "a stranger sees what is private")
    forged = original[:-3] + ("abc" if not original.endswith("abc") else "xyz")
    status = carol.client.get(forged).status_code
    must(status in {403, 404}, f"a forged link to the original answers {status}")
    say("what strangers get", f"the watermarked rendition ({len(public.content)} bytes); a forged link: {status}")


def copies(bob: Person, photo: bytes, category: int) -> None:
    picture = Image.open(io.BytesIO(photo)).convert("RGB")
    width, height = picture.size
    edits = {
        "re-encoded at quality 40": (picture, 40),
        "cropped by 8 % on each side": (
            picture.crop((width * 8 // 100, height * 8 // 100, width * 92 // 100, height * 92 // 100)),
            85,
        ),
        "mirrored": (ImageOps.mirror(picture), 85),
    }
    for name, (edited, quality) in edits.items():
        file = io.BytesIO()
        edited.save(file, "JPEG", quality=quality)
        answer = bob.upload("My own work", file.getvalue(), price="10.00", category=category)
        body = answer.json()
        if answer.status_code == 400:
            must(body.get("duplicate_detected") is True, f"{name}: {body}")
            say(f"bob uploads it {name}", f"400, score {body['similarity_score']}: {body['evidence']['explanation']}")
            continue
        must(answer.status_code == 201, f"{name}: {answer.status_code} {answer.text[:200]}")
        score = float(body["artwork"]["similarity_score"])
        must(60 <= score < 85, f"{name} passed with {score}")
        say(f"bob uploads it {name}", f"held for a moderator, score {score}")
    other = bob.upload("Painted by bob", painting(), price="10.00", category=category)
    must(other.status_code == 201, f"an honest work is refused: {other.text[:300]}")
    score = other.json()["artwork"]["similarity_score"]
    must(float(score) < 60, f"an honest work scores {score}")
    say("bob uploads a picture of his own", f"201, score {score}")


def painting() -> bytes:
    """A landscape that the platform has never seen."""
    return pictures.encoded(pictures.artwork(secrets.randbelow(2**20) * len(pictures.STYLES)))


def buy(
    stage: Stage, alice: Person, carol: Person, listening: Socket, artwork: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    order = place(carol, artwork)
    say("carol orders it", f"order #{order['id']}, {order['total_amount']} PKR, {order['status']}")
    payment = carol.post(
        "/api/payments/",
        201,
        json={
            "payee": alice.id,
            "order": order["id"],
            "amount": order["total_amount"],
            "payment_method": "stripe",
        },
    )
    must(Decimal(payment["platform_fee"]) + Decimal(payment["artist_earning"]) == PRICE, f"the fee is {payment}")
    say("she begins to pay", f"fee {payment['platform_fee']}, earning {payment['artist_earning']}")
    intent = carol.post(f"/api/payments/{payment['id']}/process/")
    say("the payment is opened at the gateway", str(intent["payment_intent_id"]))
    asked = carol.post(
        f"/api/payments/{payment['id']}/confirm/",
        json={"payment_method_id": "pm_card_threeDSecure2Required", "return_url": "http://localhost:3000/paid"},
    )
    must(asked["requires_action"] is True, f"no 3-D Secure was asked for: {asked}")
    page = asked["next_action"]["redirect_to_url"]["url"]
    began = time.monotonic()
    carol.client.get(page)
    done = carol.client.post(page, data={"outcome": "succeed"})
    must(done.status_code in {200, 302, 303}, f"the bank's page answered {done.status_code}")
    paid = carol.post(f"/api/payments/{payment['id']}/3d-secure/")
    must(paid["status"] == "completed", f"after 3-D Secure: {paid}")
    took, message = listening.wait("payment_received", began)
    must(took < 3.0, f"the sale was announced after {took:.2f} s")
    say("3-D Secure succeeds", f"{paid['status']}; alice's socket: {message['message']!r}")
    wait_for(lambda: stage.mail_to(alice.email, "you sold"), "the e-mail of the sale")
    wait_for(lambda: stage.mail_to(carol.email, f"order #{order['id']} is confirmed"), "the e-mail of the purchase")
    say("their mailboxes", "e-mails of the sale and of the purchase")
    seen = alice.get(f"/api/payments/{payment['id']}/")
    must(seen["status"] == "completed", "alice does not see the payment as completed")
    return carol.get(f"/api/orders/{order['id']}/"), payment


def place(carol: Person, artwork: dict[str, Any]) -> dict[str, Any]:
    order: dict[str, Any] = carol.post(
        "/api/orders/",
        201,
        json={
            "order_type": "artwork",
            "shipping_address": "123 Main Street, Lahore",
            "artwork_items": [{"artwork_id": artwork["id"], "quantity": 1}],
        },
    )
    return order


def download(carol: Person, order: dict[str, Any], photo: bytes) -> None:
    item = order["artwork_items"][0]["id"]
    link = carol.post(f"/api/orders/{order['id']}/items/{item}/download/")
    file = carol.client.get(link["download_url"]).content
    must(hashlib.sha256(file).digest() == hashlib.sha256(photo).digest(), "the download is not the original")
    say("carol downloads the original", f"{len(file)} bytes, the same as uploaded; download {link['download_count']}")


def declined(carol: Person, artwork: dict[str, Any]) -> None:
    order = place(carol, artwork)
    payment = carol.post(
        "/api/payments/",
        201,
        json={
            "payee": artwork["artist"]["id"],
            "order": order["id"],
            "amount": order["total_amount"],
            "payment_method": "stripe",
        },
    )
    carol.post(f"/api/payments/{payment['id']}/process/")
    refused = carol.post(
        f"/api/payments/{payment['id']}/confirm/", 400, json={"payment_method_id": "pm_card_chargeDeclined"}
    )
    must(refused["code"] == "card_declined", f"the decline says {refused}")
    cancelled = carol.post(f"/api/orders/{order['id']}/cancel/")
    say("a second order with a bad card", f"400 {refused['code']}; the order: {cancelled['order']['status']}")


def refund(stage: Stage, carol: Person, manager: Person, payment: dict[str, Any]) -> None:
    url = f"/api/admin/payments/{payment['id']}/refund/"
    part = manager.post(url, json={"amount": "100.00"})
    must(part["payment"]["status"] == "completed", f"a part was refunded: {part}")
    too_much = manager.post(url, 400, json={"amount": "200.00"})
    whole = manager.post(url)
    must(whole["payment"]["status"] == "refunded", f"all was refunded: {whole}")
    manager.post(url, 400)
    say("staff refund 100.00, then the rest", f"{part['payment']['status']}, then {whole['payment']['status']}")
    say("a refund larger than the rest, and one too many", f"400 {next(iter(too_much))}, 400")
    wait_for(lambda: stage.mail_to(carol.email, "refund"), "the e-mail of the refund")

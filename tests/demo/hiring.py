"""Two hires: one from the job to released money and a review, one that ends in a dispute and a split."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.demo.stage import Person, Socket, Stage, must, say, wait_for

TITLE = "Logo Design for a Tea House"


def play(stage: Stage) -> None:
    dana = stage.register("dana", "artist")
    emil = stage.register("emil", "artist")
    frida = stage.register("frida", "buyer")
    manager = stage.signed_in("admin_manager", "manager123")
    listening = Socket(dana)
    job = hire(dana, emil, frida, listening)
    contract(dana, frida, job)
    talk(dana, frida, emil, job)
    payment = pay_into_hold(dana, frida, job)
    finish(dana, frida, manager, job, payment)
    review(dana, frida, job)
    find(stage, frida, dana)
    dispute(stage, dana, frida, manager)


def posted(buyer: Person, title: str) -> dict[str, Any]:
    category = buyer.get("/api/categories/")["results"][0]["id"]
    job: dict[str, Any] = buyer.post(
        "/api/jobs/",
        201,
        json={
            "title": title,
            "description": "Modern and minimalist, with a teapot.",
            "category_id": category,
            "budget_min": "500.00",
            "budget_max": "1000.00",
            "duration_days": 7,
            "required_skills": "Logo Design, Branding",
            "experience_level": "expert",
            "deadline": (datetime.now(UTC) + timedelta(days=10)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    )
    return job


def bid_of(artist: Person, job: dict[str, Any], amount: str, status: int = 201) -> Any:
    wish = {"job_id": job["id"], "bid_amount": amount, "delivery_time": 5, "cover_letter": "Ten years of logos."}
    return artist.post("/api/bids/", status, json=wish)


def hire(dana: Person, emil: Person, frida: Person, listening: Socket) -> dict[str, Any]:
    job = posted(frida, TITLE)
    say("frida posts a job", f"#{job['id']}, {job['budget_min']} to {job['budget_max']} PKR, {job['status']}")
    bid = bid_of(dana, job, "750.00")
    outside = bid_of(emil, job, "90.00", 400)
    must(list(outside) == ["bid_amount"], f"a bid outside the budget is answered {outside}")
    bid_of(emil, job, "900.00")
    bid_of(dana, job, "700.00", 400)
    say("two artists bid; a bid outside the budget, and a second one", "201, 201, 400, 400")
    seen = frida.get(f"/api/jobs/{job['id']}/")
    must((seen["total_bids"], seen["average_bid"]) == (2, 825.0), f"the job counts {seen}")
    emil.post(f"/api/jobs/{job['id']}/hire/", 403, json={"bid_id": bid["id"]})
    began = time.monotonic()
    hired = frida.post(f"/api/jobs/{job['id']}/hire/", json={"bid_id": bid["id"], "final_amount": "850.00"})["job"]
    must((hired["status"], hired["final_amount"]) == ("in_progress", "850.00"), f"hiring says {hired}")
    took, message = listening.wait("bid_accepted", began)
    say("frida hires dana for 850.00", f"{hired['status']}; dana's socket after {took * 1000:.0f} ms")
    must("850.00" in message["message"], f"dana is not told the amount: {message}")
    statuses = {row["status"] for row in emil.get("/api/bids/")["results"]}
    must(statuses == {"rejected"}, f"the other bid is {statuses}")
    return job


def contract(dana: Person, frida: Person, job: dict[str, Any]) -> None:
    terms = {
        "job": job["id"],
        "artist": dana.id,
        "terms": "A logo with three revisions.",
        "rights_type": "exclusive",
        "amount": "850.00",
        "deadline": job["deadline"],
    }
    frida.post("/api/contracts/", 400, json=terms | {"amount": "1.00"})
    made = frida.post("/api/contracts/", 201, json=terms)
    path = f"/api/contracts/{made['id']}/"
    first = dana.post(f"{path}sign/")["contract"]
    must(first["status"] == "pending" and not first["is_fully_signed"], f"one signature makes it {first}")
    frozen = frida.client.patch(path, json={"terms": "A logo with thirty revisions."})
    must(frozen.status_code == 400, f"terms were changed after a signature: {frozen.status_code}")
    second = frida.post(f"{path}sign/")["contract"]
    must(second["status"] == "active" and second["is_fully_signed"], f"two signatures make it {second}")
    say("the contract is signed by both; changing it in between", f"{second['status']}; 400")


def talk(dana: Person, frida: Person, emil: Person, job: dict[str, Any]) -> None:
    sent = frida.client.post(
        "/api/messages/",
        data={"receiver_id": str(dana.id), "job": str(job["id"]), "content": "The teapot should smile."},
        files={"attachment": ("../../brief.txt", b"A smiling teapot, please.\n", "text/html")},
    )
    must(sent.status_code == 201, f"the message answered {sent.status_code}: {sent.text[:200]}")
    message = sent.json()
    emil.get(f"/api/messages/{message['id']}/", 404)
    file = dana.client.get(dana.get(f"/api/messages/{message['id']}/")["attachment"])
    must(file.content == b"A smiling teapot, please.\n", "the attachment is another")
    must("html" not in file.headers["Content-Type"], f"it is served as {file.headers['Content-Type']}")
    talks = dana.get("/api/messages/conversations/")["conversations"]
    must([talk["unread_count"] for talk in talks] == [1], f"dana's conversations: {talks}")
    dana.post(f"/api/messages/{message['id']}/mark-read/")
    say("frida writes with an attachment; emil asks for it", f"201, {len(file.content)} bytes for dana; 404")


def pay_into_hold(dana: Person, frida: Person, job: dict[str, Any]) -> dict[str, Any]:
    wish = {"payee": dana.id, "job": job["id"], "amount": "850.00", "payment_method": "stripe"}
    frida.post("/api/payments/", 400, json=wish | {"amount": "85.00"})
    payment: dict[str, Any] = frida.post("/api/payments/", 201, json=wish)
    charge(frida, payment)
    held = dana.get("/api/payments/statement/")["balances"]
    sums = [(line["balance"], line["held"]) for line in held if line["currency"] == "PKR"]
    must(sums == [("0.00", "850.00")], f"dana's statement says {held}")
    say("frida pays into hold", f"dana's balance {sums[0][0]}, held for her {sums[0][1]}")
    return payment


def charge(buyer: Person, payment: dict[str, Any]) -> None:
    buyer.post(f"/api/payments/{payment['id']}/process/")
    done = buyer.post(f"/api/payments/{payment['id']}/confirm/", json={"payment_method_id": "pm_card_visa"})
    must(done.get("status") == "completed", f"the payment says {done}")


def finish(dana: Person, frida: Person, manager: Person, job: dict[str, Any], payment: dict[str, Any]) -> None:
    release = f"/api/admin/payments/{payment['id']}/release/"
    manager.post(release, 400)
    dana.post(f"/api/jobs/{job['id']}/deliver/")
    frida.post(f"/api/jobs/{job['id']}/request-changes/", json={"message": "A wider smile."})
    dana.post(f"/api/jobs/{job['id']}/deliver/")
    done = frida.post(f"/api/jobs/{job['id']}/complete/")["job"]
    must(done["status"] == "completed", f"completion says {done}")
    say("delivered, sent back once, delivered, completed", f"{done['status']}; a release before that: 400")
    manager.post(release)
    manager.post(release, 400)
    statement = dana.get("/api/payments/statement/")
    balances = [(line["balance"], line["held"]) for line in statement["balances"]]
    must(balances == [("765.00", "0.00")], f"after the release: {balances}")
    lines = [line["amount"] for line in statement["results"]]
    say("staff release the money; a second release", f"dana earns {lines[-1]}, fee 85.00; 400")


def review(dana: Person, frida: Person, job: dict[str, Any]) -> None:
    dana.post(
        "/api/artist-profiles/", 201, json={"experience_level": "expert", "hourly_rate": "50.00", "skills": "Logos"}
    )
    words = {"job": job["id"], "rating": 5, "comment": "It smiles."}
    refused = dana.client.post("/api/reviews/", json=words).status_code
    must(refused in {400, 403, 404}, f"the artist reviewed herself: {refused}")
    frida.post("/api/reviews/", 201, json=words)
    frida.post("/api/reviews/", 400, json=words)
    profile = dana.get(f"/api/artist-profiles/{dana.id}/")
    figures = (float(profile["rating"]), profile["total_reviews"], profile["total_projects_completed"])
    must(figures == (5.0, 1, 1), f"dana's profile says {profile}")
    say("frida reviews dana; a second review", f"rating {figures[0]}, {figures[2]} project completed; 400")


def find(stage: Stage, frida: Person, dana: Person) -> None:
    found = frida.get("/api/search/", params={"q": "Tea House"})
    must(any(job["title"] == TITLE for job in found["results"]["jobs"]), f"the search finds {found}")
    artists = frida.get("/api/search/", params={"q": dana.name})["results"]["artists"]
    must([artist["id"] for artist in artists] == [dana.id], f"the search finds {artists}")
    figures = dana.get("/api/dashboard/stats/")["stats"]
    must(figures["total_earnings"] == "765.00", f"dana's dashboard says {figures}")
    say("the search, and dana's dashboard", f"{found['total_results']} found; earnings {figures['total_earnings']}")


def dispute(stage: Stage, dana: Person, frida: Person, manager: Person) -> None:
    job = posted(frida, "A portrait of a cat")
    bid = bid_of(dana, job, "600.00")
    frida.post(f"/api/jobs/{job['id']}/hire/", json={"bid_id": bid["id"]})
    wish = {"payee": dana.id, "job": job["id"], "amount": "600.00", "payment_method": "stripe"}
    payment = frida.post("/api/payments/", 201, json=wish)
    charge(frida, payment)
    dana.post(f"/api/jobs/{job['id']}/deliver/")
    opened = frida.post("/api/disputes/", 201, json={"job": job["id"], "reason": "It is a dog."})
    frida.post(f"/api/jobs/{job['id']}/complete/", 400)
    manager.post(f"/api/admin/payments/{payment['id']}/release/", 400)
    say("a second hire, paid; frida opens a dispute", f"{opened['state']}; completing or releasing now: 400")
    decide = f"/api/admin/disputes/{opened['id']}/decide/"
    shares = {"outcome": "split", "artist_amount": "400.00", "buyer_amount": "200.00", "answer": "A fine dog, though."}
    manager.post(decide, 400, json=shares | {"buyer_amount": "300.00"})
    frida.post(decide, 403, json=shares)
    manager.post(decide, json=shares)
    manager.post(decide, 400, json=shares)

    def settled() -> Any:
        shown = frida.get(f"/api/disputes/{opened['id']}/")
        return shown if Decimal(shown["held_amount"]) == 0 else None

    wait_for(settled, "the refund of the split")
    balances = {line["currency"]: line["balance"] for line in dana.get("/api/payments/statement/")["balances"]}
    must(Decimal(balances["PKR"]) == Decimal("765.00") + Decimal("360.00"), f"dana's balance is {balances}")
    spent = frida.get("/api/dashboard/stats/")["stats"]["total_spent"]
    must(spent == "1250.00", f"frida spent {spent}")
    wait_for(lambda: stage.mail_to(frida.email, "refund"), "the e-mail of the refund")
    say("staff split 600.00 into 400.00 and 200.00", f"dana has {balances['PKR']}, frida spent {spent}")

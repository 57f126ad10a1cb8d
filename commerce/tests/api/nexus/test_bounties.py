"""Nexus's bounties over HTTP."""

import pytest

from jobs.models import Bounty
from jobs.tests.factories import BountyFactory, applied

pytestmark = pytest.mark.django_db
BOUNTIES = "/api/bounties"
AIRSHIP = {"title": "Steampunk airship", "description": "Need a rigged airship", "budget": 400}
BOUNTY = [
    *("id", "creator_id", "creator", "title", "description", "requirements", "budget", "currency", "deadline"),
    "status",
    *("winner_id", "winner", "applicants", "has_applied", "delivered_at", "created_at"),
]


@pytest.fixture
def bounty(bob, alice):
    return applied(BountyFactory(creator=bob), alice)


@pytest.mark.operation("nexus.bounties.create")
def test_made(client_of, bob):
    answer = client_of(bob).post(BOUNTIES, AIRSHIP | {"deadline": "2099-12-31"}, format="json")
    body = answer.json()
    assert (answer.status_code, list(body)) == (201, BOUNTY)
    assert (body["status"], body["applicants"], body["winner"], body["budget"]) == ("Open", 0, None, 400.0)
    assert (body["deadline"], body["creator"]["username"]) == ("2099-12-31T23:59:59Z", "bob")
    for name, value in (("title", " "), ("budget", 0), ("budget", 1.005), ("deadline", "2020-01-01"), ("budget", "x")):
        refused = client_of(bob).post(BOUNTIES, AIRSHIP | {name: value}, format="json")
        assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", name])


@pytest.mark.operation("nexus.bounties.list")
def test_listed(client_of, bounty, alice, bob, django_assert_num_queries):
    other = BountyFactory(title="Castle", description="Walls", status="closed")
    with django_assert_num_queries(4):  # who calls, how many, the bounties, where they applied
        body = client_of(alice).get(BOUNTIES).json()
    assert [(row["id"], row["has_applied"]) for row in body["items"]] == [(other.pk, False), (bounty.pk, True)]
    assert (body["total"], body["limit"]) == (2, 20)
    anyone = client_of(None)
    assert [row["id"] for row in anyone.get(BOUNTIES, {"status": "closed"}).json()["items"]] == [other.pk]
    assert [row["id"] for row in anyone.get(BOUNTIES, {"creator_id": bob.pk}).json()["items"]] == [bounty.pk]
    assert [row["id"] for row in anyone.get(BOUNTIES, {"search": "castle"}).json()["items"]] == [other.pk]
    assert anyone.get(BOUNTIES, {"status": "lost"}).status_code == 422


@pytest.mark.operation("nexus.bounties.retrieve")
@pytest.mark.operation("nexus.bounties.apply")
@pytest.mark.operation("nexus.bounties.applications")
def test_applying(client_of, bounty, alice, bob, dora):
    address = f"{BOUNTIES}/{bounty.pk}"
    sent = {"message": "I built similar ships", "portfolio_url": "https://portfolio.example/dora"}
    answer = client_of(dora).post(f"{address}/apply", sent, format="json")
    body = answer.json()
    assert (answer.status_code, body["user"]["username"], body["portfolio_url"]) == (201, "dora", sent["portfolio_url"])
    assert client_of(None).get(address).json()["applicants"] == 2
    for who, status, detail in (
        (dora, 409, "Already applied"),
        (bob, 400, "You cannot apply to your own bounty"),
    ):
        refused = client_of(who).post(f"{address}/apply", sent, format="json")
        assert (refused.status_code, refused.json()) == (status, {"detail": detail})
    bad = client_of(dora).post(f"{address}/apply", {"message": "x", "portfolio_url": "javascript:1"}, format="json")
    assert bad.status_code == 422
    rows = client_of(bob).get(f"{address}/applications").json()
    assert [row["user_id"] for row in rows] == [dora.pk, alice.pk]
    assert client_of(alice).get(f"{address}/applications").status_code == 403
    assert client_of(bob).get(f"{BOUNTIES}/0/applications").json() == {"detail": "Bounty not found"}
    bounty.status = "closed"
    bounty.save()
    late = client_of(dora).post(f"{address}/apply", sent, format="json")
    assert (late.status_code, late.json()) == (400, {"detail": "Bounty is not open"})


@pytest.mark.operation("nexus.bounties.update")
@pytest.mark.operation("nexus.bounties.deliver")
@pytest.mark.operation("nexus.bounties.delete")
def test_from_words_to_the_end(client_of, bounty, bob, alice, charlie):
    address, client = f"{BOUNTIES}/{bounty.pk}", client_of(bob)
    body = client.put(address, {"budget": 250.5, "deadline": None}, format="json").json()
    assert (list(body), body["budget"]) == (BOUNTY, 250.5)
    assert client_of(charlie).put(address, {"title": "Mine"}, format="json").json() == {
        "detail": "Not enough permissions"
    }
    refused = client.put(address, {"winner_id": charlie.pk}, format="json")
    assert (refused.status_code, refused.json()) == (400, {"detail": "Winner must be an applicant"})
    declined = {"winner_id": alice.pk, "payment_token": "pm_card_chargeDeclined"}
    assert client.put(address, declined, format="json").status_code == 402
    waits = client.put(
        address, {"winner_id": alice.pk, "payment_token": "pm_card_threeDSecure2Required"}, format="json"
    )
    assert (waits.status_code, waits.json()["status"], waits.json()["next_action"]["type"]) == (
        202,
        "Open",
        "redirect_to_url",
    )
    Bounty.objects.get().payments.update(status="cancelled")
    chosen = client.put(address, {"status": "in progress", "winner_id": alice.pk}, format="json")
    assert (chosen.status_code, chosen.json()["status"], chosen.json()["winner"]["id"]) == (
        200,
        "In Progress",
        alice.pk,
    )
    assert client.delete(address).status_code == 400
    assert client_of(alice).post(f"{address}/deliver").json()["delivered_at"]
    assert client.put(address, {"status": "Completed"}, format="json").json()["status"] == "Completed"
    assert client.delete(address).json() == {"message": "Bounty deleted"}
    assert client.get(address).json() == {"detail": "Bounty not found"}

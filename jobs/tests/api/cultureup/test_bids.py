"""CultureUp's bids over HTTP."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.choices import BidStatus
from jobs.models import Bid
from jobs.tests.factories import BidFactory, JobFactory, hired_job

pytestmark = pytest.mark.django_db
TERMS = {"bid_amount": "750.00", "delivery_time": 5, "cover_letter": "Ten years of logos."}


@pytest.mark.operation("cultureup.bids.list")
class TestList:
    def test_a_bid_as_the_contract_shows_it(self, client_of, alice, bob):
        job = JobFactory.create(buyer=bob, title="Logo", category__name="Graphic Design")
        bid = BidFactory.create(job=job, artist=alice, created_at=datetime(2025, 10, 12, 9, 30, tzinfo=UTC))
        BidFactory.create(job=job, bid_amount=Decimal("600.00"))
        assert client_of(alice).get("/api/bids/").json() == {
            "count": 1,
            "next": None,
            "previous": None,
            "results": [
                {
                    "id": bid.pk,
                    "job": {
                        "id": job.pk,
                        "title": "Logo",
                        "buyer_name": "bob",
                        "category_name": "Graphic Design",
                        "budget_min": "500.00",
                        "budget_max": "1000.00",
                        "status": "open",
                    },
                    "artist": {"id": alice.pk, "username": "alice"},
                    "bid_amount": "750.00",
                    "currency": "PKR",
                    "delivery_time": 5,
                    "cover_letter": "I have drawn logos for ten years.",
                    "status": "pending",
                    "created_at": "2025-10-12T09:30:00Z",
                    "bid_rank": 2,
                }
            ],
        }

    def test_whose_are_listed(self, client_of, alice, bob, charlie, dora):
        bid = BidFactory.create(artist=alice, job__buyer=bob)
        BidFactory.create()
        for person, expected in ((alice, [bid.pk]), (bob, [bid.pk]), (charlie, []), (dora, [])):
            rows = client_of(person).get("/api/bids/").json()["results"]
            assert [row["id"] for row in rows] == expected
        assert client_of(None).get("/api/bids/").status_code == 401

    def test_by_status_and_in_order(self, client_of, alice):
        dear = BidFactory.create(artist=alice, bid_amount=Decimal(900), delivery_time=1)
        cheap = BidFactory.create(artist=alice, bid_amount=Decimal(600), delivery_time=9)
        lost = BidFactory.create(artist=alice, bid_amount=Decimal(500), status=BidStatus.REJECTED)

        def found(query):
            return [row["id"] for row in client_of(alice).get(f"/api/bids/?{query}").json()["results"]]

        assert found("status=rejected") == [lost.pk]
        assert found("status=pending&ordering=bid_amount") == [cheap.pk, dear.pk]
        assert found("status=pending&ordering=-bid_amount") == [dear.pk, cheap.pk]
        assert found("status=pending&ordering=delivery_time") == [dear.pk, cheap.pk]
        assert found("status=pending&ordering=-delivery_time") == [cheap.pk, dear.pk]
        assert found("ordering=created_at") == [dear.pk, cheap.pk, lost.pk]
        assert found("") == [lost.pk, cheap.pk, dear.pk]

    @pytest.mark.parametrize("query", ["status=withdrawn", "ordering=cover_letter", "page=0", "page_size=many"])
    def test_what_is_malformed_is_named(self, client_of, alice, query):
        answer = client_of(alice).get(f"/api/bids/?{query}")
        assert (answer.status_code, list(answer.json())) == (400, [query.partition("=")[0]])

    def test_it_costs_the_same_with_one_row_and_with_thirty(self, client_of, alice):
        client = client_of(alice)
        BidFactory.create(artist=alice)
        with CaptureQueriesContext(connection) as with_one:
            client.get("/api/bids/?page_size=100")
        BidFactory.create_batch(29, artist=alice)
        with CaptureQueriesContext(connection) as with_thirty:
            assert len(client.get("/api/bids/?page_size=100").json()["results"]) == 30
        assert len(with_thirty) == len(with_one)


@pytest.mark.operation("cultureup.bids.get")
def test_reading_one(client_of, alice, bob, charlie, dora, staff):
    bid = BidFactory.create(artist=alice, job__buyer=bob)
    shown = client_of(alice).get(f"/api/bids/{bid.pk}/")
    assert shown.status_code == 200
    assert shown.json() == client_of(alice).get("/api/bids/").json()["results"][0]
    for person in (bob, staff):
        assert client_of(person).get(f"/api/bids/{bid.pk}/").json() == shown.json()
    for person in (charlie, dora):
        answer = client_of(person).get(f"/api/bids/{bid.pk}/")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Bid not found"})


@pytest.mark.operation("cultureup.bids.create")
class TestCreate:
    def test_a_new_bid(self, client_of, alice):
        job = JobFactory.create(title="Logo")
        BidFactory.create(job=job, bid_amount=Decimal("600.00"))
        ours = {"status": "accepted", "artist": job.buyer_id, "bid_rank": 1}
        answer = client_of(alice).post("/api/bids/", TERMS | {"job_id": job.pk} | ours, format="json")
        assert answer.status_code == 201
        bid = answer.json()
        assert bid.pop("created_at").endswith("Z")
        assert bid == TERMS | {
            "id": bid["id"],
            "currency": "PKR",
            "job": {"id": job.pk, "title": "Logo"},
            "artist": {"id": alice.pk, "username": "alice"},
            "status": "pending",
            "bid_rank": 2,
        }

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"job_id": 4711}, "job_id"),
            ({"job_id": None}, "job_id"),
            ({"bid_amount": "499.99"}, "bid_amount"),
            ({"bid_amount": "1000.01"}, "bid_amount"),
            ({"bid_amount": "cheap"}, "bid_amount"),
            ({"delivery_time": 0}, "delivery_time"),
            ({"delivery_time": 10**12}, "delivery_time"),
            ({"cover_letter": ""}, "cover_letter"),
            ({"cover_letter": "x" * 2001}, "cover_letter"),
            ({"cover_letter": "a\0b"}, "cover_letter"),
            ({"cover_letter": {"a": 1}}, "cover_letter"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, client_of, alice, change, field):
        job = JobFactory.create()
        answer = client_of(alice).post("/api/bids/", TERMS | {"job_id": job.pk} | change, format="json")
        assert (answer.status_code, list(answer.json())) == (400, [field])
        assert not Bid.objects.exists()

    def test_refusals(self, client_of, alice, charlie):
        job, own, taken = JobFactory.create(), JobFactory.create(buyer=alice), hired_job()

        def bid(person, job):
            answer = client_of(person).post("/api/bids/", TERMS | {"job_id": job.pk}, format="json")
            return answer.status_code, answer.json()

        assert bid(charlie, job) == (403, {"detail": "Only artists place bids."})
        assert bid(alice, own) == (400, {"job_id": ["This job is your own."]})
        assert bid(alice, taken) == (
            400,
            {"error": "The job is in_progress; only an open job takes bids.", "code": "wrong_job_status"},
        )
        assert bid(alice, job)[0] == 201
        assert bid(alice, job) == (
            400,
            {"error": "You have a bid on this job already.", "code": "already_bid"},
        )
        assert bid(None, job)[0] == 401


@pytest.mark.operation("cultureup.bids.update")
def test_replacing_the_terms(client_of, alice):
    bid = BidFactory.create(artist=alice)
    sent = {"bid_amount": "800.00", "delivery_time": 8, "cover_letter": "Better."}
    answer = client_of(alice).put(f"/api/bids/{bid.pk}/", sent | {"job_id": bid.job_id}, format="json")
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in sent} == sent
    assert answer.json()["job"] == {"id": bid.job_id, "title": bid.job.title}
    moved = client_of(alice).put(f"/api/bids/{bid.pk}/", sent | {"job_id": JobFactory.create().pk}, format="json")
    assert (moved.status_code, list(moved.json())) == (400, ["job_id"])
    part = client_of(alice).put(f"/api/bids/{bid.pk}/", {"bid_amount": "900.00"}, format="json")
    assert (part.status_code, set(part.json())) == (400, {"delivery_time", "cover_letter"})


@pytest.mark.operation("cultureup.bids.partial_update")
def test_changing_some_terms(client_of, alice, bob, charlie):
    bid = BidFactory.create(artist=alice, job__buyer=bob)
    address, sent = f"/api/bids/{bid.pk}/", {"bid_amount": "725.00", "delivery_time": 6}
    answer = client_of(alice).patch(address, sent, format="json")
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in sent} == sent
    assert answer.json()["cover_letter"] == bid.cover_letter
    assert client_of(bob).patch(address, sent, format="json").status_code == 403
    assert client_of(charlie).patch(address, sent, format="json").status_code == 404
    Bid.objects.update(status=BidStatus.REJECTED)
    late = client_of(alice).patch(address, sent, format="json")
    assert (late.status_code, late.json()["code"]) == (400, "wrong_bid_status")


@pytest.mark.operation("cultureup.bids.delete")
def test_withdrawing(client_of, alice, bob, charlie):
    bid = BidFactory.create(artist=alice, job__buyer=bob)
    address = f"/api/bids/{bid.pk}/"
    assert client_of(bob).delete(address).status_code == 403
    assert client_of(charlie).delete(address).status_code == 404
    answer = client_of(alice).delete(address)
    assert (answer.status_code, answer.content) == (204, b"")
    assert client_of(bob).get(f"/api/jobs/{bid.job_id}/").json()["total_bids"] == 0
    accepted = BidFactory.create(artist=alice, status=BidStatus.ACCEPTED)
    assert client_of(alice).delete(f"/api/bids/{accepted.pk}/").status_code == 400

"""CultureUp's jobs over HTTP."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.choices import BidStatus, JobStatus
from jobs.models import Bid, Job
from jobs.tests.factories import BidFactory, JobFactory, completed_job, hired_job
from jobs.tests.money import open_dispute, payment_row
from marketplace.tests.factories import CategoryFactory

pytestmark = pytest.mark.django_db

SHORT_KEYS = {
    *("id", "buyer", "title", "description", "category", "budget_min", "budget_max", "currency", "duration_days"),
    *("required_skills", "experience_level", "status", "hired_artist", "final_amount", "deadline", "created_at"),
    *("average_bid", "total_bids", "deadline_approaching"),
}
KEYS = SHORT_KEYS | {"updated_at"}


def moment(**ahead):
    return f"{timezone.now() + timedelta(**ahead):%Y-%m-%dT%H:%M:%SZ}"


def form(category=None, **changes):
    return {
        "title": "Logo Design for Tech Startup",
        "description": "I need a modern, minimalist logo.",
        "category_id": (category or CategoryFactory.create(name="Graphic Design")).pk,
        "budget_min": "500.00",
        "budget_max": "1000.00",
        "duration_days": 7,
        "required_skills": "Logo Design, Branding, Adobe Illustrator",
        "experience_level": "expert",
        "deadline": moment(days=8),
    } | changes


@pytest.mark.operation("cultureup.jobs.list")
class TestList:
    def test_a_job_as_the_contract_shows_it(self, client_of, bob):
        deadline, made = timezone.now() + timedelta(days=8), datetime(2025, 10, 12, 8, tzinfo=UTC)
        job = JobFactory.create(
            buyer=bob, category__name="Graphic Design", deadline=deadline, created_at=made, title="Logo"
        )
        BidFactory.create(job=job, bid_amount=Decimal("700.00"))
        BidFactory.create(job=job, bid_amount=Decimal("751.00"))
        answer = client_of(None).get("/api/jobs/").json()
        assert (answer["count"], answer["next"], answer["previous"]) == (1, None, None)
        (shown,) = answer["results"]
        assert shown.pop("updated_at").endswith("Z")
        assert shown == {
            "id": job.pk,
            "buyer": {
                "id": bob.pk,
                "username": "bob",
                "email": None,
                "first_name": "Bob",
                "last_name": "Example",
                "user_type": "buyer",
            },
            "title": "Logo",
            "description": "A modern, minimalist logo.",
            "category": {
                "id": job.category_id,
                "name": "Graphic Design",
                "description": job.category.description,
            },
            "budget_min": "500.00",
            "budget_max": "1000.00",
            "currency": "PKR",
            "duration_days": 7,
            "required_skills": "Logo Design, Branding",
            "experience_level": "expert",
            "status": "open",
            "hired_artist": None,
            "final_amount": None,
            "deadline": f"{deadline:%Y-%m-%dT%H:%M:%SZ}",
            "created_at": "2025-10-12T08:00:00Z",
            "average_bid": 725.5,
            "total_bids": 2,
            "deadline_approaching": False,
        }

    def test_whose_address_is_shown_to_whom(self, client_of, alice, bob, charlie, dora, staff):
        at_work = hired_job(buyer=bob, artist=alice)
        finished = completed_job(buyer=bob, artist=dora)
        BidFactory.create(job=at_work, artist=dora)

        def seen_by(person):
            rows = client_of(person).get("/api/jobs/").json()["results"]
            return {row["id"]: row["buyer"]["email"] for row in rows}

        assert seen_by(bob) == seen_by(staff) == {at_work.pk: "bob@example.com", finished.pk: "bob@example.com"}
        assert seen_by(alice) == {at_work.pk: "bob@example.com", finished.pk: None}
        for stranger in (None, charlie, dora):
            assert seen_by(stranger) == {at_work.pk: None, finished.pk: None}

    def test_what_was_agreed_on_is_shown(self, client_of, alice):
        hired_job(artist=alice)
        (shown,) = client_of(None).get("/api/jobs/?status=in_progress").json()["results"]
        assert shown["hired_artist"] == {"id": alice.pk, "username": "alice"}
        assert shown["final_amount"] == "850.00"

    def test_when_a_deadline_approaches(self, client_of):
        soon, later = timezone.now() + timedelta(hours=47), timezone.now() + timedelta(hours=49)
        expected = {
            JobFactory.create(deadline=soon).pk: True,
            JobFactory.create(deadline=later).pk: False,
            JobFactory.create(deadline=timezone.now() - timedelta(hours=1)).pk: False,
            hired_job(deadline=soon).pk: True,
            completed_job(deadline=soon).pk: False,
        }
        rows = client_of(None).get("/api/jobs/").json()["results"]
        assert {row["id"]: row["deadline_approaching"] for row in rows} == expected

    @pytest.mark.parametrize(
        "query",
        [
            "status=open&experience_level=expert&min_budget=1000&max_budget=500.00",
            "search=LOGO&ordering=deadline",
            "status=&category=&experience_level=&min_budget=&max_budget=&search=&ordering=",
        ],
    )
    def test_filters_that_fit(self, client_of, query):
        job = JobFactory.create()
        answer = client_of(None).get(f"/api/jobs/?{query}&page=1&page_size=5")
        assert [row["id"] for row in answer.json()["results"]] == [job.pk]

    @pytest.mark.parametrize(
        "query",
        [
            *("status=done", "category=art", "category=0", "experience_level=beginner", "min_budget=cheap"),
            *("max_budget=-1", "max_budget=NaN", "ordering=buyer", "ordering=-title", "page=x", "page_size=-1"),
        ],
    )
    def test_what_is_malformed_is_named(self, client_of, query):
        answer = client_of(None).get(f"/api/jobs/?{query}")
        assert answer.status_code == 400
        assert list(answer.json()) == [query.partition("=")[0]]

    def test_pages(self, client_of):
        made = [JobFactory.create().pk for _ in range(3)]
        first = client_of(None).get("/api/jobs/?page_size=2").json()
        second = client_of(None).get(first["next"]).json()
        found = [row["id"] for row in first["results"] + second["results"]]
        assert (first["count"], found, second["next"]) == (3, made[::-1], None)
        assert client_of(None).get("/api/jobs/?page=9").status_code == 404

    def test_it_costs_the_same_with_one_row_and_with_thirty(self, client_of, bob):
        client = client_of(bob)

        def queries():
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert client.get("/api/jobs/?page_size=100").status_code == 200
            return len(asked)

        BidFactory.create()
        with_one = queries()
        for _ in range(10):
            BidFactory.create_batch(2, job=JobFactory.create(buyer=bob))
            hired_job()
            completed_job()
        assert Job.objects.count() == 31
        assert queries() == with_one


@pytest.mark.operation("cultureup.jobs.get")
class TestGet:
    def test_it_is_the_job_of_the_list(self, client_of):
        job = BidFactory.create().job
        shown = client_of(None).get(f"/api/jobs/{job.pk}/")
        assert shown.status_code == 200
        assert shown.json() == client_of(None).get("/api/jobs/").json()["results"][0]
        assert set(shown.json()) == KEYS

    def test_what_is_not_there(self, client_of):
        answer = client_of(None).get("/api/jobs/4711/")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Job not found"})
        hidden = JobFactory.create(buyer__is_active=False)
        assert client_of(None).get(f"/api/jobs/{hidden.pk}/").status_code == 404


@pytest.mark.operation("cultureup.jobs.create")
class TestCreate:
    def test_a_new_job(self, client_of, bob):
        sent = form()
        answer = client_of(bob).post("/api/jobs/", sent, format="json")
        assert answer.status_code == 201
        job = answer.json()
        assert set(job) == SHORT_KEYS
        assert job["buyer"] == {"id": bob.pk, "username": "bob"}
        assert job["category"] == {"id": sent.pop("category_id"), "name": "Graphic Design"}
        assert {name: job[name] for name in sent} == sent
        assert job["status"] == "open"
        assert (job["hired_artist"], job["final_amount"]) == (None, None)
        assert (job["average_bid"], job["total_bids"], job["deadline_approaching"]) == (None, 0, False)

    def test_skills_may_be_left_out(self, client_of, bob):
        sent = form()
        del sent["required_skills"]
        assert client_of(bob).post("/api/jobs/", sent, format="json").json()["required_skills"] == ""
        sent["required_skills"] = None
        assert client_of(bob).post("/api/jobs/", sent, format="json").json()["required_skills"] == ""

    def test_what_is_ours_is_not_believed(self, client_of, alice, bob):
        ours = {
            "status": "completed",
            "buyer": alice.pk,
            "buyer_id": alice.pk,
            "hired_artist": alice.pk,
            "final_amount": "1.00",
            "currency": "JPY",
        }
        answer = client_of(bob).post("/api/jobs/", form() | ours, format="json")
        job = Job.objects.get(pk=answer.json()["id"])
        assert (job.buyer, job.status, job.hired_artist, job.final_amount) == (bob, JobStatus.OPEN, None, None)
        assert job.currency == "PKR"

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"title": ""}, "title"),
            ({"title": "x" * 201}, "title"),
            ({"title": ["Logo"]}, "title"),
            ({"title": "a\0b"}, "title"),
            ({"description": None}, "description"),
            ({"category_id": 4711}, "category_id"),
            ({"category_id": "art"}, "category_id"),
            ({"category_id": 10**30}, "category_id"),
            ({"budget_min": "0"}, "budget_min"),
            ({"budget_min": "1.001"}, "budget_min"),
            ({"budget_max": "499.99"}, "budget_max"),
            ({"budget_max": "123456789012.00"}, "budget_max"),
            ({"duration_days": 0}, "duration_days"),
            ({"duration_days": 1.5}, "duration_days"),
            ({"experience_level": "beginner"}, "experience_level"),
            ({"deadline": "tomorrow"}, "deadline"),
            ({"deadline": "2020-01-01T00:00:00Z"}, "deadline"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, client_of, bob, change, field):
        answer = client_of(bob).post("/api/jobs/", form() | change, format="json")
        assert answer.status_code == 400
        assert list(answer.json()) == [field]
        assert isinstance(answer.json()[field], list)
        assert not Job.objects.exists()

    def test_nothing_is_named_whole(self, client_of, bob):
        answer = client_of(bob).post("/api/jobs/", {}, format="json")
        assert answer.status_code == 400
        assert set(answer.json()) == set(form()) - {"required_skills"}

    def test_only_who_is_signed_in(self, client_of):
        assert client_of(None).post("/api/jobs/", form(), format="json").status_code == 401


@pytest.mark.operation("cultureup.jobs.update")
class TestUpdate:
    def test_all_of_it(self, client_of, bob):
        job = JobFactory.create(buyer=bob)
        sent = form(title="Another")
        answer = client_of(bob).put(f"/api/jobs/{job.pk}/", sent | {"status": "completed"}, format="json")
        assert answer.status_code == 200
        assert set(answer.json()) == SHORT_KEYS
        assert (answer.json()["title"], answer.json()["status"]) == ("Another", "open")
        assert answer.json()["category"]["id"] == sent["category_id"]

    def test_a_part_is_not_enough(self, client_of, bob):
        job = JobFactory.create(buyer=bob)
        answer = client_of(bob).put(f"/api/jobs/{job.pk}/", {"title": "Another"}, format="json")
        assert answer.status_code == 400
        assert Job.objects.get().title == job.title


@pytest.mark.operation("cultureup.jobs.partial_update")
class TestPartialUpdate:
    def test_what_the_contract_sends(self, client_of, bob):
        job = JobFactory.create(buyer=bob)
        sent = {"budget_max": "1200.00", "deadline": moment(days=13)}
        answer = client_of(bob).patch(f"/api/jobs/{job.pk}/", sent, format="json")
        assert answer.status_code == 200
        assert set(answer.json()) == SHORT_KEYS
        assert {name: answer.json()[name] for name in sent} == sent
        assert answer.json()["title"] == job.title

    def test_one_end_of_the_range_is_held_against_the_other(self, client_of, bob):
        job = JobFactory.create(buyer=bob)
        for field, value in (("budget_max", "499.00"), ("budget_min", "1001.00")):
            answer = client_of(bob).patch(f"/api/jobs/{job.pk}/", {field: value}, format="json")
            assert (answer.status_code, list(answer.json())) == (400, [field])

    def test_once_it_is_no_longer_open(self, client_of, bob):
        job = hired_job(buyer=bob)
        answer = client_of(bob).patch(f"/api/jobs/{job.pk}/", {"title": "Another"}, format="json")
        assert answer.status_code == 400
        assert answer.json() == {
            "error": "The job is in_progress; only an open job can be changed.",
            "code": "wrong_job_status",
        }

    def test_by_another(self, client_of, charlie):
        job = JobFactory.create()
        answer = client_of(charlie).patch(f"/api/jobs/{job.pk}/", {"title": "Mine"}, format="json")
        assert (answer.status_code, answer.json()) == (403, {"detail": "Only the job's buyer can do this."})


@pytest.mark.operation("cultureup.jobs.delete")
def test_deleting_leaves_neither_job_nor_bids(client_of, bob, charlie):
    job = BidFactory.create(job__buyer=bob).job
    assert client_of(charlie).delete(f"/api/jobs/{job.pk}/").status_code == 403
    answer = client_of(bob).delete(f"/api/jobs/{job.pk}/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not Job.objects.exists()
    assert not Bid.objects.exists()
    assert client_of(bob).delete(f"/api/jobs/{job.pk}/").status_code == 404


@pytest.mark.operation("cultureup.jobs.bids")
class TestBids:
    def test_all_for_the_buyer_lowest_first(self, client_of, bob):
        job = JobFactory.create(buyer=bob, category__name="Graphic Design", title="Logo")
        dear = BidFactory.create(job=job, bid_amount=Decimal("900.00"))
        cheap = BidFactory.create(job=job, bid_amount=Decimal("600.00"))
        answer = client_of(bob).get(f"/api/jobs/{job.pk}/bids/").json()
        assert (answer["count"], answer["next"], answer["previous"]) == (2, None, None)
        assert [(row["id"], row["bid_rank"]) for row in answer["results"]] == [(cheap.pk, 1), (dear.pk, 2)]
        assert answer["results"][0]["job"] == {
            "id": job.pk,
            "title": "Logo",
            "buyer_name": "bob",
            "category_name": "Graphic Design",
            "budget_min": "500.00",
            "budget_max": "1000.00",
            "status": "open",
        }

    def test_an_artist_reads_his_own_there(self, client_of, alice, dora):
        job = BidFactory.create(artist=alice).job
        BidFactory.create(job=job)
        answer = client_of(alice).get(f"/api/jobs/{job.pk}/bids/")
        assert [row["artist"]["username"] for row in answer.json()["results"]] == ["alice"]
        assert client_of(dora).get(f"/api/jobs/{job.pk}/bids/").status_code == 403
        assert client_of(None).get(f"/api/jobs/{job.pk}/bids/").status_code == 401

    def test_it_costs_the_same_with_one_row_and_with_thirty(self, client_of, bob):
        job, client = BidFactory.create(job__buyer=bob).job, client_of(bob)
        with CaptureQueriesContext(connection) as with_one:
            client.get(f"/api/jobs/{job.pk}/bids/?page_size=100")
        BidFactory.create_batch(29, job=job)
        with CaptureQueriesContext(connection) as with_thirty:
            assert len(client.get(f"/api/jobs/{job.pk}/bids/?page_size=100").json()["results"]) == 30
        assert len(with_thirty) == len(with_one)


@pytest.mark.operation("cultureup.jobs.hire")
class TestHire:
    def test_what_the_contract_shows(self, client_of, alice, bob):
        bid = BidFactory.create(job__buyer=bob, artist=alice)
        sent = {"bid_id": bid.pk, "final_amount": "850.00"}
        answer = client_of(bob).post(f"/api/jobs/{bid.job_id}/hire/", sent, format="json")
        assert answer.status_code == 200
        assert answer.json() == {
            "message": "Artist hired successfully",
            "job": {
                "id": bid.job_id,
                "status": "in_progress",
                "hired_artist": {"id": alice.pk, "username": "alice"},
                "final_amount": "850.00",
                "currency": "PKR",
            },
        }
        again = client_of(bob).post(f"/api/jobs/{bid.job_id}/hire/", sent, format="json")
        assert (again.status_code, again.json()["code"]) == (400, "wrong_job_status")

    @pytest.mark.parametrize("amount", [{}, {"final_amount": None}])
    def test_for_what_was_bid(self, client_of, bob, amount):
        bid = BidFactory.create(job__buyer=bob)
        answer = client_of(bob).post(f"/api/jobs/{bid.job_id}/hire/", {"bid_id": bid.pk} | amount, format="json")
        assert answer.json()["job"]["final_amount"] == "750.00"

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"bid_id": 4711}, "bid_id"),
            ({"bid_id": None}, "bid_id"),
            ({"bid_id": "first"}, "bid_id"),
            ({"final_amount": "0.00"}, "final_amount"),
            ({"final_amount": "-850.00"}, "final_amount"),
            ({"final_amount": "123456789012.00"}, "final_amount"),
            ({"final_amount": [850]}, "final_amount"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, client_of, bob, change, field):
        bid = BidFactory.create(job__buyer=bob)
        answer = client_of(bob).post(f"/api/jobs/{bid.job_id}/hire/", {"bid_id": bid.pk} | change, format="json")
        assert (answer.status_code, list(answer.json())) == (400, [field])
        assert Job.objects.get().status == JobStatus.OPEN

    def test_by_another(self, client_of, alice, charlie):
        bid = BidFactory.create(artist=alice)
        for person in (alice, charlie):
            answer = client_of(person).post(f"/api/jobs/{bid.job_id}/hire/", {"bid_id": bid.pk}, format="json")
            assert answer.status_code == 403


@pytest.mark.operation("cultureup.jobs.complete")
def test_completing(client_of, alice, bob):
    job = hired_job(buyer=bob, artist=alice)
    assert client_of(alice).post(f"/api/jobs/{job.pk}/complete/").status_code == 403
    answer = client_of(bob).post(f"/api/jobs/{job.pk}/complete/")
    assert answer.status_code == 200
    assert answer.json() == {"message": "Job completed successfully", "job": {"id": job.pk, "status": "completed"}}
    again = client_of(bob).post(f"/api/jobs/{job.pk}/complete/")
    assert (again.status_code, again.json()["code"]) == (400, "wrong_job_status")


@pytest.mark.operation("cultureup.jobs.complete")
def test_not_completing_during_a_dispute(client_of, alice, bob):
    job = hired_job(buyer=bob, artist=alice)
    open_dispute(job, alice)
    answer = client_of(bob).post(f"/api/jobs/{job.pk}/complete/")
    assert answer.status_code == 400
    assert answer.json() == {"error": "There is an open dispute about this job.", "code": "dispute_open"}


@pytest.mark.operation("cultureup.jobs.deliver")
@pytest.mark.operation("cultureup.jobs.request_changes")
def test_delivering_and_sending_back(client_of, alice, bob):
    job = hired_job(buyer=bob, artist=alice)
    assert client_of(bob).post(f"/api/jobs/{job.pk}/deliver/").status_code == 403
    answer = client_of(alice).post(f"/api/jobs/{job.pk}/deliver/")
    assert answer.status_code == 200
    assert answer.json() == {"message": "Work delivered successfully", "job": {"id": job.pk, "status": "in_progress"}}

    address = f"/api/jobs/{job.pk}/request-changes/"
    for wrong in ({}, {"message": " "}, {"message": "x" * 501}, {"message": ["blue"]}):
        refused = client_of(bob).post(address, wrong, format="json")
        assert (refused.status_code, list(refused.json())) == (400, ["message"])
    answer = client_of(bob).post(address, {"message": "Make it blue."}, format="json")
    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Changes requested successfully",
        "job": {"id": job.pk, "status": "in_progress"},
    }
    assert client_of(bob).post(address, {"message": "And red."}, format="json").status_code == 400


@pytest.mark.operation("cultureup.jobs.cancel")
class TestCancel:
    def test_with_and_without_a_reason(self, client_of, bob):
        for body in (None, {}, {"reason": ""}, {"reason": "No budget."}):
            job = BidFactory.create(job__buyer=bob).job
            answer = client_of(bob).post(f"/api/jobs/{job.pk}/cancel/", body, format="json")
            assert answer.status_code == 200
            assert answer.json() == {
                "message": "Job cancelled successfully",
                "job": {"id": job.pk, "status": "cancelled"},
            }
            assert job.bids.get().status == BidStatus.REJECTED

    def test_not_by_the_buyer_once_it_is_paid(self, client_of, alice, bob):
        job = hired_job(buyer=bob, artist=alice)
        payment_row(job)
        answer = client_of(bob).post(f"/api/jobs/{job.pk}/cancel/")
        assert (answer.status_code, answer.json()["code"]) == (400, "job_paid")
        assert client_of(alice).post(f"/api/jobs/{job.pk}/cancel/").status_code == 200

    def test_not_once_it_is_completed(self, client_of, bob, staff):
        job = completed_job(buyer=bob)
        for person in (bob, staff):
            answer = client_of(person).post(f"/api/jobs/{job.pk}/cancel/")
            assert (answer.status_code, answer.json()["code"]) == (400, "wrong_job_status")

    def test_not_by_another(self, client_of, charlie):
        assert client_of(charlie).post(f"/api/jobs/{JobFactory.create().pk}/cancel/").status_code == 403

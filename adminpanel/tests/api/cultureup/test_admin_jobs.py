"""CultureUp's admin API: jobs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.tests.factories import BuyerFactory
from commerce.services.audit.ledger import ledger_faults
from commerce.tests.steps import paid_job, payment_of_job
from config.core.models import AuditEntry
from jobs.choices import BidStatus, JobStatus
from jobs.models import Job
from jobs.tests.factories import BidFactory, ContractFactory, JobFactory, completed_job, hired_job
from marketplace.tests.factories import CategoryFactory

pytestmark = pytest.mark.django_db
URL = "/api/admin/jobs/"


def text(moment) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.operation("cultureup.admin.jobs.list")
def test_a_row_shows_the_job_its_people_and_its_bids(as_staff, alice, bob):
    now = timezone.now()
    job = hired_job(buyer=bob, artist=alice, created_at=now - timedelta(days=6, hours=1))
    BidFactory(job=job, bid_amount=Decimal("701.00"), status=BidStatus.REJECTED)
    Job.objects.filter(pk=job.pk).update(deadline=now + timedelta(days=9, hours=1))
    job.refresh_from_db()
    body = as_staff.get(URL).json()
    assert (body["count"], body["next"], body["previous"]) == (1, None, None)
    assert body["results"] == [
        {
            "id": job.pk,
            "title": job.title,
            "description": "A modern, minimalist logo.",
            "buyer": bob.pk,
            "buyer_username": "bob",
            "buyer_email": "bob@example.com",
            "hired_artist": alice.pk,
            "hired_artist_username": "alice",
            "category": job.category_id,
            "category_name": job.category.name,
            "budget_min": "500.00",
            "budget_max": "1000.00",
            "currency": "PKR",
            "duration_days": 7,
            "required_skills": "Logo Design, Branding",
            "experience_level": "expert",
            "status": "in_progress",
            "final_amount": "850.00",
            "deadline": text(job.deadline),
            "created_at": text(job.created_at),
            "updated_at": text(job.updated_at),
            "total_bids": 2,
            "average_bid": "725.50",
            "days_since_posted": 6,
            "days_until_deadline": 9,
        }
    ]


@pytest.mark.operation("cultureup.admin.jobs.list")
def test_a_job_that_nobody_bid_on(as_staff):
    JobFactory(deadline=timezone.now() - timedelta(hours=1))
    row = as_staff.get(URL).json()["results"][0]
    nothing = (row["hired_artist"], row["hired_artist_username"], row["final_amount"], row["average_bid"])
    assert (nothing, row["total_bids"]) == ((None, None, None, None), 0)
    assert (row["days_since_posted"], row["days_until_deadline"]) == (0, -1)


@pytest.mark.operation("cultureup.admin.jobs.list")
def test_filters_search_and_orderings_of_jobs(as_staff, bob):
    category, now = CategoryFactory(), timezone.now()
    JobFactory(title="One", budget_min=300, deadline=now + timedelta(days=3), experience_level="entry")
    JobFactory(title="Two", budget_min=100, deadline=now + timedelta(days=9), category=category)
    JobFactory(title="Three", budget_min=200, deadline=now + timedelta(days=6), buyer=bob, description="A mural")
    hired_job()
    completed = completed_job()

    def titles(query: str) -> list[str]:
        answer = as_staff.get(f"{URL}?{query}")
        assert answer.status_code == 200, answer.json()
        return [row["title"] for row in answer.json()["results"]]

    assert titles("status=open") == ["Three", "Two", "One"]
    assert titles("status=completed") == [completed.title]
    assert titles("experience_level=entry") == ["One"]
    assert titles(f"category={category.pk}") == ["Two"]
    assert titles("search=MURAL") == titles("search=bob") == titles("search=mural+bob") == ["Three"]
    assert titles("search=mural+two") == []
    assert titles("status=open&ordering=created_at") == ["One", "Two", "Three"]
    assert titles("status=open&ordering=budget_min") == ["Two", "Three", "One"]
    assert titles("status=open&ordering=-budget_min") == ["One", "Three", "Two"]
    assert titles("status=open&ordering=deadline") == ["One", "Three", "Two"]
    assert titles("status=open&page_size=1&page=2") == ["Two"]


@pytest.mark.parametrize(
    "query", ["status=done", "experience_level=king", "category=0", "category=x", "ordering=buyer", "search=%00"]
)
@pytest.mark.operation("cultureup.admin.jobs.list")
def test_a_malformed_parameter_of_the_jobs_is_named(as_staff, query):
    answer = as_staff.get(f"{URL}?{query}")
    assert (answer.status_code, list(answer.json())) == (400, [query.partition("=")[0]])


@pytest.mark.operation("cultureup.admin.jobs.list")
def test_the_jobs_cost_the_same_for_one_and_for_thirty(as_staff, django_assert_num_queries):
    BidFactory()
    as_staff.get(URL)
    with django_assert_num_queries(3):
        assert len(as_staff.get(URL).json()["results"]) == 1
    for _ in range(29):
        hired_job()
    with django_assert_num_queries(3):
        assert len(as_staff.get(URL).json()["results"]) == 30


@pytest.mark.operation("cultureup.admin.jobs.close")
def test_closing_calls_the_job_off(as_staff, staff, alice, bob):
    job = hired_job(buyer=bob, artist=alice)
    contract = ContractFactory(job=job)
    sent = {"reason": "Against the rules.", "status": "completed"}
    answer = as_staff.post(f"{URL}{job.pk}/close/", sent, format="json", REMOTE_ADDR="203.0.113.7")
    job.refresh_from_db()
    contract.refresh_from_db()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": f'Job "{job.title}" closed by admin',
            "job": {"id": job.pk, "title": job.title, "status": "cancelled", "updated_at": text(job.updated_at)},
        },
    )
    assert (job.status, job.cancelled_at is not None, contract.status) == ("cancelled", True, "terminated")
    change = job.history.get()
    assert (change.actor, change.reason) == (staff, "Against the rules.")
    told = Notification.objects.filter(notification_type="job_cancelled")
    assert {row.user for row in told} == {alice, bob}
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action) == (staff, "job.close")
    assert (entry.target_type, entry.target_id, entry.address) == ("job", str(job.pk), "203.0.113.7")
    assert (entry.before, entry.after) == (
        {"status": "in_progress", "payments": {}},
        {"status": "cancelled", "payments": {}, "reason": "Against the rules."},
    )


@pytest.mark.operation("cultureup.admin.jobs.close")
def test_closing_gives_back_what_is_held(as_staff, staff, bob, settings, django_capture_on_commit_callbacks):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    job = hired_job(buyer=bob)
    payment = paid_job(job)
    with django_capture_on_commit_callbacks(execute=True):
        assert as_staff.post(f"{URL}{job.pk}/close/").status_code == 200
    payment.refresh_from_db()
    bob.refresh_from_db()
    assert (payment.status, payment.held_amount, payment.refunded_amount) == ("refunded", 0, Decimal("850.000"))
    assert (payment.refunds.get().actor, bob.spent, list(ledger_faults())) == (staff, 0, [])
    assert AuditEntry.objects.get().before["payments"] == {payment.transaction_id: "completed"}


@pytest.mark.operation("cultureup.admin.jobs.close")
def test_an_unpaid_job_is_paid_no_more(as_staff, bob):
    payment = payment_of_job(hired_job(buyer=bob))
    assert as_staff.post(f"{URL}{payment.job_id}/close/").status_code == 200
    payment.refresh_from_db()
    assert (payment.status, payment.refunds.count()) == ("cancelled", 0)
    entry = AuditEntry.objects.get()
    assert entry.after == {"status": "cancelled", "payments": {payment.transaction_id: "cancelled"}, "reason": ""}


@pytest.mark.operation("cultureup.admin.jobs.close")
def test_what_is_over_is_not_closed(as_staff):
    for job in (completed_job(), JobFactory(status=JobStatus.CANCELLED)):
        answer = as_staff.post(f"{URL}{job.pk}/close/")
        assert (answer.status_code, answer.json()["code"]) == (400, "wrong_job_status")
        before = job.status
        job.refresh_from_db()
        assert job.status == before
    answer = as_staff.post(f"{URL}{10**15}/close/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Job not found"})
    assert AuditEntry.objects.count() == 0


@pytest.mark.operation("cultureup.admin.jobs.stats")
def test_job_stats(as_staff, settings, django_assert_num_queries):
    old = timezone.now() - timedelta(days=8)
    BidFactory(job=JobFactory(budget_min=Decimal("300.50"), budget_max=Decimal("600.25"), created_at=old))
    JobFactory(status=JobStatus.CANCELLED)
    hired_job()
    completed_job()
    JobFactory(currency="USD", budget_min=10, budget_max=20)
    with django_assert_num_queries(3):  # one of them asks for the level
        body = as_staff.get(f"{URL}stats/").json()
    assert body == {
        "total_jobs": 5,
        "open_jobs": 2,
        "in_progress_jobs": 1,
        "completed_jobs": 1,
        "cancelled_jobs": 1,
        "average_budget": {"avg_min": "450.13", "avg_max": "900.06"},
        "currency": "PKR",
        "total_bids": 3,
        "recent_jobs": 4,
        "other_currencies": {"USD": {"avg_min": "10.00", "avg_max": "20.00"}},
    }


@pytest.mark.operation("cultureup.admin.jobs.stats")
def test_job_stats_of_nothing(as_staff):
    BuyerFactory()
    body = as_staff.get(f"{URL}stats/").json()
    assert (body["total_jobs"], body["average_budget"]) == (0, {"avg_min": "0.00", "avg_max": "0.00"})

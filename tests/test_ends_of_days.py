"""An end given as a date is the end of that day, in UTC, a start its beginning, in every dialect."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.models import User
from adminpanel.selectors.revenue import revenue_report
from commerce.models import Campaign, Payment
from commerce.services.campaigns.campaigns import campaign_status
from commerce.services.orders.pricing import offers_for
from commerce.tests.shop import campaign_of, design_of
from commerce.tests.steps import paid_order
from config.dialects.moments import EndIn, StartIn
from jobs.choices import JobStatus
from jobs.models import Contract, Job
from jobs.services.deadlines import deadlines_sweep
from jobs.tests.factories import JobFactory, hired_job
from marketplace.tests.factories import CategoryFactory

DAY = date(2026, 3, 29)
FIRST, LAST = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 29, 23, 59, 59, 999_999, tzinfo=UTC)
CAMPAIGNS = "/api/v1/advanced-tools/promotion-campaigns"


def of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")
    return client


@pytest.mark.parametrize("written", ["2026-03-29", "20260329", "2026-W13-7"])
def test_a_date(written):
    assert (StartIn().run_validation(written), EndIn().run_validation(written)) == (FIRST, LAST)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-29T10:00:00Z", datetime(2026, 3, 29, 10, tzinfo=UTC)),
        ("2026-03-29T00:00:00Z", FIRST),
        ("2026-03-29T02:00:00+02:00", FIRST),
        ("2026-03-29 10:00", datetime(2026, 3, 29, 10, tzinfo=UTC)),
    ],
)
def test_a_moment_stays_what_it_is(written, meant):
    assert StartIn().run_validation(written) == EndIn().run_validation(written) == meant


def test_the_last_day_there_is():
    assert EndIn().run_validation("9999-12-31") == datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.mark.parametrize("written", ["2026-02-30", "tomorrow", "", 20260329, ["2026-03-29"], {"date": 1}, True, "1"])
def test_neither(written):
    from rest_framework.exceptions import ValidationError

    with pytest.raises(ValidationError):
        EndIn().run_validation(written)


# ---------------------------------------------------------------- campaigns
@pytest.mark.django_db
class TestCampaigns:
    def _made(self, seller: User, design: Any, start: str, end: str) -> Any:
        body = {"name": "Today", "discount_type": "percentage", "discount_value": 25, "design_ids": [design.pk]}
        return of(seller).post(CAMPAIGNS, body | {"start_date": start, "end_date": end}, format="json")

    @pytest.mark.parametrize("start", [f"{timezone.now():%Y-%m-%d}", "2026-01-01"])
    def test_until_today_runs_today(self, alice, bob, start):
        design, today = design_of(alice, price="20.00"), f"{timezone.now().astimezone(UTC):%Y-%m-%d}"
        answer = self._made(alice, design, start, today)
        assert (answer.status_code, answer.json()["status"]) == (201, "active")
        campaign = Campaign.objects.get()
        assert campaign.end_date == datetime.combine(date.fromisoformat(today), LAST.time(), UTC)
        assert offers_for(buyer=bob, listings=[design])[design.pk].price == Decimal("15.00")
        assert of(alice).get(CAMPAIGNS).json()["items"][0]["end_date"] == f"{today}T23:59:59Z"

    def test_until_yesterday_is_over(self, alice):
        answer = self._made(alice, design_of(alice), "2026-01-01", f"{timezone.now() - timedelta(days=1):%Y-%m-%d}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "end_date")

    def test_its_last_moment_counts_everywhere(self, alice, bob):
        """What the status says and what a cart shows end at the same moment."""
        design = design_of(alice, price="20.00")
        campaign = campaign_of(alice, design, percent="25")
        campaign.start_date, campaign.end_date = FIRST, LAST
        assert (campaign_status(campaign, LAST), campaign_status(campaign, LAST + timedelta(microseconds=1))) == (
            *("active", "expired"),
        )

    def test_prolonged_by_a_date(self, alice):
        campaign = campaign_of(alice, design_of(alice), percent="25")
        answer = of(alice).put(f"{CAMPAIGNS}/{campaign.pk}", {"end_date": "2099-03-29"}, format="json")
        assert (answer.status_code, answer.json()["end_date"]) == (200, "2099-03-29T23:59:59Z")


# ---------------------------------------------------------------- hiring
@pytest.mark.django_db
class TestDeadlines:
    def test_a_job_due_today(self, bob):
        today = timezone.now().astimezone(UTC).date()
        body = {"title": "Mural", "description": "d", "category_id": CategoryFactory.create().pk, "duration_days": 1}
        body |= {"budget_min": "1.00", "budget_max": "2.00", "required_skills": "p", "experience_level": "entry"}
        answer = of(bob).post("/api/jobs/", body | {"deadline": f"{today}"}, format="json")
        assert (answer.status_code, answer.json()["deadline"]) == (201, f"{today}T23:59:59Z")
        assert answer.json()["deadline_approaching"]
        job = Job.objects.get()
        deadlines_sweep()
        job.refresh_from_db()
        assert (job.status, job.reminded_at is not None) == (JobStatus.OPEN, True)
        answer = of(bob).patch(f"/api/jobs/{job.pk}/", {"deadline": f"{today - timedelta(days=1)}"}, format="json")
        assert (answer.status_code, "deadline" in answer.json()) == (400, True)

    def test_a_contract_until_today(self, alice, bob):
        job, today = hired_job(buyer=bob, artist=alice), timezone.now().astimezone(UTC).date()
        body = {"job": job.pk, "artist": alice.pk, "terms": "x", "rights_type": "exclusive", "amount": "850.00"}
        answer = of(bob).post("/api/contracts/", body | {"deadline": f"{today}"}, format="json")
        assert (answer.status_code, answer.json()["deadline"]) == (201, f"{today}T23:59:59Z")
        assert Contract.objects.get().deadline.date() == today

    def test_what_is_said_to_approach_is_reminded_of(self, bob):
        """Less than 48 hours ahead, in the answer and in the sweep alike."""
        job = JobFactory.create(buyer=bob, deadline=timezone.now() + timedelta(hours=47, minutes=59))
        far = JobFactory.create(buyer=bob, deadline=timezone.now() + timedelta(hours=48, minutes=1))
        deadlines_sweep()
        for each, near in ((job, True), (far, False)):
            each.refresh_from_db()
            shown = of(bob).get(f"/api/jobs/{each.pk}/").json()["deadline_approaching"]
            assert (shown, each.reminded_at is not None) == (near, near)


# ---------------------------------------------------------------- reports
@pytest.mark.django_db
def test_reports_hold_their_last_day(alice, bob, admin, settings):
    settings.SANDBOX_ALLOWED = True
    settings.CURRENCIES = dict.fromkeys(settings.CURRENCIES, "USD")
    _order, payment = paid_order(bob, design_of(alice, price="50.00"))
    Payment.objects.filter(pk=payment.pk).update(completed_at=LAST)
    report = revenue_report(actor=admin, start=DAY, end=DAY)
    assert (report.total.total, report.total.count) == (Decimal("50.00"), 1)
    address = "/api/admin/revenue-report/"
    answer = of(admin).get(address, {"start_date": "2026-03-29", "end_date": "2026-03-29"})
    assert answer.json()["total_revenue"] == "50.00"
    answer = of(admin).get(address, {"start_date": "2026-03-30", "end_date": "2026-03-31"})
    assert answer.json()["total_revenue"] == "0.00"
    today = f"{timezone.now().astimezone(UTC):%Y-%m-%d}"
    answer = of(alice).get("/api/v1/analytics/sales", {"start_date": today, "end_date": today})
    assert (answer.json()["total_revenue"], len(answer.json()["daily_sales"])) == (50.0, 1)

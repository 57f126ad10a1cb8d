"""Jobs and bids in Django's admin site: looked at, never edited; staff may close a job there."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import ModeratorFactory, SuperuserFactory
from config.core.models import AuditEntry
from jobs.choices import JobStatus
from jobs.models import Job, JobChange
from jobs.services.hiring import job_hire
from jobs.tests.factories import BidFactory, JobFactory, completed_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    person = SuperuserFactory.create(username="boss")
    client.force_login(person)
    return person


def test_a_job_shows_its_history_and_bids_and_has_no_fields_to_edit(boss, client, bob):
    bid = BidFactory.create(job__buyer=bob)
    job_hire(actor=bob, job_id=bid.job_id, bid_id=bid.pk)
    shown = client.get(reverse("admin:jobs_job_change", args=[bid.job_id]))
    assert shown.status_code == 200
    assert f"hired {bid.artist.username} for PKR 750.00" in shown.text
    assert 'name="status"' not in shown.text
    assert 'name="title"' not in shown.text
    assert client.get(reverse("admin:jobs_bid_change", args=[bid.pk])).status_code == 200
    assert client.get(reverse("admin:jobs_job_add")).status_code == 403


def test_a_bid_shows_its_job_and_the_others(boss, client, bob):
    bid = BidFactory.create(job__buyer=bob, job__title="Logo")
    other, elsewhere = BidFactory.create(job=bid.job), BidFactory.create(artist=bid.artist)
    job_hire(actor=bob, job_id=bid.job_id, bid_id=bid.pk)

    def shown():
        with CaptureQueriesContext(connection) as ran:
            page = client.get(reverse("admin:jobs_bid_change", args=[bid.pk]))
        return page, {panel.title: panel.rows for panel in page.context["panels"]}, len(ran)

    shown()
    page, found, before = shown()
    by_artist = f"Other bids by {bid.artist.username}"
    assert list(found) == ["Job", "Other bids on it", by_artist, "Reports of abuse"]
    assert "Logo" in found["Job"][0][0] and found["Job"][0][2:6:2] == ("In Progress", bid.artist.username)
    assert f"Bid {other.pk}" in found["Other bids on it"][0][0] and found["Other bids on it"][0][4] == "Rejected"
    assert f"Bid {elsewhere.pk} on {elsewhere.job}" in found[by_artist][0][0]
    assert "Job: Open → In Progress" in [one.what for one in page.context["timeline"]]
    assert 'name="bid_amount"' not in page.text
    for _ in range(2):
        BidFactory.create(job=bid.job), BidFactory.create(artist=bid.artist)
    assert shown()[2] == before


def test_closing_is_the_service(boss, client):
    opened, finished = JobFactory.create(), completed_job()
    chosen = {"action": "close", "_selected_action": [opened.pk, finished.pk], "confirmed": "yes"}
    answer = client.post(reverse("admin:jobs_job_changelist"), chosen, follow=True)
    assert "1 done." in answer.text
    assert "The job is completed and can no longer be cancelled." in answer.text
    opened.refresh_from_db()
    finished.refresh_from_db()
    assert (opened.status, finished.status) == (JobStatus.CANCELLED, JobStatus.COMPLETED)
    assert AuditEntry.objects.filter(action="job.close").count() == 1


def test_moderators_do_not_close(client):
    client.force_login(ModeratorFactory.create())
    job = JobFactory.create()
    client.post(
        reverse("admin:jobs_job_changelist"), {"action": "close", "_selected_action": [job.pk], "confirmed": "yes"}
    )
    assert Job.objects.get().status == JobStatus.OPEN


@pytest.mark.parametrize("model", ["job", "bid", "jobchange"])
def test_lists_cost_the_same_for_more_rows(boss, client, model):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse(f"admin:jobs_{model}_changelist")).status_code == 200
        return len(asked)

    def fill():
        job = completed_job()
        JobChange.objects.create(job=job, after=job.status, actor=job.buyer)

    fill()
    queries()
    with_one = queries()
    for _ in range(5):
        fill()
    assert queries() == with_one

"""The page of a report of abuse: what was reported, what else was, and the moderators' decision."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Notification
from accounts.services.levels import groups_prepare
from accounts.tests.factories import BuyerFactory, ModeratorFactory, StaffFactory, UserFactory
from community.choices import ReportedKind, ReportReason
from community.models import AbuseReport
from community.services.posts import post_create
from community.services.reports import report_file
from community.tests.factories import CommunityFactory, MessageFactory
from config.core.models import AuditEntry
from jobs.tests.factories import BidFactory, JobFactory, ReviewFactory
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator(client):
    groups_prepare()
    person = ModeratorFactory(username="mo")
    client.force_login(person)
    return person


@pytest.fixture
def post():
    community = CommunityFactory(creator=UserFactory(username="alice"))
    return post_create(actor=community.creator, community_id=community.pk, content="Buy <b>now")


def reported(thing, kind, who):
    return report_file(actor=who, kind=kind, target_id=thing.pk, reason=ReportReason.SPAM, details="Again").report


def page(report) -> str:
    return f"/admin/community/abusereport/{report.pk}/change/"


def offered(client, report) -> set[str]:
    return {one["path"].rstrip("/").rpartition("/")[2] for one in client.get(page(report)).context["decisions"]}


def test_it_shows_what_was_reported_and_what_else_was(client, moderator, post):
    bob, charlie = UserFactory(username="bob"), UserFactory(username="charlie")
    report, other = reported(post, ReportedKind.POST, bob), reported(post, ReportedKind.POST, charlie)
    secret = MessageFactory(sender=post.author, receiver=bob, content="Between us two")
    bad = MessageFactory(sender=post.author, receiver=bob, content="You fool")
    message = reported(bad, ReportedKind.MESSAGE, bob)
    answer = client.get(page(report))
    thing, same, about = answer.context["panels"]
    assert thing.rows[0] == ("It read", "Buy &lt;b&gt;now")
    assert f"/admin/community/communitypost/{post.pk}/change/" in thing.rows[1][1]
    assert thing.rows[2] == ("Whose it is", "alice")  # moderators have no pages of people
    assert [row[3] for row in same.rows] == ["charlie"] and f"/{other.pk}/change/" in same.rows[0][0]
    assert [row[2] for row in about.rows] == ["You fool"] and f"/{message.pk}/change/" in about.rows[0][0]
    text = answer.content.decode() + client.get(page(message)).content.decode()
    assert "Buy <b>" not in text and secret.content not in text


def test_a_decision_by_its_button(client, moderator, post):
    """About all open reports of the thing, once."""
    people = [UserFactory(username="bob"), UserFactory(username="charlie")]
    first, second = (reported(post, ReportedKind.POST, person) for person in people)
    assert offered(client, first) == {"uphold-it", "dismiss-it", "note"}
    for _ in range(2):
        client.post(f"/admin/community/abusereport/{first.pk}/uphold-it/", {"once": "1"})
    post.refresh_from_db()
    assert post.is_deleted
    assert set(AbuseReport.objects.values_list("status", "decided_by")) == {("upheld", moderator.pk)}
    assert Notification.objects.filter(user__in=people, notification_type="report_decided").count() == 2
    assert AuditEntry.objects.filter(action="report.uphold").count() == 1
    assert offered(client, second) == {"note"}
    again = reported(MessageFactory(receiver=people[0]), ReportedKind.MESSAGE, people[0])
    client.post(f"/admin/community/abusereport/{again.pk}/dismiss-it/", {})
    again.refresh_from_db()
    assert again.status == "dismissed"
    client.force_login(BuyerFactory())
    assert client.post(f"/admin/community/abusereport/{again.pk}/uphold-it/", {}).status_code == 302  # to sign in
    again.refresh_from_db()
    assert again.status == "dismissed"


@pytest.mark.parametrize(
    ("kind", "make", "page_of"),
    [
        ("artwork", ArtworkFactory, "marketplace/artwork"),
        ("job", JobFactory, "jobs/job"),
        ("bid", BidFactory, "jobs/bid"),
        ("hire_review", ReviewFactory, "jobs/review"),
    ],
)
def test_the_page_of_a_thing_shows_what_was_reported_of_it(client, kind, make, page_of):
    groups_prepare()
    staff = StaffFactory()
    client.force_login(staff)
    thing = make()
    who = thing.job.buyer if kind == "bid" else staff
    report = reported(thing, ReportedKind(kind), who)
    shown = client.get(f"/admin/{page_of}/{thing.pk}/change/").context["panels"]
    [row] = next(panel.rows for panel in shown if panel.title == "Reports of abuse")
    assert f"/{report.pk}/change/" in row[0] and row[1:3] == (who.username, "Again")
    leads = client.get(page(report)).context["panels"][0].rows[1][1]
    assert f"/admin/{page_of}/{thing.pk}/change/" in leads


def test_it_costs_the_same_however_many_there_are(client, moderator, post):
    report = reported(post, ReportedKind.POST, UserFactory())

    def queries() -> int:
        with CaptureQueriesContext(connection) as ran:
            assert client.get(page(report)).status_code == 200
        return len(ran)

    def more() -> None:
        reported(post, ReportedKind.POST, UserFactory())
        bad = MessageFactory(sender=post.author)
        reported(bad, ReportedKind.MESSAGE, bad.receiver)

    more()
    client.get(page(report))
    few = queries()
    more()
    more()
    assert queries() == few

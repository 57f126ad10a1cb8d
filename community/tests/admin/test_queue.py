"""The moderators' queue: what waits, in order, what is decided there, and what is told when two decide at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services.levels import groups_prepare
from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory
from community.choices import ReportedKind, ReportReason
from community.models import AbuseReport
from community.services.reports import report_file
from config.core.models import AuditEntry
from marketplace.models import ListingComment
from marketplace.services.models_3d.moderation import model_reject
from marketplace.services.moderation import artwork_approve
from marketplace.tests.factories import ArtworkFactory, Model3DFactory, PictureFactory

pytestmark = pytest.mark.django_db
QUEUE = "/admin/community/abusereport/queue/"


@pytest.fixture
def moderator(client):
    groups_prepare()
    person = ModeratorFactory(username="mo")
    client.force_login(person)
    return person


def ago(days: int):
    return timezone.now() - timedelta(days=days)


def reported(*people, days: int = 1) -> AbuseReport:
    """A comment on a model, reported by people."""
    comment = ListingComment.objects.create(
        listing=Model3DFactory.create(comments_count=1), author=ArtistFactory.create(), content="Buy <pills>"
    )
    for person in people:
        report_file(actor=person, kind=ReportedKind.COMMENT, target_id=comment.pk, reason=ReportReason.SPAM)
    AbuseReport.objects.update(created_at=ago(days))
    return AbuseReport.objects.earliest("pk")


def send(client, row, decision: str, **more):
    sent = {"kind": row.kind, "row": row.pk, "seen": row.seen, "decision": decision} | more
    return client.post(QUEUE, sent, headers={"Accept": "application/json"})


def rows(client) -> list:
    return client.get(QUEUE).context["rows"]


def test_what_waits_the_oldest_first(client, moderator):
    replaced = ArtworkFactory(title="Dawn", created_at=ago(90))
    held = PictureFactory(artwork=replaced, verdict="held", similarity_score=70, created_at=ago(2))
    pending = ArtworkFactory(title="Dunes", status="pending", created_at=ago(5))
    copy = ArtworkFactory(title="Evening", status="pending", created_at=ago(3), picture__verdict="held")
    model = Model3DFactory(title="Bracket", status="pending", created_at=ago(4))
    report = reported(BuyerFactory(), BuyerFactory(), days=1)
    ArtworkFactory(status="pending", picture__check_state="running")
    Model3DFactory(status="pending", mesh__state="running")
    ArtworkFactory(status="rejected")
    answer = client.get(QUEUE)
    found = answer.context["rows"]
    assert [(row.kind, row.pk, row.seen) for row in found] == [
        ("artwork", pending.pk, pending.picture_id),
        ("model", model.pk, model.mesh_id),
        ("artwork", copy.pk, copy.picture_id),
        ("artwork", replaced.pk, held.pk),
        ("report", report.pk, 0),
    ]
    assert answer.context["count"] == 5
    assert found[0].picture == pending.picture.watermarked.url and found[1].picture == model.mesh.thumbnail.url
    assert [bool(row.compare) for row in found] == [False, False, True, True, False]
    assert "Buy &lt;pills&gt;" in answer.content.decode()


def test_each_decision(client, moderator):
    work = ArtworkFactory(title="Dunes", status="pending", created_at=ago(5))
    model = Model3DFactory(title="Bracket", status="pending", created_at=ago(4))
    report = reported(BuyerFactory())
    artwork_row, model_row, report_row = rows(client)
    assert send(client, artwork_row, "feature").json() == {
        "told": "“Dunes”: featured.",
        "gone": False,
        "undo": "unfeature",
    }
    assert send(client, artwork_row, "unfeature").json()["undo"] == "feature"
    no_reason = send(client, artwork_row, "reject", reason=" ")
    assert (no_reason.status_code, no_reason.json()["gone"]) == (400, False)
    done = send(client, artwork_row, "reject", reason="Blurred")
    assert done.json() == {"told": "“Dunes”: rejected.", "gone": True, "undo": ""}
    assert send(client, model_row, "approve").json()["undo"] == "hold"
    assert send(client, model_row, "hold").status_code == 200
    model.refresh_from_db()
    assert model.status == "pending"
    assert send(client, report_row, "uphold").json()["told"] == "Report of a comment on a model: upheld."
    work.refresh_from_db()
    report.refresh_from_db()
    assert (work.status, report.status) == ("rejected", "upheld")
    assert [row.pk for row in rows(client)] == [model.pk]
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)[:5]) == [
        *("artwork.feature", "artwork.unfeature", "artwork.reject", "model.approve", "model.hold"),
    ]


def test_two_moderators_at_once(client, moderator):
    """What the other decided stays, and it is said who they are."""
    other = ModeratorFactory(username="other")
    work = ArtworkFactory(status="pending", created_at=ago(5))
    model = Model3DFactory(status="pending", created_at=ago(4))
    reported(BuyerFactory())
    seen = rows(client)
    artwork_approve(actor=other, artwork_id=work.pk)
    model_reject(actor=other, model_id=model.pk, reason="No")
    assert send(client, seen[2], "dismiss").status_code == 200
    for row, decision, words in (
        (seen[0], "reject", "Decided meanwhile by other: it is approved."),
        (seen[1], "approve", "Decided meanwhile by other: it is rejected."),
        (seen[2], "uphold", "Decided meanwhile by mo: it is dismissed."),
    ):
        answer = send(client, row, decision, reason="x")
        assert (answer.status_code, answer.json()) == (409, {"told": words, "gone": True, "undo": ""})
    work.refresh_from_db()
    model.refresh_from_db()
    assert (work.status, model.status, AbuseReport.objects.get().status) == ("approved", "rejected", "dismissed")


def test_what_was_not_seen_is_not_decided_about(client, moderator):
    work = ArtworkFactory(status="pending")
    [row] = rows(client)
    PictureFactory(artwork=work, verdict="held")
    answer = send(client, row, "approve")
    assert (answer.status_code, answer.json()["told"]) == (
        *(409, "Another file was put in meanwhile: look at it first."),
    )
    work.refresh_from_db()
    assert (work.status, AuditEntry.objects.count()) == ("pending", 0)


def test_wrong_input_is_told(client, moderator):
    work = ArtworkFactory(status="pending")
    for wrong in (
        {"kind": "person"},
        {"decision": "dismiss"},
        {"row": "x"},
        {"row": "9" * 30},
        {"decision": "reject", "reason": "a\0b"},
        {"decision": "reject", "reason": "x" * 2001},
    ):
        sent = {"kind": "artwork", "row": work.pk, "seen": work.picture_id, "decision": "approve"} | wrong
        assert client.post(QUEUE, sent, headers={"Accept": "application/json"}).status_code == 400, wrong
    sent = {"kind": "artwork", "row": 999_999, "seen": 0, "decision": "approve"}
    assert client.post(QUEUE, sent, headers={"Accept": "application/json"}).status_code == 404
    work.refresh_from_db()
    assert work.status == "pending"


def test_without_its_script_it_is_a_form(client, moderator):
    work = ArtworkFactory(title="Dunes", status="pending")
    sent = {"kind": "artwork", "row": work.pk, "seen": work.picture_id, "decision": "approve"}
    done = client.post(QUEUE, sent, headers={"Accept": "text/html"}, follow=True)
    assert done.redirect_chain[-1][0] == QUEUE and "“Dunes”: approved." in done.content.decode()


def test_it_costs_the_same_however_many_wait(client, moderator):
    def queries() -> int:
        with CaptureQueriesContext(connection) as ran:
            assert client.get(QUEUE).status_code == 200
        return len(ran)

    def more() -> None:
        ArtworkFactory(status="pending", picture__verdict="held")
        Model3DFactory(status="pending")
        PictureFactory(artwork=ArtworkFactory(), verdict="held")
        reported(BuyerFactory(), BuyerFactory())

    more()
    queries()
    few = queries()
    for _ in range(2):
        more()
    assert queries() == few


def test_it_is_moderators_alone(client, moderator):
    work = ArtworkFactory(status="pending")
    sent = {"kind": "artwork", "row": work.pk, "seen": work.picture_id, "decision": "approve"}
    client.force_login(BuyerFactory())
    assert (client.get(QUEUE).status_code, client.post(QUEUE, sent).status_code) == (302, 302)
    client.force_login(BuyerFactory(is_staff=True, is_active=False))
    assert client.post(QUEUE, sent).status_code == 302
    work.refresh_from_db()
    assert work.status == "pending"

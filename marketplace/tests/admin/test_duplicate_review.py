"""The pages of Django's admin site on which moderators compare held pictures and decide."""

from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from accounts.services.levels import groups_prepare
from accounts.tests.factories import (
    AdminFactory,
    ArtistFactory,
    BuyerFactory,
    ModeratorFactory,
    StaffFactory,
    SuperuserFactory,
)
from config.core.models import AuditEntry
from marketplace.admin import duplicates
from marketplace.models import Appeal, Artwork, Picture
from marketplace.selectors.moderation import pictures_to_review
from marketplace.services.appeals import appeal_create
from marketplace.tests.factories import ArtworkFactory, PictureFactory

pytestmark = pytest.mark.django_db
HELD = "/admin/marketplace/picture/held/"
EVIDENCE = {
    "same_file": False,
    "view": "centre 80 %",
    "transform": "mirrored and turned 90°",
    "distance": 38,
    "inliers": 41,
    "agreement": 0.83,
    "region": {"x": 0.1, "y": 0.2, "width": 0.7, "height": 0.6},
    "matched_region": {"x": 0.05, "y": 0.0, "width": 0.5, "height": 0.25},
    "label_similarity": None,
    "face_similarity": None,
    "explanation": "Part of the picture matches.",
}


@pytest.fixture
def moderator(client):
    groups_prepare()
    person = ModeratorFactory(username="the_moderator")
    client.force_login(person)
    return person


def held_picture(title="Evening", **columns) -> Picture:
    found = {
        "verdict": "held",
        "matched": ArtworkFactory(title=f"{title} by the river"),
        "similarity_score": "74.20",
        "evidence": EVIDENCE,
        "total_compared": 12,
    }
    pictured = {f"picture__{name}": value for name, value in (found | columns).items()}
    return ArtworkFactory(title=title, status="pending", **pictured).picture


def review(picture) -> str:
    return reverse("admin:marketplace_picture_review", args=[picture.pk])


def test_both_pictures_are_drawn_with_the_part_that_matches(client, moderator):
    picture = held_picture(labels=[{"name": "River", "confidence": 91.4}])
    answer = client.get(review(picture))
    assert answer.status_code == 200
    page = answer.content.decode()
    for words in (
        *("Evening", "Evening by the river", "74.20", "MEDIUM risk", "centre 80 %", "mirrored and turned 90°"),
        *("38 of 256 bits", "41", "83 %", "12 pictures", "River", "91 %", "Part of the picture matches."),
        *(picture.owner.username, picture.matched.seller.username, "The other picture was here first."),
    ):
        assert words in page, words
    assert 'x="10.0" y="20.0" width="70.0" height="60.0"' in page
    assert 'x="5.0" y="0.0" width="50.0" height="25.0"' in page
    uploaded, resembled = answer.context["sides"]
    for side in (uploaded, resembled):
        assert side.image.startswith("/files/")
        assert client.get(side.image).status_code == 200
    assert client.get(uploaded.image).getvalue() == storages["private"].open(picture.original.name).read()


def test_the_page_brings_no_script_and_no_style_of_its_own(client, moderator):
    """Beside what Unfold's frame brings: a policy that refuses inline code must not blank the comparison."""
    picture = held_picture()
    page = client.get(review(picture)).content.decode()
    ours = page[page.index('aria-label="Held pictures"') : page.index("the next picture opens")]
    assert "<script" not in ours and " style=" not in ours and "onclick" not in ours


def test_markup_in_what_people_wrote_is_shown_as_text(client, moderator):
    evil = "<script>alert(1)</script>"
    picture = held_picture(title=evil, evidence=EVIDENCE | {"view": evil, "explanation": evil})
    Artwork.objects.filter(pk=picture.matched_id).update(title=evil)
    appeal_create(actor=picture.owner, artwork_id=picture.artwork_id, reason=evil)
    for address in (review(picture), HELD, "/admin/marketplace/artwork/"):
        page = client.get(address).content.decode()
        assert evil not in page
        assert "&lt;script&gt;alert(1)" in page


def test_approving_writes_the_trail_tells_the_artist_and_opens_the_next(client, moderator):
    first, second, third = held_picture("One"), held_picture("Two"), held_picture("Three")
    answer = client.post(review(second), {"decision": "approve"})
    assert (answer.status_code, answer["Location"]) == (302, review(third))
    second.refresh_from_db()
    assert (second.verdict, second.artwork.status) == ("cleared", "approved")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == (moderator, "artwork.approve", str(second.artwork_id))
    assert (entry.address, entry.after["status"]) == ("127.0.0.1", "approved")
    assert Notification.objects.get(user=second.owner).title == "Artwork approved"
    assert client.post(review(third), {"decision": "approve"})["Location"] == review(first)
    assert client.post(review(first), {"decision": "approve"})["Location"] == HELD
    assert "every picture is decided about" in client.get(HELD).content.decode()


def test_rejecting_needs_a_reason_that_the_artist_reads(client, moderator):
    picture = held_picture()
    for words in ("", "   ", "x" * 2001, "a\0b"):
        answer = client.post(review(picture), {"decision": "reject", "words": words})
        assert answer.status_code == 200 and 'role="alert"' in answer.content.decode()
    picture.refresh_from_db()
    assert (picture.verdict, AuditEntry.objects.count()) == ("held", 0)
    client.post(review(picture), {"decision": "reject", "words": "The river is not yours."})
    picture.refresh_from_db()
    assert (picture.verdict, picture.artwork.status) == ("refused", "rejected")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.after["reason"]) == ("artwork.reject", "The river is not yours.")
    assert "The river is not yours." in Notification.objects.get(user=picture.owner).message


@pytest.mark.parametrize("decision", ["", "delete", "approve\0", None])
def test_an_unknown_decision_changes_nothing(client, moderator, decision):
    picture = held_picture()
    sent = {} if decision is None else {"decision": decision}
    assert client.post(review(picture), sent | {"words": "x"}).status_code == 200
    picture.refresh_from_db()
    assert (picture.verdict, AuditEntry.objects.count()) == ("held", 0)


@pytest.mark.parametrize(
    ("decision", "state", "verdict", "status"),
    [("accept", "accepted", "cleared", "approved"), ("decline", "declined", "refused", "rejected")],
)
def test_an_appeal_is_decided_with_an_answer(client, moderator, decision, state, verdict, status):
    picture = held_picture()
    appeal_create(actor=picture.owner, artwork_id=picture.artwork_id, reason="I was there with my own camera.")
    assert "I was there with my own camera." in client.get(review(picture)).content.decode()
    for other in ("approve", "reject"):  # the artist has asked and is owed an answer
        answer = client.post(review(picture), {"decision": other, "words": "No."})
        assert "decide about the appeal" in answer.content.decode()
    client.post(review(picture), {"decision": decision, "words": "We compared both."})
    appeal = Appeal.objects.get()
    picture.refresh_from_db()
    assert (appeal.state, appeal.answer, appeal.decided_by) == (state, "We compared both.", moderator)
    assert (picture.verdict, picture.artwork.status) == (verdict, status)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.after) == ("appeal.decide", {"state": state, "answer": "We compared both."})


def test_a_refused_picture_comes_only_when_its_artist_appeals(client, moderator):
    picture = held_picture()
    Picture.objects.update(verdict="refused")
    Artwork.objects.filter(pk=picture.artwork_id).update(status="rejected")
    assert client.get(review(picture)).status_code == 302
    appeal_create(actor=picture.owner, artwork_id=picture.artwork_id, reason="Mine.")
    page = client.get(review(picture)).content.decode()
    assert "refused by the check" in page and "Reject as a copy" not in page
    client.post(review(picture), {"decision": "accept"})
    picture.refresh_from_db()
    assert (picture.verdict, picture.artwork.status) == ("cleared", "approved")


def test_an_appeal_that_is_not_there_is_not_decided(client, moderator):
    picture = held_picture()
    answer = client.post(review(picture), {"decision": "accept"})
    assert "There is no open appeal" in answer.content.decode()
    assert AuditEntry.objects.count() == 0


def test_what_another_moderator_decided_meanwhile_is_not_decided_again(client, moderator):
    picture = held_picture()
    client.post(review(picture), {"decision": "reject", "words": "A copy."})
    answer = client.post(review(picture), {"decision": "approve"}, follow=True)
    assert answer.redirect_chain == [(HELD, 302)]
    assert "waits for no decision any more" in answer.content.decode()
    picture.refresh_from_db()
    assert (picture.verdict, picture.artwork.status, AuditEntry.objects.count()) == ("refused", "rejected", 1)


def test_of_two_held_pictures_of_a_work_the_newer_is_decided_about(client, moderator):
    older = held_picture()
    newer = PictureFactory(artwork=older.artwork, verdict="held", similarity_score="70", evidence=EVIDENCE)
    assert list(pictures_to_review(actor=moderator)) == [newer]


def test_a_picture_that_came_while_its_page_was_answered_is_not_decided_about(client, moderator, monkeypatch):
    picture = held_picture()
    decide = duplicates.decide

    def after_another(*asked):
        PictureFactory(artwork=picture.artwork, verdict="held", similarity_score="70", evidence=EVIDENCE)
        return decide(*asked)

    monkeypatch.setattr(duplicates, "decide", after_another)
    answer = client.post(review(picture), {"decision": "approve"})
    assert "Another file was put in meanwhile" in answer.content.decode()
    assert set(picture.artwork.pictures.values_list("verdict", flat=True)) == {"held"}


def test_archived_works_are_not_reviewed(client, moderator):
    picture = held_picture()
    Artwork.objects.filter(pk=picture.artwork_id).update(status="archived")
    assert not pictures_to_review(actor=moderator).exists()


def test_the_matched_work_is_gone(client, moderator):
    picture = held_picture()
    Picture.objects.filter(pk=picture.pk).update(matched=None)
    page = client.get(review(picture)).content.decode()
    assert "The work that it resembled is gone." in page and "38 of 256 bits" in page
    assert "the work it resembled is gone" in client.get(HELD).content.decode()
    client.post(review(picture), {"decision": "reject", "words": "A copy."})
    picture.refresh_from_db()
    assert picture.verdict == "refused"


def test_the_matched_work_shows_another_picture_since(client, moderator):
    picture = held_picture()
    theirs = picture.matched.artwork
    theirs.picture = PictureFactory(artwork=theirs, created_at=timezone.now() + timedelta(hours=1))
    theirs.save()
    page = client.get(review(picture)).content.decode()
    assert "shows another picture since" in page and 'x="5.0"' not in page and 'x="10.0"' in page


def test_a_late_check_says_that_the_held_picture_was_here_first(client, moderator):
    picture = held_picture(created_at=timezone.now() - timedelta(days=2))
    assert "the other one may be the copy" in client.get(review(picture)).content.decode()


def test_pictures_that_are_missing_are_said_to_be(client, moderator):
    picture = held_picture(original="", watermarked="")
    Artwork.objects.filter(pk=picture.matched_id).update(picture=None)
    page = client.get(review(picture)).content.decode()
    assert "The file of this picture is missing." in page and "This work shows no picture." in page
    Picture.objects.filter(pk=picture.pk).update(watermarked="artworks/gone.jpg")
    assert client.get(review(picture)).context["sides"][0].image.endswith("/artworks/gone.jpg")
    assert client.get(HELD).status_code == client.get("/admin/marketplace/artwork/").status_code == 200


@pytest.mark.parametrize(
    "evidence",
    [
        *({}, {"explanation": "The check could not read this picture."}, [], None),
        *({"region": {"x": "a"}, "distance": None}, {"region": [1, 2], "agreement": "much", "labels": 3}),
    ],
)
def test_evidence_with_holes_is_no_fault(client, moderator, evidence):
    picture = held_picture(evidence=evidence if evidence is not None else {}, labels=["odd", {"name": None}])
    assert client.get(review(picture)).status_code == 200
    Picture.objects.filter(pk=picture.pk).update(matched=None, similarity_score=0)
    page = client.get(review(picture)).content.decode()
    assert "the check could not judge this picture" in page
    assert client.get(HELD).status_code == 200


def test_pages_cost_the_same_for_one_and_for_thirty(client, moderator):
    picture = held_picture()

    def queries(address) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as ran:
            assert client.get(address).status_code == 200
        return len(ran)

    addresses = (HELD, review(picture), "/admin/marketplace/artwork/")
    few = [queries(address) for address in addresses]
    for number in range(29):
        more = held_picture(f"Work {number}")
        appeal_create(actor=more.owner, artwork_id=more.artwork_id, reason="Mine")
    many = [queries(address) for address in addresses]
    assert many[0] == few[0] and many[2] <= few[2]  # a page of what is pending alone asks for nothing else
    assert many[1] <= few[1] + 1  # there is a next one to look up
    assert client.get(HELD + "?page=2").context["page"].number == 2
    for page in ("0", "99", "x", "1\0"):
        assert client.get(HELD, {"page": page}).status_code == 200


@pytest.mark.parametrize("factory", [ModeratorFactory, StaffFactory, AdminFactory, SuperuserFactory])
def test_moderators_and_above_review(client, factory):
    groups_prepare()
    picture = held_picture()
    client.force_login(factory())
    assert client.get(HELD).status_code == client.get(review(picture)).status_code == 200


@pytest.mark.parametrize("factory", [ArtistFactory, BuyerFactory])
def test_others_may_not(client, factory):
    picture = held_picture()
    client.force_login(factory())
    assert client.get(HELD).status_code == 403
    assert client.post(review(picture), {"decision": "approve"}).status_code == 403
    client.force_login(picture.owner)
    assert client.post(review(picture), {"decision": "approve"}).status_code == 403
    client.logout()
    assert client.post(review(picture), {"decision": "approve"}).status_code == 302
    picture.refresh_from_db()
    assert picture.verdict == "held"


def test_a_decision_without_the_csrf_token_is_refused(moderator):
    picture = held_picture()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(moderator)
    assert strict.post(review(picture), {"decision": "approve"}).status_code == 403
    picture.refresh_from_db()
    assert picture.verdict == "held"


# ---------------------------------------------------------------- the artwork queue
def test_the_queue_begins_with_what_waits_longest(client, moderator):
    now = timezone.now()
    ArtworkFactory(title="on sale", created_at=now)
    ArtworkFactory(title="new", status="pending", created_at=now - timedelta(hours=1))
    ArtworkFactory(title="old", status="pending", created_at=now - timedelta(days=3))
    ArtworkFactory(title="unread", status="pending", picture__check_state="waiting", created_at=now)
    replaced = ArtworkFactory(title="replaced", created_at=now - timedelta(days=9))
    PictureFactory(artwork=replaced, verdict="held")
    ArtworkFactory(title="bare", picture=False, status="rejected", created_at=now - timedelta(days=1))
    answer = client.get("/admin/marketplace/artwork/")
    rows = list(answer.context["cl"].result_list)
    assert [row.title for row in rows] == ["replaced", "old", "new", "unread", "on sale", "bare"]
    page = answer.content.decode()
    assert page.index("new picture held") < page.index("being checked")
    assert "not checked" in page and "Compare side by side" in page


def test_the_queue_goes_on_over_its_pages(client, moderator):
    now = timezone.now()
    for number in range(20):
        ArtworkFactory(title=f"pending {number}", status="pending", created_at=now - timedelta(hours=number))
        ArtworkFactory(title=f"on sale {number}", created_at=now - timedelta(hours=number))
    for number in range(12):
        replaced = ArtworkFactory(title=f"replaced {number}", created_at=now + timedelta(hours=number))
        PictureFactory(artwork=replaced, verdict="held")
    pages = [client.get("/admin/marketplace/artwork/", {"p": page}).context["cl"].result_list for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [25, 25, 2]
    assert [row.title for page in pages for row in page] == [
        *(f"replaced {number}" for number in range(12)),
        *(f"pending {number}" for number in reversed(range(20))),
        *(f"on sale {number}" for number in range(20)),
    ]
    everything = client.get("/admin/marketplace/artwork/", {"all": ""}).context["cl"].result_list
    assert [row.pk for row in everything] == [row.pk for page in pages for row in page]
    by_title = client.get("/admin/marketplace/artwork/", {"o": "1"}).context["cl"].result_list
    assert [row.title for row in by_title][:2] == ["on sale 0", "on sale 1"]


def test_no_part_of_the_queue_sorts_the_table(client, moderator):
    """With sorting made dear, a plan that has a sort all the same has no index to read in that order."""
    ArtworkFactory(status="pending")
    ArtworkFactory()
    with CaptureQueriesContext(connection) as ran:
        client.get("/admin/marketplace/artwork/")
    parts = [
        query["sql"] for query in ran if "LIMIT" in query["sql"] and 'ORDER BY "marketplace_listing"' in query["sql"]
    ]
    assert len(parts) == 2
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off")
        for part in parts:
            cursor.execute(f"EXPLAIN {part}")
            assert "Sort Key: marketplace_listing" not in "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"needs_decision": "yes"}, {"Evening"}),
        ({"needs_decision": "no"}, {"Evening by the river"}),
        ({"needs_decision": "perhaps"}, {"Evening", "Evening by the river"}),
        ({"risk": "medium"}, {"Evening"}),
        ({"risk": "low"}, {"Evening by the river"}),
        ({"risk": "high"}, set()),
        ({"status__exact": "pending"}, {"Evening"}),
        ({"picture__verdict__exact": "held"}, {"Evening"}),
        ({"q": "river"}, {"Evening by the river"}),
    ],
)
def test_the_queue_is_filtered(client, moderator, query, titles):
    held_picture()
    answer = client.get("/admin/marketplace/artwork/", query)
    assert {row.title for row in answer.context["cl"].result_list} == titles


def test_a_rejection_from_the_queue_carries_its_reason(client, moderator):
    artwork = ArtworkFactory(status="pending")
    sent = {"action": "reject", "_selected_action": [artwork.pk], "reason": " Too small. "}
    assert client.post("/admin/marketplace/artwork/", sent).status_code == 302
    assert AuditEntry.objects.get().after["reason"] == "Too small."
    assert "Too small." in Notification.objects.get(user=artwork.seller).message


@pytest.mark.parametrize("reason", ["x" * 2001, "a\0b"])
def test_a_reason_that_cannot_be_kept_rejects_nothing(client, moderator, reason):
    artwork = ArtworkFactory(status="pending")
    sent = {"action": "reject", "_selected_action": [artwork.pk], "reason": reason}
    assert client.post("/admin/marketplace/artwork/", sent).status_code in (200, 302)
    artwork.refresh_from_db()
    assert (artwork.status, AuditEntry.objects.count()) == ("pending", 0)

"""Reports of abuse: about what one sees, once, and decided by moderators for all who reported it."""

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.tests.factories import BuyerFactory, StaffFactory, UserFactory
from commerce.models import ListingReview
from community.choices import ReportedKind, ReportReason
from community.errors import ReportDecided
from community.models import AbuseReport, BlogComment, BlogPost, Course
from community.services.communities import community_join
from community.services.messages import message_send
from community.services.posts import comment_create, post_create
from community.services.reports import report_decide, report_file
from community.tests.factories import CommunityFactory
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry
from jobs.models import Bounty, Review
from jobs.tests.factories import BidFactory, BountyFactory, JobFactory, ReviewFactory, applied, completed_job
from marketplace.models import Collection
from marketplace.services.comments import model_comment
from marketplace.tests.factories import ArtworkFactory, Model3DFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return UserFactory(username="alice")


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def post(alice, bob):
    community = CommunityFactory(creator=alice)
    community_join(actor=bob, community_id=community.pk)
    return post_create(actor=alice, community_id=community.pk, content="Buy now!")


def file(actor, kind, thing, reason=ReportReason.SPAM, **more):
    return report_file(actor=actor, kind=ReportedKind(kind), target_id=thing.pk, reason=reason, **more)


def things(alice, bob, post) -> dict:
    """What alice wrote, or is."""
    model = Model3DFactory.create(seller=alice)
    blog = BlogPost.objects.create(
        title="News", content="x", author=alice, status="published", published_at=timezone.now(), comments_count=1
    )
    return {
        "model": model,
        "comment": model_comment(actor=alice, model_id=model.pk, content="Mine is best"),
        "post": post,
        "post_comment": comment_create(actor=alice, community_id=post.community_id, post_id=post.pk, content="Buy it"),
        "community": post.community,
        "message": message_send(actor=alice, receiver_id=bob.pk, content="Buy!"),
        "person": alice,
        "review": ListingReview.objects.create(listing=Model3DFactory.create(), author=alice, rating=1, comment="Bad"),
        "bounty": Bounty.objects.create(creator=alice, title="Airship", description="Buy", budget=400, currency="USD"),
        "collection": Collection.objects.create(owner=alice, name="Spaceships"),
        "course": Course.objects.create(
            title="x", description="x", instructor=alice, duration=5, difficulty="beginner", currency="USD"
        ),
        "blog_comment": BlogComment.objects.create(post=blog, author=alice, content="Buy"),
        "artwork": ArtworkFactory.create(seller=alice),
        "job": JobFactory.create(buyer=alice),
        "bid": BidFactory.create(job__buyer=bob, artist=alice, cover_letter="Buy"),
        "application": applied(BountyFactory.create(creator=bob), alice).applications.get(),
        "hire_review": ReviewFactory.create(job=completed_job(buyer=alice), comment="Never again"),
        "review_answer": ListingReview.objects.create(
            listing=model, author=UserFactory.create(), rating=1, comment="Bad", answer="You are"
        ),
    }


def test_whatever_people_write_is_reported_once_and_not_ones_own(alice, bob, post):
    found = things(alice, bob, post)
    assert set(found) == set(ReportedKind.values)
    for kind, thing in found.items():
        report, made = file(bob, kind, thing, details=" Look ")
        assert (made, report.author, report.details) == (True, alice, "Look"), kind
        assert report.excerpt
        assert file(bob, kind, thing, reason=ReportReason.FRAUD) == (report, False)
        with pytest.raises(Invalid):
            file(alice, kind, thing)
    assert AbuseReport.objects.count() == len(found)


def test_what_one_does_not_see_one_does_not_report(alice, bob, post):
    charlie = UserFactory()
    hidden = post_create(
        actor=alice, community_id=CommunityFactory(creator=alice, is_private=True).pk, content="For us"
    )
    draft = Model3DFactory(seller=alice, status="draft")
    message = message_send(actor=alice, receiver_id=bob.pk, content="Buy!")
    for kind, thing, refused in (
        ("post", hidden, Denied),
        ("model", draft, Missing),
        ("message", message, Missing),
        ("community", CommunityFactory(status="pending"), Missing),
        ("person", UserFactory(is_active=False), Missing),
        ("artwork", ArtworkFactory.create(seller=alice, status="pending"), Missing),
        ("bid", BidFactory.create(job__buyer=bob, artist=alice), Missing),
        ("application", applied(BountyFactory.create(creator=bob), alice).applications.get(), Missing),
        ("review_answer", ListingReview.objects.create(listing=Model3DFactory.create(), author=bob, rating=1), Missing),
    ):
        with pytest.raises(refused):
            file(charlie, kind, thing)
    for kind in ReportedKind.values:
        with pytest.raises(Missing):
            report_file(actor=charlie, kind=ReportedKind(kind), target_id=10**15, reason=ReportReason.SPAM)
    assert AbuseReport.objects.count() == 0


def test_a_review_that_is_upheld_is_gone(alice, bob, moderator, post):
    review = things(alice, bob, post)["review"]
    report, _made = file(bob, "review", review)
    report_decide(actor=moderator, report_id=report.pk, upheld=True)
    assert not ListingReview.objects.filter(pk=review.pk).exists()


def test_a_review_of_an_artist_is_taken_away_by_staff(alice, bob, moderator, post):
    """By content moderators it is dismissed, or left to staff."""
    review = things(alice, bob, post)["hire_review"]
    report, _made = file(bob, "hire_review", review)
    with pytest.raises(Denied):
        report_decide(actor=moderator, report_id=report.pk, upheld=True)
    report.refresh_from_db()
    assert (report.status, Review.objects.filter(pk=review.pk).exists()) == ("open", True)
    report_decide(actor=StaffFactory(), report_id=report.pk, upheld=True)
    assert not Review.objects.filter(pk=review.pk).exists()


@pytest.mark.parametrize("kind", ["comment", "post", "post_comment", "blog_comment"])
def test_what_is_upheld_is_removed_for_all_who_reported_it(alice, bob, moderator, post, kind):
    thing = things(alice, bob, post)[kind]
    first, _made = file(bob, kind, thing)
    second, _made = file(UserFactory(username="charlie"), kind, thing)
    Notification.objects.all().delete()
    report_decide(actor=moderator, report_id=second.pk, upheld=True)
    first.refresh_from_db()
    thing.refresh_from_db()
    assert (first.status, first.decided_by) == ("upheld", moderator)
    assert thing.is_deleted if hasattr(thing, "is_deleted") else thing.removed_at
    told = Notification.objects.filter(notification_type="report_decided")
    assert sorted(told.values_list("user__username", flat=True)) == ["bob", "charlie"]
    assert AuditEntry.objects.filter(action="report.uphold").count() == 1
    assert AuditEntry.objects.exclude(action="report.uphold").count() == 1
    with pytest.raises(ReportDecided):
        report_decide(actor=moderator, report_id=first.pk, upheld=False)


def test_what_is_dismissed_stays_and_may_not_be_reported_again(bob, moderator, post):
    report, _made = file(bob, "post", post)
    report_decide(actor=moderator, report_id=report.pk, upheld=False)
    post.refresh_from_db()
    assert not post.is_deleted
    again, made = file(bob, "post", post)
    assert (made, again.status) == (False, "dismissed")


def test_moderators_alone_decide(alice, bob, post):
    report, _made = file(bob, "post", post)
    for actor in (alice, bob):
        with pytest.raises(Denied):
            report_decide(actor=actor, report_id=report.pk, upheld=True)
    with pytest.raises(Missing):
        report_decide(actor=StaffFactory(), report_id=10**9, upheld=True)
    assert AuditEntry.objects.count() == 0


def test_what_its_author_took_away_meanwhile_can_still_be_upheld(alice, bob, moderator, post):
    report, _made = file(bob, "post", post)
    post.is_deleted = True
    post.save()
    assert report_decide(actor=moderator, report_id=report.pk, upheld=True).status == "upheld"

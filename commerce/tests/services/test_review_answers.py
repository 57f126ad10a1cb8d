"""What sellers do with many reviews at once."""

import pytest

from accounts.models import Notification
from accounts.tests.factories import ArtistFactory, BuyerFactory
from commerce.models import HelpfulVote, ListingReview
from commerce.services.review_answers import MOST, Outcome, ReviewAction, reviews_update
from config.core.errors import Invalid
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return ArtistFactory.create(username="alice")


@pytest.fixture
def reviews(alice):
    """Two of a design of alice's, and one of somebody else's."""
    design, other = Model3DFactory.create(seller=alice, title="Gear"), Model3DFactory.create()
    authors = BuyerFactory.create_batch(3)
    rows = zip((design, design, other), authors, strict=True)
    return [ListingReview.objects.create(listing=listing, author=author, rating=4) for listing, author in rows]


def state(review):
    review.refresh_from_db()
    return review.answer, review.answered_at is not None, review.is_reported, review.helpful_count


def test_marking_helpful_once_a_person(alice, reviews):
    one, two, other = reviews
    ids = [one.pk, two.pk]
    for _ in range(2):
        assert reviews_update(actor=alice, review_ids=ids, action=ReviewAction.MARK_HELPFUL) == Outcome(2, 0)
    assert [state(review)[3] for review in reviews] == [1, 1, 0]
    assert HelpfulVote.objects.filter(user=alice).count() == 2
    assert not Notification.objects.exists()


def test_an_answer_reaches_the_reviewer_once(alice, reviews):
    one, two, _other = reviews
    for answer, told in (("Thanks!", 1), ("  Thanks! ", 1), ("Thank you.", 2)):
        outcome = reviews_update(actor=alice, review_ids=[one.pk], action=ReviewAction.RESPOND, answer=answer)
        assert outcome == Outcome(1, 0)
        assert state(one)[:2] == (answer.strip(), True)
        assert Notification.objects.filter(user=one.author, notification_type="review_answered").count() == told
    assert Notification.objects.latest("pk").message == 'The seller of "Gear" answers: Thank you.'
    assert state(two) == ("", False, False, 0)


def test_staff_are_asked_to_look(alice, reviews):
    assert reviews_update(actor=alice, review_ids=[reviews[0].pk], action=ReviewAction.REPORT) == Outcome(1, 0)
    assert [state(review)[2] for review in reviews] == [True, False, False]


@pytest.mark.parametrize("action", ReviewAction)
def test_others_unknown_and_repeated_ones_fail(alice, reviews, action):
    one, _two, other = reviews
    ids = [one.pk, one.pk, other.pk, 2**62, one.pk]
    assert reviews_update(actor=alice, review_ids=ids, action=action, answer="Thanks") == Outcome(1, 4)
    assert state(other) == ("", False, False, 0)
    assert not Notification.objects.filter(user=other.author).exists()
    assert not HelpfulVote.objects.filter(review=other).exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"answer": "  "}, "response_template"),
        ({"answer": "x" * 2001}, "response_template"),
        ({"answer": "Thanks", "review_ids": [1] * (MOST + 1)}, "review_ids"),
    ],
)
def test_refusals_change_nothing(alice, reviews, changes, field):
    asked = {"review_ids": [reviews[0].pk], "answer": ""} | changes
    with pytest.raises(Invalid) as refusal:
        reviews_update(actor=alice, action=ReviewAction.RESPOND, **asked)
    assert refusal.value.field == field
    assert state(reviews[0]) == ("", False, False, 0)

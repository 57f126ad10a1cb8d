"""v1's bulk update of reviews over HTTP."""

import pytest
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.tests.factories import ArtistFactory, BuyerFactory
from commerce.models import ListingReview
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db
BULK = "/api/v1/advanced-tools/bulk-review-update"


@pytest.fixture
def alice():
    return ArtistFactory.create(username="alice")


@pytest.fixture
def reviews(alice):
    design = Model3DFactory.create(seller=alice)
    return [
        ListingReview.objects.create(listing=design, author=author, rating=5) for author in BuyerFactory.create_batch(5)
    ]


def signed_in(user) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")


@pytest.mark.operation("v1.tools.bulk_review_update")
def test_many_at_once(alice, reviews):
    body = {
        "review_ids": [review.pk for review in reviews],
        "action": "mark_helpful",
        "response_template": "Thank you for your feedback!",
    }
    answer = signed_in(alice).post(BULK, body, format="json")
    assert answer.status_code == 200
    assert answer.json() == {"updated_count": 5, "failed_count": 0, "message": "Reviews updated successfully"}
    assert set(ListingReview.objects.values_list("helpful_count", "answer")) == {(1, "")}


def test_what_failed_is_counted(alice, reviews):
    ids = [reviews[0].pk, reviews[0].pk, 2**40]
    body = {"review_ids": ids, "action": "respond", "response_template": "Thanks"}
    answer = signed_in(alice).post(BULK, body, format="json").json()
    assert answer == {"updated_count": 1, "failed_count": 2, "message": "1 of 3 reviews updated"}
    stranger = signed_in(ArtistFactory.create()).post(BULK, body | {"action": "report"}, format="json").json()
    assert (stranger["updated_count"], stranger["failed_count"]) == (0, 3)
    assert ListingReview.objects.filter(is_reported=True).count() == 0


def test_as_many_queries_for_five_as_for_one(alice, reviews, django_assert_num_queries):
    client = signed_in(alice)
    for action in ("mark_helpful", "report"):
        for ids in ([reviews[0].pk], [review.pk for review in reviews[1:]]):
            with django_assert_num_queries(7 if action == "mark_helpful" else 5):
                client.post(BULK, {"review_ids": ids, "action": action}, format="json")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"review_ids": []}, "review_ids"),
        ({"review_ids": None}, "review_ids"),
        ({"review_ids": "1,2"}, "review_ids"),
        ({"review_ids": [0]}, "review_ids.0"),
        ({"review_ids": [1, 2**63]}, "review_ids.1"),
        ({"review_ids": [1] * 501}, "review_ids"),
        ({"action": "hide"}, "action"),
        ({"action": None}, "action"),
        ({"action": "respond"}, "response_template"),
        ({"action": "respond", "response_template": "x" * 2001}, "response_template"),
        ({"response_template": "a\0b"}, "response_template"),
    ],
)
def test_malformed(alice, reviews, changes, field):
    body = {"review_ids": [reviews[0].pk], "action": "report"} | changes
    answer = signed_in(alice).post(BULK, body, format="json")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not ListingReview.objects.filter(is_reported=True).exists()

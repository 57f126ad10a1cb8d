"""v1's reviews of designs over HTTP, and the rating that follows from them."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Notification
from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory, SuperuserFactory
from commerce.models import ListingReview
from commerce.services.refunds.refunds import payment_refund
from commerce.services.reviews import review_remove, review_write
from commerce.tests.api.v1.test_designs import TIME, client_of
from commerce.tests.steps import at_once, paid_order
from marketplace.choices import Status
from marketplace.models import Model3D
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sandbox(settings):
    settings.SANDBOX_ALLOWED = True


@pytest.fixture
def alice():
    return ArtistFactory(username="alice")


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def charlie():
    return BuyerFactory(username="charlie")


@pytest.fixture
def design(alice, bob):
    design = Model3DFactory(seller=alice, title="Gear", price=Decimal("20"))
    paid_order(bob, design)
    return design


def reviews_of(design) -> str:
    return f"/api/v1/commerce/designs/{design.uuid}/reviews"


def write(user, design, **body):
    return client_of(user).post(reviews_of(design), {"rating": 5, "comment": "Fits well."} | body, format="json")


def change(user, design, **body):
    return client_of(user).put(reviews_of(design), body, format="json")


def rating_of(design):
    return Model3D.objects.values_list("rating", "rating_count").get(pk=design.pk)


@pytest.mark.operation("v1.design_reviews.create")
def test_a_buyer_reviews_what_he_bought(alice, bob, design):
    told = Notification.objects.filter(user=alice, notification_type="new_review")
    answer = write(bob, design)
    review = ListingReview.objects.get()
    shown = answer.json()
    assert answer.status_code == 201
    assert TIME.match(shown["created_at"])
    assert shown == {
        "id": review.pk,
        "design_id": str(design.uuid),
        "user_id": bob.pk,
        "user_name": "bob",
        "rating": 5,
        "comment": "Fits well.",
        "answer": None,
        "answered_at": None,
        "helpful_count": 0,
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }
    assert rating_of(design) == (Decimal("5.00"), 1)
    assert told.get().message == 'bob gave "Gear" 5 of 5.'


def test_posting_again_changes_ones_review_and_tells_nobody_again(alice, bob, design):
    write(bob, design)
    answer = write(bob, design, rating=2, comment="It broke.")
    assert answer.status_code == 200
    assert (answer.json()["rating"], answer.json()["comment"]) == (2, "It broke.")
    assert ListingReview.objects.count() == 1
    assert rating_of(design) == (Decimal("2.00"), 1)
    assert Notification.objects.filter(user=alice, notification_type="new_review").count() == 1


@pytest.mark.operation("v1.design_reviews.update")
def test_changing_a_part_of_ones_review(bob, design):
    assert change(bob, design, rating=1).status_code == 404
    write(bob, design)
    answer = change(bob, design, rating=3)
    assert answer.status_code == 200
    assert (answer.json()["rating"], answer.json()["comment"]) == (3, "Fits well.")
    assert change(bob, design, comment="").json()["comment"] == ""
    assert rating_of(design) == (Decimal("3.00"), 1)


def test_only_buyers_review(alice, charlie, design):
    for user in (alice, charlie, ArtistFactory(), ModeratorFactory()):
        assert write(user, design).status_code == 403
        assert change(user, design, rating=1).status_code == 403
    assert write(None, design).status_code == 401
    assert not ListingReview.objects.exists()
    assert rating_of(design) == (0, 0)


def test_who_got_the_whole_price_back_reviews_no_more(alice, charlie, design):
    _order, payment = paid_order(charlie, design)
    payment_refund(actor=SuperuserFactory(), payment_id=payment.pk, amount=Decimal("5"))
    assert write(charlie, design, rating=4).status_code == 201
    payment_refund(actor=SuperuserFactory(), payment_id=payment.pk)
    assert write(charlie, design, rating=1).status_code == 403
    assert rating_of(design) == (Decimal("4.00"), 1)


def test_a_buyer_reviews_what_is_no_longer_sold_and_strangers_do_not_see_it(bob, charlie, design):
    Model3D.objects.filter(pk=design.pk).update(status=Status.ARCHIVED)
    assert write(bob, design).status_code == 201
    assert client_of(bob).get(reviews_of(design)).json()["total"] == 1
    assert client_of(charlie).get(reviews_of(design)).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"rating": 0}, "rating"),
        ({"rating": 6}, "rating"),
        ({"rating": "good"}, "rating"),
        ({"rating": None}, "rating"),
        ({"comment": "x" * 2001}, "comment"),
        ({"comment": "a\0"}, "comment"),
    ],
)
def test_a_review_that_does_not_fit_is_refused(bob, design, body, field):
    answer = write(bob, design, **body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert not ListingReview.objects.exists()


@pytest.mark.operation("v1.design_reviews.list")
def test_reading_reviews_by_pages(bob, charlie, design):
    paid_order(charlie, design)
    first, second = write(bob, design).json(), write(charlie, design, rating=2).json()
    answer = client_of(charlie).get(reviews_of(design), {"size": 1})
    assert answer.status_code == 200
    assert answer.json() == {"items": [second], "total": 2, "page": 1, "size": 1}
    assert client_of(charlie).get(reviews_of(design), {"size": 1, "page": 2}).json()["items"] == [first]
    assert client_of(charlie).get(reviews_of(design), {"page": 3}).json()["items"] == []
    assert client_of(None).get(reviews_of(design)).status_code == 401
    assert rating_of(design) == (Decimal("3.50"), 2)


def test_thirty_reviews_take_as_many_queries_as_one(charlie, design):
    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            client_of(charlie).get(reviews_of(design))
        return len(made)

    ListingReview.objects.create(listing=design, author=BuyerFactory(), rating=3)
    one = queries()
    for _ in range(29):
        ListingReview.objects.create(listing=design, author=BuyerFactory(), rating=3)
    assert len(client_of(charlie).get(reviews_of(design)).json()["items"]) == 30
    assert queries() == one


def test_a_removed_review_leaves_the_rating(bob, design):
    review, _ = review_write(actor=bob, listing_id=design.pk, rating=1)
    review_remove(actor=ModeratorFactory(), review_id=review.pk)
    assert rating_of(design) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_reviews_at_once_both_count():
    alice, buyers = ArtistFactory(), [BuyerFactory() for _ in range(3)]
    design = Model3DFactory(seller=alice)
    for buyer in buyers:
        paid_order(buyer, design)
    at_once(
        *(
            lambda buyer=buyer, rating=rating: review_write(actor=buyer, listing_id=design.pk, rating=rating)
            for buyer, rating in zip(buyers, (1, 2, 5), strict=True)
        )
    )
    assert rating_of(design) == (Decimal("2.67"), 3)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_review():
    bob, design = BuyerFactory(), Model3DFactory()
    paid_order(bob, design)
    made = at_once(*[lambda: review_write(actor=bob, listing_id=design.pk, rating=4)] * 2)
    assert sorted(is_new for _review, is_new in made) == [False, True]
    assert rating_of(design) == (Decimal("4.00"), 1)


def test_the_rating_of_a_seller_is_the_mean_of_all_reviews(alice, bob, charlie, design):
    other = Model3DFactory(seller=alice)
    paid_order(charlie, design)
    paid_order(bob, other)
    review_write(actor=bob, listing_id=design.pk, rating=5)
    review_write(actor=charlie, listing_id=design.pk, rating=4)
    review_write(actor=bob, listing_id=other.pk, rating=1)
    alice.refresh_from_db()
    assert alice.models_rating == Decimal("3.33")
    review_remove(actor=ModeratorFactory(), review_id=ListingReview.objects.get(listing=other).pk)
    alice.refresh_from_db()
    assert alice.models_rating == Decimal("4.50")

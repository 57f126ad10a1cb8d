"""What moderators take away in Django's admin site of what buyers wrote."""

import pytest
from django.urls import reverse

from accounts.services.levels import groups_prepare
from accounts.tests.factories import BuyerFactory, ModeratorFactory, StaffFactory, SuperuserFactory
from commerce.models import ListingReview
from commerce.services.reviews import review_keep, review_remove
from commerce.tests.steps import order_of
from community.models import AbuseReport
from config.core.errors import Denied
from config.core.models import AuditEntry
from marketplace.models import Model3D
from marketplace.tests.factories import Model3DFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def model():
    return Model3DFactory()


@pytest.fixture
def review(model):
    Model3D.objects.filter(pk=model.pk).update(rating=1, rating_count=1)
    return ListingReview.objects.create(listing=model, author=BuyerFactory(), rating=1, comment="Rude words")


def remove(client, row) -> str:
    groups_prepare()
    client.force_login(ModeratorFactory())
    address = reverse(f"admin:commerce_{row._meta.model_name}_changelist")
    return client.post(
        address, {"action": "remove", "_selected_action": [row.pk], "confirmed": "yes"}, follow=True
    ).content.decode()


def test_a_review_is_removed_with_an_entry_and_the_rating_follows(client, review, model):
    assert "1 done" in remove(client, review)
    entry = AuditEntry.objects.get()
    assert not ListingReview.objects.exists()
    assert (entry.action, entry.before["rating"]) == ("listing_review.remove", 1)
    assert Model3D.objects.values_list("rating", "rating_count").get(pk=model.pk) == (0, 0)


def test_others_remove_nothing(model, review):
    for actor in (BuyerFactory(), review.author, model.seller):
        with pytest.raises(Denied):
            review_remove(actor=actor, review_id=review.pk)
        with pytest.raises(Denied):
            review_keep(actor=actor, review_id=review.pk, reason="x")
    assert ListingReview.objects.exists()
    assert not AuditEntry.objects.exists()


def address(review, button: str = "change") -> str:
    return f"/admin/commerce/listingreview/{review.pk}/{button}/"


def test_its_page(client, review, model):
    order = order_of(review.author, model)
    other = ListingReview.objects.create(listing=Model3DFactory(), author=review.author, rating=5, comment="Fine")
    AbuseReport.objects.create(reporter=model.seller, kind="review", target_id=review.pk, reason="spam", details="Lies")
    groups_prepare()
    client.force_login(SuperuserFactory())
    titles = ["Bought by them", f"Others by {review.author}", f"Others of {model}", "Reports of abuse"]
    found = {panel.title: panel.rows for panel in client.get(address(review)).context["panels"]}
    assert list(found) == titles
    assert f"/admin/commerce/order/{order.pk}/" in found["Bought by them"][0][0]
    assert found[titles[1]][0][1:4] == (str(other.listing), str(review.author), "Fine")
    assert found["Reports of abuse"][0][2] == "Lies"
    client.force_login(ModeratorFactory())
    assert [panel.title for panel in client.get(address(review)).context["panels"]] == titles[1:]
    client.force_login(BuyerFactory())
    assert client.get(address(review)).status_code == 302


def test_leaving_one_that_its_seller_reported_and_removing_it(client, review):
    groups_prepare()
    client.force_login(StaffFactory())
    assert address(review, "keep") not in client.get(address(review)).content.decode()
    ListingReview.objects.update(is_reported=True)
    assert client.post(address(review, "keep"), {}).context["form"].errors["reason"]
    for _ in range(2):  # pressed twice
        client.post(address(review, "keep"), {"reason": "An opinion"})
    review.refresh_from_db()
    entry = AuditEntry.objects.get()
    assert (review.is_reported, entry.action, entry.after["reason"]) == (False, "listing_review.keep", "An opinion")
    done = client.post(address(review, "take-away"), {"reason": "Insults"})
    assert (done.status_code, done.url) == (302, "/admin/commerce/listingreview/")
    assert client.post(address(review, "take-away"), {"reason": "Insults"}).status_code == 404  # pressed twice
    assert AuditEntry.objects.get(action="listing_review.remove").after == {"reason": "Insults"}

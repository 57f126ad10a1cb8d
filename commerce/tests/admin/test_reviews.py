"""What moderators take away in Django's admin site of what buyers wrote."""

import pytest
from django.urls import reverse

from accounts.services.levels import groups_prepare
from accounts.tests.factories import BuyerFactory, ModeratorFactory
from commerce.models import ListingReview
from commerce.services.reviews import review_remove
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
    assert ListingReview.objects.exists()
    assert not AuditEntry.objects.exists()

"""Staff archive works, and bring back what staff archived, and nothing else."""

import pytest
from django.db import transaction

from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory
from config.core.errors import Denied, Missing
from config.core.models import AuditEntry
from marketplace.errors import WrongStatus
from marketplace.models import Artwork, Listing, StatusChange
from marketplace.services.archiving import work_archive, work_restore
from marketplace.services.collections import collection_add, collection_create
from marketplace.services.erasure import person_erase
from marketplace.services.listings import artwork_lock, status_change
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory, Model3DFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator():
    return ModeratorFactory()


def test_it_is_gone_for_everybody_and_comes_back_to_wait(moderator):
    alice = ArtistFactory(models_count=1)
    model = Model3DFactory(seller=alice)
    collection = collection_create(actor=BuyerFactory(), details={"name": "Best"})
    collection_add(actor=collection.owner, collection_id=collection.pk, model_id=model.pk)
    done = work_archive(actor=moderator, listing_id=model.pk, reason="Unlawful")
    assert (done.status, StatusChange.objects.get().reason) == ("archived", "Archived by staff. Unlawful")
    collection.refresh_from_db()
    alice.refresh_from_db()
    assert (collection.models_count, alice.models_count) == (0, 0)
    with pytest.raises(WrongStatus):
        work_archive(actor=moderator, listing_id=model.pk)
    assert work_restore(actor=moderator, listing_id=model.pk).status == "pending"
    alice.refresh_from_db()
    assert alice.models_count == 1
    with pytest.raises(WrongStatus):
        work_restore(actor=moderator, listing_id=model.pk)
    entry, _back = AuditEntry.objects.order_by("pk")
    assert (entry.action, entry.before, entry.after) == (
        *("model.archive", {"status": "approved"}, {"status": "archived", "reason": "Unlawful"}),
    )


def test_a_draft_comes_back_as_a_draft(moderator):
    model = Model3DFactory(status="draft")
    work_archive(actor=moderator, listing_id=model.pk)
    assert work_restore(actor=moderator, listing_id=model.pk).status == "draft"


def test_what_its_maker_deleted_stays_so(moderator):
    work = ArtworkFactory()
    with transaction.atomic():
        status_change(artwork_lock(work.pk), "archived", actor=work.seller)
    with pytest.raises(WrongStatus):
        work_restore(actor=moderator, listing_id=work.pk)
    assert Artwork.objects.get().status == "archived"


def test_who_may_not_and_what_is_no_work(moderator):
    work, brush = ArtworkFactory(), EquipmentFactory()
    for decide in (work_archive, work_restore):
        for actor in (work.seller, BuyerFactory()):
            with pytest.raises(Denied):
                decide(actor=actor, listing_id=work.pk)
        for listing_id in (brush.pk, 999_999):
            with pytest.raises(Missing):
                decide(actor=moderator, listing_id=listing_id)
    work.refresh_from_db()
    assert (work.status, AuditEntry.objects.count()) == ("approved", 0)


def test_an_account_is_erased_with_what_staff_archived(moderator):
    alice = ArtistFactory()
    for work in (ArtworkFactory(seller=alice), Model3DFactory(seller=alice)):
        work_archive(actor=moderator, listing_id=work.pk)
    for _ in range(40):
        if person_erase(user_id=alice.pk):
            break
    assert not Listing.objects.filter(seller=alice).exists()

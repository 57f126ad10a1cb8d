"""Editing and deleting an artwork, and replacing its picture."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import storages
from django.db.models import F
from django.utils import timezone

from accounts.choices import NotificationType
from accounts.models import Notification
from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory
from bench.pictures import EDITS
from config.core import files
from config.core.errors import Invalid, Missing
from config.core.models import DiscardedFile
from config.core.storage import name_in_link
from config.core.tasks import file_remove
from marketplace import tasks
from marketplace.choices import CheckState, Status, Verdict
from marketplace.errors import DuplicatePicture, NotYours
from marketplace.models import Artwork, Picture, StatusChange
from marketplace.services import artworks
from marketplace.services.artworks import artwork_delete, artwork_update
from marketplace.services.models_3d.originals import original_link
from marketplace.services.moderation import artwork_approve, artwork_reject
from marketplace.tests.factories import ArtworkFactory, CategoryFactory
from marketplace.tests.uploads import file_of, file_with, painting, uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return ArtistFactory(username="alice")


@pytest.fixture
def verified():
    return ArtistFactory(identity_verified=True)


def exists(picture: Picture) -> list[bool]:
    return [
        storages["private"].exists(str(picture.original.name)),
        storages["default"].exists(str(picture.watermarked.name)),
    ]


class TestText:
    def test_an_approval_stays(self, alice):
        work = ArtworkFactory(seller=alice, views_count=7)
        category = CategoryFactory()
        changes = {
            "title": "New",
            "description": "Other words",
            "category_id": category.pk,
            "artwork_type": "mixed",
            "price": Decimal("349.99"),
            "is_available": False,
        }
        changed = artwork_update(actor=alice, artwork_id=work.pk, changes=changes)
        assert changed.status == Status.APPROVED
        assert (changed.title, changed.description, changed.category) == ("New", "Other words", category)
        assert (changed.artwork_type, changed.price, changed.is_available) == ("mixed", Decimal("349.99"), False)
        assert (changed.picture_id, changed.views_count) == (work.picture_id, 7)
        assert changed.updated_at > work.updated_at

    @pytest.mark.parametrize("maker", [ArtistFactory, BuyerFactory, ModeratorFactory])
    def test_nobody_else_may(self, alice, maker):
        work = ArtworkFactory(seller=alice, title="Hers")
        with pytest.raises(NotYours):
            artwork_update(actor=maker(), artwork_id=work.pk, changes={"title": "Mine"})
        with pytest.raises(NotYours):
            artwork_delete(actor=maker(), artwork_id=work.pk)
        work.refresh_from_db()
        assert work.title == "Hers"

    @pytest.mark.parametrize("status", [Status.PENDING, Status.REJECTED])
    def test_what_is_not_public_is_missing_for_others(self, alice, status):
        work = ArtworkFactory(seller=alice, status=status)
        with pytest.raises(Missing):
            artwork_update(actor=ArtistFactory(), artwork_id=work.pk, changes={"title": "Mine"})
        with pytest.raises(Missing):
            artwork_delete(actor=ArtistFactory(), artwork_id=work.pk)

    def test_what_was_archived_is_gone_for_its_artist(self, alice):
        work = ArtworkFactory(seller=alice, status=Status.ARCHIVED)
        with pytest.raises(Missing):
            artwork_update(actor=alice, artwork_id=work.pk, changes={"title": "Back"})

    def test_a_closed_category_takes_nothing_new_but_keeps_what_it_has(self, alice):
        work = ArtworkFactory(seller=alice, category=CategoryFactory(is_active=False))
        artwork_update(actor=alice, artwork_id=work.pk, changes={"category_id": work.category_id, "title": "Same"})
        with pytest.raises(Invalid) as refusal:
            closed = CategoryFactory(is_active=False)
            artwork_update(actor=alice, artwork_id=work.pk, changes={"category_id": closed.pk, "title": "No"})
        assert refusal.value.field == "category_id"
        work.refresh_from_db()
        assert work.title == "Same"


class TestEdition:
    @pytest.mark.parametrize(
        ("before", "left", "after", "stock"),
        [(10, 7, 12, 9), (10, 7, 3, 0), (10, 10, 1, 1), (10, 4, None, None), (10, 4, 10, 4)],
    )
    def test_the_stock_follows_by_the_difference(self, alice, before, left, after, stock):
        work = ArtworkFactory(seller=alice, edition_size=before, stock=left)
        changed = artwork_update(actor=alice, artwork_id=work.pk, changes={"edition_size": after})
        assert (changed.edition_size, changed.stock) == (after, stock)

    def test_never_below_what_was_sold(self, alice):
        work = ArtworkFactory(seller=alice, edition_size=10, stock=7)
        with pytest.raises(Invalid, match="3 of this edition are sold already") as refusal:
            artwork_update(actor=alice, artwork_id=work.pk, changes={"edition_size": 2, "title": "No"})
        assert refusal.value.field == "edition_size"
        work.refresh_from_db()
        assert (work.edition_size, work.stock, work.title != "No") == (10, 7, True)

    def test_an_open_edition_that_is_closed_counts_what_was_ordered(self, alice):
        work = ArtworkFactory(seller=alice)
        order_of(work, quantity=2)
        changed = artwork_update(actor=alice, artwork_id=work.pk, changes={"edition_size": 5})
        assert (changed.edition_size, changed.stock) == (5, 3)


class TestReplacement:
    def test_an_accepted_one_is_shown_and_the_old_files_go_after_the_commit(
        self, verified, settings, django_capture_on_commit_callbacks
    ):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        work = uploaded(verified, painting(3))
        old = work.picture
        with django_capture_on_commit_callbacks() as callbacks:
            changed = artwork_update(actor=verified, artwork_id=work.pk, changes={}, image=file_of(painting(4)))
            assert exists(old) == [True, True], "a rollback must find them"
        assert (changed.status, changed.picture.verdict) == (Status.APPROVED, Verdict.PASSED)
        assert changed.picture_id != old.pk
        assert not Picture.objects.filter(pk=old.pk).exists()
        assert DiscardedFile.objects.count() == 2
        for callback in callbacks:
            callback()
        assert exists(old) == [False, False]
        assert exists(changed.picture) == [True, True]
        assert not DiscardedFile.objects.exists()

    def test_by_an_unverified_artist_it_goes_back_to_a_moderator(self, alice):
        work = uploaded(alice, painting(3))
        Artwork.objects.filter(pk=work.pk).update(status=Status.APPROVED)
        changed = artwork_update(actor=alice, artwork_id=work.pk, changes={}, image=file_of(painting(4)))
        assert (changed.status, changed.picture.verdict) == (Status.PENDING, Verdict.PASSED)
        assert changed.picture_id != work.picture_id

    def test_a_copy_is_refused_and_nothing_changes(self, verified):
        theirs = uploaded(ArtistFactory(identity_verified=True), painting(5), title="Theirs")
        work = uploaded(verified, painting(3), title="Mine")
        with pytest.raises(DuplicatePicture) as refusal:
            artwork_update(actor=verified, artwork_id=work.pk, changes={"title": "New"}, image=file_of(painting(5)))
        assert refusal.value.data["matched_artwork"]["id"] == theirs.pk
        assert refusal.value.data["artwork_id"] == work.pk
        after = artworks.artwork_load(work.pk)
        assert (after.title, after.status, after.picture_id) == ("Mine", Status.APPROVED, work.picture_id)
        assert exists(after.picture) == [True, True]
        refused = after.pictures.exclude(pk=work.picture_id).get()
        assert refused.verdict == Verdict.REFUSED
        assert exists(refused) == [True, True]

    def test_one_that_is_checked_late_leaves_the_old_one_until_then(self, verified, settings):
        work = uploaded(verified, painting(3))
        settings.DUPLICATE_CHECK_WAIT = 0
        changed = artwork_update(
            actor=verified, artwork_id=work.pk, changes={"title": "New"}, image=file_of(painting(4))
        )
        assert (changed.title, changed.status, changed.picture_id) == ("New", Status.APPROVED, work.picture_id)
        waiting = changed.pictures.get(check_state=CheckState.WAITING)
        tasks.picture_check(waiting.pk)
        assert artworks.artwork_load(work.pk).picture_id == waiting.pk

    def test_one_that_is_held_waits_while_the_old_one_goes_on(self, verified, settings):
        work = uploaded(verified, painting(4))
        settings.DUPLICATE_CHECK_WAIT = 0
        artwork_update(actor=verified, artwork_id=work.pk, changes={}, image=file_of(painting(1_000_003, 640)))
        waiting = work.pictures.get(check_state=CheckState.WAITING)
        settings.DUPLICATE_CHECK_WAIT = 10
        uploaded(ArtistFactory(), EDITS["mirror"](painting(1_000_003, 640)))  # later, and checked sooner
        tasks.picture_check(waiting.pk)
        after = artworks.artwork_load(work.pk)
        assert (after.status, after.picture_id) == (Status.APPROVED, work.picture_id)
        assert work.pictures.get(pk=waiting.pk).verdict == Verdict.HELD
        assert Notification.objects.get(user=verified).notification_type == NotificationType.ARTWORK_HELD

    def test_the_newest_of_several_wins_whichever_check_ends_first(self, verified, settings):
        work = uploaded(verified, painting(3))
        settings.DUPLICATE_CHECK_WAIT = 0
        for seed in (4, 5):
            artwork_update(actor=verified, artwork_id=work.pk, changes={}, image=file_of(painting(seed)))
        first, second = work.pictures.filter(check_state=CheckState.WAITING).order_by("pk")
        tasks.picture_check(second.pk)
        tasks.picture_check(first.pk)
        assert artworks.artwork_load(work.pk).picture_id == second.pk
        assert list(work.pictures.all()) == [second]

    def test_a_rejected_work_with_a_new_picture_goes_to_a_moderator_even_of_a_verified_artist(self, verified):
        uploaded(ArtistFactory(), painting(3))
        with pytest.raises(DuplicatePicture):
            uploaded(verified, painting(3))
        work = Artwork.objects.get(seller=verified)
        refused = work.picture
        changed = artwork_update(actor=verified, artwork_id=work.pk, changes={}, image=file_of(painting(4)))
        assert (changed.status, changed.picture.verdict) == (Status.PENDING, Verdict.PASSED)
        again = artwork_update(actor=verified, artwork_id=work.pk, changes={}, image=file_of(painting(5)))
        assert again.status == Status.PENDING
        assert Picture.objects.filter(pk=refused.pk, verdict=Verdict.REFUSED).exists()

    def test_a_picture_is_not_taken_in_when_another_field_is_refused(self, verified):
        work = uploaded(verified, painting(3))
        with pytest.raises(Invalid):
            artwork_update(
                actor=verified, artwork_id=work.pk, changes={"category_id": 2**62}, image=file_of(painting(4))
            )
        assert work.pictures.count() == 1
        with pytest.raises(Invalid):
            artwork_update(actor=verified, artwork_id=work.pk, changes={"title": "No"}, image=file_with(b"no"))
        assert artworks.artwork_load(work.pk).title == "Sunset"


class TestWhatBuyersGet:
    """The newest picture that was approved, never one that waits or was rejected."""

    @pytest.fixture
    def work(self, alice):
        """Approved, then given a new picture, which waits for a moderator."""
        work = uploaded(alice, painting(3))
        artwork_approve(actor=ModeratorFactory(), artwork_id=work.pk)
        return artwork_update(actor=alice, artwork_id=work.pk, changes={}, image=file_of(painting(4)))

    @staticmethod
    def got(work: Artwork) -> str | None:
        link = original_link(listing_id=work.pk)
        return name_in_link(f"https://x{link}", origin="https://x")

    def test_the_former_one_until_the_new_one_is_approved(self, alice, work):
        former = Picture.objects.earliest("pk")
        assert (work.status, work.picture_id > former.pk) == (Status.PENDING, True)
        assert (self.got(work), exists(former)) == (former.original.name, [True, True])
        again = artwork_update(actor=alice, artwork_id=work.pk, changes={}, image=file_of(painting(5)))
        assert self.got(work) == former.original.name
        assert list(Picture.objects.order_by("pk")) == [former, again.picture]  # the one between was never on sale
        artwork_approve(actor=ModeratorFactory(), artwork_id=work.pk)
        assert self.got(work) == again.picture.original.name
        assert list(Picture.objects.all()) == [again.picture]

    def test_the_former_one_when_the_new_one_is_rejected_and_replaced_once_more(self, alice, work):
        former = Picture.objects.earliest("pk")
        artwork_reject(actor=ModeratorFactory(), artwork_id=work.pk)
        assert self.got(work) == former.original.name
        artwork_update(actor=alice, artwork_id=work.pk, changes={}, image=file_of(painting(5)))
        assert self.got(work) == former.original.name

    def test_an_artist_who_is_trusted_meanwhile_puts_the_newest_on_sale(self, alice, work):
        alice.identity_verified = True
        alice.save()
        newest = artwork_update(actor=alice, artwork_id=work.pk, changes={}, image=file_of(painting(5)))
        assert (newest.status, newest.sold_picture, Picture.objects.count()) == (Status.APPROVED, None, 1)
        assert self.got(work) == newest.picture.original.name

    def test_nothing_is_kept_of_what_was_never_approved(self, alice):
        work = uploaded(alice, painting(3))
        newer = artwork_update(actor=alice, artwork_id=work.pk, changes={}, image=file_of(painting(4)))
        assert (newer.sold_picture, list(work.pictures.all())) == (None, [newer.picture])

    def test_a_work_is_deleted_with_both(self, alice, work, settings, django_capture_on_commit_callbacks):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        former, newer = Picture.objects.order_by("pk")
        with django_capture_on_commit_callbacks(execute=True):
            artwork_delete(actor=alice, artwork_id=work.pk)
        assert not Picture.objects.exists()
        assert exists(former) + exists(newer) == [False] * 4


class TestDelete:
    def test_everything_of_it_goes(self, verified, settings, django_capture_on_commit_callbacks):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        work = uploaded(verified, painting(3))
        picture = work.picture
        with pytest.raises(DuplicatePicture):
            uploaded(ArtistFactory(), painting(3))
        with django_capture_on_commit_callbacks(execute=True):
            artwork_delete(actor=verified, artwork_id=work.pk)
        assert not Artwork.objects.filter(pk=work.pk).exists()
        assert exists(picture) == [False, False]
        copy = Artwork.objects.get()
        assert copy.picture.matched is None
        assert copy.picture.verdict == Verdict.REFUSED

    def test_what_was_bought_is_archived_with_its_files(self, verified):
        work = uploaded(verified, painting(3))
        order_of(work)
        artwork_delete(actor=verified, artwork_id=work.pk)
        work.refresh_from_db()
        assert work.status == Status.ARCHIVED
        assert exists(work.picture) == [True, True]
        assert StatusChange.objects.filter(listing=work, after=Status.ARCHIVED, actor=verified).exists()
        with pytest.raises(Missing):
            artwork_delete(actor=verified, artwork_id=work.pk)


class TestFiles:
    def test_a_reserved_file_of_a_process_that_died_is_swept(self, db):
        reserved = files.file_write("private", "artworks/0/left-behind.jpg", b"x")
        files.files_remove_sweep()
        assert storages["private"].exists("artworks/0/left-behind.jpg"), "it may still be taken into use"
        DiscardedFile.objects.filter(pk=reserved.pk).update(created_at=timezone.now() - timedelta(hours=2))
        files.files_remove_sweep()
        assert not storages["private"].exists("artworks/0/left-behind.jpg")
        assert not DiscardedFile.objects.exists()

    def test_removing_twice_is_no_error(self, db):
        reserved = files.file_write("default", "artworks/0/once.jpg", b"x")
        file_remove(reserved.pk)
        file_remove(reserved.pk)
        assert not storages["default"].exists("artworks/0/once.jpg")

    def test_a_rendition_that_could_not_be_made_is_made_later(self, verified):
        work = uploaded(verified, painting(3))
        storages["default"].delete(work.picture.watermarked.name)
        Picture.objects.filter(pk=work.picture_id).update(watermarked="")
        tasks.rendition_make(work.picture_id)
        tasks.rendition_make(work.picture_id)
        work.picture.refresh_from_db()
        assert storages["default"].exists(work.picture.watermarked.name)


def order_of(work: Artwork, quantity: int = 1):
    from commerce.models import Order, OrderLine

    order = Order.objects.create(
        buyer=BuyerFactory.create(),
        channel="cultureup",
        order_type="artwork",
        total_amount=work.price * quantity,
        currency=work.currency,
        shipping_address="1 Example Street",
    )
    Artwork.objects.filter(pk=work.pk).update(sold_count=F("sold_count") + quantity)
    return OrderLine.objects.create(
        order=order,
        listing=work,
        seller=work.seller,
        kind=work.kind,
        is_digital=True,
        title=work.title,
        seller_name=work.seller.username,
        quantity=quantity,
        unit_price=work.price,
        total_price=work.price * quantity,
    )

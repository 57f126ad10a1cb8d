"""Uploading an artwork: what becomes of it, and what is refused."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.storage import storages

from accounts.models import Notification
from accounts.services.people import user_activate, user_deactivate
from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory, CreatorFactory
from bench.pictures import EDITS
from config.core.errors import Invalid, Upstream
from config.core.models import DiscardedFile
from config.core.tests.images.heif import FILES
from marketplace import tasks
from marketplace.choices import CheckState, Status, Verdict
from marketplace.errors import DuplicatePicture, SellersOnly
from marketplace.models import Artwork, ComparedPicture, Picture, StatusChange
from marketplace.policies import artworks_visible_to
from marketplace.services.pictures import uploads
from marketplace.tests.factories import CategoryFactory
from marketplace.tests.uploads import file_of, file_with, painting, uploaded

pytestmark = pytest.mark.django_db


def test_a_verified_artist_is_on_sale_at_once():
    alice = ArtistFactory(identity_verified=True)
    work = uploaded(alice, title="Sunset", price=Decimal("299.99"), edition_size=5)
    assert work.status == Status.APPROVED
    assert work.approved_at is not None
    assert (work.seller, work.kind, work.channel, work.currency) == (alice, "artwork", "cultureup", "PKR")
    assert (work.price, work.stock, work.edition_size) == (Decimal("299.99"), 5, 5)
    picture = work.picture
    assert (picture.check_state, picture.verdict, picture.similarity_score) == (CheckState.DONE, Verdict.PASSED, 0)
    assert (picture.owner, picture.origin) == (alice, alice)
    assert len(picture.hashes) > 0
    assert picture.check_claim is None
    assert ComparedPicture.objects.filter(picture=picture).count() == 1
    changes = list(StatusChange.objects.filter(listing=work).order_by("pk").values_list("before", "after", "actor"))
    assert changes == [("", "pending", alice.pk), ("pending", "approved", None)]
    assert not DiscardedFile.objects.exists()


def test_what_comes_in_while_its_artists_account_is_closed_is_not_on_sale(monkeypatch):
    alice, admin = ArtistFactory(identity_verified=True), AdminFactory()
    store = uploads.upload_store

    def stored_meanwhile(**given):
        user_deactivate(actor=admin, user_id=alice.pk)
        return store(**given)

    monkeypatch.setattr(uploads, "upload_store", stored_meanwhile)
    work = uploaded(alice)
    assert work.status == Status.APPROVED
    assert not artworks_visible_to(AnonymousUser()).exists()
    user_activate(actor=admin, user_id=alice.pk)
    assert artworks_visible_to(AnonymousUser()).get() == work


def test_what_a_telephone_wrote_is_kept_as_it_came_and_shown_as_a_jpeg():
    data = (FILES / "patches_512.heic").read_bytes()
    picture = uploaded(ArtistFactory(), file_with(data, "IMG_0001.HEIC")).picture
    assert (picture.content_type, picture.width, picture.height) == ("image/heic", 512, 512)
    assert storages["private"].open(picture.original.name).read() == data
    assert (picture.original.name[-5:], picture.watermarked.name[-4:]) == (".heic", ".jpg")
    assert storages["default"].open(picture.watermarked.name).read(3) == b"\xff\xd8\xff"
    assert picture.check_state == CheckState.DONE


@pytest.mark.parametrize("maker", [ArtistFactory, CreatorFactory])
def test_an_unverified_seller_waits_for_a_moderator(maker):
    work = uploaded(maker())
    assert work.status == Status.PENDING
    assert work.picture.verdict == Verdict.PASSED


def test_an_administrator_is_on_sale_at_once():
    assert uploaded(AdminFactory()).status == Status.APPROVED


@pytest.mark.parametrize("maker", [BuyerFactory, AnonymousUser])
def test_who_may_not_sell_is_refused(maker):
    with pytest.raises(SellersOnly):
        uploaded(maker())
    assert not Artwork.objects.exists()
    assert not Picture.objects.exists()


def test_a_closed_and_an_unknown_category_are_refused():
    alice = ArtistFactory()
    for category_id in (CategoryFactory(is_active=False).pk, 2**62):
        with pytest.raises(Invalid) as refusal:
            uploaded(alice, category_id=category_id)
        assert refusal.value.field == "category_id"
    assert not Artwork.objects.exists()
    assert not DiscardedFile.objects.exists()


def test_what_is_no_image_is_refused_and_leaves_nothing():
    with pytest.raises(Invalid) as refusal:
        uploaded(ArtistFactory(), file_with(b"<html>"))
    assert refusal.value.field == "image"
    assert not Artwork.objects.exists()
    assert not DiscardedFile.objects.exists()


def test_the_files_lie_apart_and_their_names_do_not_tell_each_other():
    alice = ArtistFactory()
    file = file_of(painting(), name="../../etc/passwd.php")
    sent = file.read()
    picture = uploaded(alice, file).picture
    folder = f"artworks/{alice.pk}/"
    assert picture.original.name.startswith(folder)
    assert picture.original.name.endswith(".jpg")
    assert picture.watermarked.name.startswith(folder + "watermarked_")
    assert picture.original.name.removeprefix(folder)[:36] not in picture.watermarked.name
    assert storages["private"].open(picture.original.name).read() == sent
    assert not storages["default"].exists(picture.original.name)
    assert storages["default"].open(picture.watermarked.name).read() != sent


def test_the_same_file_of_another_artist_is_refused_and_kept_for_an_appeal():
    alice, bob = ArtistFactory(username="alice", identity_verified=True), ArtistFactory(identity_verified=True)
    original = uploaded(alice, painting(3), title="Dunes")
    with pytest.raises(DuplicatePicture) as refusal:
        uploaded(bob, painting(3))
    copy = Artwork.objects.get(seller=bob)
    assert refusal.value.data == {
        "message": "This artwork is too similar to an existing artwork in our system",
        "duplicate_detected": True,
        "similarity_score": 100.0,
        "matched_artwork": {"id": original.pk, "title": "Dunes", "artist": "alice"},
        "artwork_id": copy.pk,
        "evidence": copy.picture.evidence,
    }
    assert copy.picture.evidence["same_file"] is True
    assert copy.status == Status.REJECTED
    assert (copy.picture.verdict, copy.picture.similarity_score) == (Verdict.REFUSED, 100)
    assert (copy.picture.owner, copy.picture.origin) == (bob, alice)
    assert copy.picture.matched_id == original.pk
    assert storages["private"].exists(copy.picture.original.name)
    original.refresh_from_db()
    assert original.status == Status.APPROVED


@pytest.mark.parametrize("edit", ["jpeg q30", "resize 50 %", "crop 10 %", "mirror", "text watermark", "rotate 3"])
def test_an_edited_copy_is_refused_or_held(edit):
    uploaded(ArtistFactory(), painting(1_000_003, 640))
    bob = ArtistFactory(identity_verified=True)
    try:
        copy = uploaded(bob, EDITS[edit](painting(1_000_003, 640)))
    except DuplicatePicture:
        copy = Artwork.objects.get(seller=bob)
    assert copy.picture.verdict in (Verdict.REFUSED, Verdict.HELD)
    assert copy.status in (Status.REJECTED, Status.PENDING)


def test_the_title_of_a_work_that_is_not_public_is_not_told():
    alice = ArtistFactory(username="alice")
    pending = uploaded(alice, painting(3), title="Secret until spring")
    assert pending.status == Status.PENDING
    with pytest.raises(DuplicatePicture) as refusal:
        uploaded(ArtistFactory(), painting(3))
    assert refusal.value.data["matched_artwork"] == {"id": pending.pk, "title": None, "artist": "alice"}
    assert "Secret" not in str(refusal.value.data)


def test_ones_own_works_do_not_count_and_are_told():
    alice = ArtistFactory(identity_verified=True)
    first = uploaded(alice, painting(3))
    again = uploaded(alice, painting(3))
    assert again.status == Status.APPROVED
    assert (again.picture.verdict, again.picture.similarity_score) == (Verdict.PASSED, 0)
    assert again.picture.matched is None
    assert again.picture.evidence["own_works"] == [{"id": first.pk, "score": 100.0}]


def test_a_refused_copy_does_not_block_the_artist_it_was_copied_from():
    alice, bob = ArtistFactory(identity_verified=True), ArtistFactory(identity_verified=True)
    uploaded(alice, painting(3))
    with pytest.raises(DuplicatePicture):
        uploaded(bob, painting(3))
    assert uploaded(alice, painting(3)).status == Status.APPROVED


def test_a_copy_of_what_was_refused_before_is_refused():
    alice, bob, charlie = ArtistFactory(), ArtistFactory(), ArtistFactory()
    original = uploaded(alice, painting(3))
    with pytest.raises(DuplicatePicture):
        uploaded(bob, painting(3))
    original.picture = None
    original.save()
    original.pictures.all().delete()
    original.delete()
    for thief in (bob, charlie):
        with pytest.raises(DuplicatePicture):
            uploaded(thief, painting(3))


def test_a_different_picture_passes():
    uploaded(ArtistFactory(), painting(3))
    other = uploaded(ArtistFactory(identity_verified=True), painting(4))
    assert other.status == Status.APPROVED
    assert other.picture.total_compared == 1


def test_within_the_request_nobody_is_notified():
    uploaded(ArtistFactory(identity_verified=True))
    with pytest.raises(DuplicatePicture):
        uploaded(ArtistFactory())
    assert not Notification.objects.exists()


def test_without_room_for_the_original_nothing_is_kept(settings):
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "config.core.storage.PrivateFileSystemStorage",
            "OPTIONS": {"location": "/proc/nowhere"},
        }
    }
    with pytest.raises(Upstream):
        uploaded(ArtistFactory())
    assert not Artwork.objects.exists()


def test_without_room_for_the_rendition_it_is_made_later(settings):
    there = settings.STORAGES
    gone = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": "/proc/nowhere"}}
    settings.STORAGES = there | {"default": gone}
    work = uploaded(ArtistFactory(identity_verified=True))
    assert (work.status, work.picture.watermarked.name) == (Status.APPROVED, "")
    settings.STORAGES = there
    tasks.rendition_make(work.picture_id)
    work.picture.refresh_from_db()
    assert storages["default"].exists(str(work.picture.watermarked.name))

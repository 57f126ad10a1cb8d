"""Accounts, pictures, artist and buyer profiles as people change them."""

import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from PIL import Image

from accounts.errors import InvalidLink, NotYourProfile, ProfileExists, SellersOnly
from accounts.models import ArtistProfile, BuyerProfile, Delivery, User
from accounts.services import profiles
from accounts.services.email_changes import email_verify
from accounts.services.pictures import profile_picture
from accounts.services.verification import verification_token
from accounts.tests.factories import ArtistFactory, BuyerFactory, CreatorFactory, StaffFactory, UserFactory
from config.core.errors import DomainError, Invalid, Missing


def picture(form="JPEG", size=(800, 400), mode="RGB", **options):
    kept = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(kept, form, **options)
    return ContentFile(kept.getvalue())


def opened(content):
    return Image.open(io.BytesIO(content.read()))


# ---------------------------------------------------------------- the account
@pytest.mark.django_db
def test_only_what_is_a_persons_own_changes():
    alice = UserFactory(username="alice")

    changes = {"first_name": "Ann", "username": "root", "is_staff": True, "earned": 5, "user_type": "admin"}
    changed = profiles.profile_update(actor=alice, changes=changes)

    alice.refresh_from_db()
    assert changed == alice
    assert (alice.first_name, alice.username, alice.is_staff, alice.earned) == ("Ann", "alice", False, 0)
    assert alice.user_type == "buyer"


@pytest.mark.django_db
def test_the_same_address_in_another_case_stays_confirmed():
    alice = UserFactory(username="alice")

    profiles.profile_update(actor=alice, changes={"email": "Alice@Example.com"})

    alice.refresh_from_db()
    assert alice.email == "Alice@Example.com"
    assert alice.email_verified_at is not None
    assert Delivery.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_people_who_want_one_address_at_once():
    people = [UserFactory(username="alice"), UserFactory(username="bob")]

    for person in people:
        profiles.profile_update(actor=person, changes={"email": "wanted@example.com"})

    def attempt(person):
        try:
            email_verify(signed=verification_token(person, "wanted@example.com"))
        except InvalidLink:
            return "taken"
        finally:
            connection.close()
        return "changed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, people)) == ["changed", "taken"]
    assert sorted(User.objects.values_list("email", flat=True).filter(email="wanted@example.com")) == [
        "wanted@example.com"
    ]
    assert Delivery.objects.filter(template="email_changed").count() == 1


# ---------------------------------------------------------------- pictures
@pytest.mark.parametrize(
    ("form", "mode", "kept_as", "mode_kept"),
    [
        ("JPEG", "RGB", "JPEG", "RGB"),
        ("JPEG", "CMYK", "JPEG", "RGB"),
        ("MPO", "RGB", "JPEG", "RGB"),
        ("PNG", "RGB", "JPEG", "RGB"),
        ("PNG", "RGBA", "PNG", "RGBA"),
        ("PNG", "L", "JPEG", "RGB"),
        ("PNG", "I;16", "JPEG", "RGB"),
        ("GIF", "P", "JPEG", "RGB"),
        ("WEBP", "RGB", "JPEG", "RGB"),
        ("AVIF", "RGBA", "PNG", "RGBA"),
    ],
)
def test_pictures_are_kept_small(form, mode, kept_as, mode_kept):
    kept = opened(profile_picture(picture(form, mode=mode), owner=None))

    assert (kept.format, kept.mode, kept.size) == (kept_as, mode_kept, (512, 256))


def test_small_pictures_are_not_blown_up():
    assert opened(profile_picture(picture(size=(30, 20)), owner=None)).size == (30, 20)


def test_metadata_goes_and_its_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "at home"
    exif.get_ifd(0x8825)[1] = "N"
    upload = picture(exif=exif, comment=b"secret")

    kept = profile_picture(upload, owner=None)

    data = kept.read()
    assert b"at home" not in data
    assert b"secret" not in data
    image = Image.open(io.BytesIO(data))
    assert image.size == (256, 512)
    assert not image.getexif()


def bomb(side=20_000):
    """A PNG whose header promises more pixels than anybody should decode."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Upload a valid image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Upload a valid image"),
        (b"%PDF-1.7", "Upload a valid image"),
        (picture("BMP").read(), "Upload a valid image"),
        (picture("TIFF").read(), "Upload a valid image"),
        (picture("JPEG").read()[:400], "Upload a valid image"),
        (picture("PNG").read()[:60], "Upload a valid image"),
        (bomb(), "more than 25 megapixels"),
        (bomb(5_001), "more than 25 megapixels"),
    ],
)
def test_what_is_no_picture_is_refused(content, message):
    with pytest.raises(Invalid, match=message) as refusal:
        profile_picture(ContentFile(content), owner=None)

    assert refusal.value.field == "profile_image"


def test_a_picture_over_ten_megabytes_is_refused():
    with pytest.raises(Invalid, match="larger than 10 MB"):
        profile_picture(ContentFile(b"\xff\xd8\xff".ljust(10 * 1024 * 1024 + 1)), owner=None)


@pytest.mark.django_db(transaction=True)
def test_a_new_picture_replaces_the_old_file():
    alice = UserFactory()
    first = profiles.profile_image_set(actor=alice, upload=picture()).profile_image.name
    second = profiles.profile_image_set(actor=alice, upload=picture("PNG")).profile_image.name

    assert default_storage.exists(second)
    assert not default_storage.exists(first)

    assert not profiles.profile_image_set(actor=alice, upload=None).profile_image
    assert not default_storage.exists(second)


@pytest.mark.django_db
def test_the_old_file_stays_until_the_commit(django_capture_on_commit_callbacks):
    alice = UserFactory()
    first = profiles.profile_image_set(actor=alice, upload=picture()).profile_image.name

    with django_capture_on_commit_callbacks(execute=True):
        profiles.profile_image_set(actor=alice, upload=picture())
        assert default_storage.exists(first)

    assert not default_storage.exists(first)


@pytest.mark.django_db
def test_a_refused_picture_changes_nothing():
    alice = UserFactory()
    kept = profiles.profile_image_set(actor=alice, upload=picture()).profile_image.name

    with pytest.raises(Invalid):
        profiles.profile_image_set(actor=alice, upload=ContentFile(b"nonsense"))

    alice.refresh_from_db()
    assert alice.profile_image.name == kept
    assert default_storage.exists(kept)


# ---------------------------------------------------------------- profiles
FIELDS = {"experience_level": "expert", "hourly_rate": Decimal("150.00")}


@pytest.mark.django_db
@pytest.mark.parametrize("factory", [ArtistFactory, CreatorFactory])
def test_sellers_make_an_artist_profile(factory):
    alice = factory()

    profile = profiles.artist_profile_create(actor=alice, **FIELDS, rating=5, total_reviews=9)

    profile.refresh_from_db()
    assert (profile.pk, profile.rating, profile.total_reviews, profile.is_available) == (alice.pk, 0, 0, True)


@pytest.mark.django_db
def test_buyers_make_no_artist_profile():
    with pytest.raises(SellersOnly):
        profiles.artist_profile_create(actor=BuyerFactory(), **FIELDS)
    assert not ArtistProfile.objects.exists()


@pytest.mark.django_db
def test_a_second_profile_is_refused():
    alice, bob = ArtistFactory(profile=True), BuyerFactory(profile=True)

    with pytest.raises(ProfileExists, match="already have an artist profile"):
        profiles.artist_profile_create(actor=alice, bio="second", **FIELDS)
    with pytest.raises(ProfileExists, match="already have a buyer profile"):
        profiles.buyer_profile_create(actor=bob, company_name="second")
    assert ArtistProfile.objects.get().bio == "Paints in oil."
    assert BuyerProfile.objects.get().company_name == "Creative Co"


@pytest.mark.django_db(transaction=True)
def test_two_profiles_made_at_once_are_one():
    alice = ArtistFactory()

    def attempt(_number):
        try:
            profiles.artist_profile_create(actor=alice, **FIELDS)
        except DomainError as error:
            return error.code
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(attempt, range(3))) == ["made", "profile_exists", "profile_exists"]


@pytest.mark.django_db
def test_only_its_person_changes_or_deletes_a_profile():
    alice, bob, charlie, staff = ArtistFactory(profile=True), BuyerFactory(profile=True), UserFactory(), StaffFactory()

    for stranger in (bob, charlie, staff):
        with pytest.raises(NotYourProfile):
            profiles.artist_profile_update(actor=stranger, user_id=alice.pk, bio="mine")
        with pytest.raises(NotYourProfile):
            profiles.artist_profile_delete(actor=stranger, user_id=alice.pk)
    for stranger in (alice, charlie, staff):
        with pytest.raises(NotYourProfile):
            profiles.buyer_profile_update(actor=stranger, user_id=bob.pk, address="mine")
        with pytest.raises(NotYourProfile):
            profiles.buyer_profile_delete(actor=stranger, user_id=bob.pk)
    assert ArtistProfile.objects.get().bio == "Paints in oil."
    assert BuyerProfile.objects.get().address == "1 Example Street, Lahore"


@pytest.mark.django_db
def test_a_change_keeps_counters_that_move_meanwhile():
    alice = ArtistFactory(profile=True)
    ArtistProfile.objects.update(total_reviews=7)

    profile = profiles.artist_profile_update(actor=alice, user_id=alice.pk, bio="New", total_reviews=99)

    profile.refresh_from_db()
    assert (profile.bio, profile.total_reviews) == ("New", 7)


@pytest.mark.django_db
def test_profiles_go_and_the_account_stays():
    alice, bob = ArtistFactory(profile=True), BuyerFactory(profile=True)

    profiles.artist_profile_delete(actor=alice, user_id=alice.pk)
    profiles.buyer_profile_delete(actor=bob, user_id=bob.pk)

    assert not ArtistProfile.objects.exists()
    assert not BuyerProfile.objects.exists()
    assert User.objects.count() == 2
    with pytest.raises(Missing, match="Artist profile not found"):
        profiles.artist_profile_delete(actor=alice, user_id=alice.pk)

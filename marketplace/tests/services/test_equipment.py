"""What staff offer in the platform's own shop, and what nobody else may do there."""

import io
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.actors import SYSTEM
from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory, ModeratorFactory, StaffFactory
from commerce.tests.steps import order_of, paid_order
from config.core.callers import called_from
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry, DiscardedFile
from marketplace.choices import EquipmentType, Status
from marketplace.models import Equipment, StatusChange
from marketplace.services.equipment import (
    MOST_STOCK,
    equipment_create,
    equipment_delete,
    equipment_stock_set,
    equipment_update,
)
from marketplace.tests.factories import EquipmentFactory
from marketplace.tests.uploads import file_with

pytestmark = pytest.mark.django_db
NEW = {"title": "Brush set", "equipment_type": EquipmentType.BRUSH, "price": Decimal("45.99"), "stock": 50}
OTHERS = [ArtistFactory, BuyerFactory, ModeratorFactory]


@pytest.fixture
def alice():
    return StaffFactory(username="alice")


@pytest.fixture
def _at_once(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def photograph(colour="teal") -> SimpleUploadedFile:
    """As a telephone takes it: turned, and with the place in its EXIF."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    file = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(file, "JPEG", exif=exif)
    return file_with(file.getvalue(), "photograph.png")


def test_create_offers_it_at_once(alice):
    with called_from("192.0.2.1"):
        made = equipment_create(actor=alice, description="Twelve sizes.", **NEW)
    made = Equipment.objects.get(pk=made.pk)
    assert (made.title, made.description, made.equipment_type) == ("Brush set", "Twelve sizes.", "brush")
    assert (made.price, made.currency, made.stock, made.status) == (Decimal("45.990"), "PKR", 50, Status.APPROVED)
    assert (made.seller.username, made.is_available, made.image.name) == ("atelier", True, "")
    assert StatusChange.objects.get(listing_id=made.pk).actor == alice
    entry = AuditEntry.objects.get(action="equipment.add")
    assert (entry.actor, entry.target_id, entry.address) == (alice, str(made.pk), "192.0.2.1")
    assert entry.after == {"title": "Brush set", "price": "45.99", "stock": "50"}


def test_the_picture_is_drawn_anew(alice):
    made = equipment_create(actor=alice, image=photograph(), **NEW)
    assert made.image.name.startswith("equipment/") and made.image.name.endswith(".jpg")
    with default_storage.open(made.image.name) as file, Image.open(file) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (60, 80), {})
    assert not DiscardedFile.objects.exists()


@pytest.mark.parametrize("factory", OTHERS)
def test_only_staff_keep_the_shop(factory):
    person, brush = factory(), EquipmentFactory(price="10.00", stock=3)
    for refused in (
        lambda: equipment_create(actor=person, image=photograph(), **NEW),
        lambda: equipment_update(actor=person, equipment_id=brush.pk, changes={"stock": 9}, image=photograph()),
        lambda: equipment_stock_set(actor=person, equipment_id=brush.pk, stock=9),
        lambda: equipment_delete(actor=person, equipment_id=brush.pk),
    ):
        with pytest.raises(Denied):
            refused()
    brush.refresh_from_db()
    assert (Equipment.objects.count(), brush.stock, brush.price) == (1, 3, Decimal("10.000"))
    assert not AuditEntry.objects.exists() and not DiscardedFile.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"price": Decimal("-0.01")}, "price"),
        ({"price": Decimal("100000000")}, "price"),
        ({"stock": -1}, "stock_quantity"),
        ({"stock": MOST_STOCK + 1}, "stock_quantity"),
        ({"image": file_with(b"<svg xmlns='http://www.w3.org/2000/svg'/>")}, "image"),
    ],
)
def test_what_is_out_of_bounds_is_refused(alice, wrong, field):
    with pytest.raises(Invalid) as refusal:
        equipment_create(actor=alice, **NEW | wrong)
    assert refusal.value.field == field
    brush = EquipmentFactory(price="10.00", stock=3)
    image = wrong.get("image")
    with pytest.raises(Invalid):
        equipment_update(
            actor=alice, equipment_id=brush.pk, changes={} if image else {"title": "New", **wrong}, image=image
        )
    brush.refresh_from_db()
    assert (Equipment.objects.count(), brush.title == "New", brush.price, brush.stock) == (1, False, 10, 3)


def test_update_changes_what_is_named_and_nothing_else(alice):
    brush = EquipmentFactory(price="10.00", stock=3, description="Hog hair.")
    equipment_update(actor=alice, equipment_id=brush.pk, changes={"price": Decimal("12.350"), "is_available": False})
    brush.refresh_from_db()
    assert (brush.price, brush.is_available, brush.stock) == (Decimal("12.350"), False, 3)
    assert brush.description == "Hog hair."
    entry = AuditEntry.objects.get()
    assert entry.before == {"price": "10.00", "is_available": "True"}
    assert entry.after == {"price": "12.35", "is_available": "False"}


def test_nothing_changed_is_nothing_to_record(alice):
    brush = EquipmentFactory(stock=3)
    equipment_update(actor=alice, equipment_id=brush.pk, changes={"stock": 3})
    assert not AuditEntry.objects.exists()


@pytest.mark.usefixtures("_at_once")
def test_a_new_picture_takes_the_place_of_the_old_one(alice, django_capture_on_commit_callbacks):
    brush = equipment_create(actor=alice, image=photograph(), **NEW)
    before = brush.image.name
    with django_capture_on_commit_callbacks(execute=True):
        equipment_update(actor=alice, equipment_id=brush.pk, changes={}, image=photograph("red"))
    brush.refresh_from_db()
    assert brush.image.name != before
    assert default_storage.exists(brush.image.name) and not default_storage.exists(before)
    assert not DiscardedFile.objects.exists()


def test_a_picture_that_cannot_be_used_leaves_no_file(alice, monkeypatch, django_capture_on_commit_callbacks):
    stored = set(default_storage.listdir("equipment")[1]) if default_storage.exists("equipment") else set()
    with pytest.raises(Missing), django_capture_on_commit_callbacks(execute=True):
        equipment_update(actor=alice, equipment_id=10**9, changes={}, image=photograph())
    now = set(default_storage.listdir("equipment")[1]) if default_storage.exists("equipment") else set()
    assert now == stored


def test_the_stock_is_set_not_added_to(alice):
    brush = EquipmentFactory(stock=3)
    assert equipment_stock_set(actor=alice, equipment_id=brush.pk, stock=75).stock == 75
    assert equipment_stock_set(actor=SYSTEM, equipment_id=brush.pk, stock=0).stock == 0
    for wrong in (-1, MOST_STOCK + 1):
        with pytest.raises(Invalid) as refusal:
            equipment_stock_set(actor=alice, equipment_id=brush.pk, stock=wrong)
        assert refusal.value.field == "stock_quantity"
    brush.refresh_from_db()
    assert brush.stock == 0


@pytest.mark.usefixtures("_at_once")
def test_deleting_removes_it_with_its_picture(alice, django_capture_on_commit_callbacks):
    brush = equipment_create(actor=alice, image=photograph(), **NEW)
    with django_capture_on_commit_callbacks(execute=True):
        equipment_delete(actor=alice, equipment_id=brush.pk)
    assert not Equipment.objects.exists()
    assert not default_storage.exists(brush.image.name)
    entry = AuditEntry.objects.get(action="equipment.delete")
    assert (entry.target_id, entry.before["title"]) == (str(brush.pk), "Brush set")


def test_what_the_house_offers_is_bought_and_paid_for(alice, settings):
    settings.SANDBOX_ALLOWED = True
    brush = equipment_create(actor=alice, **NEW)
    order, payment = paid_order(BuyerFactory(), brush, quantity=2)
    brush.refresh_from_db()
    assert (order.status, payment.status, payment.amount) == ("confirmed", "completed", Decimal("91.980"))
    assert brush.stock == 48


def test_what_was_ordered_is_archived(alice):
    brush = equipment_create(actor=alice, image=photograph(), **NEW)
    order_of(BuyerFactory(), brush)
    equipment_delete(actor=alice, equipment_id=brush.pk)
    brush.refresh_from_db()
    assert brush.status == Status.ARCHIVED
    assert default_storage.exists(brush.image.name)
    for again in (
        lambda: equipment_delete(actor=alice, equipment_id=brush.pk),
        lambda: equipment_update(actor=alice, equipment_id=brush.pk, changes={"stock": 9}),
        lambda: equipment_stock_set(actor=AdminFactory(), equipment_id=brush.pk, stock=9),
    ):
        with pytest.raises(Missing):
            again()

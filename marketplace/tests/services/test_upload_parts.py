"""Uploads in parts: in any order, twice, after a break, by somebody else, and never completed."""

import hashlib
from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import storages
from django.utils import timezone

from accounts.tests.factories import BuyerFactory
from config.core.errors import Invalid, Limited, Missing
from config.core.models import DiscardedFile
from marketplace.choices import PartsState, UploadKind
from marketplace.errors import FileTooLarge, PartsMissing, UploadEnded
from marketplace.models import PartedUpload, UploadedFile, UploadPart
from marketplace.services.uploads import parts
from marketplace.tests.solids import mesh_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(parts, "PART_BYTES", 1000)


@pytest.fixture(scope="module")
def data():
    return mesh_file().read()


def begun(owner, data, **changes):
    said = {"kind": UploadKind.MODEL, "file_name": "gear.stl", "size": len(data)} | changes
    return parts.parts_begin(actor=owner, **said)


def put(parted, number, whole, **changes):
    part = whole[(number - 1) * 1000 : number * 1000]
    said = {"actor": parted.owner, "file_id": str(parted.uuid), "number": number, "data": part} | changes
    return parts.part_put(**said)


def test_in_any_order_and_twice(data):
    parted = begun(BuyerFactory(), data, sha256=hashlib.sha256(data).hexdigest())
    for number in (*range(parted.part_count, 0, -1), 1):
        put(parted, number, data)
    assert UploadPart.objects.count() == parted.part_count
    upload = parts.parts_complete(actor=parted.owner, file_id=str(parted.uuid))
    assert storages["private"].open(upload.stored).read() == data
    assert (upload.format, upload.file_name, upload.sha256) == ("stl", "gear.stl", hashlib.sha256(data).hexdigest())
    assert not UploadPart.objects.exists()
    assert DiscardedFile.objects.filter(name__startswith="parts/").count() == parted.part_count
    again = parts.parts_complete(actor=parted.owner, file_id=str(parted.uuid))
    assert (again.pk, UploadedFile.objects.count()) == (upload.pk, 1)


def test_one_that_is_put_together_is_not_swept_away(data, monkeypatch):
    parted = begun(BuyerFactory(), data)
    for number in range(1, parted.part_count + 1):
        put(parted, number, data)
    late, judge = timezone.now() + timedelta(hours=47, minutes=59), parts.file_upload

    def slowly(**said):
        with time_machine.travel(late + timedelta(minutes=5)):
            parts.parts_forget()
        return judge(**said)

    monkeypatch.setattr(parts, "file_upload", slowly)
    with time_machine.travel(late):
        upload = parts.parts_complete(actor=parted.owner, file_id=str(parted.uuid))
    parted.refresh_from_db()
    assert (parted.upload, parted.state) == (upload, PartsState.COMPLETE)


def test_other_bytes_take_the_place_of_the_first(data):
    parted = begun(BuyerFactory(), data)
    put(parted, 1, b"x" * 1000)
    put(parted, 1, data)
    assert UploadPart.objects.get().sha256 == hashlib.sha256(data[:1000]).hexdigest()
    assert DiscardedFile.objects.filter(name__startswith="parts/").count() == 1


def test_what_is_refused_changes_nothing(data):
    parted = begun(BuyerFactory(), data)
    put(parted, 1, data)
    before = list(UploadPart.objects.values())
    said = {"actor": parted.owner, "file_id": str(parted.uuid), "number": 1, "data": data[:1000]}
    for changes, refusal in (
        ({"data": b"short"}, Invalid),
        ({"data": b"x" * 1001}, Invalid),
        ({"data": b"x" * 1000, "sha256": "0" * 64}, Invalid),
        ({"number": 0}, Missing),
        ({"number": parted.part_count + 1}, Missing),
        ({"actor": BuyerFactory()}, Missing),
        ({"file_id": "nothing"}, Missing),
    ):
        with pytest.raises(refusal):
            parts.part_put(**said | changes)
    assert list(UploadPart.objects.values()) == before
    with pytest.raises(PartsMissing) as missing:
        parts.parts_complete(actor=parted.owner, file_id=str(parted.uuid))
    assert missing.value.data["missing"][0] == 2
    for act in (parts.parts_complete, parts.parts_cancel, parts.parts_of):
        with pytest.raises(Missing):
            act(actor=BuyerFactory(), file_id=str(parted.uuid))


def test_nothing_is_added_after_completion(data):
    parted = begun(BuyerFactory(), data)
    for number in range(1, parted.part_count + 1):
        put(parted, number, data)
    parts.parts_complete(actor=parted.owner, file_id=str(parted.uuid))
    with pytest.raises(UploadEnded):
        put(parted, 1, data)
    with pytest.raises(UploadEnded):
        parts.parts_cancel(actor=parted.owner, file_id=str(parted.uuid))


@pytest.mark.parametrize("said", [{"sha256": "0" * 64}, {}])
def test_a_file_that_is_refused_leaves_the_upload_open(said):
    parted = begun(BuyerFactory(), b"no model", **said)
    put(parted, 1, b"no model")
    with pytest.raises(Invalid):
        parts.parts_complete(actor=parted.owner, file_id=str(parted.uuid))
    parted.refresh_from_db()
    assert (parted.state, UploadPart.objects.count(), UploadedFile.objects.count()) == (PartsState.OPEN, 1, 0)


def test_while_somebody_puts_it_together(data):
    parted = begun(BuyerFactory(), data[:1000])
    put(parted, 1, data)
    PartedUpload.objects.update(state=PartsState.JOINING, claimed_until=timezone.now() + timedelta(minutes=1))
    with pytest.raises(UploadEnded):
        parts.parts_complete(actor=parted.owner, file_id=str(parted.uuid))
    # Whoever did has died: after its time another may.
    PartedUpload.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Invalid):  # the first thousand bytes are no whole file
        parts.parts_complete(actor=parted.owner, file_id=str(parted.uuid))


def test_what_is_never_completed_goes(data):
    parted, other = begun(BuyerFactory(), data), begun(BuyerFactory(), data)
    put(parted, 1, data)
    PartedUpload.objects.filter(pk=parted.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Missing):
        put(parted, 2, data)
    parts.parts_forget()
    assert list(PartedUpload.objects.all()) == [other]
    assert DiscardedFile.objects.filter(name__startswith="parts/").exists()


def test_beginning(settings):
    bob = BuyerFactory()
    with pytest.raises(FileTooLarge):
        begun(bob, b"x", size=settings.MESH_MAX_BYTES + 1)
    with pytest.raises(Invalid):
        begun(bob, b"x", sha256="nothing")
    for _ in range(parts.MOST_OPEN):
        begun(bob, b"x")
    with pytest.raises(Limited):
        begun(bob, b"x")
    begun(BuyerFactory(), b"x")

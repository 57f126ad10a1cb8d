"""Files uploaded by themselves: what they are, whose they are, and when they go."""

import io
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory, ModeratorFactory
from config.core.errors import Denied, Invalid, Limited, Missing
from config.core.models import AuditEntry, DiscardedFile
from config.core.tests.images.heif import FILES
from marketplace.choices import UploadKind, Verdict
from marketplace.errors import BrokenFile, FileInUse, FileTooLarge
from marketplace.models import MeshFile, UploadedFile, UploadUse
from marketplace.selectors.uploads import Room, room_of
from marketplace.services.artworks import artwork_create
from marketplace.services.models_3d.files import mesh_of_upload
from marketplace.services.models_3d.models import model_upload
from marketplace.services.uploads import files, parts, room
from marketplace.tests.factories import CategoryFactory, Model3DFactory
from marketplace.tests.solids import mesh_file, solid
from marketplace.tests.uploads import file_of, painting

pytestmark = pytest.mark.django_db
FBX = b"Kaydara FBX Binary  \x00\x1a\x00" + b"\x00" * 100
BLEND = b"BLENDER-v300" + b"\x00" * 100


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, data in members.items():
            made.writestr(name, data)
    return buffer.getvalue()


def picture(kind: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(buffer, kind, **options)
    return buffer.getvalue()


def upload(owner, kind, data, name="file.bin"):
    return files.file_upload(actor=owner, kind=kind, file=SimpleUploadedFile(name, data))


def keep(made, by="note:1"):
    return files.uploads_keep(actor=made.owner, by=by, stored=[(made.storage, made.stored)])


@pytest.mark.parametrize(
    ("kind", "data", "sent", "saved"),
    [
        (UploadKind.DOCUMENT, b"start calc", "invoice.bat", "invoice.bat.txt"),
        (UploadKind.DOCUMENT, b"<script>1</script>", "page.html", "page.html.txt"),
        (UploadKind.DOCUMENT, files.OLD_WORD + bytes(600), "setup.msi", "setup.msi.doc"),
        (UploadKind.DOCUMENT, picture(), "photo.JPEG", "photo.JPEG"),
        (UploadKind.DOCUMENT, archive(word=b"x"), "letter.docx", "letter.docx"),
        (UploadKind.DOCUMENT, b"# Notes", "../notes.md", "notes.md"),
        (UploadKind.MODEL, FBX, "robot.exe", "robot.exe.fbx"),
        (UploadKind.MODEL, FBX, "robot.FBX", "robot.FBX"),
    ],
)
def test_what_is_given_out_for_saving_ends_as_its_content_says(bob, kind, data, sent, saved):
    assert upload(bob, kind, data, sent).file_name == saved


class TestJudging:
    @pytest.mark.parametrize(
        ("data", "found"),
        [
            (FBX, "fbx"),
            (BLEND, "blend"),
            (archive(a=b"texture"), "zip"),
            (b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "obj"),
        ],
    )
    def test_models_by_their_content(self, data, found):
        made = upload(BuyerFactory(), UploadKind.MODEL, data, "../../drone.glb")
        name = f"drone.glb.{found}"
        assert (made.format, made.storage, made.file_name, made.byte_size) == (found, "private", name, len(data))
        assert storages["private"].open(made.stored).read() == data

    @pytest.mark.parametrize("data", [b"#!/bin/sh\nrm -rf /\n", b"\x7fELF" + b"\0" * 200, picture(), b"%PDF-1.7"])
    def test_what_is_no_model(self, data):
        with pytest.raises(Invalid, match="Unsupported file type"):
            upload(BuyerFactory(), UploadKind.MODEL, data, "drone.glb")
        assert not UploadedFile.objects.exists()

    def test_a_model_that_is_cut_off(self):
        with pytest.raises(BrokenFile, match="cut off"):
            upload(BuyerFactory(), UploadKind.MODEL, b"glTF\x02\0\0\0\xff\xff\0\0" + b"\0" * 20)

    def test_pictures_are_made_anew(self):
        exif = Image.Exif()
        exif[0x010F] = "A camera"
        made = upload(BuyerFactory(), UploadKind.IMAGE, picture(exif=exif), "me.php")
        assert (made.storage, made.content_type, made.format) == ("default", "image/jpeg", "jpg")
        assert b"A camera" not in storages["default"].open(made.stored).read()
        assert upload(BuyerFactory(), UploadKind.AVATAR, picture("PNG")).stored.startswith("avatars/")
        with pytest.raises(Invalid):
            upload(BuyerFactory(), UploadKind.IMAGE, b"<svg onload=alert(1)>", "me.svg")

    def test_documents(self):
        heic = (FILES / "patches.heic").read_bytes()
        for data, found in (
            (b"%PDF-1.7 x", "pdf"),
            ("Grüße".encode(), "txt"),
            (picture("PNG"), "png"),
            (heic, "heic"),
        ):
            assert upload(BuyerFactory(), UploadKind.DOCUMENT, data).format == found
        assert upload(BuyerFactory(), UploadKind.IMAGE, heic).format == "jpg"
        with pytest.raises(Invalid):
            upload(BuyerFactory(), UploadKind.DOCUMENT, b"\x7fELF\0\0")

    def test_sizes(self, settings):
        settings.MESH_MAX_BYTES = 100
        with pytest.raises(FileTooLarge):
            upload(BuyerFactory(), UploadKind.MODEL, FBX)
        with pytest.raises(Invalid, match="empty"):
            upload(BuyerFactory(), UploadKind.MODEL, b"")

    def test_how_many_may_lie_about(self, monkeypatch):
        bob = BuyerFactory()
        monkeypatch.setattr(room, "MOST_UNUSED", 1)
        upload(bob, UploadKind.MODEL, FBX)
        with pytest.raises(Limited):
            upload(bob, UploadKind.MODEL, FBX)
        upload(BuyerFactory(), UploadKind.MODEL, FBX)
        upload(BuyerFactory(), UploadKind.DOCUMENT, b"a document")

    def test_how_much_one_person_keeps_by_whatever_door(self, settings):
        alice, shape, gear = ArtistFactory(), mesh_file(), mesh_file(solid(31_000))
        models = [
            model_upload(actor=alice, channel="v1", file=file, details={"title": "Gear"}) for file in (shape, gear)
        ]
        refused = mesh_of_upload(files.file_upload(actor=alice, kind=UploadKind.MODEL, file=shape))
        MeshFile.objects.filter(pk=refused.pk).update(verdict=Verdict.REFUSED)
        keep(upload(alice, UploadKind.DOCUMENT, b"a brief"))
        upload(alice, UploadKind.MODEL, FBX)
        begun = parts.parts_begin(actor=alice, kind=UploadKind.DOCUMENT, file_name="b", size=9)
        kept = sum(model.mesh.byte_size for model in models) + shape.size + len(b"a brief") + len(FBX) + 9
        assert room_of(alice) == Room(unused=2, unused_bytes=shape.size + len(FBX), kept_bytes=kept)
        settings.PERSON_MAX_BYTES = kept
        parts.part_put(actor=alice, file_id=str(begun.uuid), number=1, data=b"a brief.\n")
        parts.parts_complete(actor=alice, file_id=str(begun.uuid))  # its bytes were counted when it was begun
        for more in (
            lambda: upload(alice, UploadKind.DOCUMENT, b"x"),
            lambda: parts.parts_begin(actor=alice, kind=UploadKind.DOCUMENT, file_name="b", size=1),
            lambda: model_upload(actor=alice, channel="v1", file=shape, details={"title": "Gear"}),
            lambda: artwork_create(
                actor=alice,
                title="Sea",
                description="",
                price=Decimal(1),
                category_id=CategoryFactory().pk,
                artwork_type="digital",
                image=file_of(painting(1)),
            ),
        ):
            with pytest.raises(Limited, match="which is the most"):
                more()
        assert room_of(alice).kept_bytes == kept
        upload(BuyerFactory(), UploadKind.DOCUMENT, b"x")


class TestEnding:
    def test_by_its_owner(self):
        made = upload(BuyerFactory(), UploadKind.MODEL, FBX)
        files.upload_delete(actor=made.owner, file_id=str(made.uuid))
        assert not UploadedFile.objects.exists()
        assert DiscardedFile.objects.filter(storage="private", name=made.stored).exists()

    def test_not_by_others_but_administrators(self):
        made = upload(BuyerFactory(), UploadKind.MODEL, FBX)
        for person in (BuyerFactory(), ModeratorFactory()):
            with pytest.raises(Denied):
                files.upload_delete(actor=person, file_id=str(made.uuid))
        for unknown in ("nothing", "5f0c1d7e-3b0a-4c55-9c1e-6f6f1c9f2a10", "\0"):
            with pytest.raises(Missing):
                files.upload_delete(actor=made.owner, file_id=unknown)
        assert UploadedFile.objects.exists()
        files.upload_delete(actor=AdminFactory(), file_id=str(made.uuid))
        assert AuditEntry.objects.get().action == "upload.delete"

    def test_not_while_it_is_in_use(self):
        bob = BuyerFactory()
        main = files.file_upload(actor=bob, kind=UploadKind.MODEL, file=mesh_file())
        Model3DFactory(seller=bob, mesh=mesh_of_upload(main))
        kept = upload(bob, UploadKind.DOCUMENT, b"brief")
        assert keep(kept) == [kept]
        for used in (main, kept):
            with pytest.raises(FileInUse):
                files.upload_delete(actor=bob, file_id=str(used.uuid))
        assert files.uploads_keep(actor=BuyerFactory(), by="note:2", stored=[(kept.storage, kept.stored)]) == [None]
        keep(kept, by="note:2")
        for by in ("note:1", "note:2"):
            with pytest.raises(FileInUse):
                files.upload_delete(actor=bob, file_id=str(kept.uuid))
            files.uploads_let_go(by=by)
        files.upload_delete(actor=bob, file_id=str(kept.uuid))

    def test_what_a_row_shows_in_its_place_lets_the_first_go(self):
        first, second = (upload(BuyerFactory(), UploadKind.DOCUMENT, data) for data in (b"one", b"two"))
        keep(first)
        keep(second)
        assert list(UploadUse.objects.values_list("upload", flat=True)) == [second.pk]

    def test_what_nobody_uses_goes_after_a_week(self):
        bob = BuyerFactory()
        old, kept, new = (upload(bob, UploadKind.MODEL, FBX) for _ in range(3))
        UploadedFile.objects.exclude(pk=new.pk).update(created_at=timezone.now() - timedelta(days=8))
        keep(kept)
        files.uploads_forget()
        assert set(UploadedFile.objects.values_list("pk", flat=True)) == {kept.pk, new.pk}
        assert DiscardedFile.objects.filter(name=old.stored).exists()

"""Uploads whose process died on the way, sent again under their key; and what tells two of them apart."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.http import QueryDict
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.tests.factories import ArtistFactory
from config.core.idempotency import Once
from config.core.models import DiscardedFile, IdempotentCall
from config.dialects.idempotency import fingerprint_of
from marketplace.choices import Status
from marketplace.errors import BrokenFile, DuplicatePicture
from marketplace.models import Artwork, MeshFile, Model3D, Picture
from marketplace.services import artworks
from marketplace.services.artworks import artwork_update
from marketplace.services.models_3d import uploads
from marketplace.services.models_3d.uploads import model_take_in
from marketplace.tests.factories import ArtworkFactory, CategoryFactory
from marketplace.tests.solids import mesh_file
from marketplace.tests.uploads import file_of, painting, uploaded

pytestmark = pytest.mark.django_db


class ProcessDied(BaseException):
    pass


@pytest.fixture
def dying(monkeypatch):
    """dying(at, call): the process dies where `call` reaches the function, or `after` it."""

    def run(module, name, call, *, after=False):
        whole = getattr(module, name)

        def last(*args, **kwargs):
            if after:
                whole(*args, **kwargs)
            raise ProcessDied

        with monkeypatch.context() as patch:
            patch.setattr(module, name, last)
            with pytest.raises(ProcessDied):
                call()

    return run


@pytest.fixture
def alice():
    return ArtistFactory(username="alice", identity_verified=True)


def once(user):
    return Once(user.pk, "k", "an operation", "a fingerprint")


class TestArtworks:
    @pytest.mark.parametrize("after", [True, False])
    def test_cut_off_around_its_check(self, alice, dying, after):
        category = CategoryFactory().pk
        upload = lambda: uploaded(alice, painting(1), category_id=category, once=once(alice))  # noqa: E731
        dying(artworks, "_checked", upload, after=after)
        assert upload() == Artwork.objects.get()
        assert (Picture.objects.count(), DiscardedFile.objects.count()) == (1, 0)

    def test_a_copy_is_a_copy_the_second_time(self, alice, dying):
        uploaded(ArtistFactory(identity_verified=True), painting(3))
        category = CategoryFactory().pk
        upload = lambda: uploaded(alice, painting(3), category_id=category, once=once(alice))  # noqa: E731
        dying(artworks, "_refuse_duplicate", upload)
        with pytest.raises(DuplicatePicture) as refusal:
            upload()
        copy = Artwork.objects.get(seller=alice)
        assert (copy.status, refusal.value.data["artwork_id"]) == (Status.REJECTED, copy.pk)


class TestNewPictures:
    def edit(self, work, seed=2, title="New"):
        image = file_of(painting(seed)) if seed else None
        return artwork_update(
            actor=work.seller, artwork_id=work.pk, changes={"title": title}, image=image, once=once(work.seller)
        )

    @pytest.mark.parametrize("at", ["_checked", "artwork_load"])
    @pytest.mark.parametrize("after", [True, False])
    def test_cut_off_anywhere_it_is_replaced_once_and_all_changes_are_made(self, alice, dying, at, after):
        work = uploaded(alice, painting(1))
        dying(artworks, at, lambda: self.edit(work), after=after)
        assert self.edit(work).title == "New"
        assert work.pictures.count() + DiscardedFile.objects.count() // 2 == 2

    def test_what_was_changed_since_stays(self, alice, dying):
        work = uploaded(alice, painting(1))
        dying(artworks, "artwork_load", lambda: self.edit(work))
        artwork_update(actor=alice, artwork_id=work.pk, changes={"title": "Newer"})
        assert self.edit(work).title == "Newer"

    def test_a_copy_changes_nothing_the_second_time_either(self, alice, dying):
        uploaded(ArtistFactory(identity_verified=True), painting(3))
        work = uploaded(alice, painting(1), title="Old")
        dying(artworks, "_refuse_duplicate", lambda: self.edit(work, 3))
        with pytest.raises(DuplicatePicture):
            self.edit(work, 3)
        work.refresh_from_db()
        assert (work.title, work.pictures.count()) == ("Old", 2)

    def test_without_a_picture(self, alice, dying):
        work = ArtworkFactory(seller=alice)
        dying(artworks, "artwork_load", lambda: self.edit(work, None))
        assert self.edit(work, None).title == "New"


class TestModels:
    BROKEN = b"solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\n"

    def take_in(self, user, file=None):
        return model_take_in(
            actor=user, channel="v1", file=file or mesh_file(), details={"title": "Gear"}, wait=0, once=once(user)
        )

    def test_cut_off_before_its_analysis(self, alice, dying):
        dying(uploads, "mesh_await", lambda: self.take_in(alice))
        assert self.take_in(alice) == Model3D.objects.get()
        assert MeshFile.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("at", ["mesh_await", "model_delete"])
    def test_a_broken_file_is_broken_the_second_time(self, alice, dying, settings, at):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        take_in = lambda: self.take_in(alice, SimpleUploadedFile("x.stl", self.BROKEN))  # noqa: E731
        dying(uploads, at, take_in, after=True)
        with pytest.raises(BrokenFile):
            take_in()
        assert not Model3D.objects.exists() and not MeshFile.objects.exists()
        assert not IdempotentCall.objects.exists()


class TestFingerprint:
    def client(self, user):
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}", HTTP_IDEMPOTENCY_KEY="k")

    def test_another_byte_of_the_file_is_another_request(self, alice, settings):
        settings.MESH_CHECK_WAIT = 0
        data = mesh_file().read()
        files = [data, data, data[:-3] + b"\x01" + data[-2:]]
        answers = [
            self.client(alice).post(
                "/api/v1/upload_stl", {"name": "Gear", "file": SimpleUploadedFile("gear.stl", file)}, format="multipart"
            )
            for file in files
        ]
        assert [answer.status_code for answer in answers] == [201, 201, 409]
        assert answers[0].json() == answers[1].json()
        assert answers[1]["Idempotent-Replayed"] == "true"
        assert (Model3D.objects.count(), MeshFile.objects.count()) == (1, 1)

    def form(self, *files, **fields):
        form = QueryDict(mutable=True)
        for name, value in fields.items():
            form[name] = value
        form.setlist("file", list(files))
        return fingerprint_of("v1.models.upload_stl", {}, form)

    def test_names_bytes_and_fields_count(self):
        files = [("a.stl", b"1"), ("a.stl", b"2"), ("b.stl", b"1")]
        said = [self.form(SimpleUploadedFile(*file), name="x") for file in files]
        said += [
            self.form(SimpleUploadedFile("a.stl", b"1"), name="y"),
            self.form(name="x"),
            self.form("a.stl", name="x"),
        ]
        said += [self.form(SimpleUploadedFile("a.stl", b"1"), SimpleUploadedFile("a.stl", b"1"), name="x")]
        assert len(set(said)) == len(said)
        assert self.form(SimpleUploadedFile("a.stl", b"1"), name="x") == said[0]

    def test_a_file_is_read_in_parts_and_left_as_it_was(self, monkeypatch):
        file = TemporaryUploadedFile("a.stl", "model/stl", 0, None)
        file.write(b"x" * 1_000_000)
        file.size = 1_000_000
        file.seek(0)
        asked = []
        read = file.file.read
        monkeypatch.setattr(file.file, "read", lambda size=-1: asked.append(size) or read(size), raising=False)
        self.form(file, name="x")
        assert asked and all(0 < size <= 65536 for size in asked)
        assert file.tell() == 0

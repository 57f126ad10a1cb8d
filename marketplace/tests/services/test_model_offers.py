"""Models put on sale in one call, changed as a whole, and taken off again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory, ModeratorFactory
from commerce.tests.steps import paid_order
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry
from marketplace.choices import Status, UploadKind
from marketplace.errors import BrokenFile, DuplicateModel
from marketplace.models import Listing, MeshFile, Model3D, ModelVersion, UploadedFile
from marketplace.services.models_3d import offers
from marketplace.services.models_3d.analyses import mesh_analyse
from marketplace.services.models_3d.originals import mesh_for_buyers
from marketplace.services.uploads.files import file_upload, uploads_forget
from marketplace.tests.factories import CategoryFactory, Model3DFactory
from marketplace.tests.services.test_uploaded_files import BLEND, FBX, picture
from marketplace.tests.solids import mesh_file, solid

pytestmark = pytest.mark.django_db


def uploaded(owner, kind=UploadKind.MODEL, file=None):
    return str(file_upload(actor=owner, kind=kind, file=file or mesh_file()).uuid)


def image(owner):
    return uploaded(owner, UploadKind.IMAGE, SimpleUploadedFile("p.jpg", picture()))


def offered(maker, **changes):
    said = {
        "channel": "nexus",
        "details": {"title": "Drone", "description": "A scout", "price": Decimal(40)},
        "category": "Vehicles",
        "wait": 0,
    }
    if not {"file", "file_id"} & changes.keys():
        said["file"] = mesh_file()
    return offers.model_offer(actor=maker, **said | changes)


def count(person):
    return User.objects.get(pk=person.pk).models_count


@pytest.fixture
def at_once(monkeypatch):
    """The worker is quicker than the request."""
    await_it = offers.mesh_await

    def analyse(mesh_id, *, seconds):
        mesh_analyse(mesh_id)
        return await_it(mesh_id, seconds=seconds)

    monkeypatch.setattr(offers, "mesh_await", analyse)


class TestOffering:
    def test_a_buyer_becomes_a_creator(self):
        bob, vehicles = BuyerFactory(), CategoryFactory(name="Vehicles")
        model = offered(bob)
        bob.refresh_from_db()
        assert (bob.user_type, count(bob)) == ("creator", 1)
        assert (model.status, model.category, model.price, model.currency) == ("pending", vehicles, 40, "USD")
        upload = UploadedFile.objects.get()
        assert (upload.mesh_id, model.mesh.original.name) == (model.mesh_id, upload.stored)
        assert model.versions.get().number == 1

    def test_with_all_that_stands_beside_it(self):
        alice = ArtistFactory()
        further = uploaded(alice, file=SimpleUploadedFile("d.fbx", FBX))
        model = offered(
            alice,
            file_id=uploaded(alice),
            thumbnail=SimpleUploadedFile("t.jpg", picture()),
            previews=[SimpleUploadedFile("p.jpg", picture())],
            beside_it={
                "preview_images": [f"http://testserver/media/uploads/{image(alice)}.jpg"],
                "further_files": [further],
            },
        )
        assert (model.further_formats, len(model.pictures), bool(model.thumbnail.name)) == (["fbx"], 2, True)
        assert UploadedFile.objects.filter(listing=model.pk).count() == 4
        UploadedFile.objects.update(created_at=timezone.now() - timedelta(days=30))
        uploads_forget()
        assert UploadedFile.objects.count() == 5

    def test_verified_makers_sell_as_soon_as_the_analysis_has_ended(self, at_once):
        model = offered(ArtistFactory(identity_verified=True))
        assert (model.status, model.mesh.state) == ("approved", "done")
        assert offered(ArtistFactory(), file=mesh_file(solid(31_000))).status == "pending"

    def test_a_broken_file_leaves_nothing_behind(self, at_once):
        bob = BuyerFactory()
        hollow = SimpleUploadedFile("d.obj", b"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n")
        with pytest.raises(BrokenFile) as broken:
            offered(bob, file=hollow)
        assert broken.value.field == "file"
        assert (Model3D.objects.count(), MeshFile.objects.count(), UploadedFile.objects.count()) == (0, 0, 0)
        assert count(bob) == 0

    def test_a_copy_is_refused_and_stays(self, at_once):
        offered(ArtistFactory())
        with pytest.raises(DuplicateModel) as refused:
            offered(ArtistFactory())
        assert Model3D.objects.get(pk=refused.value.data["model_id"]).status == Status.REJECTED

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"file": SimpleUploadedFile("d.fbx", FBX)}, "file"),
            ({"file_id": "5f0c1d7e-3b0a-4c55-9c1e-6f6f1c9f2a10"}, "file_id"),
            ({"file_id": "drone"}, "file_id"),
            ({"category": " "}, "category"),
            ({"beside_it": {"thumbnail_url": "https://elsewhere.example/cat.jpg"}}, "thumbnail_url"),
            ({"beside_it": {"preview_images": ["http://x/../../etc/passwd"]}}, "preview_images"),
            ({"beside_it": {"further_files": ["drone"]}}, "further_files"),
            ({"details": {"title": "Drone", "price": Decimal("1.234")}}, "price"),
        ],
    )
    def test_what_is_refused_leaves_nothing(self, changes, field):
        bob = BuyerFactory()
        with pytest.raises(Invalid) as refused:
            offered(bob, **changes)
        assert refused.value.field == field
        bob.refresh_from_db()
        assert (bob.user_type, count(bob), Model3D.objects.count(), UploadedFile.objects.count()) == ("buyer", 0, 0, 0)

    def test_files_of_others_do_not_exist(self):
        theirs = uploaded(ArtistFactory())
        with pytest.raises(Invalid):
            offered(ArtistFactory(), file_id=theirs)
        with pytest.raises(Invalid):
            offered(ArtistFactory(), beside_it={"thumbnail_url": image(ArtistFactory())})


class TestChanging:
    def test_by_its_maker(self):
        model = Model3DFactory(channel="nexus")
        toys = CategoryFactory(name="Toys")
        changed = offers.model_revise(
            actor=model.seller,
            model_id=model.pk,
            changes={"title": "Drone v2", "price": Decimal("45.00"), "is_available": False},
            category="Toys",
            flags={"is_featured": True, "status": "rejected", "is_trending": True},
        )
        assert (changed.title, changed.price, changed.category, changed.is_available) == ("Drone v2", 45, toys, False)
        assert (changed.is_featured, changed.is_trending, changed.status) == (False, False, "approved")
        assert not AuditEntry.objects.exists()

    def test_a_rejected_one_waits_again(self):
        model = Model3DFactory(channel="nexus", status=Status.REJECTED)
        assert offers.model_revise(actor=model.seller, model_id=model.pk, changes={"title": "New"}).status == "pending"

    def test_a_new_file_waits_and_buyers_keep_the_old_one(self, settings):
        settings.SANDBOX_ALLOWED = True
        model = Model3DFactory(channel="nexus")
        paid_order(BuyerFactory(), model, channel="nexus")
        before = model.mesh
        changed = offers.model_revise(actor=model.seller, model_id=model.pk, changes={}, file_id=uploaded(model.seller))
        assert (changed.status, changed.mesh_id == before.pk) == ("pending", False)
        assert list(changed.versions.order_by("number").values_list("number", "mesh")) == [
            (1, before.pk),
            (2, changed.mesh_id),
        ]
        assert mesh_for_buyers(model.pk) == before
        mesh_analyse(changed.mesh_id)
        assert mesh_for_buyers(model.pk).pk == changed.mesh_id

    def test_other_files_beside_wait_as_another_main_file_does(self):
        def beside(model, *file_ids):
            said = {"further_files": file_ids}
            return offers.model_revise(actor=model.seller, model_id=model.pk, changes={}, beside_it=said)

        model = Model3DFactory(channel="nexus")
        fbx, blend = (
            uploaded(model.seller, file=SimpleUploadedFile(name, data)) for name, data in (("f", FBX), ("b", BLEND))
        )
        assert (beside(model, fbx).status, beside(model, fbx).further_formats) == ("pending", ["fbx"])
        Model3D.objects.filter(pk=model.pk).update(status=Status.APPROVED)
        assert beside(model, fbx).status == "approved"  # nothing is new
        assert beside(model, fbx, blend).status == "pending"
        assert model.history.order_by("pk").last().reason == "The files beside the main one were changed."
        Model3D.objects.filter(pk=model.pk).update(status=Status.APPROVED)
        assert (beside(model).status, beside(model).further_formats) == ("pending", [])
        trusted = Model3DFactory(channel="nexus", seller__identity_verified=True)
        assert beside(trusted, uploaded(trusted.seller, file=SimpleUploadedFile("f", FBX))).status == "approved"

    def test_a_picture_of_another_model(self):
        alice = ArtistFactory()
        one, other = Model3DFactory(channel="nexus", seller=alice), Model3DFactory(channel="nexus", seller=alice)
        cat = image(alice)
        show = lambda model, **said: offers.model_revise(  # noqa: E731
            actor=alice, model_id=model.pk, changes={}, beside_it=said
        )
        show(one, thumbnail_url=cat, preview_images=[cat])
        for said in ({"thumbnail_url": cat}, {"preview_images": [cat]}):
            with pytest.raises(Invalid, match="Another model shows") as refused:
                show(other, **said)
            assert refused.value.field in said
        show(one, thumbnail_url=None, preview_images=[])
        assert show(other, thumbnail_url=cat).thumbnail.name

    def test_what_may_be_a_main_file_never_stands_beside_one(self):
        model = Model3DFactory(channel="nexus")
        said = {"further_files": [uploaded(model.seller)]}
        with pytest.raises(Invalid, match="FBX, BLEND and ZIP alone") as refused:
            offers.model_revise(actor=model.seller, model_id=model.pk, changes={}, beside_it=said)
        assert refused.value.field == "further_files"
        model.refresh_from_db()
        assert (model.status, model.further_formats, UploadedFile.objects.get().listing_id) == ("approved", [], None)

    def test_an_old_file_that_nobody_bought_goes(self):
        model = Model3DFactory(channel="nexus")
        changed = offers.model_revise(actor=model.seller, model_id=model.pk, changes={}, file_id=uploaded(model.seller))
        assert MeshFile.objects.get().pk == changed.mesh_id
        assert ModelVersion.objects.get().mesh_id == changed.mesh_id

    def test_by_an_administrator_with_entries(self):
        model, admin = Model3DFactory(channel="nexus", status=Status.PENDING), AdminFactory()
        changed = offers.model_revise(
            actor=admin,
            model_id=model.pk,
            changes={"title": "Better"},
            flags={"status": "approved", "is_featured": True, "is_trending": True},
        )
        assert (changed.title, changed.status, changed.is_featured, changed.is_trending) == (
            "Better",
            "approved",
            True,
            True,
        )
        assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
            "model.edit",
            "model.feature",
            "model.trend",
            "model.approve",
        ]
        entry = AuditEntry.objects.get(action="model.edit")
        assert (entry.before["title"], entry.after["title"]) == (model.title, "Better")

    def test_by_nobody_else(self):
        model = Model3DFactory(channel="nexus")
        for person in (ArtistFactory(), ModeratorFactory()):
            with pytest.raises(Denied):
                offers.model_revise(actor=person, model_id=model.pk, changes={"title": "Mine"})
            with pytest.raises(Denied):
                offers.model_take_off(actor=person, model_id=model.pk)
        hidden = Model3DFactory(status=Status.PENDING)
        with pytest.raises(Missing):
            offers.model_revise(actor=ArtistFactory(), model_id=hidden.pk, changes={"title": "Mine"})
        assert Listing.objects.get(pk=model.pk).title == model.title


class TestTakingOff:
    def test_one_that_was_never_sold(self):
        model = offered(ArtistFactory())
        offers.model_take_off(actor=model.seller, model_id=model.pk)
        assert (count(model.seller), Model3D.objects.count(), MeshFile.objects.count()) == (0, 0, 0)

    def test_one_that_was_sold_is_archived(self, settings):
        settings.SANDBOX_ALLOWED = True
        model = Model3DFactory(channel="nexus")
        User.objects.filter(pk=model.seller_id).update(models_count=1)
        paid_order(BuyerFactory(), model, channel="nexus")
        offers.model_take_off(actor=AdminFactory(), model_id=model.pk)
        assert (Listing.objects.get().status, count(model.seller)) == ("archived", 0)
        assert AuditEntry.objects.get(action="model.delete").after["status"] == "archived"
        with pytest.raises(Missing):
            offers.model_take_off(actor=model.seller, model_id=model.pk)
        assert count(model.seller) == 0

"""3-D models: made, edited, put up for sale, given another file, withdrawn, deleted."""

from decimal import Decimal

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.utils.http import content_disposition_header

from accounts.services.people import user_deactivate
from accounts.tests.factories import AdminFactory, ArtistFactory, BuyerFactory
from commerce.tests.steps import paid_order
from config.core.errors import Invalid, Missing
from marketplace.choices import Kind, MeshState, Status, Verdict
from marketplace.errors import BrokenFile, DuplicateModel, NotAnalysed, NotYours, SellersOnly, WrongStatus
from marketplace.models import MeshFile, Model3D, StatusChange
from marketplace.policies import is_live
from marketplace.services.models_3d.models import (
    model_attach,
    model_create,
    model_delete,
    model_publish,
    model_update,
    model_upload,
    model_withdraw,
)
from marketplace.services.models_3d.originals import listings_sold_as_files, original_link
from marketplace.tests.factories import CategoryFactory, MeshFileFactory, Model3DFactory
from marketplace.tests.solids import mesh_file

pytestmark = pytest.mark.django_db


def history(model):
    return list(StatusChange.objects.filter(listing=model.pk).order_by("pk").values_list("before", "after"))


class TestMaking:
    def test_an_upload_is_a_draft_with_its_file(self):
        alice = ArtistFactory()
        details = {"title": "Gear", "tags": [" gear ", "Gear", "", "mechanical"], "project_name": "Gearbox"}
        model = model_upload(actor=alice, channel="v1", file=mesh_file(), details=details)
        model.refresh_from_db()
        assert (model.kind, model.channel, model.status, model.currency) == (Kind.MODEL, "v1", Status.DRAFT, "USD")
        assert (model.seller, model.price, model.tags) == (alice, 0, ["gear", "mechanical"])
        assert (model.mesh.file_name, model.mesh.state, model.project_name) == ("gear.stl", "waiting", "Gearbox")
        assert history(model) == [("", "draft")]

    def test_a_design_made_of_an_upload_shows_its_file(self):
        upload = Model3DFactory(status=Status.DRAFT)
        design = model_create(
            actor=upload.seller,
            channel="v1",
            details={"title": "For sale", "price": Decimal("29.990")},
            original_id=upload.pk,
            publish=True,
        )
        assert (design.mesh_id, design.original_id) == (upload.mesh_id, upload.pk)
        assert (design.status, design.price) == (Status.APPROVED, Decimal("29.99"))
        assert history(design) == [("", "draft"), ("draft", "pending"), ("pending", "approved")]

    def test_v1_may_sell_what_has_no_file_yet(self):
        design = model_create(actor=ArtistFactory(), channel="v1", details={"title": "Gear"}, publish=True)
        assert (design.status, design.mesh) == (Status.APPROVED, None)
        with pytest.raises(Missing):
            original_link(listing_id=design.pk)

    def test_one_that_was_sent_before_its_makers_account_was_closed_is_not_on_sale(self):
        alice = ArtistFactory()
        user_deactivate(actor=AdminFactory(), user_id=alice.pk)  # alice as the request knows them is active
        design = model_create(actor=alice, channel="v1", details={"title": "Gear"}, publish=True)
        assert (design.status, is_live(design)) == (Status.APPROVED, False)

    @pytest.mark.parametrize(("verified", "status"), [(True, Status.APPROVED), (False, Status.PENDING)])
    def test_nexus_shows_new_makers_to_a_moderator(self, verified, status):
        maker = ArtistFactory(identity_verified=verified)
        mesh = MeshFileFactory(owner=maker)
        design = model_create(actor=maker, channel="nexus", details={"title": "Drone"}, mesh_id=mesh.pk, publish=True)
        assert design.status == status

    @pytest.mark.parametrize(
        ("details", "field"),
        [
            ({"price": Decimal("-1")}, "price"),
            ({"price": Decimal("1e12")}, "price"),
            ({"category_id": 0}, "category_id"),
            ({"tags": [str(number) for number in range(31)]}, "tags"),
            ({"tags": ["x" * 51]}, "tags"),
        ],
    )
    def test_bad_details_make_nothing(self, details, field):
        with pytest.raises(Invalid) as refusal:
            model_create(actor=ArtistFactory(), channel="v1", details={"title": "Gear"} | details)
        assert refusal.value.field == field
        assert not Model3D.objects.exists()

    def test_closed_categories_are_none(self):
        closed = CategoryFactory(is_active=False)
        with pytest.raises(Invalid):
            model_create(actor=ArtistFactory(), channel="v1", details={"title": "Gear", "category_id": closed.pk})

    def test_buyers_make_none(self):
        with pytest.raises(SellersOnly):
            model_create(actor=BuyerFactory(), channel="v1", details={"title": "Gear"})

    def test_what_others_uploaded_does_not_exist(self):
        theirs = Model3DFactory()
        with pytest.raises(Missing):
            model_create(actor=ArtistFactory(), channel="v1", details={"title": "Mine"}, original_id=theirs.pk)
        with pytest.raises(Missing):
            model_create(actor=ArtistFactory(), channel="v1", details={"title": "Mine"}, mesh_id=theirs.mesh_id)
        assert Model3D.objects.count() == 1

    def test_a_copy_or_a_broken_file_is_not_published(self):
        alice, bob = ArtistFactory(), ArtistFactory()
        original = Model3DFactory(seller=alice, title="Vase")
        copy = MeshFileFactory(owner=bob, verdict=Verdict.REFUSED, matched=original.mesh, similarity_score=100)
        with pytest.raises(DuplicateModel) as refusal:
            model_create(actor=bob, channel="v1", details={"title": "Mine"}, mesh_id=copy.pk, publish=True)
        assert refusal.value.message == "Duplicate model detected"
        assert refusal.value.data == {
            "message": "This model is too similar to an existing model in our system",
            "duplicate_detected": True,
            "similarity_score": 100.0,
            "matched_model": {"id": original.pk, "title": "Vase", "creator": alice.username},
            "model_id": None,
            "evidence": {},
        }
        broken = MeshFileFactory(owner=bob, state=MeshState.FAILED, error="It is damaged.")
        with pytest.raises(BrokenFile, match=r"It is damaged\."):
            model_create(actor=bob, channel="v1", details={"title": "Mine"}, mesh_id=broken.pk, publish=True)
        assert Model3D.objects.count() == 1

    def test_the_title_of_what_is_not_public_stays_hidden(self):
        secret = Model3DFactory(status=Status.DRAFT)
        mesh = MeshFileFactory(verdict=Verdict.REFUSED, matched=secret.mesh)
        with pytest.raises(DuplicateModel) as refusal:
            model_create(actor=mesh.owner, channel="v1", details={"title": "Mine"}, mesh_id=mesh.pk, publish=True)
        assert refusal.value.data["matched_model"]["title"] is None


class TestChanging:
    def test_only_what_was_sent_changes(self):
        model = Model3DFactory(title="Old", description="Kept", price=Decimal("5.00"))
        model_update(actor=model.seller, model_id=model.pk, changes={"title": "New", "price": Decimal("35")})
        model.refresh_from_db()
        assert (model.title, model.description, model.price, model.status) == (
            *("New", "Kept", Decimal("35.00")),
            Status.APPROVED,
        )

    def test_by_its_maker_alone(self):
        live, draft = Model3DFactory(title="Old"), Model3DFactory(status=Status.DRAFT, title="Old")
        charlie = ArtistFactory()
        for verb in (model_publish, model_withdraw, model_delete):
            with pytest.raises(NotYours):
                verb(actor=charlie, model_id=live.pk)
            with pytest.raises(Missing):
                verb(actor=charlie, model_id=draft.pk)
        with pytest.raises(NotYours):
            model_update(actor=AdminFactory(), model_id=draft.pk, changes={"title": "New"})
        with pytest.raises(Missing):
            model_update(actor=charlie, model_id=0, changes={"title": "New"})
        assert set(Model3D.objects.values_list("title", flat=True)) == {"Old"}

    def test_withdrawn_and_published_again(self):
        model = Model3DFactory()
        assert model_withdraw(actor=model.seller, model_id=model.pk).status == Status.DRAFT
        assert model_publish(actor=model.seller, model_id=model.pk).status == Status.APPROVED
        assert model_publish(actor=model.seller, model_id=model.pk).status == Status.APPROVED
        assert history(model) == [("approved", "draft"), ("draft", "pending"), ("pending", "approved")]

    def test_what_was_rejected_waits_for_a_moderator(self):
        model = Model3DFactory(status=Status.REJECTED)
        StatusChange.objects.create(listing_id=model.pk, before="pending", after="rejected")
        with pytest.raises(WrongStatus):
            model_withdraw(actor=model.seller, model_id=model.pk)
        assert model_publish(actor=model.seller, model_id=model.pk).status == Status.PENDING

    def test_before_its_analysis_has_ended_it_waits(self):
        model = Model3DFactory(status=Status.DRAFT, mesh__state=MeshState.WAITING, mesh__verdict=Verdict.UNCHECKED)
        assert model_publish(actor=model.seller, model_id=model.pk).status == Status.PENDING


class TestAttaching:
    def test_to_a_design_without_a_file(self):
        design = Model3DFactory(mesh=None)
        mesh = MeshFileFactory(owner=design.seller)
        model = model_attach(actor=design.seller, model_id=design.pk, mesh_id=mesh.pk)
        assert (model.mesh_id, model.status) == (mesh.pk, Status.APPROVED)

    def test_the_old_file_goes_unless_another_model_shows_it(self, django_capture_on_commit_callbacks, settings):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        upload = Model3DFactory(status=Status.DRAFT)
        design = Model3DFactory(seller=upload.seller, mesh=upload.mesh)
        first, second = MeshFileFactory(owner=upload.seller), MeshFileFactory(owner=upload.seller)
        with django_capture_on_commit_callbacks(execute=True):
            model_attach(actor=upload.seller, model_id=design.pk, mesh_id=first.pk)
            model_attach(actor=upload.seller, model_id=design.pk, mesh_id=second.pk)
        assert set(MeshFile.objects.all()) == {upload.mesh, second}
        assert not storages["private"].exists(first.original.name)
        assert storages["private"].exists(upload.mesh.original.name)

    def test_while_on_sale_only_one_that_was_analysed(self):
        design = Model3DFactory()
        fresh = MeshFileFactory(owner=design.seller, state=MeshState.WAITING, verdict=Verdict.UNCHECKED)
        with pytest.raises(NotAnalysed):
            model_attach(actor=design.seller, model_id=design.pk, mesh_id=fresh.pk)
        with pytest.raises(Missing):
            model_attach(actor=design.seller, model_id=design.pk, mesh_id=MeshFileFactory().pk)
        design.refresh_from_db()
        assert (design.mesh_id != fresh.pk, design.status) == (True, Status.APPROVED)

    @pytest.mark.parametrize(
        ("channel", "verdict", "status"),
        [
            ("v1", Verdict.PASSED, Status.APPROVED),
            ("v1", Verdict.HELD, Status.PENDING),
            ("nexus", Verdict.PASSED, Status.PENDING),
        ],
    )
    def test_what_a_moderator_must_see_waits(self, channel, verdict, status):
        design = Model3DFactory(channel=channel)
        mesh = MeshFileFactory(owner=design.seller, verdict=verdict)
        assert model_attach(actor=design.seller, model_id=design.pk, mesh_id=mesh.pk).status == status


class TestDeleting:
    def test_it_goes_with_its_file(self, django_capture_on_commit_callbacks, settings):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        model = Model3DFactory()
        with django_capture_on_commit_callbacks(execute=True):
            model_delete(actor=model.seller, model_id=model.pk)
        assert not Model3D.objects.exists()
        assert not MeshFile.objects.exists()
        assert not storages["private"].exists(model.mesh.original.name)

    def test_what_was_bought_is_archived_and_its_buyer_keeps_the_file(self, settings):
        settings.SANDBOX_ALLOWED = True
        model = Model3DFactory()
        paid_order(BuyerFactory(), model)
        model_delete(actor=model.seller, model_id=model.pk)
        model.refresh_from_db()
        assert model.status == Status.ARCHIVED
        assert "/files/" in original_link(listing_id=model.pk)
        with pytest.raises(Missing):
            model_update(actor=model.seller, model_id=model.pk, changes={"title": "New"})


def test_models_are_sold_as_files():
    model = Model3DFactory(mesh__file_name="my gear (1).STL")
    assert listings_sold_as_files([model.pk]) == {model.pk}
    assert "/files/" in original_link(listing_id=model.pk)


@pytest.mark.parametrize(
    ("sent", "saved"),
    [
        ("my gear (1).STL", "my gear (1).STL"),
        ("Größe 字.stl", "Größe 字.stl"),
        ("gear.obj", "gear.obj.stl"),
        ("..", "model.stl"),
        ('a"b\r\nSet-Cookie: x=y.stl', "abSet-Cookie x=y.stl"),
    ],
)
def test_a_file_is_saved_under_the_name_it_came_with(sent, saved):
    link = original_link(listing_id=Model3DFactory(mesh__file_name=sent).pk)
    answer = Client().get(link)
    answer.close()
    assert answer["Content-Disposition"] == content_disposition_header(True, saved)

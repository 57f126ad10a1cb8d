"""v1's designs over HTTP."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.choices import UserType
from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import paid_order
from marketplace.choices import MeshState, Status, Verdict
from marketplace.models import Category, Model3D
from marketplace.tests.factories import CategoryFactory, MeshFileFactory, Model3DFactory

pytestmark = pytest.mark.django_db
DESIGNS = "/api/v1/commerce/designs"
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
FORM = {
    "designName": "Mechanical Gear",
    "description": "Precision gear for small gearboxes",
    "price": "29.99",
    "category": "mechanical",
    "fileOrigin": "original",
    "licenseType": "commercial",
    "originDeclaration": True,
    "qualityAssurance": True,
    "technicalSpecs": "Module 1.5, 24 teeth",
    "tags": "gear, mechanical,,gear",
    "instructions": "Print at 0.2 mm",
}
DIRECT = {"name": "Mechanical Gear", "price": 29.99}


def client_of(user=None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")
    return client


@pytest.fixture
def alice():
    return ArtistFactory(username="alice", user_type=UserType.CREATOR)


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def charlie():
    return BuyerFactory(username="charlie")


def sell(user, **changes):
    return client_of(user).post(f"{DESIGNS}/sell", FORM | changes, format="json")


def create(user, **changes):
    return client_of(user).post(DESIGNS, DIRECT | changes, format="json")


def edit(user, design, **changes):
    return client_of(user).put(f"{DESIGNS}/{design.pk}/edit", changes, format="json")


def names(answer):
    return [design["name"] for design in answer.json()]


# ---------------------------------------------------------------- by form
@pytest.mark.operation("v1.designs.sell")
def test_the_form_puts_a_design_on_sale_at_once(alice):
    answer = sell(alice)
    design = Model3D.objects.get()
    shown = answer.json()
    assert answer.status_code == 201
    assert TIME.match(shown["created_at"]) and TIME.match(shown["updated_at"])
    assert shown == {
        "id": str(design.uuid),
        "name": "Mechanical Gear",
        "description": "Precision gear for small gearboxes",
        "price": 29.99,
        "currency": "USD",
        "category": "mechanical",
        "status": "active",
        "sales": 0,
        "revenue": 0.0,
        "views": 0,
        "likes": 0,
        "seller_id": alice.pk,
        "original_model_id": None,
        "thumbnail_url": None,
        "preview_url": None,
        "status_reason": None,
        "duplicate_check": None,
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }
    assert (design.licence, design.file_origin, design.is_own_work, design.is_quality_assured) == (
        "commercial",
        "original",
        True,
        True,
    )
    assert (design.technical_specs, design.instructions) == ("Module 1.5, 24 teeth", "Print at 0.2 mm")
    assert design.tags == ["gear", "mechanical"]
    assert (design.price, design.currency, design.channel) == (Decimal("29.99"), "USD", "v1")
    assert design.category is not None and design.category.name == "Mechanical"


def test_blank_texts_of_the_form_and_false_declarations_are_taken(alice):
    answer = sell(alice, technicalSpecs="", tags="", instructions="", originDeclaration=False, qualityAssurance=False)
    design = Model3D.objects.get()
    assert answer.status_code == 201
    assert (design.tags, design.technical_specs, design.is_own_work) == ([], "", False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("designName", ""),
        ("designName", None),
        ("description", ""),
        ("price", "-5"),
        ("price", "cheap"),
        ("price", "NaN"),
        ("price", "1e20"),
        ("category", "furniture"),
        ("fileOrigin", "stolen"),
        ("licenseType", "none"),
        ("originDeclaration", "perhaps"),
        ("tags", {"a": 1}),
        ("tags", ["x" * 51]),
        ("original_model_id", "not an id"),
        ("original_model_id", 999_999),
    ],
)
def test_a_form_that_does_not_fit_is_refused_and_makes_nothing(alice, field, value):
    answer = sell(alice, **{field: value})
    assert answer.status_code == 422
    assert answer.json()["status_code"] == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Model3D.objects.exists()


def test_what_is_missing_is_named_as_the_form_names_it(alice):
    answer = client_of(alice).post(f"{DESIGNS}/sell", {"price": "1"}, format="json")
    assert {error["field"] for error in answer.json()["errors"]} == set(FORM) - {
        *("price", "technicalSpecs", "tags", "instructions"),
    }


def test_buyers_do_not_sell(bob):
    assert sell(bob).status_code == 403
    assert create(bob).status_code == 403
    assert not Model3D.objects.exists()


def test_who_sells_and_what_it_sold_are_not_believed(alice, charlie):
    shown = sell(alice, seller_id=charlie.pk, sales=7, revenue=700, views=9, status="draft", id="1").json()
    assert (shown["seller_id"], shown["sales"], shown["views"], shown["status"]) == (alice.pk, 0, 0, "active")


def test_categories_are_compared_without_case_and_made_when_missing(alice):
    assert sell(alice, category="Mechanical").json()["category"] == "mechanical"
    CategoryFactory(name="aerospace")
    assert create(alice, category="AEROSPACE").json()["category"] == "aerospace"
    assert create(alice, category="engineering").json()["category"] == "Engineering"
    assert create(alice, category="art").json()["category"] == "Art"
    assert sorted(Category.objects.values_list("name", flat=True)) == ["Art", "Engineering", "Mechanical", "aerospace"]


def test_a_closed_category_takes_no_more(alice):
    CategoryFactory(name="Mechanical", is_active=False)
    answer = sell(alice)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "category"


# ---------------------------------------------------------------- with a file
def test_a_design_takes_the_file_of_an_upload(alice):
    upload = Model3DFactory(seller=alice, status=Status.DRAFT)
    for reference in (upload.pk, str(upload.uuid), str(upload.pk)):
        shown = sell(alice, original_model_id=reference).json()
        assert (shown["status"], shown["original_model_id"]) == ("active", upload.pk)
        assert Model3D.objects.get(uuid=shown["id"]).mesh_id == upload.mesh_id


def test_while_its_file_is_analysed_a_design_waits(alice):
    mesh = MeshFileFactory(owner=alice, state=MeshState.WAITING, verdict=Verdict.UNCHECKED)
    upload = Model3DFactory(seller=alice, status=Status.DRAFT, mesh=mesh)
    shown = sell(alice, original_model_id=upload.pk).json()
    assert (shown["status"], shown["status_reason"]) == ("pending", "Its file is being analysed.")


def test_a_look_alike_says_why_it_waits(alice, bob, charlie):
    other = Model3DFactory(title="The first gear", seller=bob)
    found = {"verdict": Verdict.HELD, "similarity_score": "74.31", "matched": other.mesh}
    mesh = MeshFileFactory(owner=alice, evidence={"explanation": "The shapes are nearly the same."}, **found)
    upload = Model3DFactory(seller=alice, status=Status.DRAFT, mesh=mesh)
    shown = sell(alice, original_model_id=upload.pk).json()
    reason = "Its shape resembles another model, so a moderator looks at it first. The shapes are nearly the same."
    assert (shown["status"], shown["status_reason"]) == ("pending", reason)
    assert shown["duplicate_check"] == {
        "verdict": "held",
        "similarity_score": 74.31,
        "explanation": "The shapes are nearly the same.",
        "matched_model": {"id": other.pk, "title": "The first gear", "creator": bob.username},
        "picture_url": None,
    }
    assert shown["thumbnail_url"] == f"http://testserver{mesh.thumbnail.url}"
    assert shown["preview_url"] == f"http://testserver{mesh.preview.url}"
    for caller in (alice, ModeratorFactory()):
        again = client_of(caller).get(f"{DESIGNS}/{shown['id']}").json()
        assert (again["status_reason"], again["duplicate_check"]) == (reason, shown["duplicate_check"])
    mesh.evidence_picture = mesh.original.name
    mesh.save()
    listed = client_of(alice).get(DESIGNS, {"seller": "me"}).json()
    assert [row["duplicate_check"] and row["duplicate_check"]["picture_url"] for row in listed][0].startswith(
        "http://testserver/files/"
    )
    assert [row["status_reason"] for row in listed] == [reason, None], "the other is a draft"
    Model3D.objects.filter(uuid=shown["id"]).update(status=Status.APPROVED)
    (public,) = client_of(charlie).get(DESIGNS, {"seller": alice.pk}).json()
    assert (public["status_reason"], public["duplicate_check"]) == (None, None)
    Model3D.objects.filter(pk=other.pk).update(is_available=False)
    told = client_of(alice).get(f"{DESIGNS}/{shown['id']}").json()["duplicate_check"]["matched_model"]
    assert told == {"id": other.pk, "title": None, "creator": bob.username}


def test_of_what_a_design_resembles_the_one_on_sale_is_named_not_the_upload_it_was_made_of(alice, bob):
    upload = Model3DFactory(seller=bob, status=Status.DRAFT)
    on_sale = Model3DFactory(title="The first gear", seller=bob, mesh=upload.mesh)
    mesh = MeshFileFactory(owner=alice, verdict=Verdict.HELD, similarity_score="74.31", matched=upload.mesh)
    design = Model3DFactory(seller=alice, status=Status.PENDING, mesh=mesh)
    told = client_of(alice).get(f"{DESIGNS}/{design.pk}").json()["duplicate_check"]
    assert told["matched_model"] == {"id": on_sale.pk, "title": "The first gear", "creator": bob.username}


def test_a_copy_is_not_sold(alice, charlie):
    other = Model3DFactory(title="The first gear")
    mesh = MeshFileFactory(
        owner=alice, verdict=Verdict.REFUSED, matched=other.mesh, similarity_score=99, evidence={"same_file": True}
    )
    upload = Model3DFactory(seller=alice, status=Status.DRAFT, mesh=mesh)
    answer = sell(alice, original_model_id=upload.pk)
    assert answer.status_code == 400
    assert answer.json()["duplicate_detected"] is True
    assert answer.json()["matched_model"]["title"] == "The first gear"
    assert Model3D.objects.filter(seller=alice).count() == 1


def test_the_upload_of_another_is_none(alice):
    upload = Model3DFactory(status=Status.APPROVED)
    answer = sell(alice, original_model_id=upload.pk)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "original_model_id")


# ---------------------------------------------------------------- directly
@pytest.mark.operation("v1.designs.create")
def test_a_direct_design_is_a_draft(alice):
    answer = create(alice, description=None, category=None, original_model_id=None)
    shown = answer.json()
    assert answer.status_code == 201
    assert shown["status"] == "draft"
    assert (shown["description"], shown["category"], shown["original_model_id"]) == (None, None, None)
    assert shown["price"] == 29.99


def test_a_direct_design_may_be_sent_active(alice):
    assert create(alice, status="active").json()["status"] == "active"
    assert create(alice, status="sold out").status_code == 422


def test_any_category_is_taken_as_it_is_written(alice):
    assert create(alice, category="Cosplay").json()["category"] == "Cosplay"
    assert not Category.objects.exists()


# ---------------------------------------------------------------- read
@pytest.mark.operation("v1.designs.list")
def test_the_list_holds_what_is_on_sale_for_everybody(alice, charlie):
    for status in Status:
        Model3DFactory(seller=alice, status=status, title=status.value)
    Model3DFactory(seller=alice, is_available=False, title="switched off")
    for user in (None, charlie, alice, ModeratorFactory()):
        answer = client_of(user).get(DESIGNS)
        assert answer.status_code == 200
        assert names(answer) == ["approved"]
    assert set(answer.json()[0]) == set(sell(alice).json())


def test_sellers_list_their_own_with_drafts_and_the_pinned_first(alice, charlie):
    Model3DFactory(seller=alice, title="pinned", is_pinned=True)
    Model3DFactory(seller=alice, title="archived", status=Status.ARCHIVED)
    Model3DFactory(seller=alice, title="draft", status=Status.DRAFT)
    Model3DFactory(title="another's")
    mine = client_of(alice).get(DESIGNS, {"seller": "me"})
    assert names(mine) == ["pinned", "draft"]
    assert [design["status"] for design in mine.json()] == ["active", "draft"]
    assert names(client_of(charlie).get(DESIGNS, {"seller": alice.pk})) == ["pinned"]
    assert names(client_of(alice).get(DESIGNS, {"seller": alice.pk})) == ["pinned", "draft"]
    assert client_of(charlie).get(DESIGNS, {"seller": "me"}).json() == []
    assert client_of(None).get(DESIGNS, {"seller": "me"}).status_code == 401


def test_filters(alice):
    gear = Model3DFactory(title="Gear", description="With 20 teeth", category=CategoryFactory(name="Mechanical"))
    Model3DFactory(title="Vase", description="Fluted", category=None, subcategory="Decoration")
    search = client_of().get(DESIGNS, {"search": "gear teeth"})
    assert names(search) == ["Gear"]
    assert search.json()[0]["id"] == str(gear.uuid)
    assert names(client_of().get(DESIGNS, {"search": "***"})) == []
    assert names(client_of().get(DESIGNS, {"category": "MECHANICAL"})) == ["Gear"]
    assert names(client_of().get(DESIGNS, {"category": "decoration"})) == ["Vase"]
    assert names(client_of().get(DESIGNS, {"size": 1, "page": 2})) == ["Gear"]
    assert names(client_of().get(DESIGNS, {"page": 3})) == []
    for name, value in (("seller", "you"), ("page", "0"), ("size", "x"), ("category", "x" * 101)):
        answer = client_of().get(DESIGNS, {name: value})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, name)


def test_one_design_and_thirty_take_as_many_queries(alice):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as made:
            assert client_of().get(DESIGNS).status_code == 200
        return len(made)

    Model3DFactory(seller=alice)
    one = queries()
    for _ in range(29):
        Model3DFactory(seller=alice)
    assert len(client_of().get(DESIGNS).json()) == 30
    assert queries() == one


@pytest.mark.operation("v1.designs.get")
def test_reading_counts_a_view_of_a_stranger_once_a_day(alice, charlie):
    design = Model3DFactory(seller=alice)
    address = f"{DESIGNS}/{design.uuid}"
    assert client_of(alice).get(address).json()["views"] == 0
    assert client_of(charlie).get(address).json()["views"] == 1
    assert client_of(charlie).get(f"{DESIGNS}/{design.pk}").json()["views"] == 1
    anonymous = client_of().get(address, HTTP_USER_AGENT="Firefox")
    assert anonymous.status_code == 200
    assert anonymous.json() == client_of(alice).get(address).json() | {"views": 2}


def test_a_draft_is_seen_by_its_seller_and_staff_alone(alice, charlie):
    design = Model3DFactory(seller=alice, status=Status.DRAFT)
    address = f"{DESIGNS}/{design.pk}"
    assert [client_of(user).get(address).status_code for user in (None, charlie, alice, ModeratorFactory())] == [
        *(404, 404, 200, 200),
    ]
    assert client_of().get(address).json()["detail"] == "Design not found"


def test_sales_and_revenue_are_those_of_paid_lines(alice, bob, charlie, settings):
    settings.SANDBOX_ALLOWED = True
    design = Model3DFactory(seller=alice, price=Decimal("100.00"))
    address = f"{DESIGNS}/{design.pk}"
    paid_order(bob, design)
    _order, payment = paid_order(charlie, design)
    shown = client_of().get(address).json()
    assert (shown["sales"], shown["revenue"]) == (2, 200.0)
    staff = ArtistFactory(is_superuser=True, is_staff=True)
    payment_refund(actor=staff, payment_id=payment.pk, amount=Decimal("40"))
    shown = client_of().get(address).json()
    assert (shown["sales"], shown["revenue"]) == (2, 160.0)
    payment_refund(actor=staff, payment_id=payment.pk)
    shown = client_of().get(address).json()
    assert (shown["sales"], shown["revenue"]) == (1, 100.0)


# ---------------------------------------------------------------- edit
@pytest.mark.operation("v1.designs.edit")
def test_editing_as_the_contract_shows_it(alice):
    design = Model3DFactory(seller=alice, title="Gear")
    answer = edit(
        alice,
        design,
        title="Updated Mechanical Gear v2",
        description="Improved version with better tolerances",
        price=35.00,
        category="Engineering",
        tags=["mechanical", "gear", "engineering", "precision"],
        is_featured=True,
    )
    assert answer.status_code == 200
    assert answer.json() == {
        "id": design.pk,
        "title": "Updated Mechanical Gear v2",
        "price": 35.0,
        "currency": "USD",
        "is_featured": True,
        "status": "active",
        "status_reason": None,
        "updated_at": answer.json()["updated_at"],
        "message": "Design updated successfully",
    }
    design.refresh_from_db()
    assert design.description == "Improved version with better tolerances"
    assert design.category.name == "Engineering"
    assert design.tags == ["mechanical", "gear", "engineering", "precision"]
    assert (design.is_pinned, design.is_featured) == (True, False)


def test_only_what_is_sent_changes(alice):
    design = Model3DFactory(seller=alice, title="Gear", price=Decimal("12.50"), tags=["a"], subcategory="Toys")
    before = Model3D.objects.filter(pk=design.pk).values().get()
    assert edit(alice, design).status_code == 200
    assert edit(alice, design, tags="b,c").status_code == 200
    after = Model3D.objects.filter(pk=design.pk).values().get()
    assert after == before | {"tags": ["b", "c"], "tags_key": "b c", "updated_at": after["updated_at"]}


def test_activating_and_withdrawing(alice):
    design = Model3DFactory(seller=alice, status=Status.DRAFT, is_available=False)
    assert edit(alice, design, status="active").json()["status"] == "active"
    assert names(client_of().get(DESIGNS)) == [design.title]
    assert edit(alice, design, status="draft").json()["status"] == "draft"
    assert names(client_of().get(DESIGNS)) == []
    assert edit(alice, design, status="gone").status_code == 422


def test_what_a_moderator_rejected_waits_for_one_again(alice):
    design = Model3DFactory(seller=alice, status=Status.REJECTED)
    design.history.create(before="pending", after="rejected")
    assert edit(alice, design, status="active").json()["status"] == "pending"


def test_attaching_a_file_later(alice):
    design = Model3DFactory(seller=alice, mesh=None)
    upload = Model3DFactory(seller=alice, status=Status.DRAFT)
    assert edit(alice, design, original_model_id=str(upload.uuid)).status_code == 200
    design.refresh_from_db()
    assert (design.mesh_id, design.original_id, design.status) == (upload.mesh_id, upload.pk, Status.APPROVED)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"price": -1}, "price"),
        ({"title": ""}, "title"),
        ({"tags": 5}, "tags"),
        ({"original_model_id": 10**30}, "original_model_id"),
        ({"is_featured": "x"}, "is_featured"),
    ],
)
def test_an_edit_that_does_not_fit_changes_nothing(alice, changes, field):
    design = Model3DFactory(seller=alice, title="Gear")
    answer = edit(alice, design, **({"title": "Other", "status": "draft"} | changes))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    design.refresh_from_db()
    assert (design.title, design.status) == ("Gear", Status.APPROVED)


def test_a_form_may_send_back_the_nulls_that_it_was_given(alice):
    """A design without description, category and file says null for them."""
    client = client_of(alice)
    given = client.post(
        "/api/v1/commerce/designs", {"name": "Gear", "price": 5, "status": "active"}, format="json"
    ).json()
    nulls = dict.fromkeys(("description", "category", "original_model_id", "tags", "is_featured", "status"))
    answer = client.put(
        f"/api/v1/commerce/designs/{given['id']}/edit", nulls | {"title": None, "price": 6}, format="json"
    )
    assert answer.status_code == 200, answer.json()
    kept = client.get(f"/api/v1/commerce/designs/{given['id']}").json()
    assert kept == given | {"price": 6.0, "updated_at": kept["updated_at"]}


def test_nobody_edits_the_design_of_another(alice, charlie):
    design = Model3DFactory(seller=alice, title="Gear")
    draft = Model3DFactory(seller=alice, title="Draft", status=Status.DRAFT)
    assert edit(None, design, title="Mine").status_code == 401
    for user in (charlie, ArtistFactory(), ModeratorFactory()):
        assert edit(user, design, title="Mine").status_code == 403
    assert edit(charlie, draft, title="Mine").status_code == 404
    design.refresh_from_db()
    assert design.title == "Gear"

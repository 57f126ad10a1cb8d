"""v1's labels, label suggestions and upload over HTTP."""

import math

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory, StaffFactory
from bench.known_features import solids
from commerce.tests.api.v1.test_designs import TIME, client_of
from marketplace.choices import MeshState, Status
from marketplace.models import ModelLabel
from marketplace.tests.factories import MeshFileFactory, Model3DFactory
from marketplace.tests.solids import analysed, mesh_file

pytestmark = pytest.mark.django_db
LABEL = {"position_x": 1.5, "position_y": 0.0, "position_z": -2.25, "text": "Gear tooth", "category": "Part"}


@pytest.fixture
def alice():
    return ArtistFactory(username="alice")


@pytest.fixture
def charlie():
    return BuyerFactory(username="charlie")


@pytest.fixture
def model(alice):
    return Model3DFactory(seller=alice)


def labels_of(model) -> str:
    return f"/api/v1/labels/models/{model.pk}/labels"


def stick(user, model, **changes):
    return client_of(user).post(labels_of(model), LABEL | changes, format="json")


def change(user, label, **changes):
    return client_of(user).put(f"/api/v1/labels/labels/{label.uuid}", changes, format="json")


# ---------------------------------------------------------------- labels
@pytest.mark.operation("v1.labels.create")
def test_sticking_a_label_on_ones_model(alice, model):
    answer = stick(alice, model)
    label = ModelLabel.objects.get()
    shown = answer.json()
    assert answer.status_code == 201
    assert shown == LABEL | {
        "id": str(label.uuid),
        "model_id": model.pk,
        "created_by": alice.pk,
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }
    assert TIME.match(shown["created_at"])


def test_a_label_without_a_category(alice, model):
    answer = client_of(alice).post(
        f"/api/v1/labels/models/{model.uuid}/labels", {**LABEL, "category": None, "created_by": 1}, format="json"
    )
    assert answer.status_code == 201
    assert (answer.json()["category"], answer.json()["created_by"]) == (None, alice.pk)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("position_x", "NaN"),
        ("position_y", "Infinity"),
        ("position_z", "-Infinity"),
        ("position_x", 120.01),
        ("position_z", -1e300),
        ("position_x", None),
        ("position_z", True),
        ("position_y", [1]),
        ("text", ""),
        ("text", "x" * 501),
        ("text", "a\0b"),
        ("category", "Colour"),
    ],
)
def test_a_label_that_does_not_fit_is_refused(alice, model, field, value):
    answer = stick(alice, model, **{field: value})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert not ModelLabel.objects.exists()


def test_minus_nothing_is_nothing(alice, model):
    assert math.copysign(1, stick(alice, model, position_z=-0.0).json()["position_z"]) == 1


def test_a_label_may_be_as_far_off_as_the_model_is_large(alice):
    large = MeshFileFactory(owner=alice, bounds=[[0.0, 0.0, 0.0], [300.0, 20.0, 20.0]])
    model = Model3DFactory(seller=alice, mesh=large)
    assert stick(alice, model, position_y=320.0).status_code == 201
    assert stick(alice, model, position_y=320.5).status_code == 422
    without_file = Model3DFactory(seller=alice, mesh=None)
    assert stick(alice, without_file, position_x=1e6).status_code == 201
    assert stick(alice, without_file, position_x=2e6).status_code == 422


def test_the_maker_and_staff_write_labels(alice, charlie, model):
    draft = Model3DFactory(seller=alice, status=Status.DRAFT)
    people = (None, charlie, ArtistFactory(), ModeratorFactory(), StaffFactory(), alice)
    assert [stick(user, model).status_code for user in people] == [401, 403, 403, 403, 201, 201]
    assert [stick(user, draft).status_code for user in people] == [401, 404, 404, 403, 201, 201]
    assert ModelLabel.objects.count() == 4


def test_a_model_takes_only_so_many_labels(alice, model, monkeypatch):
    monkeypatch.setattr("marketplace.services.labels.labels.MOST_LABELS", 2)
    assert [stick(alice, model).status_code for _ in range(3)] == [201, 201, 400]


@pytest.mark.operation("v1.labels.list")
def test_whoever_sees_the_model_reads_its_labels(alice, charlie, model):
    made = [stick(alice, model, text=text).json() for text in ("first", "second")]
    stick(alice, Model3DFactory(seller=alice), text="of another model")
    for user in (charlie, alice):
        answer = client_of(user).get(labels_of(model))
        assert answer.status_code == 200
        assert answer.json() == made
    draft = Model3DFactory(seller=alice, status=Status.DRAFT)
    stick(alice, draft)
    assert client_of(charlie).get(labels_of(draft)).status_code == 404
    assert client_of(None).get(labels_of(model)).status_code == 401


def test_thirty_labels_take_as_many_queries_as_one(alice, charlie, model):
    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            client_of(charlie).get(labels_of(model))
        return len(made)

    stick(alice, model)
    one = queries()
    for _ in range(29):
        stick(alice, model)
    assert len(client_of(charlie).get(labels_of(model)).json()) == 30
    assert queries() == one


@pytest.mark.operation("v1.labels.update")
def test_changing_a_label(alice, model):
    before = stick(alice, model).json()
    label = ModelLabel.objects.get()
    answer = change(alice, label, text="Worn gear tooth", category="Texture", position_x=None)
    assert answer.status_code == 200
    assert answer.json() == before | {
        "text": "Worn gear tooth",
        "category": "Texture",
        "updated_at": answer.json()["updated_at"],
    }
    assert change(alice, label, category="").json()["category"] is None
    by_staff = change(StaffFactory(), label, position_z=3).json()
    assert by_staff == answer.json() | {
        "category": None,
        "position_z": 3.0,
        "updated_at": by_staff["updated_at"],
    }


def test_a_change_that_does_not_fit_or_of_another_changes_nothing(alice, charlie, model):
    stick(alice, model)
    label = ModelLabel.objects.get()
    assert change(alice, label, position_x=1e9, text="new").status_code == 422
    assert change(charlie, label, text="new").status_code == 403
    assert change(None, label, text="new").status_code == 401
    model.status = Status.DRAFT
    model.save(update_fields=["status"])
    assert change(charlie, label, text="new").status_code == 404
    label.refresh_from_db()
    assert label.text == "Gear tooth"


# ---------------------------------------------------------------- suggestions
def ask(user, model):
    return client_of(user).post(f"/api/v1/labels/models/{model.pk}/ai-suggestions", content_type="application/json")


@pytest.mark.operation("v1.labels.ai_suggestions")
def test_suggestions_of_a_gear(alice, charlie):
    gear = mesh_file(solids()["gear"].mesh)
    model = analysed(alice, gear, title="Planetary gears", tags=["PETG"])
    answer = ask(alice, model)
    assert answer.status_code == 200
    for suggestion in answer.json():
        assert set(suggestion) == {"label_text", "category", "confidence", "suggested_position", "description"}
        assert suggestion["category"] in ("Material", "Part", "Function", "Texture", "Dimension", "Other")
        assert 0 <= suggestion["confidence"] <= 1
        assert all(math.isfinite(suggestion["suggested_position"][axis]) for axis in "xyz")
    confidences = [suggestion["confidence"] for suggestion in answer.json()]
    assert confidences == sorted(confidences, reverse=True)
    by_text = {suggestion["label_text"]: suggestion for suggestion in answer.json()}
    tooth = by_text["Gear tooth"]
    assert tooth["suggested_position"] == {"x": pytest.approx(20, abs=0.01), "y": 0.0, "z": 3.0}
    assert tooth["category"] == "Part" and tooth["confidence"] > 0.9
    assert by_text["Hole, diameter 8 mm"]["suggested_position"] == {"x": 0.0, "y": 0.0, "z": 6.0}
    assert (by_text["Passes on rotation"]["category"], by_text["Passes on rotation"]["confidence"]) == ("Function", 0.8)
    assert (by_text["Material: PETG"]["category"], by_text["Material: PETG"]["confidence"]) == ("Material", 0.45)
    assert not ModelLabel.objects.exists()
    assert ask(charlie, model).status_code == 404
    assert ask(None, model).status_code == 401


def test_words_that_the_shape_does_not_bear_out_count_less(alice):
    model = Model3DFactory(seller=alice, title="Gear", tags=[], mesh__suggestions=[])
    shown = {suggestion["label_text"]: suggestion for suggestion in ask(alice, model).json()}
    assert shown["Passes on rotation"]["confidence"] == 0.5
    assert shown["Passes on rotation"]["suggested_position"] == {"x": 10.0, "y": 10.0, "z": 10.0}
    assert shown["Material: nylon or PETG"]["confidence"] == 0.3
    assert "Geared" not in ask(alice, Model3DFactory(seller=alice, title="Geared", mesh__suggestions=[])).json()


def test_before_the_analysis_has_ended_there_are_none(alice):
    waiting = Model3DFactory(seller=alice, mesh__state=MeshState.WAITING)
    assert ask(alice, waiting).status_code == 409
    broken = Model3DFactory(seller=alice, mesh__state=MeshState.FAILED, mesh__error="The STL file is damaged.")
    assert (ask(alice, broken).status_code, ask(alice, broken).json()["detail"]) == (400, "The STL file is damaged.")
    assert ask(alice, Model3DFactory(seller=alice, mesh=None)).json() == []

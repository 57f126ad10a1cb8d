"""Labels: a few words at a point of a model, written by its maker and staff."""

import math
from typing import Final, TypedDict

from django.db import transaction

from accounts.actors import Actor
from accounts.models import User
from config.core.audit import audit_record
from config.core.errors import Denied, Invalid, Missing
from marketplace import policies
from marketplace.errors import NotYours, TooManyLabels
from marketplace.models import MeshFile, Model3D, ModelLabel
from marketplace.services.models_3d.states import model_lock

AXES: Final = ("x", "y", "z")
LONGEST: Final = 500
MOST_LABELS: Final = 500
FARTHEST_MM: Final = 1e6
"""From the origin, while the size of the model is not known."""
LEAST_MARGIN_MM: Final = 100.0


class LabelDetails(TypedDict, total=False):
    """`category` is one of LabelCategory, or None."""

    position_x: float
    position_y: float
    position_z: float
    text: str
    category: str | None


def label_create(*, actor: User, model_id: int, details: LabelDetails) -> ModelLabel:
    """Stick a label on a model. All but `category` is needed.

    Raises Missing (a model that the actor may not see), NotYours, Invalid (a position far off the model) and
    TooManyLabels.
    """
    with transaction.atomic():
        model = _labelled(actor, model_id)
        _check(details, model.mesh)
        if model.labels.count() >= MOST_LABELS:
            raise TooManyLabels(f"A model has at most {MOST_LABELS} labels.")
        return ModelLabel.objects.create(model=model, author=actor, **details)


def label_update(*, actor: User, label_id: int, changes: LabelDetails) -> ModelLabel:
    """Change a label; it keeps its author. Raises Missing, NotYours and Invalid."""
    model_id = ModelLabel.objects.filter(pk=label_id).values_list("model_id", flat=True).first()
    with transaction.atomic():
        if model_id is None:
            raise Missing("Label")
        model = _labelled(actor, model_id)
        label = ModelLabel.objects.select_for_update().filter(pk=label_id).first()
        if label is None:
            raise Missing("Label")
        _check(changes, model.mesh)
        for name, value in changes.items():
            setattr(label, name, value)
        label.save(update_fields=[*changes, "updated_at"])
        return label


def label_remove(*, actor: Actor, label_id: int) -> ModelLabel:
    """By moderators, for what breaks the rules. Returns what it was. Raises Denied and Missing."""
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        label = ModelLabel.objects.select_for_update().filter(pk=label_id).first()
        if label is None:
            raise Missing("Label")
        ModelLabel.objects.filter(pk=label_id).delete()
        before = {"model": label.model_id, "author": label.author_id, "text": label.text}
        audit_record(actor=actor, action="label.remove", target=label, before=before)
        return label


def _labelled(actor: User, model_id: int) -> Model3D:
    """The locked model."""
    if not policies.models_visible_to(actor).filter(pk=model_id).exists():
        raise Missing("Model")
    model = model_lock(model_id)
    if not policies.may_label(actor, model):
        raise NotYours("Only the maker of this model and staff can label it.")
    return model


def _check(details: LabelDetails, mesh: MeshFile | None) -> None:
    """Positions are finite and in or near the model: no farther from the box around it than its longest side."""
    low, high = (mesh.bounds if mesh else None) or [[0.0] * 3, [0.0] * 3]
    known = mesh is not None and bool(mesh.bounds)
    longest = max(b - a for a, b in zip(low, high, strict=True))
    margin = max(longest, LEAST_MARGIN_MM) if known else FARTHEST_MM
    for axis, least, most in zip(AXES, low, high, strict=True):
        name = f"position_{axis}"
        value = details.get(name)
        if isinstance(value, float) and not (math.isfinite(value) and least - margin <= value <= most + margin):
            raise Invalid(f"{value:g} is far off the model.", field=name)

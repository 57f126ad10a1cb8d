"""Label suggestions of a model: what the analysis found in its shape, and what its name and tags say of it.

What the words say is told apart by its confidence: a word in the name counts 0.5, in the tags 0.45, elsewhere in what
the maker wrote 0.35, and 0.3 more where the shape agrees (a "gear" that has teeth). The material that is only usual for
such a thing counts 0.3. See `marketplace.meshes.suggestions` for what the shape says.
"""

import re
from collections.abc import Iterator
from typing import Any

from marketplace.choices import LabelCategory, MeshState
from marketplace.errors import BrokenFile, NotAnalysed
from marketplace.meshes.results import Suggestion
from marketplace.models import MeshFile, Model3D
from marketplace.services.labels.words import MATERIALS, PURPOSES, Purpose

MOST = 30
IN_NAME, IN_TAGS, IN_TEXT = 0.5, 0.45, 0.35
SHAPE_AGREES, USUAL = 0.3, 0.3


def label_suggestions(model: Model3D) -> list[Suggestion]:
    """Of a model that the actor may see, the surest first, at most MOST; none for one without a file.

    Raises NotAnalysed and BrokenFile.
    """
    mesh = model.mesh
    if mesh is None:
        return []
    if mesh.state == MeshState.FAILED:
        raise BrokenFile(mesh.error)
    if not mesh.is_analysed:
        raise NotAnalysed
    by_shape = [Suggestion(**found) for found in mesh.suggestions]
    by_words = list(_by_words(model, by_shape, _anchor(mesh, by_shape)))
    return sorted([*by_shape, *by_words], key=lambda one: -one.confidence)[:MOST]


def _anchor(mesh: MeshFile, by_shape: list[Suggestion]) -> list[float]:
    """Where what is said of the whole is stuck: with its size, else in the middle of the box around it."""
    for suggestion in by_shape:
        if suggestion.kind == "size":
            return suggestion.position
    low, high = mesh.bounds or [[0.0] * 3, [0.0] * 3]
    return [(a + b) / 2 for a, b in zip(low, high, strict=True)]


def _by_words(model: Model3D, by_shape: list[Suggestion], position: list[float]) -> Iterator[Suggestion]:
    said = _said(model)
    kinds = {suggestion.kind for suggestion in by_shape}
    material = next(((name, word) for word, name in MATERIALS.items() if word in said), None)
    if material is not None:
        name, word = material
        yield _suggestion(
            "material",
            f"Material: {name}",
            LabelCategory.MATERIAL,
            said[word],
            position,
            f"Its maker writes “{word}”.",
        )
    purpose = _purpose(said, kinds)
    if purpose is None:
        return
    word, found, agrees = purpose
    yield _suggestion(
        "function",
        found.text,
        LabelCategory.FUNCTION,
        said[word] + (SHAPE_AGREES if agrees else 0),
        position,
        f"Its maker writes “{word}”" + (", and the shape agrees." if agrees else "."),
    )
    if material is None and found.material:
        yield _suggestion(
            "material",
            f"Material: {found.material}",
            LabelCategory.MATERIAL,
            USUAL,
            position,
            f"Usual for such a thing: {found.because}.",
        )


def _purpose(said: dict[str, float], kinds: set[str]) -> tuple[str, Purpose, bool] | None:
    """The word that says most surely what it is for, and whether the shape agrees."""
    rows = [(word, purpose, bool(purpose.kinds & kinds)) for word, purpose in PURPOSES.items() if word in said]
    return max(rows, key=lambda row: said[row[0]] + (SHAPE_AGREES if row[2] else 0), default=None)


def _said(model: Model3D) -> dict[str, float]:
    """The known words that its maker used, each with what it counts."""
    texts = (
        (IN_NAME, model.title),
        (IN_TAGS, " ".join(map(str, model.tags))),
        (IN_TEXT, " ".join([model.subcategory, model.technical_specs, model.instructions, model.description])),
    )
    said: dict[str, float] = {}
    for counts, text in texts:
        used = set(re.findall(r"[a-z]+", text.casefold()))
        for known in (*MATERIALS, *PURPOSES):
            if known in used or f"{known}s" in used:
                said.setdefault(known, counts)
    return said


def _suggestion(kind: str, text: str, category: str, confidence: float, position: list[float], why: str) -> Suggestion:
    details: dict[str, Any] = {"kind": kind, "text": text, "category": str(category), "description": why}
    return Suggestion(confidence=round(confidence, 2), position=position, **details)

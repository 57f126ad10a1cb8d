"""3-D files as their makers upload them, and models made of them."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from bench.solids import part
from config.core.sandbox import Limits
from marketplace.meshes.geometry import Mesh
from marketplace.meshes.results import Analysis
from marketplace.meshes.sandbox import analyse
from marketplace.meshes.shapes import circle, extruded, stl_of
from marketplace.models import Model3D
from marketplace.services.models_3d.analyses import mesh_analyse
from marketplace.services.models_3d.models import ModelDetails, model_create, model_upload


def solid(seed: int = 30_000) -> Mesh:
    """A gear, a plate, a vase…: other seeds are other shapes."""
    return part(seed).mesh


def figure() -> Mesh:
    """A fluted vase: a shape with enough of its own for a copy to be told by."""
    return part(30_004).mesh


def on_a_disc(mesh: Mesh) -> Mesh:
    """Two bodies that touch, as of a copy on a base."""
    low, high = mesh.bounds
    base = extruded(circle(0.7 * float((high - low)[:2].max())), 3)
    middle = (low + high) / 2
    disc = Mesh(base.vertices + [middle[0], middle[1], low[2] - 2.5], base.faces)
    return Mesh(
        np.concatenate([mesh.vertices, disc.vertices]), np.concatenate([mesh.faces, disc.faces + len(mesh.vertices)])
    )


def mesh_file(mesh: Mesh | None = None, name: str = "gear.stl") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, stl_of(mesh or solid()), "model/stl")


def uploaded(maker: User, file: SimpleUploadedFile | None = None, *, channel: str = "v1", **details: Any) -> Model3D:
    """A draft whose file waits for its analysis."""
    return model_upload(
        actor=maker, channel=channel, file=file or mesh_file(), details=ModelDetails(**{"title": "Gear"} | details)
    )


def analysed(maker: User, file: SimpleUploadedFile | None = None, **details: Any) -> Model3D:
    """A draft whose file was analysed."""
    model = uploaded(maker, file, **details)
    assert model.mesh_id is not None
    mesh_analyse(model.mesh_id)
    return Model3D.objects.select_related("mesh").get(pk=model.pk)


def for_sale(maker: User, file: SimpleUploadedFile | None = None, *, channel: str = "v1") -> Model3D:
    """A model put up for sale before its file was analysed, which then was."""
    draft = uploaded(maker, file, channel=channel)
    model = model_create(
        actor=maker, channel=channel, details={"title": "Gear for sale"}, original_id=draft.pk, publish=True
    )
    assert model.mesh_id is not None
    mesh_analyse(model.mesh_id)
    return Model3D.objects.select_related("mesh").get(pk=model.pk)


_analyses: dict[tuple[str, str], Analysis] = {}


def analysed_once(source: Path, mesh_format: str, limits: Limits, **options: Any) -> Analysis:
    """As `marketplace.meshes.sandbox.analyse`, which takes seconds, of each file once a session: for tests of what
    follows from an analysis."""
    key = hashlib.sha256(source.read_bytes()).hexdigest(), mesh_format
    if key not in _analyses:
        _analyses[key] = analyse(source, mesh_format, limits, **options)
    return _analyses[key]

"""How much a shape has of its own: whether a copy of it could be told from another honest work.

Washers, screws and balls are turned around an axis; angle sections, gears and words are drawn out straight. Both kinds
are what many people make alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats, Mesh
from marketplace.meshes.results import Character

from .patches import patches_at
from .surface import Surface

_TURNED = 0.001
"""Up to here a surface lies as if turned around an axis."""
_LAYERED = 0.99
"""From here on, the share of the surface that is along an axis or at right angles to it."""
_FEW_PATCHES = 2.5
_RADIUS, _PROBES, _SAME_PATCH = 0.45, 160, 0.3
_CORNERS = 12
_SHARP = np.cos(np.radians(25))


def character_of(mesh: Mesh, faces: NDArray[np.int64], surface: Surface) -> Character:
    patches = _patches(surface)
    if _turning(surface) <= _TURNED:
        return Character(
            "revolution", patches, 0.0, False, True, "It is a body turned around an axis, as anybody makes them."
        )
    axis = _layered_along(surface)
    if axis is not None:
        return Character("layers", patches, 0.0, False, True, "It is an outline drawn out straight.")
    if patches < _FEW_PATCHES:
        return Character("free", patches, 0.0, False, False, "")
    return Character("free", patches, 0.0, False, False, "")


def _patches(surface: Surface) -> float:
    """One divided by the chance that two random places look alike."""
    at = surface.points[:_PROBES]
    found, _ = patches_at(surface, at, _RADIUS * surface.size)
    alike = 2 - 2 * (found @ found.T) <= _SAME_PATCH**2
    return float(1 / alike.mean())


def _turning(surface: Surface) -> float:
    """0 for a surface on which some turning moves every point along itself: the least eigenvalue of the mean of
    w wᵀ, w = (p x n, n)."""
    points = (surface.points - surface.middle) / surface.size
    moves = np.concatenate([np.cross(points, surface.normals), surface.normals], axis=1)
    return float(np.linalg.eigvalsh(moves.T @ moves / len(moves))[0])


def _layered_along(surface: Surface) -> Floats | None:
    """The axis that nearly all of the surface is along or at right angles to, if there is one."""
    best, most = None, 0.0
    for axis in _axes(surface):
        across = np.abs(surface.normals @ axis)
        share = float(((across < 0.02) | (across > 0.9998)).mean())
        if share > most:
            best, most = axis, share
    return best if most >= _LAYERED else None


def _axes(surface: Surface) -> list[Floats]:
    """Directions that much of the surface looks in."""
    found: list[Floats] = []
    left = surface.normals
    while len(found) < 6 and len(left) > 0.02 * len(surface.normals):
        chosen = left[np.linspace(0, len(left) - 1, 64).astype(int)]
        with_it = (np.abs(chosen @ left.T) > 0.9998).sum(axis=1)
        axis = chosen[with_it.argmax()]
        found.append(axis)
        left = left[np.abs(left @ axis) <= 0.999]
    return found

"""How much a shape has of its own: whether a copy of it could be told from another honest work.

Washers, screws and balls are turned around an axis; angle sections, gears and words are drawn out straight. Both kinds
are what many people make alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats, Mesh
from marketplace.meshes.results import Character

from .outlines import bends_back, corners_of, is_lettering, walls_of
from .patches import patches_at
from .surface import Surface

_TURNED, _NEARLY_TURNED = 0.0015, 0.005
"""Up to here a surface lies as if turned around an axis: in any case, and where it is nearly a ball. A cup of 48 sides
has up to 0.001, one of 24 sides 0.003; a vase that is hardly fluted 0.0017."""
_ROUND = 0.02
_LAYERED, _NEARLY_LAYERED = 0.99, 0.85
"""From here on, the share of the surface that is along an axis or at right angles to it: layers, and parts with
chamfers that have few kinds of patches."""
_STANDARD_KINDS = 10.0
_BOTH, _LEAST_TURNED, _OFF_TURN = 0.88, 0.15, 0.03
"""Share of the surface that is turned around the axis or along it or at right angles: nuts with chamfers."""
_OWN_KINDS, _MANY_KINDS, _OWN_CORNERS = 20.0, 28.0, 20.0
"""An outline is somebody's own that has many kinds of patches, or some and so many corners."""
_FEW_WALLS, _SQUARED, _SQUARED_KINDS = 30, 0.97, 48.0
"""Up to so many walls, nearly all of them along three axes at right angles, of fewer kinds of patches: brackets,
hinges and boxes."""
_RADIUS, _PROBES, _SAME_PATCH = 0.45, 160, 0.3
_ALONG, _ACROSS = 0.9998, 0.02


def character_of(mesh: Mesh, faces: NDArray[np.int64], surface: Surface) -> Character:
    patches = _patches(surface)
    turning = _turning(surface)
    if turning <= _TURNED or (turning <= _NEARLY_TURNED and _is_round(surface)):
        reason = "It is a body turned around an axis, as many people make them alike."
        return Character("revolution", patches, 0.0, False, True, reason)
    axis, share = layered_along(surface.normals)
    if patches < _MANY_KINDS and _turned_or_layered(surface, axis) >= _BOTH:
        reason = "It is turned and drawn out along one axis, as nuts and bolts are, which many people make alike."
        return Character("layers", patches, 0.0, False, True, reason)
    if share < (_NEARLY_LAYERED if patches < _STANDARD_KINDS else _LAYERED):
        few = patches < _SQUARED_KINDS and _squared(surface.normals) >= _SQUARED and walls_of(mesh, faces) <= _FEW_WALLS
        reason = "It is put together of a few plates, blocks and bores, as brackets are, which many people make alike."
        return Character("free", patches, 0.0, False, few, reason if few else "")
    corners, lettering = corners_of(mesh, faces, axis), is_lettering(mesh, faces, axis)
    if lettering:
        reason = "It reads as letters, which come out alike from everybody's fonts."
    elif patches < (_OWN_KINDS if corners >= _OWN_CORNERS else _MANY_KINDS) or _is_convex(mesh, faces, axis):
        reason = "It is a simple outline drawn out straight, as standard parts are, which many people make alike."
    else:
        reason = ""
    return Character("layers", patches, corners, lettering, bool(reason), reason)


def _patches(surface: Surface) -> float:
    """One divided by the chance that two random places look alike."""
    at = surface.points[:_PROBES]
    found, _ = patches_at(surface, at, _RADIUS * surface.size)
    alike = 2 - 2 * (found @ found.T) <= _SAME_PATCH**2
    return float(1 / alike.mean())


def _is_round(surface: Surface) -> bool:
    radii = np.linalg.norm(surface.points - surface.middle, axis=1)
    return bool(radii.std() < _ROUND * radii.mean())


def _turning(surface: Surface) -> float:
    """0 for a surface on which some turning moves every point along itself: the least eigenvalue of the mean of
    w wᵀ, w = (p x n, n)."""
    points = (surface.points - surface.middle) / surface.size
    moves = np.concatenate([np.cross(points, surface.normals), surface.normals], axis=1)
    return float(np.linalg.eigvalsh(moves.T @ moves / len(moves))[0])


def layered_along(normals: Floats) -> tuple[Floats, float]:
    """The axis that most of the surface is along or at right angles to, and how much of it."""
    best, most = np.array([0.0, 0.0, 1.0]), 0.0
    for axis in _axes(normals):
        across = np.abs(normals @ axis)
        share = float(((across < _ACROSS) | (across > _ALONG)).mean())
        if share > most:
            best, most = axis, share
    return best, most


def _is_convex(mesh: Mesh, faces: NDArray[np.int64], axis: Floats) -> bool:
    """Whether the outlines of its few walls, holes too, bend one way."""
    return bends_back(mesh, faces, axis) < 0.5 and walls_of(mesh, faces) <= _FEW_WALLS


def _squared(normals: Floats) -> float:
    """How much of the surface is along one of three axes at right angles, that of most of it among them."""
    axes = _axes(normals)
    return max(
        (
            float((np.abs(normals @ np.stack([one, other, np.cross(one, other)]).T).min(axis=1) < _ACROSS).mean())
            for one in axes[:2]
            for other in axes
            if abs(one @ other) < 0.01
        ),
        default=0.0,
    )


def _turned_or_layered(surface: Surface, axis: Floats) -> float:
    across = np.abs(surface.normals @ axis)
    points = (surface.points - surface.middle) / surface.size
    turned = np.abs(np.cross(points, surface.normals) @ axis) < _OFF_TURN
    layered = (across < _ACROSS) | (across > _ALONG)
    if layered.mean() >= _LAYERED or (turned & (across < _ALONG)).mean() < _LEAST_TURNED:
        return 0.0
    return float((turned | layered).mean())


def _axes(normals: Floats) -> list[Floats]:
    """Directions that much of the surface looks in."""
    found: list[Floats] = []
    left = normals
    while len(found) < 6 and len(left) > 0.02 * len(normals):
        chosen = left[np.linspace(0, len(left) - 1, 64).astype(int)]
        with_it = (np.abs(chosen @ left.T) > _ALONG).sum(axis=1)
        axis = chosen[with_it.argmax()]
        found.append(axis)
        left = left[np.abs(left @ axis) <= 0.999]
    return found

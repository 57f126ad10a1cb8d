"""Describes a shape, in the child process: its components, their patches and what they have of their own.

The work is bounded whatever the file: at most `_MOST_SHELLS` shells and the whole, 9,000 points and 180 patches each.
The same mesh gives the same bytes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats, Mesh, shells_of
from marketplace.meshes.results import Character, Shape

from .character import character_of
from .packing import MOST_CODES, NUMBERS, STEP, Component, packed
from .patches import bent_radii, ladder_of, patches_at, places_of
from .quantising import ROW, codes_of, numbers_of
from .surface import CANDIDATES, Surface, bentness, surface_of

_LEAST_SHELL = 0.04
_LOOKED_AT, _MOST_SHELLS = 6, 3
_NEARLY_ALL = 0.9
_PATCHES = 180
_ALL_PATCHES, _ALL_POINTS = 600, 6_600
"""Of all components together."""
_ALIKE = 0.005


def describe(mesh: Mesh) -> Shape:
    """Works on meshes that are not closed. Give it one of at most some hundred thousand faces."""
    shells = shells_of(mesh)
    areas = np.bincount(shells, mesh.areas)
    order = np.argsort(-areas, kind="stable")
    total = float(areas.sum())
    everything = np.arange(len(mesh.faces))
    chosen: list[tuple[bool, NDArray[np.int64]]] = []
    for shell in order[:_LOOKED_AT]:
        if areas[shell] >= _LEAST_SHELL * total:
            chosen.append((False, np.flatnonzero(shells == shell)))
    if areas[order[0]] < _NEARLY_ALL * total:
        chosen.insert(0, (True, everything))
    else:
        chosen[0] = (True, everything)
    surfaces: list[tuple[bool, float, Surface, NDArray[np.int64]]] = []
    for is_whole, faces in chosen:
        surface = surface_of(mesh, faces)
        if surface is None or any(_are_alike(surface, other) for _, _, other, _ in surfaces):
            continue
        if len(surfaces) > _MOST_SHELLS:
            break
        surfaces.append((is_whole, float(mesh.areas[faces].sum() / total), surface, faces))
    if not surfaces:
        return Shape(b"", b"", Character("free", 1.0, 0.0, False, True, "It has no surface to describe."))
    patches, points = (most // len(surfaces) for most in (_ALL_PATCHES, _ALL_POINTS))
    components = [
        _component(mesh, faces, surface, is_whole, part, min(patches, _PATCHES), min(points, CANDIDATES))
        for is_whole, part, surface, faces in surfaces
    ]
    return Shape(packed(components), _codes(components), components[0].own)


def _are_alike(one: Surface, other: Surface) -> bool:
    """Whether they are the same piece twice: of two on a plate, one is enough. Mistaking others for it costs little:
    their whole is described too."""
    spread_one, spread_other = (
        np.linalg.eigvalsh(np.cov((surface.points - surface.middle).T) / surface.size**2) for surface in (one, other)
    )
    return abs(one.size - other.size) <= _ALIKE * other.size and bool(np.abs(spread_one - spread_other).max() <= _ALIKE)


def _component(
    mesh: Mesh, faces: NDArray[np.int64], surface: Surface, is_whole: bool, part: float, most: int, points: int
) -> Component:
    ladder = ladder_of(surface.size)
    bent = bentness(surface, bent_radii(ladder))
    descriptors: list[Floats] = []
    places: list[Floats] = []
    axes: list[Floats] = []
    rungs: list[int] = []
    for number, rung in enumerate(ladder):
        radius = STEP**rung
        here = places_of(surface, bent[:, number], radius, most // len(ladder))
        found, along = patches_at(surface, here, radius)
        descriptors.append(numbers_of(found))
        places.append(here)
        axes.append(along)
        rungs += [rung] * len(here)
    weights = bent[:, 0] / 0.35
    return Component(
        is_whole=is_whole,
        part=part,
        size=surface.size,
        middle=surface.middle,
        own=character_of(mesh, faces, surface),
        descriptors=np.concatenate(descriptors).reshape(-1, NUMBERS),
        places=np.concatenate(places),
        axes=np.concatenate(axes),
        ladder=np.array(rungs),
        points=surface.points[:points],
        normals=surface.normals[:points],
        weights=weights[:points],
    )


def _codes(components: list[Component]) -> bytes:
    """Of all components, each a fair share of the room."""
    room = (MOST_CODES - 2) // ROW.itemsize // len(components)
    taken = []
    for one in components:
        count = len(one.descriptors)
        chosen = np.unique(np.linspace(0, count - 1, min(count, room, 150)).round().astype(int))
        taken.append(one.descriptors[chosen])
    return codes_of(np.concatenate(taken))

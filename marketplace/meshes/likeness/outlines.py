"""What outlines are like: how many corners they have, whether they are letters; and how many walls there are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats, Mesh, shells_of
from marketplace.meshes.walls import joined, seams_of

_SHARP = float(np.cos(np.radians(25)))
"""Of neighbouring walls. The corners of a hole drawn with 16 sides or more are none."""
_UPRIGHT, _FLAT = 0.02, 0.9998
_LEAST_ISLAND = 0.02
_MOST_ISLANDS = 300
_LEAST_WALL = 0.001
"""Part of the surface."""


def corners_of(mesh: Mesh, faces: NDArray[np.int64], axis: Floats) -> float:
    """Corners inwards or outwards, whichever are fewer: a box has none inwards, a hole none outwards, a gear of 20
    teeth 40 of each. Counted by the length of edges along the axis over the height, so that divided faces count once.
    """
    own = np.zeros(len(mesh.faces), dtype=bool)
    own[faces] = True
    edges = mesh.edges
    pairs = edges.starts[edges.counts == 2]
    one, other = edges.order[pairs], edges.order[pairs + 1]
    upright = own & (np.abs(mesh.normals @ axis) < _UPRIGHT) & (mesh.areas > 0)
    kept = upright[one // 3] & upright[other // 3]
    one, other = one[kept], other[kept]
    here, there = one // 3, other // 3
    kept = (mesh.normals[here] * mesh.normals[there]).sum(axis=1) < _SHARP
    one, here, there = one[kept], here[kept], there[kept]
    start = mesh.vertices[mesh.faces[here, one % 3]]
    end = mesh.vertices[mesh.faces[here, (one + 1) % 3]]
    along = mesh.corners[faces].reshape(-1, 3) @ axis
    lengths = np.linalg.norm(end - start, axis=1) / max(float(along.max() - along.min()), 1e-12)
    towards = mesh.corners[there].mean(axis=1) - start
    outwards = (towards * mesh.normals[here]).sum(axis=1) < 0
    return float(min(lengths[outwards].sum(), lengths[~outwards].sum()))


def walls_of(mesh: Mesh, faces: NDArray[np.int64]) -> int:
    """Of how many surfaces without a sharp edge it is put together: a box of six, one with rounded corners of three."""
    seams = seams_of(mesh)
    smooth = np.abs(seams.turns) < np.arccos(_SHARP)
    labels = joined(len(mesh.faces), seams.one[smooth], seams.other[smooth])[faces]
    areas = np.bincount(labels, mesh.areas[faces])
    return int((areas >= _LEAST_WALL * areas.sum()).sum())


def bends_back(mesh: Mesh, faces: NDArray[np.int64], axis: Floats) -> float:
    """How far outlines bend both ways, in quarter turns: rings and boxes do not, whatever their corners; an angle
    section does by one, a silhouette by many."""
    own = np.zeros(len(mesh.faces), dtype=bool)
    own[faces] = True
    upright = own & (np.abs(mesh.normals @ axis) < _UPRIGHT) & (mesh.areas > 0)
    seams = seams_of(mesh)
    kept = upright[seams.one] & upright[seams.other]
    walls = joined(len(mesh.faces), seams.one[kept], seams.other[kept])[seams.one[kept]]
    along = mesh.corners[faces].reshape(-1, 3) @ axis
    turned = (seams.turns * seams.lengths)[kept] / max(float(np.ptp(along)), 1e-12)
    sums = [np.bincount(walls, np.maximum(turned * hand, 0)) for hand in (1, -1)]
    return float(np.minimum(*sums).sum() / (np.pi / 2))


def is_lettering(mesh: Mesh, faces: NDArray[np.int64], axis: Floats) -> bool:
    """Whether flats of one level lie in a row and are as high as each other, or are many of one size."""
    looks = mesh.normals[faces] @ axis
    for side in (1, -1):
        flat = faces[looks * side > _FLAT]
        if not len(flat):
            continue
        part = Mesh(mesh.vertices, mesh.faces[flat])
        islands = shells_of(part)
        areas = np.bincount(islands, part.areas)
        middles = part.corners.mean(axis=1)
        levels = np.bincount(islands, middles @ axis * part.areas) / np.maximum(areas, 1e-12)
        step = max(float(np.ptp(mesh.corners[faces].reshape(-1, 3) @ axis)), 1e-12) * 1e-3
        rungs = np.rint(levels / step).astype(np.int64)
        for rung in np.unique(rungs):
            chosen = np.flatnonzero((rungs == rung) & (areas >= _LEAST_ISLAND * areas[rungs == rung].max()))
            if 2 <= len(chosen) <= _MOST_ISLANDS and _in_a_row(part, islands, chosen, axis):
                return True
    return False


def _in_a_row(part: Mesh, islands: NDArray[np.int64], chosen: NDArray[np.int64], axis: Floats) -> bool:
    across = np.linalg.svd(axis[None])[2][1:]
    boxes = np.array([_box(part.corners[islands == island].reshape(-1, 3) @ across.T) for island in chosen])
    sizes = (boxes[:, 1] - boxes[:, 0]).max(axis=1)
    if len(chosen) >= 6 and (np.abs(np.log(sizes / np.median(sizes))) < np.log(2)).mean() >= 0.8:
        return True
    middles = boxes.mean(axis=1)
    direction = np.linalg.svd(middles - middles.mean(axis=0))[2][0]
    frame = np.stack([direction, [-direction[1], direction[0]]])
    boxes = np.array([_box(part.corners[islands == island].reshape(-1, 3) @ across.T @ frame.T) for island in chosen])
    heights = boxes[:, 1, 1] - boxes[:, 0, 1]
    usual = float(np.median(heights))
    alike = (heights > 0.5 * usual) & (heights < 1.7 * usual)
    low, high = boxes[:, 0, 1], boxes[:, 1, 1]
    beside = (np.minimum(high, np.median(high)) - np.maximum(low, np.median(low))) > 0.4 * usual
    return bool((alike & beside).mean() >= 0.7)


def _box(places: Floats) -> Floats:
    return np.stack([places.min(axis=0), places.max(axis=0)])

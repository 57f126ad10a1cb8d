"""Triangle meshes as plain arrays, and how their faces hang together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Reals = NDArray[np.floating[Any]]
"""As exact as its parts."""


def dots(one: Reals, other: Reals) -> Floats:
    """(..., 3) each -> (...): their dot products. `sum` along so short an axis takes ten times as long, and gives the
    same to the last bit."""
    products: Any = one * other
    sums: Floats = products[..., 0] + products[..., 1] + products[..., 2]
    return sums


def lengths_of(rows: Reals) -> Floats:
    """(..., 3) -> (...)"""
    lengths: Floats = np.sqrt(dots(rows, rows))
    return lengths


def crossed(one: Floats, other: Floats) -> Floats:
    """`np.cross` of (..., 3) or (3,) with (..., 3), which spends more on its questions than on the product of a few."""
    found = np.empty_like(other)
    for axis, (after, last) in enumerate(((1, 2), (2, 0), (0, 1))):
        found[..., axis] = one[..., after] * other[..., last] - one[..., last] * other[..., after]
    return found


@dataclass(frozen=True)
class Mesh:
    """`vertices` (n, 3) in millimetres; `faces` (m, 3) rows of `vertices`, counter-clockwise seen from outside."""

    vertices: Floats
    faces: Ints

    @cached_property
    def corners(self) -> Floats:
        """(m, 3, 3): the three points of each face."""
        corners: Floats = self.vertices[self.faces]
        return corners

    @cached_property
    def crosses(self) -> Floats:
        """(m, 3): a vector along each face's normal, twice the face's area long."""
        a, b, c = self.corners[:, 0], self.corners[:, 1], self.corners[:, 2]
        return crossed(b - a, c - a)

    @cached_property
    def areas(self) -> Floats:
        return lengths_of(self.crosses) / 2

    @cached_property
    def normals(self) -> Floats:
        """(m, 3): unit vectors; zero for faces without an area."""
        lengths = lengths_of(self.crosses)[:, None]
        return np.divide(self.crosses, lengths, out=np.zeros_like(self.crosses), where=lengths > 0)

    @cached_property
    def bounds(self) -> Floats:
        """(2, 3): the lowest and the highest corner of the box around the faces."""
        return np.stack([self.corners.min(axis=(0, 1)), self.corners.max(axis=(0, 1))])

    @cached_property
    def longest_side(self) -> float:
        return float((self.bounds[1] - self.bounds[0]).max())

    @cached_property
    def edges(self) -> Edges:
        return edges_of(self.faces)


def welded(vertices: Floats, faces: Ints) -> Mesh:
    """Join vertices in one place, to a ten-millionth of the size; where they are 32-bit floats far from the origin, of
    the distance, since these are no finer. Drop vertices without a face and faces with two corners in one place."""
    used = np.zeros(len(vertices), dtype=bool)
    used[faces] = True
    faces = (np.cumsum(used) - 1)[faces]
    vertices = vertices[used]
    low = vertices.min(axis=0)
    size, away = float((vertices - low).max()), float(np.abs(vertices).max())
    with np.errstate(over="ignore"):
        if away > size and (vertices == vertices.astype(np.float32)).all():
            size = away
    step = max(size * 1e-7, away * 1e-15)
    if step > 0:
        cells = np.rint((vertices - low) / step).astype(np.int64)
        width = cells.max(axis=0) + 1  # up to 10^7 each: all three in one number would not fit into 64 bits
        columns = np.unique(cells[:, 0] * width[1] + cells[:, 1], return_inverse=True)[1].reshape(-1)
        _, first, inverse = np.unique(columns * width[2] + cells[:, 2], return_index=True, return_inverse=True)
        vertices, faces = vertices[first], inverse.reshape(-1)[faces]
    a, b, c = faces[:, 0], faces[:, 1], faces[:, 2]
    return Mesh(vertices, faces[(a != b) & (b != c) & (c != a)].astype(np.int64))


@dataclass(frozen=True)
class Edges:
    """Undirected edges. Those of edge i are the half edges `order[starts[i]:starts[i + 1]]`; half edge h is of face
    h // 3. `counts` is how many faces share each edge, `balance` how many run along it one way less those the other."""

    order: Ints
    starts: Ints
    counts: Ints
    balance: Ints

    @property
    def is_closed(self) -> bool:
        """Whether no edge has a single face: the surface has no hole."""
        return bool(len(self.counts)) and bool((self.counts % 2 == 0).all())

    @property
    def is_oriented(self) -> bool:
        """Whether neighbours agree on which side is outside. With `is_closed`, there is a volume."""
        return bool((self.balance[self.counts % 2 == 0] == 0).all())

    @cached_property
    def links(self) -> tuple[Ints, Ints]:
        """Pairs of faces that share an edge: each face of an edge with the first one of it."""
        faces = self.order // 3
        first = np.repeat(faces[self.starts], self.counts)
        others = np.ones(len(faces), dtype=bool)
        others[self.starts] = False
        return first[others], faces[others]


def edges_of(faces: Ints) -> Edges:
    tails, heads = faces.reshape(-1), np.roll(faces, -1, axis=1).reshape(-1)
    low, high = np.minimum(tails, heads), np.maximum(tails, heads)
    keys = low * (int(faces.max(initial=0)) + 1) + high
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(order) else order
    counts = np.diff(np.append(starts, len(order)))
    ways = np.where(tails < heads, 1, -1)[order]
    balance = np.add.reduceat(ways, starts) if len(order) else order
    return Edges(order, starts, counts, balance)


def shells_of(mesh: Mesh) -> Ints:
    """(m,): for each face the number, from 0, of the connected surface that it belongs to."""
    one, other = mesh.edges.links
    labels = np.arange(len(mesh.faces))
    while True:
        lowest = np.minimum(labels[one], labels[other])
        before = labels.copy()
        # A root learns of the lower root that it is linked to; then everything points to its root again.
        np.minimum.at(labels, before[one], lowest)
        np.minimum.at(labels, before[other], lowest)
        while True:
            shorter = labels[labels]
            if np.array_equal(shorter, labels):
                break
            labels = shorter
        if np.array_equal(before, labels):
            break
    return np.unique(labels, return_inverse=True)[1].reshape(-1)

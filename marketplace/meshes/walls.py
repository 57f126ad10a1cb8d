"""Faces that belong together: flat faces, and walls that bend one way only (holes inwards, bosses outwards).

Everything is judged at the edges that exactly two faces share. `turn` is the angle between their normals, 0 where they
lie in one plane; it is positive where the surface bends inwards, as in the wall of a hole, else negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .geometry import Floats, Ints, Mesh, crossed, lengths_of

FLAT = float(np.radians(0.5))
"""Up to here two faces count as lying in one plane."""
STEEPEST = float(np.radians(46))
"""Up to here two faces count as one round wall: a hole drawn with eight corners turns by 45 degrees at each."""
_GRAIN = 4e-7
"""Coordinates are as exact as 32-bit floats are, in parts of the model's size."""


@dataclass(frozen=True)
class Seams:
    """The edges between two faces: `one` and `other` (k,) are faces, `tails` and `heads` (k,) vertices."""

    mesh: Mesh
    one: Ints
    other: Ints
    tails: Ints
    heads: Ints

    @cached_property
    def turns(self) -> Floats:
        """(k,): see the module."""
        mesh = self.mesh
        a, b = mesh.normals[self.one], mesh.normals[self.other]
        angle = np.arctan2(lengths_of(crossed(a, b)), np.einsum("ij,ij->i", a, b))
        beyond = mesh.vertices[mesh.faces[self.other].sum(axis=1) - self.tails - self.heads]
        height = np.einsum("ij,ij->i", beyond - mesh.vertices[self.tails], a)
        turns: Floats = np.where(height > 0, angle, -angle)
        return turns

    @cached_property
    def slack(self) -> Floats:
        """(k,): how far the turn may be off, since thin faces have uncertain normals."""
        sides = lengths_of(self.mesh.corners - np.roll(self.mesh.corners, 1, axis=1)).max(axis=1)
        heights = 2 * self.mesh.areas / np.maximum(sides, 1e-300)
        thinner = np.minimum(heights[self.one], heights[self.other])
        grain = _GRAIN * float(np.abs(self.mesh.bounds).max() + self.mesh.longest_side)
        return grain / np.maximum(thinner, 1e-300)

    @cached_property
    def lengths(self) -> Floats:
        ends: Floats = self.mesh.vertices[self.heads] - self.mesh.vertices[self.tails]
        return lengths_of(ends)

    @cached_property
    def is_flat(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return (np.abs(self.turns) <= np.maximum(FLAT, self.slack)) & (self.slack < np.radians(10))

    def is_round(self, sign: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether the two faces may be of one round wall that bends inwards (1) or outwards (-1)."""
        turns = self.turns * sign
        return self.is_flat | ((turns > 0) & (turns <= STEEPEST) & (self.slack < np.radians(10)))


def seams_of(mesh: Mesh) -> Seams:
    edges = mesh.edges
    paired = (edges.counts == 2) & (edges.balance == 0)
    first = edges.order[edges.starts[paired]]
    second = edges.order[edges.starts[paired] + 1]
    corners = mesh.faces.reshape(-1)
    return Seams(mesh, first // 3, second // 3, corners[first], corners[first - first % 3 + (first + 1) % 3])


def joined(count: int, one: Ints, other: Ints) -> Ints:
    """(count,): for each of so many things the number, from 0, of the group that the pairs put it in."""
    labels = np.arange(count)
    while True:
        lowest = np.minimum(labels[one], labels[other])
        before = labels.copy()
        np.minimum.at(labels, before[one], lowest)
        np.minimum.at(labels, before[other], lowest)
        while not np.array_equal(shorter := labels[labels], labels):
            labels = shorter
        if np.array_equal(before, labels):
            return np.unique(labels, return_inverse=True)[1].reshape(-1)


@dataclass(frozen=True)
class Flat:
    """Faces in one plane that hang together. `normal` points outwards; points p of it have p · normal = offset."""

    faces: Ints
    area: float
    normal: Floats
    offset: float


def flats_of(seams: Seams, *, least: float) -> list[Flat]:
    """Flat faces of at least that area, the largest first."""
    mesh, flat = seams.mesh, seams.is_flat
    labels = joined(len(mesh.faces), seams.one[flat], seams.other[flat])
    areas = np.bincount(labels, mesh.areas)
    found = []
    by_label = np.argsort(labels, kind="stable")
    ends = np.cumsum(np.bincount(labels))
    slack = mesh.longest_side * 2e-4
    for label in np.flatnonzero(areas >= least):
        faces = by_label[ends[label - 1] if label else 0 : ends[label]]
        normal = mesh.crosses[faces].sum(axis=0)
        normal = normal / max(float(np.linalg.norm(normal)), 1e-300)
        heights = mesh.corners[faces].reshape(-1, 3) @ normal
        offset = float((heights.max() + heights.min()) / 2)
        if np.abs(heights - offset).max() <= slack:  # a finely meshed ball is flat from face to face, yet no plane
            found.append(Flat(faces, float(areas[label]), normal, offset))
    return sorted(found, key=lambda one: (-round(one.area, 6), *(round(float(x), 6) for x in one.normal), one.offset))


def centre_of(mesh: Mesh, faces: Ints) -> Floats:
    """The centroid of these faces, which need not lie on them."""
    weights = mesh.areas[faces]
    centre: Floats = (mesh.corners[faces].mean(axis=1) * weights[:, None]).sum(axis=0) / weights.sum()
    return centre


def spot_on(mesh: Mesh, faces: Ints) -> Floats:
    """A point of these faces: their centroid where it lies on one, else the middle of the nearest that is not small."""
    centre = centre_of(mesh, faces)
    corners = mesh.corners[faces]
    normals = mesh.normals[faces]
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    off = np.abs(np.einsum("ij,ij->i", centre - a, normals)) < mesh.longest_side * 1e-4
    for start, end in ((a, b), (b, c), (c, a)):
        inner = crossed(normals, end - start)
        lengths = lengths_of(inner)
        off &= np.einsum("ij,ij->i", centre - start, inner) >= -1e-6 * mesh.longest_side * lengths
    if off.any():
        return centre
    areas = mesh.areas[faces]
    fair = areas >= 0.1 * areas.max()
    middles = corners.mean(axis=1)[fair]
    nearest: Floats = middles[np.argmin(lengths_of(middles - centre).round(6))]
    return nearest

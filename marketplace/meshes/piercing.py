"""Straight lines through a mesh: whether a point is inside, and how thick the material is at a point of the surface."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .geometry import Floats, Ints, Mesh, crossed

_SLANTED = np.array([0.5257311, 0.3071067, 0.7932641])
"""A direction that hardly any edge runs along."""


@dataclass(frozen=True)
class Target:
    mesh: Mesh

    @cached_property
    def low(self) -> Floats:
        return np.ascontiguousarray(self.mesh.corners.min(axis=1).T)

    @cached_property
    def high(self) -> Floats:
        return np.ascontiguousarray(self.mesh.corners.max(axis=1).T)

    def is_inside(self, point: Floats) -> bool:
        """Whether a ray from the point leaves a closed mesh more often than it enters it."""
        distances, _ = self.hits(point, _SLANTED, self.mesh.longest_side * 4)
        return len(distances) % 2 == 1

    def hits(self, start: Floats, way: Floats, reach: float) -> tuple[Floats, Ints]:
        """Distances, up to `reach`, at which the ray meets faces, and those faces; the nearest first."""
        end = start + way * reach
        near = np.ones(len(self.mesh.faces), dtype=bool)
        for axis in range(3):
            least, most = sorted((start[axis], end[axis]))
            near &= (self.low[axis] <= most) & (self.high[axis] >= least)
        faces = np.flatnonzero(near)
        if not len(faces):
            return np.empty(0), faces
        a = self.mesh.corners[faces, 0]
        one, two = self.mesh.corners[faces, 1] - a, self.mesh.corners[faces, 2] - a
        p = crossed(way, two)
        with np.errstate(divide="ignore", invalid="ignore"):  # Möller and Trumbore 1997
            determinant = np.einsum("ij,ij->i", one, p)
            from_a = start - a
            u = np.einsum("ij,ij->i", from_a, p) / determinant
            q = crossed(from_a, one)
            v = q @ way / determinant
            distances = np.einsum("ij,ij->i", two, q) / determinant
            hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (distances > 0) & (distances <= reach)
        order = np.argsort(distances[hit], kind="stable")
        return distances[hit][order], faces[hit][order]

    def thickness(self, point: Floats, normal: Floats, reach: float) -> tuple[float, int] | None:
        """How far it is from a point of the surface, straight inwards, to the other side, and the face there. None when
        it is farther than `reach`, or the other side is not parallel (within some 25 degrees): an edge is no wall."""
        grain = self.mesh.longest_side * 1e-6
        distances, faces = self.hits(point - normal * grain, -normal, reach)
        for distance, face in zip(distances, faces, strict=True):
            if self.mesh.normals[face] @ normal < -0.9:
                return float(distance) + grain, int(face)
            return None
        return None

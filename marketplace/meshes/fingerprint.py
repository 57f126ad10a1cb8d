"""A shape in 412 bytes, the same in whatever format, order, place, attitude, mirroring and (uniform) scale it comes.

Two descriptions of the surface, each after moving its centroid to the origin and dividing by R, the root mean square
distance of the surface from it:

- moments: integrals of polynomials over the surface, computed exactly (12 points a triangle, exact to degree six), and
  combined into eight numbers that turning and mirroring leave alone. They carry no noise but that of the coordinates,
  so copies differ by about 10^-6, and any real change shows.
- histograms: how far random points of the surface lie from one another (Osada's D2) and from the centroid, from 8,192
  points with a fixed seed. They carry sampling noise of about 0.01, and tell apart what agrees in moments by chance.

Two distances: `moments` is the largest difference between the eight numbers, `histograms` the larger share of mass in
which two histograms differ. The limits below were set with `bench/meshes.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from .geometry import Floats, Ints, Mesh, dots, lengths_of
from .results import Fingerprint

SAME_MOMENTS = 0.00002
"""Up to here it is the same shape. Copies were seen to differ by 0.000008 at most, and the most alike of parts that are
not the same (a hole or its place changed by half a millimetre) by 0.00005 at least."""
LIKE_MOMENTS = 0.01
"""Up to here it is nearly the same: shaken, thinned out, slightly changed."""
HISTOGRAMS = 0.06
"""Beyond this it is another shape, whatever the moments say."""

_MAGIC = b"m1\0\0"
_MOMENTS, _DISTANCES, _RADII = 8, 64, 30
BYTES = len(_MAGIC) + 4 * (_MOMENTS + _DISTANCES + _RADII)
_POINTS, _ROUNDS = 8_192, 32
_FARTHEST, _FARTHEST_RADIUS = 4.0, 2.5
_BATCH = 50_000

# Dunavant 1985, degree six: weight, and barycentric coordinates, which are used in every order.
_RULE = (
    (0.116786275726379, (0.501426509658179, 0.249286745170910, 0.249286745170910)),
    (0.050844906370207, (0.873821971016996, 0.063089014491502, 0.063089014491502)),
    (0.082851075618374, (0.053145049844817, 0.310352451033784, 0.636502499121399)),
)
_PLACES = np.array([place for _, at in _RULE for place in sorted(set(permutations(at)))])
_WEIGHTS = np.array([weight for weight, at in _RULE for _ in set(permutations(at))])
# For a face this small beside the whole, three points, exact to degree two, serve as well: large files have many.
_SMALL = 0.005
_FEW_PLACES = np.array([[4, 1, 1], [1, 4, 1], [1, 1, 4]]) / 6
_FEW_WEIGHTS = np.full(3, 1 / 3)
_TWICE = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])
"""How often each of xx, yy, zz, xy, xz, yz stands in a symmetric matrix."""


@dataclass(frozen=True)
class Distance:
    """See the module. 0 is the same shape."""

    moments: float
    histograms: float

    @property
    def is_same(self) -> bool:
        return self.moments <= SAME_MOMENTS and self.histograms <= HISTOGRAMS

    @property
    def is_like(self) -> bool:
        return self.moments <= LIKE_MOMENTS and self.histograms <= HISTOGRAMS

    @property
    def score(self) -> float:
        """0 to 99.99, on the scale of pictures: from 85 the same shape, from 60 nearly the same. (100 is for files.)"""
        apart = max(self.moments / LIKE_MOMENTS, self.histograms / HISTOGRAMS)
        if self.is_same:
            return 85 + 14.99 * (1 - self.moments / SAME_MOMENTS)
        if self.is_like:
            return 60 + 24 * (1 - apart)
        return 59 / max(apart, 1.0)

    @property
    def explanation(self) -> str:
        """One sentence for people."""
        by = f"their moments differ by {self.moments:.2g}, their distances in {self.histograms:.1%}"
        if self.is_same:
            return f"The shape is the same, whatever its format, place, attitude and size: {by}."
        return f"The shape is {'nearly the same' if self.is_like else 'another one'}: {by}."


def fingerprint_of(mesh: Mesh) -> Fingerprint:
    mesh = _without_repeated(mesh)
    moments, scale, middle = _moments(mesh)
    distances, radii = _histograms(mesh, middle, scale)
    data = _MAGIC + np.concatenate([moments, distances, radii]).astype("<f4").tobytes()
    return Fingerprint(data, *(float(np.float32(value)) for value in moments[:3]))


def distance(one: bytes, other: bytes) -> Distance | None:
    """None when they were made by different versions of this module, and so cannot be compared."""
    a, b = _numbers(one), _numbers(other)
    if a is None or b is None:
        return None
    difference = np.abs(a - b)
    spread = _MOMENTS + _DISTANCES
    return Distance(
        moments=float(difference[:_MOMENTS].max()),
        histograms=float(max(difference[_MOMENTS:spread].sum(), difference[spread:].sum()) / 2),
    )


def apart(one: bytes, others: Sequence[bytes]) -> list[float]:
    """How unlike each of the others is, to put them in order: 0 is the same shape, about 1 has nothing in common.

    Those made by another version of this module are infinitely far.
    """
    wanted, rows = _numbers(one), [_numbers(other) for other in others]
    if wanted is None or not others:
        return [float("inf")] * len(others)
    there = np.array([wanted if row is None else row for row in rows])
    difference, spread = np.abs(there - wanted), _MOMENTS + _DISTANCES
    histograms = (difference[:, _MOMENTS:spread].sum(axis=1) + difference[:, spread:].sum(axis=1)) / 4
    both = histograms + difference[:, :_MOMENTS].max(axis=1)
    return [float("inf") if row is None else float(value) for row, value in zip(rows, both, strict=True)]


def _numbers(data: bytes) -> NDArray[np.float32] | None:
    if len(data) != BYTES or not data.startswith(_MAGIC):
        return None
    return np.frombuffer(data, dtype="<f4", offset=len(_MAGIC))


def _without_repeated(mesh: Mesh) -> Mesh:
    """Each face once: laying the same faces over each other again makes no other shape."""
    if (mesh.edges.counts == 2).all() and mesh.edges.is_oriented:
        return mesh  # a second face would share its edges with three others, or run along them the same way
    _, first = np.unique(np.sort(mesh.faces, axis=1), axis=0, return_index=True)
    return mesh if len(first) == len(mesh.faces) else Mesh(mesh.vertices, mesh.faces[np.sort(first)])


def _moments(mesh: Mesh) -> tuple[Floats, float, Floats]:
    """The eight numbers, R, and the centroid of the surface."""
    area = float(mesh.areas.sum())
    rough = mesh.bounds.mean(axis=0)
    middle = rough + ((mesh.corners.mean(axis=1) - rough) * mesh.areas[:, None]).sum(axis=0) / area
    radial = np.zeros(3)
    second, third, fourth = np.zeros(6), np.zeros((3, 6)), np.zeros((6, 6))
    size = mesh.longest_side  # divided by now, so that no power overflows
    longest = lengths_of(mesh.corners - np.roll(mesh.corners, 1, axis=1)).max(axis=1)
    small = longest < _SMALL * size
    for chosen, places, shares in ((~small, _PLACES, _WEIGHTS), (small, _FEW_PLACES, _FEW_WEIGHTS)):
        faces = np.flatnonzero(chosen)
        for start in range(0, len(faces), _BATCH):
            batch = faces[start : start + _BATCH]
            x = np.einsum("pc,fcj->fpj", places, (mesh.corners[batch] - middle) / size).reshape(-1, 3)
            weights = (mesh.areas[batch, None] / area * shares).reshape(-1)
            pairs = np.concatenate([x * x, x[:, [0, 0, 1]] * x[:, [1, 2, 2]]], axis=1)
            r2 = dots(x, x)
            radial += [weights @ r2, weights @ r2**2, weights @ r2**3]
            second += weights @ pairs
            third += (weights[:, None] * x).T @ pairs
            fourth += (weights[:, None] * pairs).T @ pairs
    scale = float(np.sqrt(radial[0]))
    xx, yy, zz, xy, xz, yz = second / radial[0]
    smallest, middling, largest = np.linalg.eigvalsh([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    along = third[:, :3].sum(axis=1)  # the mean of r² x
    numbers = [
        np.sqrt(max(middling, 0.0) / largest),
        np.sqrt(max(smallest, 0.0) / largest),
        np.sqrt(area) / (scale * size) / 4,  # about 1 for a ball
        radial[1] ** 0.25 / scale,
        radial[2] ** (1 / 6) / scale,
        np.sqrt((third**2 * _TWICE).sum()) / scale**3,
        np.sqrt((along**2).sum()) / scale**3,
        np.sqrt((fourth**2 * np.outer(_TWICE, _TWICE)).sum()) / scale**4,
    ]
    return np.array(numbers), scale * size, middle


def _histograms(mesh: Mesh, middle: Floats, scale: float) -> tuple[Floats, Floats]:
    chance = np.random.default_rng(20)
    points = (_spread(mesh, chance) - middle) / scale
    radii = lengths_of(points)
    # Each point with the one as many places further, for a few dozen fixed numbers of places.
    shuffled = points[chance.permutation(_POINTS)]
    apart = np.concatenate(
        [
            lengths_of(shuffled - np.roll(shuffled, int(places), axis=0))
            for places in chance.choice(np.arange(1, _POINTS // 2), _ROUNDS, replace=False)
        ]
    )
    return _shares(apart, _DISTANCES, _FARTHEST), _shares(radii, _RADII, _FARTHEST_RADIUS)


def _shares(values: Floats, bins: int, most: float) -> Floats:
    """Shares of the values in each bin; those above the most are in the last."""
    places: Ints = np.minimum(values * (bins / most), bins - 1).astype(np.int64)
    return np.bincount(places, minlength=bins) / len(values)


def _spread(mesh: Mesh, chance: np.random.Generator) -> Floats:
    """Points all over the surface, as many on each face as its area asks for."""
    reach = np.cumsum(mesh.areas)
    steps = (np.arange(_POINTS) + chance.random(_POINTS)) / _POINTS
    faces = np.minimum(np.searchsorted(reach, steps * reach[-1]), len(mesh.faces) - 1)
    u, v = np.sqrt(chance.random((_POINTS, 1))), chance.random((_POINTS, 1))
    a, b, c = (mesh.corners[faces, corner] for corner in range(3))
    points: Floats = (1 - u) * a + u * (1 - v) * b + u * v * c
    return points

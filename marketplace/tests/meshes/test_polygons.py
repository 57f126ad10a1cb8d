"""Polygons to triangles: as many as there must be, the area kept, and no edge lost."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Mesh, edges_of
from marketplace.meshes.reading.polygons import MAX_CORNERS, triangles_of

ARROW = [(0, 0), (30, 10), (0, 20), (10, 10)]
PENTAGRAM = [(math.cos(0.8 * math.pi * i), math.sin(0.8 * math.pi * i)) for i in range(5)]
KEYHOLE = [(0, 0), (9, 0), (9, 9), (0, 9), (0, 0), (3, 3), (3, 6), (6, 6), (6, 3), (3, 3)]
"""A square with a square hole, as programs write it that know no holes: there and back along one edge."""
COMB = [(0, 0), (7, 0), *((x, y) for x in range(7, 0, -1) for y in ((1, 5) if x % 2 else (5, 1))), (0, 1)]


def cut(outline, *, fold=lambda x, y: 0.0, first=0):
    """The polygon's triangles, which together with those of the same one from behind must enclose nothing."""
    points = np.array([(x, y, fold(x, y)) for x, y in outline], dtype=float)
    ring = np.roll(np.arange(len(points)), -first)
    faces = triangles_of(points, ring, np.array([len(ring)]))
    behind = triangles_of(points, ring[::-1].copy(), np.array([len(ring)]))
    edges = edges_of(np.concatenate([faces, behind]))
    assert edges.is_closed and edges.is_oriented
    return Mesh(points, faces)


def area_of(outline):
    x, y = np.array(outline, dtype=float).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize(
    "outline",
    [
        [(0, 0), (4, 0), (4, 3), (0, 3)],
        ARROW,
        ARROW[::-1],
        [(0, 0), (2, 0), (4, 0), (0, 3)],
        [(0, 0), (2, 1e-9), (4, 0), (0, 3)],
        [(0, 0), (4, 0), (4, 3), (2, 1.5 + 1e-5)],
    ],
)
def test_four_corners_whichever_is_the_first(outline, first):
    mesh = cut(outline, first=first)
    assert len(mesh.faces) == 2
    assert mesh.areas.sum() == pytest.approx(abs(area_of(outline)), rel=1e-6)
    assert (mesh.areas > 0).all()
    assert (np.sign(mesh.crosses[:, 2]) == np.sign(area_of(outline))).all()


@pytest.mark.parametrize("slope", [(0, 0), (0.3, 0.7), (-20, 11)])
@pytest.mark.parametrize(
    "outline", [KEYHOLE, COMB, COMB[::-1], [(0, 0), (1, 0), (2, 0), (2, 2), (1, 2), (1, 1), (0, 1)]]
)
def test_concave_polygons_in_any_plane(outline, slope):
    mesh = cut(outline, fold=lambda x, y: slope[0] * x + slope[1] * y)
    assert len(mesh.faces) == len(outline) - 2
    stretched = math.sqrt(1 + slope[0] ** 2 + slope[1] ** 2)
    assert mesh.areas.sum() == pytest.approx(abs(area_of(outline)) * stretched, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    some.lists(some.floats(0.2, 1.0), min_size=3, max_size=24),
    some.lists(some.booleans(), min_size=24, max_size=24),
    some.tuples(*[some.floats(-1, 1)] * 2),
    some.integers(0, 50),
)
def test_no_area_is_lost_and_no_corner(radii, doubled, slope, first):
    turn = math.tau / len(radii)
    star = [(100 + r * math.cos(turn * i), r * math.sin(turn * i)) for i, r in enumerate(radii)]
    outline = []
    for here, there, more in zip(star, star[1:] + star[:1], doubled, strict=False):
        outline += [here, ((here[0] + there[0]) / 2, (here[1] + there[1]) / 2)] if more else [here]
    mesh = cut(outline, fold=lambda x, y: slope[0] * x + slope[1] * y, first=first % len(outline))
    assert len(mesh.faces) == len(outline) - 2
    assert set(mesh.faces.reshape(-1).tolist()) == set(range(len(outline)))
    stretched = math.sqrt(1 + slope[0] ** 2 + slope[1] ** 2)
    assert mesh.areas.sum() == pytest.approx(area_of(outline) * stretched, rel=1e-5)


@settings(max_examples=40, deadline=None)
@given(some.lists(some.tuples(*[some.integers(-2, 2)] * 2), min_size=3, max_size=12))
def test_whatever_crosses_itself_stays_closed(outline):
    cut(outline)


def test_what_crosses_itself_or_has_no_area():
    spike = cut([(0, 2), (0, 3), (0, 1), (1, 0), (1, 1), (3, 3)])
    assert (len(spike.faces), spike.areas.sum()) == (4, pytest.approx(3)), "the corners that earcut drops are kept"
    assert len(cut(PENTAGRAM).faces) >= 3
    assert len(cut([(0, 0), (4, 3), (4, 0), (0, 3)]).faces) == 2
    assert len(cut([(0, 0), (1, 1), (2, 2), (3, 3), (5, 5)]).faces) == 3
    assert len(cut([(math.nan, 0), (1, 0), (2, math.inf), (0, 1), (1e200, 1e200)]).faces) == 3


def test_corners_that_stand_twice_in_a_row_and_too_few_of_them():
    points = np.array([(0, 0, 0), (4, 0, 0), (4, 3, 0), (0, 3, 0)], dtype=float)
    rings = [[0, 0, 1, 2, 2, 0], [0, 1], [], [3], [2, 2, 2, 2], [0, 1, 1, 2, 3, 0]]
    faces = triangles_of(points, np.concatenate(rings).astype(np.int64), np.array([len(ring) for ring in rings]))
    assert faces.tolist() == [[1, 2, 0], [1, 2, 3], [1, 3, 0]]
    assert triangles_of(points, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)).shape == (0, 3)


def test_corners_that_are_not_there():
    for corners in ([0, 1, 3], [0, 1, -1]):
        with pytest.raises(BrokenMesh, match="not there"):
            triangles_of(np.zeros((3, 3)), np.array(corners), np.array([3]))


def test_a_large_polygon_is_cut_when_it_is_convex_and_refused_with_its_number_when_not():
    turns = np.arange(2 * MAX_CORNERS) * math.pi / MAX_CORNERS
    disc = np.stack([np.cos(turns), np.sin(turns), 0 * turns], axis=1)
    ring, counts = np.append([0, 1, 2], np.arange(len(disc))), np.array([3, len(disc)])
    assert len(triangles_of(disc, ring, counts)) == len(disc) - 1
    star = disc * np.where(np.arange(len(disc)) % 2, 1, 0.5)[:, None]
    with pytest.raises(BrokenMesh, match="Face 2 of the file has 20,000 corners"):
        triangles_of(star, ring, counts)
    assert len(triangles_of(star, np.arange(MAX_CORNERS), np.array([MAX_CORNERS]))) == MAX_CORNERS - 2


def test_a_hundred_thousand_are_cut_at_once():
    outline = np.array([(x, y, 0) for x, y in ARROW], dtype=float)
    started = time.process_time()
    faces = triangles_of(np.tile(outline, (100_000, 1)), np.arange(400_000), np.full(100_000, 4))
    assert len(faces) == 200_000
    assert time.process_time() - started < 3

"""What is found in the shape of ten solids with known features, and in shapes without any."""

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from bench.known_features import solids
from bench.solids import part
from bench.suggestions import POSITION_TARGET, SIZE_TARGET, main, read_back, score_of
from marketplace.meshes.geometry import Mesh, welded
from marketplace.meshes.shapes import circle, extruded, revolved, rounded_rectangle, stl_of
from marketplace.meshes.suggestions import MOST, suggestions_of
from marketplace.tests.meshes.known import analysed


def found_in(mesh: Mesh, kind: str, **options):
    return [suggestion for suggestion in suggestions_of(mesh, **options) if suggestion.kind == kind]


@pytest.mark.parametrize("name", solids())
def test_all_features_are_found_in_their_places_and_nothing_else(name):
    solid = solids()[name]
    score = score_of(solid.features, suggestions_of(read_back(solid.mesh)))
    assert (score.found, score.false) == (score.expected, 0)
    assert score.position <= POSITION_TARGET / 10
    assert score.size <= SIZE_TARGET / 10


def test_the_measurement_meets_its_targets_in_any_attitude(capsys):
    assert main(["--turns", "1"]) == 0
    assert "All targets met." in capsys.readouterr().out


def test_the_analysis_brings_them_along():
    mesh = solids()["plate with four holes"].mesh
    with TemporaryDirectory() as folder:
        suggestions = analysed(stl_of(mesh), Path(folder)).suggestions
    assert suggestions == suggestions_of(read_back(mesh))
    assert len([each for each in suggestions if each.kind == "hole"]) == 4


@pytest.mark.parametrize("corners", [8, 12, 48, 360])
def test_holes_of_few_and_many_corners(corners):
    [hole] = found_in(extruded(rounded_rectangle(40, 40, 3), 5, holes=[circle(4, corners=corners)]), "hole")
    assert hole.sizes == {"diameter": 8.0, "depth": 5.0}
    assert hole.position == [0, 0, 5]
    assert hole.confidence == pytest.approx(np.cos(np.pi / corners), abs=0.011)


@pytest.mark.parametrize(
    "outline",
    [
        circle(4, corners=6),  # for a nut
        rounded_rectangle(8, 8, 1),
        rounded_rectangle(16, 8, 4),  # a slot
        circle(4) * [1, 1.1],
    ],
)
def test_openings_that_are_not_round_are_no_holes(outline):
    plate = extruded(rounded_rectangle(40, 40, 3), 5, holes=[outline])
    assert found_in(plate, "hole") == found_in(plate, "blind_hole") == []


def test_a_drilled_blind_hole_with_its_tip():
    block = revolved(np.array([(0, 0), (15, 0), (15, 30), (3, 30), (3, 12), (0, 10.2)], dtype=float))
    [hole] = found_in(block, "blind_hole")
    assert hole.sizes == {"diameter": 6.0, "depth": 18.0}
    assert hole.position == [0, 0, 30]
    assert found_in(block, "hole") == []


@pytest.mark.parametrize("steps", [6, 40, 400])
def test_rounded_rims_and_bottoms_do_not_hide_a_hole(steps):
    turns = np.linspace(np.pi / 2, np.pi, steps)
    rim = np.stack([7 + 2 * np.cos(turns), 18 + 2 * np.sin(turns)], axis=1)
    [hole] = found_in(revolved(np.concatenate([[(5, 0), (15, 0), (15, 20)], rim])), "hole")
    assert hole.sizes == pytest.approx({"diameter": 10, "depth": 18}, abs=0.05)
    turns = -np.linspace(0, np.pi / 2, steps)
    bottom = np.stack([3 + 2 * np.cos(turns), 7 + 2 * np.sin(turns)], axis=1)
    cup = revolved(np.concatenate([[(0, 0), (15, 0), (15, 20), (5, 20)], bottom, [(0, 5)]]))
    [blind] = found_in(cup, "blind_hole")
    assert blind.sizes == pytest.approx({"diameter": 10, "depth": 13}, abs=0.05)


def test_a_countersunk_hole_is_two():
    block = revolved(np.array([(3, 0), (15, 0), (15, 20), (6, 20), (6, 15), (3, 15)], dtype=float))
    [wide], [narrow] = found_in(block, "blind_hole"), found_in(block, "hole")
    assert (wide.sizes, narrow.sizes) == ({"diameter": 12.0, "depth": 5.0}, {"diameter": 6.0, "depth": 15.0})
    assert (wide.position, narrow.position) == ([0, 0, 20], [0, 0, 15])


def test_a_closed_hollow_is_no_hole():
    outside = revolved(np.array([(0, 0), (10, 0), (10, 20), (0, 20)], dtype=float))
    inside = revolved(np.array([(0, 5), (6, 5), (6, 15), (0, 15)], dtype=float))
    hollow = welded(
        np.concatenate([outside.vertices, inside.vertices]),
        np.concatenate([outside.faces, inside.faces[:, ::-1] + len(outside.vertices)]),
    )
    assert found_in(hollow, "hole") == found_in(hollow, "blind_hole") == found_in(hollow, "part") == []


def test_stars_and_rounded_plates_are_neither_gears_nor_rods():
    for seed in range(10, 80, 7):  # stars, rounded plates, knobs, rails and rocks
        assert found_in(part(seed).mesh, "gear") == []
    for seed in range(8, 80, 7):
        assert found_in(part(seed).mesh, "cylinder") == []
        assert len(found_in(part(seed).mesh, "hole")) == 4


def test_gears_of_any_number_of_teeth():
    for seed in range(7, 140, 7):
        gear = part(seed)
        [tooth] = found_in(gear.mesh, "gear")
        assert tooth.sizes["teeth"] == gear.sizes["teeth"]
        assert tooth.sizes["module"] == pytest.approx(gear.sizes["module"], rel=0.001)
        assert np.hypot(*tooth.position[:2]) == pytest.approx(gear.sizes["module"] * gear.sizes["teeth"] / 2, rel=0.01)


def test_upwards_is_what_the_format_says():
    mesh = solids()["overhang"].mesh
    upright = Mesh(mesh.vertices[:, [0, 2, 1]] * [1, 1, -1], mesh.faces)
    assert len(found_in(upright, "overhang", up=1)) == 1
    assert found_in(upright, "overhang", up=2) == []


def test_a_mesh_inside_out_gives_the_same():
    mesh = solids()["bracket"].mesh
    turned = Mesh(mesh.vertices, mesh.faces[:, ::-1])
    assert [each.text for each in suggestions_of(turned)] == [each.text for each in suggestions_of(mesh)]


def test_at_most_thirty_the_surest_first():
    places = [(x, y) for x in range(-40, 41, 10) for y in range(-40, 41, 10)]
    grid = extruded(rounded_rectangle(100, 100, 3), 3, holes=[circle(2, at=at, corners=16) for at in places])
    found = suggestions_of(grid)
    assert len(found) <= MOST
    assert [each.confidence for each in found] == sorted((each.confidence for each in found), reverse=True)
    assert "One of 81 of this diameter." in found_in(grid, "hole")[0].description


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")  # of what other tests left open
def test_heaps_of_triangles_do_no_harm():
    chance = np.random.default_rng(1)
    for number in range(150):
        points = chance.normal(size=(chance.integers(3, 40), 3)) * 10.0 ** chance.integers(-5, 7)
        if number % 3 == 0:
            points[:, 2] = 0
        if number % 5 == 0:
            points = np.round(points)
        mesh = welded(points, chance.integers(0, len(points), size=(chance.integers(1, 80), 3)))
        if not len(mesh.faces) or not mesh.areas.any():
            continue
        found = suggestions_of(mesh, up=number % 3)
        assert found == suggestions_of(mesh, up=number % 3)
        slack = mesh.longest_side * 0.01
        for each in found:
            assert 0 <= each.confidence <= 1
            assert np.isfinite([*each.position, *asdict(each)["sizes"].values()]).all()
            assert (np.array(each.position) >= mesh.bounds[0] - slack).all()
            assert (np.array(each.position) <= mesh.bounds[1] + slack).all()

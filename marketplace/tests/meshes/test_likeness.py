"""Shapes within shapes: copies with edits are found, laid over and held; what has little of its own is noted."""

import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from bench.edits import moved, on_disc_smaller, scaled, taller_mirrored_cut, together, turned, wider_turned
from bench.words import word
from bench.works import own, standard
from marketplace.meshes.geometry import Mesh
from marketplace.meshes.likeness.advice import advise, may_refuse
from marketplace.meshes.likeness.aligning import Likeness, align, align_all, marked
from marketplace.meshes.likeness.character import character_of
from marketplace.meshes.likeness.deadlines import LikenessUnavailable
from marketplace.meshes.likeness.describing import describe
from marketplace.meshes.likeness.index import OVERLAP, ShapeIndex, StoredShape
from marketplace.meshes.likeness.packing import MOST_BYTES, MOST_CODES, unpacked
from marketplace.meshes.likeness.surface import surface_of
from marketplace.meshes.loading import load
from marketplace.meshes.results import Character, Shape
from marketplace.meshes.shapes import extruded, revolved, rounded_rectangle

FILES = Path(__file__).parents[1] / "files" / "shapes"
CHANCE = np.random.default_rng(5)


@cache
def work(seed: int) -> Shape:
    return describe(own(seed).mesh)


@cache
def file_shape(name: str) -> Shape:
    return describe(load(FILES / name, "stl").mesh)


class Store:
    def __init__(self, *shapes: Shape) -> None:
        self.stored = {number + 1: shape for number, shape in enumerate(shapes)}

    def rows(self, after):
        for number in sorted(self.stored):
            if number > after:
                yield StoredShape(number, 100 + number, 7, self.stored[number].codes)

    def details(self, ids):
        return {number: self.stored[number].data for number in ids if number in self.stored}


def compared(new: Shape, stored: Shape):
    likeness = align(new.data, stored.data)
    assert likeness is not None
    return likeness, advise(new.own, stored.own, likeness)


def test_edited_copies_are_found_laid_over_and_held():
    works = [work(seed) for seed in range(20_000, 20_005)]
    store = Store(*works)
    index = ShapeIndex(store)
    for number, edit in ((2, on_disc_smaller), (1, taller_mirrored_cut)):
        copy = describe(edit(own(20_000 + number).mesh, np.random.default_rng(3)))
        candidates = index.find(copy.data)
        assert (candidates.compared, candidates.newest) == (5, 5)
        assert number + 1 in candidates.ids
        found = align_all(copy.data, store.details(candidates.ids))
        best = max(found, key=lambda key: found[key].share)
        assert best == number + 1
        advice = advise(copy.own, works[number].own, found[best])
        assert advice.verdict == "hold" and 60 <= advice.score <= 84
        if edit is on_disc_smaller:
            assert found[best].of == "stored in new"
            assert found[best].scale == pytest.approx(0.7, abs=0.02)
            assert not found[best].mirrored
        else:
            assert found[best].mirrored
            assert found[best].stretch == pytest.approx(1.1, abs=0.03)


def test_the_transform_lays_the_stored_shape_over_the_new_one_and_the_points_say_where():
    mesh = own(20_002).mesh
    copy = describe(moved(turned(scaled(mesh, 2, 2, 2), CHANCE), 100, 0, 0))
    likeness, _ = compared(copy, work(20_002))
    points, normals, agree = marked(likeness, work(20_002).data, "stored")
    placed = points @ likeness.transform[:3, :3].T + likeness.transform[:3, 3]
    there, _, there_agree = marked(likeness, copy.data, "new")
    apart = np.sqrt(((placed[agree][:200, None] - there[None]) ** 2).sum(axis=2)).min(axis=1)
    assert np.median(apart) < 2  # of 80 mm
    assert agree.mean() > 0.95 and there_agree.mean() > 0.95
    assert normals.shape == points.shape == (len(agree), 3)
    assert likeness.scale == pytest.approx(2, abs=0.02)


def test_other_works_are_not_held():
    for one, other in ((20_000, 20_005), (20_001, 20_006), (20_002, 20_007)):
        likeness = align(work(one).data, work(other).data)
        if likeness is not None:
            assert advise(work(one).own, work(other).own, likeness).verdict != "hold", (one, other, likeness)


def test_a_gear_made_oval_is_held_though_gears_are_never_refused():
    gear, copy = file_shape("gear20.stl"), file_shape("gear20_x105_turned.stl")
    likeness, advice = compared(copy, gear)
    assert gear.own.is_common and not may_refuse(copy.own, gear.own)
    assert likeness.oval == pytest.approx(1.05, abs=0.01)
    assert advice.verdict == "hold" and 60 <= advice.score <= 84


def test_a_gear_made_thicker_is_only_noted():
    gear = load(FILES / "gear20.stl", "stl").mesh
    _, advice = compared(describe(turned(scaled(gear, 1, 1, 1.1), CHANCE)), file_shape("gear20.stl"))
    assert advice.verdict == "note" and advice.score < 60
    assert "standard parts" in advice.explanation


def test_washers_of_two_people_are_only_noted():
    one, other = file_shape("n_washer_m3_fn64.stl"), file_shape("n_washer_m3_trimesh64.stl")
    _, advice = compared(one, other)
    assert one.own.kind == other.own.kind == "revolution"
    assert advice.verdict == "note" and "turned around an axis" in advice.explanation
    assert not may_refuse(one.own, other.own)


def test_a_cup_of_48_sides_is_turned_around_an_axis():
    assert describe(standard(20_084).mesh).own.kind == "revolution"


def test_a_word_is_only_noted_at_whatever_size():
    small, large = (
        describe(word("HELLO", font="NotoSans-Regular", size=size, height=3 * size / 20)) for size in (20, 40)
    )
    assert small.own.lettering and large.own.lettering
    _, advice = compared(large, small)
    assert advice.verdict == "note" and "letters" in advice.explanation
    assert not may_refuse(large.own, small.own)


def test_one_description_for_one_mesh_within_bounds():
    mesh = own(20_001).mesh
    many = together(*(moved(mesh, 70 * number, 0, 0) for number in range(9)))
    shape = describe(many)
    assert shape == describe(many)
    assert len(shape.data) <= MOST_BYTES and len(shape.codes) <= MOST_CODES
    whole, *pieces = unpacked(shape.data)
    assert whole.is_whole and len(pieces) == 1  # nine times the same one


def test_meshes_that_are_not_closed_or_have_hardly_anything_are_described():
    mesh = own(20_001).mesh
    open_ = Mesh(mesh.vertices, mesh.faces[::2])
    likeness, _ = compared(describe(open_), work(20_001))
    assert likeness.share > 0.8
    triangle = Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2]]))
    assert describe(triangle).own.is_common


def test_balls_of_other_sides_are_common():
    for sides in (24, 48):
        turns = np.linspace(0, np.pi, sides // 2 + 1)
        ball = revolved(np.stack([np.sin(turns), -np.cos(turns)], axis=1) * 20, segments=sides)
        assert describe(ball).own.kind == "revolution"


def test_the_index_takes_up_rows_as_they_come_late_ones_too():
    store = Store(work(20_000), work(20_001), work(20_002))
    late = store.stored.pop(2)
    index = ShapeIndex(store)
    assert index.refresh() == 3 and len(index) == 2
    store.stored[2] = late  # committed after one with a higher id
    assert 2 in index.find(work(20_001).data).ids and len(index) == 3
    store.stored[4] = work(20_003)
    found = index.find(work(20_003).data, after=3)
    assert (found.compared, found.newest, found.ids) == (1, 4, [4])
    assert found.found[0].mesh_id == 104 and found.found[0].owner_id == 7
    assert OVERLAP > 4


def test_a_deadline_that_has_passed_is_told():
    store = Store(work(20_000))
    with pytest.raises(LikenessUnavailable):
        ShapeIndex(store).find(work(20_000).data, deadline=time.monotonic() - 1)
    with pytest.raises(LikenessUnavailable):
        align(work(20_000).data, work(20_000).data, deadline=time.monotonic() - 1)


def test_descriptions_of_another_version_agree_with_nothing():
    shape = work(20_000)
    assert unpacked(b"s0" + shape.data[2:]) == [] == unpacked(b"")
    assert align(shape.data, b"") is None and align(b"", shape.data) is None
    store = Store(Shape(shape.data, b"c0" + shape.codes[2:], shape.own))
    assert ShapeIndex(store).find(shape.data).ids == []
    assert ShapeIndex(store).find(b"").ids == []


def test_a_likeness_of_little_says_so():
    likeness, _ = compared(describe(wider_turned(own(20_001).mesh, CHANCE)), work(20_001))
    little = Likeness(**{**vars(likeness), "share": 0.5})
    assert advise(work(20_001).own, work(20_001).own, little).verdict == "pass"


def test_name_plates_of_two_names_are_only_noted():
    one, other = file_shape("n_plate_ANNA.stl"), file_shape("n_plate_ANNE.stl")
    _, advice = compared(one, other)
    assert one.own.lettering and other.own.lettering
    assert advice.verdict != "hold" and advice.score < 60
    assert not may_refuse(one.own, other.own)


def character(mesh: Mesh) -> Character:
    faces = np.arange(len(mesh.faces))
    surface = surface_of(mesh, faces)
    assert surface is not None
    return character_of(mesh, faces, surface)


def test_nuts_with_chamfers_boxes_brackets_and_hinges_are_standard_parts():
    for kind, seeds in (("nut", (1, 118)), ("box", (20_013,)), ("bracket", (20_001,)), ("hinge", (20_004,))):
        for seed in seeds:
            made = standard(seed)
            own_ = character(made.mesh)
            assert (made.kind, own_.is_common) == (kind, True), own_
            assert "many people make alike" in own_.reason


def test_what_is_put_together_of_many_blocks_is_somebodys_own():
    chance = np.random.default_rng(4)
    blocks = []
    for _ in range(12):
        outline = rounded_rectangle(*chance.uniform(4, 12, 2), 1)
        blocks.append(moved(extruded(outline, chance.uniform(3, 30)), *chance.uniform(0, 60, 3)))
    upright = Mesh(blocks[0].vertices[:, [2, 1, 0]], blocks[0].faces[:, ::-1])
    assert not character(together(upright, *blocks)).is_common

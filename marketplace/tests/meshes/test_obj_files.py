"""OBJ files as programs write them, read as they mean it or refused with the line."""

import io
import math

import pytest

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import welded
from marketplace.meshes.reading import obj
from marketplace.meshes.reducing import glb_of, mesh_of_glb
from marketplace.tests.meshes.solids import FILES, L_CORNERS, L_POLYGONS, L_PROFILE, Solid, check

POINTS = [f"v {x} {y} {z}" for x, y, z in L_CORNERS]


def l_profile(corner="{}", points=POINTS, back=None, head=(), between=()):
    """`back`: so many points before the faces, from which corners are counted back."""
    numbers = [[one + 1 if back is None else one - back for one in face] for face in L_POLYGONS]
    faces = ["f " + " ".join(corner.format(one) for one in face) for face in numbers]
    return "\n".join([*head, *points, *between, *faces, ""]).encode()


PLAIN = l_profile()
LIKE = {
    "as it is": PLAIN,
    "lines of old Macs": PLAIN.replace(b"\n", b"\r"),
    "lines of Windows": PLAIN.replace(b"\n", b"\r\n"),
    "no line end at the end": PLAIN.rstrip(),
    "tabs and many blanks": PLAIN.replace(b" ", b" \t  ").replace(b"\n", b" \t\n\n  "),
    "a byte order mark": b"\xef\xbb\xbf" + PLAIN,
    "a byte order mark before a comment": b"\xef\xbb\xbf# by hand\n" + PLAIN,
    "comments behind the words": PLAIN.replace(b"\n", b" # f 1 2 3\n"),
    "a comment that ends in a backslash": b"# C:\\parts\\\n" + PLAIN,
    "textures": l_profile("{0}/1", between=["vt 0 0"]),
    "normals": l_profile("{0}//1", between=["vn 0 0 1"]),
    "textures and normals": l_profile("{0}/1/1", between=["vt 0 0", "vn 0 0 1"]),
    "a slash with nothing behind": l_profile("{0}/"),
    "signs": l_profile("+{0}"),
    "counted back": l_profile(back=12),
    "counted back, with normals": l_profile("{0}//-1", back=12, between=["vn 0 0 1"]),
    "counted back, more points later": l_profile(back=12) + b"v 900 900 900\n",
    "faces before points": b"\n".join(PLAIN.split(b"\n")[12:] + PLAIN.split(b"\n")[:12]),
    "normals before points": b"vn 0 0 1\n" * 9000 + PLAIN,
    "points between faces": b"\n".join(PLAIN.split(b"\n")[:12] + [b"v 1 2 3"] + PLAIN.split(b"\n")[12:]),
    "colours": l_profile(points=[f"{point} 0.5 0.25 1" for point in POINTS]),
    "some with colours": l_profile(points=[f"{point} 1 0.5 0" for point in POINTS[:5]] + POINTS[5:]),
    "weights": l_profile(points=[f"{point} 1.0" for point in POINTS]),
    "weights of curves": l_profile(points=[f"{point} 0.5" for point in POINTS]),
    "exponents": l_profile(points=[f"v {x:.6e} {y:+.3E} {z / 10}e1" for x, y, z in L_CORNERS]),
    "lines continued": PLAIN.replace(b" ", b" \\\n"),
    "lines continued, of Windows": PLAIN.replace(b" ", b" \\ \r\n").replace(b"0 \n", b"0\r\n"),
    "face outlines of old": PLAIN.replace(b"f ", b"fo "),
    "objects, groups, materials, lines and points": l_profile(
        head=["mtllib parts\\", "o \u00fc\u4e2d #1 v 1 2 3"],
        between=["g f 1 2 3", "usemtl C:\\red\\", "s off", "g", "l 1 2", "p 1", "vp 0 0", "f 1 2", "f", "\x07 f 1 2 3"],
    ),
    "names in no encoding": b"o \xff\xfe\x80 v\n" + PLAIN,
}  # fmt: skip


@pytest.mark.parametrize("name", LIKE)
def test_one_part_written_in_many_ways(name):
    found = check(LIKE[name], L_PROFILE)
    assert found.looks.has_materials is ("materials" in name)
    left_out = {"weights of curves": {"weights"}, "objects, groups, materials, lines and points": {"lines"}}
    assert {note.code for note in found.notes} == left_out.get(name, set())


def test_blocks_are_read_as_one(monkeypatch):
    monkeypatch.setattr(obj, "_BLOCK", 40)
    for data in LIKE.values():
        check(data, L_PROFILE)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("obj_concave_quad.obj", Solid(12, 3000, 400 + 30 * (math.hypot(30, 10) + math.hypot(10, 10)), (30, 20, 15))),
        ("tinyobj295_concave_ngon.obj", L_PROFILE),
        ("trimesh2364_plain.obj", Solid(136, 10672.906777, 5437.8148887, (65, 85, 20))),
        ("trimesh2364_neg_running.obj", Solid(136, 10672.906777, 5437.8148887, (65, 85, 20))),
    ],
)
def test_files_that_were_read_wrong(name, expected):
    check((FILES / name).read_bytes(), expected)


TRIANGLE = b"v 0 0 0\nv 1 0 0\r\nv 0 1 0\n"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (TRIANGLE + b"\nf 1 2 4\n", "Line 5 of the OBJ file is damaged: a face names point 4 of 3, which is not there"),
        (TRIANGLE + b"f 1 2 3\nf 0 1 2\n", "Line 5 .* point 0, and points are counted from 1"),
        (TRIANGLE + b"f -1 -2 -4\nv 1 1 1\n", "Line 4 .* point -4, counted back from here, where only 3 have come"),
        (TRIANGLE + b"f 1 2 x/3\n", 'Line 4 .*"x/3" is no corner'),
        (TRIANGLE + b"f 1.0 2.0 3.0\n", 'Line 4 .*"1.0" is no corner'),
        (TRIANGLE + b"f / 2 3\n", 'Line 4 .*"/" is no corner'),
        (TRIANGLE + b"f 1 2 99999999999999999999999\n", "Line 4 .*, which is not there"),
        (TRIANGLE + b"f 1 2 \xff\n", "Line 4 .* is no corner"),
        (b"v 0 0 0\rv 1 0\rv 0 1 0\rf 1 2 3\r", "Line 2 .* three coordinates"),
        (b"v 0 0 0\nv 1,5 0 0\nv 0 1 0\nf 1 2 3\n", 'Line 2 .*"1,5" is written with a comma'),
        (b"v 0 0 0\nv 1 0 1.#IND\nv 0 1 0\nf 1 2 3\n", 'Line 2 .*"1.#IND" is no number'),
        (b"v 0 0 0\nv 1 0 \\\n 0x1\nv 0 1 0\nf 1 2 3\n", 'Line 3 .*"0x1" is no number'),
        (b"v 0 0 0\nv 1 0 0\nv 0 1 1.2.3\nf 1 2 3\nv 1 1 1", 'Line 3 .*"1.2.3" is no number'),
        (TRIANGLE + b"l 1 2 3\np 1\n", "only lines or single points"),
        (TRIANGLE, "point cloud of 3 points"),
        (TRIANGLE + b"cstype bezier\ndeg 1 1\nsurf 0 1 0 1 1 2 3 1\nend\n", "free-form curves or surfaces"),
        (TRIANGLE + b"f 1 2 3\ncall other.obj\n", "other files"),
        (b"usemtl red\n", "no triangles"),
        (TRIANGLE + b"f 1 2 3\nf 1 2", "cut off: it ends within a face"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_line(data, says):
    with pytest.raises(BrokenMesh, match=says) as refusal:
        obj.read(io.BytesIO(data))
    assert str(refusal.value).endswith(".")


def test_curves_beside_faces_are_left_out_with_a_note():
    (note,) = check(PLAIN + b"curv 0 1 1 2\n", L_PROFILE).notes
    assert (note.code, note.level) == ("curves", "warning")


def test_more_triangles_than_can_be_handled(monkeypatch):
    monkeypatch.setattr(obj, "MAX_TRIANGLES", 19)
    with pytest.raises(BrokenMesh, match="too many triangles"):
        obj.read(io.BytesIO(PLAIN))


@pytest.mark.parametrize("away", [4e6 + 1 / 3, 1e10 + 1 / 3])
def test_a_model_of_fine_parts_far_from_the_origin_keeps_them(away):
    """As maps and buildings are written: 32-bit floats would have steps of half a millimetre there, and of a metre."""
    points = [f"v {x / 100 + away!r} {y / 100 - away!r} {z / 100}" for x, y, z in L_CORNERS]
    found = obj.read(io.BytesIO(l_profile(points=points)))
    mesh = welded(found.vertices, found.faces)
    assert (len(mesh.vertices), len(mesh.faces)) == (12, 20)
    assert mesh.areas.sum() == pytest.approx(0.3568, rel=1e-3)
    shown = mesh_of_glb(glb_of(mesh))
    assert shown.areas.sum() == pytest.approx(0.3568, rel=1e-3), "in its own place, not beside it"
    assert shown.bounds == pytest.approx(mesh.bounds, rel=1e-7)


@pytest.mark.parametrize(
    ("remark", "millimetres"),
    [
        ("# Alias OBJ Model File\r\n# Exported from SketchUp\r\n# File units = inches\r\n", 25.4),
        ("# File units = meters\n", 1000),
        ("# File units = millimeters\n", 1),
        ("# Units: cm\n", 10),
        ("# vertex coordinates are measured in units, where 1 unit = 1000.000000 mm\n", 1000),
        ("# units = furlongs\n", 1),
        ("# units = in the making\n", 1),
        ("o units = meters\n", 1),
    ],
)
def test_a_remark_names_the_unit(remark, millimetres):
    found = obj.read(io.BytesIO(remark.encode() + PLAIN))
    assert found.vertices.max() == pytest.approx(40 * millimetres)
    assert [note.code for note in found.notes] == ["units"] * (millimetres != 1)

"""PLY files as programs write them, read as they mean it or refused with what is wrong."""

import io
import math
import struct

import pytest

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.reading import ply
from marketplace.tests.meshes.solids import FILES, L_CORNERS, L_POLYGONS, L_PROFILE, Solid, check

CODES = {"char": "b", "uchar": "B", "short": "h", "ushort": "H", "int": "i", "uint": "I", "float": "f", "double": "d"}
OTHER_NAMES = {"char": "int8", "uchar": "uint8", "short": "int16", "ushort": "uint16"} | {
    "int": "int32", "uint": "uint32", "float": "float32", "double": "float64"
}  # fmt: skip
ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
XYZ = [("float", axis) for axis in "xyz"]
CORNERS = [("uchar", "int", "vertex_indices")]


def written(elements, order="binary_little_endian", *, names=None, eol="\n", comments=True):
    """`elements`: name, properties and rows of each, a list's property being a triple and its value a list."""
    head = ["ply", f"format {order} 1.0"]
    body = b""
    for element, properties, rows in elements:
        head += ["comment made by hand", "obj_info end_header is not here"] if comments else []
        head.append(f"element {element} {len(rows)}")
        for *kinds, name in properties:
            kinds = [(names or {}).get(kind, kind) for kind in kinds]
            head.append(f"property {'list ' if len(kinds) > 1 else ''}{' '.join(kinds)} {name}")
        for row in rows:
            flat = []
            for (*kinds, _), value in zip(properties, row, strict=True):
                flat += (
                    [(kinds[0], len(value)), *((kinds[1], one) for one in value)]
                    if len(kinds) > 1
                    else [(kinds[0], value)]
                )
            if order == "ascii":
                body += (" ".join(str(value) for _, value in flat) + eol).encode()
            else:
                body += b"".join(struct.pack(ORDERS[order] + CODES[kind], value) for kind, value in flat)
    return (eol.join([*head, "end_header", ""])).encode() + body


def l_profile(xyz=XYZ, corners=CORNERS, faces=L_POLYGONS, **more):
    return written([("vertex", xyz, L_CORNERS), ("face", corners, [(list(face),) for face in faces])], **more)


RICH_POINTS = [("double", "x"), ("uchar", "red"), ("float", "y"), ("uchar", "float", "weights"), ("short", "z")]
RICH = [
    ("camera", [("float", "view_x"), ("uint", "ushort", "pixels")], [(1.5, [1, 2, 3]), (2.5, [])]),
    ("empty", [], [()] * 3),
    ("face", [("uchar", "flags"), ("uchar", "float", "texcoord"), ("ushort", "uint", "vertex_index"), ("char", "mark")],
     [(3, [0.5] * 2 * n, list(face), -1) for n, face in enumerate(L_POLYGONS)]),
    ("vertex", RICH_POINTS, [(x, 200, y, [0.5] * (x % 3), z) for x, y, z in L_CORNERS]),
    ("edge", [("int", "vertex1"), ("int", "vertex2")], [(0, 1), (1, 2)]),
]  # fmt: skip
"""Elements nobody asks for, faces before points, lists among what is wanted and among what is not."""


def test_older_blenders_name_themselves_without_saying_that_it_is_a_comment():
    check(TEXT.replace(b"comment made", b"Created by Blender3D 247, made", 1), L_PROFILE)


@pytest.mark.parametrize("order", ORDERS)
class TestOnePartWrittenInManyWays:
    def test_whatever_the_types_are_called(self, order):
        for index in ("char", "uchar", "short", "ushort", "int", "uint"):
            for counted in ("char", "uchar", "short", "ushort", "int", "uint"):
                check(l_profile(corners=[(counted, index, "vertex_index")], order=order, names=OTHER_NAMES), L_PROFILE)
        for kind in ("char", "short", "int", "float", "double"):
            check(l_profile(xyz=[(kind, axis) for axis in "xyz"], order=order), L_PROFILE)

    def test_elements_and_properties_in_any_order(self, order):
        check(written(RICH, order), L_PROFILE)
        check(written(RICH[::-1], order), L_PROFILE)

    @pytest.mark.parametrize("eol", ["\r\n", "\r"])
    def test_line_ends_of_other_systems(self, order, eol):
        check(l_profile(order=order, eol=eol), L_PROFILE)

    def test_strips(self, order):
        """A box of one strip, in parts: a new one begins after -1, and every second triangle is turned round."""
        box = [(x, y, z) for z in (0, 20) for y in (0, 30) for x in (0, 40)]
        whole = [0, 1, 4, 5, 7, 1, 3, 0, 2, 4, 6, 7, 2, 3]
        parts = [-1, *whole[:9], -1, -1, *whole[7:8], *whole[7:], -1]
        for strips in ([whole], [whole[:6], [], whole[4:]], [parts]):
            elements = [
                ("vertex", XYZ, box),
                ("tristrips", [("int", "int", "vertex_indices")], [(strip,) for strip in strips]),
            ]
            data = written(elements, order)
            check(data, Solid(12, 24000, 5200, (40, 30, 20)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("assimp6296_tristrips.ply", Solid(12, 24000, 5200, (40, 30, 20))),
        ("trimesh1911_trailing.ply", L_PROFILE),
        # A box of 40 x 30 x 20 mm below a roof.
        ("blender_mixed_tri_quad_bin.ply", Solid(14, 32000, 4000 + 40 * 25 + 30 * math.hypot(20, 20), (40, 30, 40))),
    ],
)
def test_files_that_were_refused(name, expected):
    check((FILES / name).read_bytes(), expected)


def test_what_stands_behind_the_last_face():
    data = l_profile()
    assert not check(data + b"\r\n\0", L_PROFILE).notes
    (note,) = check(data + b"CRC=1", L_PROFILE).notes
    assert (note.code, note.text[:7]) == ("trailing_bytes", "5 bytes")
    assert not check(l_profile(order="ascii") + b"\n\n; made by hand 1 2 3", L_PROFILE).notes


def test_a_large_part_of_one_kind_of_face_and_then_another():
    quads = [face for face in L_POLYGONS if len(face) == 4]
    rest = [face for face in L_POLYGONS if len(face) > 4]
    check(l_profile(faces=quads + rest), L_PROFILE)
    check(l_profile(faces=[(0, 1), (), *rest, *quads, (3,)]), L_PROFILE)


TEXT = l_profile(order="ascii")
BYTES = l_profile()
MANY = BYTES.replace(b"face 8", b"face 4000000000").replace(b"int vertex", b"uint vertex")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (written([("vertex", XYZ, L_CORNERS)]), "point cloud of 12 points"),
        (written([("vertex", [*XYZ, ("float", "f_dc_0")], [(*one, 0) for one in L_CORNERS])]), "Gaussian splats"),
        (written([("vertex", XYZ, L_CORNERS), ("face", CORNERS, [])]), "point cloud of 12 points"),
        (written([("vertex", XYZ, L_CORNERS), ("edge", [("int", "vertex1")], [(1,)])]), "point cloud"),
        (written([("face", CORNERS, [([0, 1, 2],)])]), "one list of points"),
        (written([("vertex", XYZ[:2], [(0, 0)] * 3), ("face", CORNERS, [([0, 1, 2],)])]), "no x, y and z"),
        (l_profile(corners=[("uchar", "int", "corners")]), "which points its faces join"),
        (MANY, "cut off: it says it has 4,000,000,000 of face, and has room for"),
        (BYTES.replace(b"vertex 12", b"vertex 4000000000"), "4,000,000,000 of vertex, and has room for"),
        (BYTES[:-1], "cut off: it ends within face 8 of 8"),
        (BYTES[:-40], "cut off"),
        (TEXT.rstrip()[:-4], "cut off: it ends within face 8 of 8"),
        (TEXT.replace(b"0 0 0", b"0 0,5 0", 1), 'Line 14 .*"0,5" is written with a comma'),
        (TEXT.replace(b"6 5 4 3 2 1 0", b"6 5 4 3 2 one 0"), 'Line 26 .*"one" is no number'),
        (
            TEXT.replace(b"6 5 4 3 2 1 0", b"6 5 4 3 2 1 12"),
            "face 1 names point 12, which is not there: the file has 12",
        ),
        (TEXT.replace(b"6 5 4 3 2 1 0", b"6 5 4 3 2 1 -1"), "face 1 names point -1"),
        (TEXT.replace(b"6 5 4 3 2 1 0", b"6 5 4 3 2 1 0.5"), "no whole number"),
        (TEXT.replace(b"6 5 4 3 2 1 0", b"6 5 4 3 2 1 nan"), "no whole number"),
        (TEXT.replace(b"6 5 4 3 2 1 0", b"-6 5 4 3 2 1 0"), "face 1, the number of vertex_indices cannot be right"),
        (TEXT.replace(b"6 5 4 3 2 1 0", b"6e9 5 4 3 2 1 0"), "cut off"),
        (TEXT.replace(b"6 5 4 3 2 1 0", b"nan 5 4 3 2 1 0"), "cannot be right"),
        (TEXT + b"3 0 1 2\n", "more numbers than its header says"),
        (l_profile(corners=[("char", "int", "vertex_indices")]).replace(b"\6\5\0", b"\xfa\5\0"), "cannot be right"),
        (l_profile(corners=[("uint", "int", "vertex_indices")]).replace(b"\6\0\0\0", b"\xff" * 4), "cut off"),
        (TEXT.replace(b"float x", b"float16 x"), 'Line 6 of the PLY file.s header .*"property float16 x"'),
        (TEXT.replace(b"list uchar", b"list float"), "Line 12 .*property list float int"),
        (TEXT.replace(b"list uchar int", b"list uchar"), "Line 12 "),
        (TEXT.replace(b"vertex 12", b"vertex -12"), "Line 5 "),
        (TEXT.replace(b"vertex 12", b"vertex"), "Line 5 "),
        (TEXT.replace(b"element vertex 12", b""), "Line 6 "),
        (TEXT.replace(b"ascii", b"binary_middle_endian"), "Line 2 "),
        (TEXT.replace(b"format ascii 1.0", b""), "text or binary"),
        (TEXT.replace(b"comment made", b"remark made"), 'Line 9 .*"remark made by hand"'),
        (b"ply\nformat ascii 1.0\nelement vertex 3\n", "header has no end"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_is_wrong(data, says):
    with pytest.raises(BrokenMesh, match=says) as refusal:
        ply.read(io.BytesIO(data))
    assert str(refusal.value).endswith(".")


def test_more_triangles_than_can_be_handled(monkeypatch):
    monkeypatch.setattr("marketplace.meshes.reading.polygons.MAX_TRIANGLES", 19)
    with pytest.raises(BrokenMesh, match="too many triangles"):
        ply.read(io.BytesIO(BYTES))

"""STL files as programs write them, text and binary."""

import io
import struct

import numpy as np
import pytest

from marketplace.meshes.formats import BrokenMesh, UnknownFormat, format_of
from marketplace.meshes.reading import stl
from marketplace.tests.meshes.solids import FILES, Solid, box, boxes, read_of, solid_of

CUBE, BAR = box((10, 10, 10)), box((2, 3, 4), (20, 0, 0))
TEN = boxes((10, 10, 10))
BOTH = Solid(24, 1_024.0, 652.0, (22.0, 10.0, 10.0))


def facets(shape=CUBE, number="{:.6g}".format, normal=" 0 0 1", end="\n") -> str:
    vertices, faces = shape
    rows = []
    for face in faces:
        corners = end.join("vertex " + " ".join(map(number, vertices[corner])) for corner in face)
        rows.append(f"facet normal{normal}{end}outer loop{end}{corners}{end}endloop{end}endfacet{end}")
    return "".join(rows)


def text(body=None, name="cube", begins="solid {}\n", ends="endsolid {}\n") -> bytes:
    return (begins.format(name) + (facets() if body is None else body) + ends.format(name)).encode("latin-1")


def binary(shape=CUBE, claimed=None, header=b"", colour=0) -> bytes:
    vertices, faces = shape
    rows = b"".join(struct.pack("<12fH", 0, 0, 0, *vertices[face].ravel(), colour) for face in faces)
    return header.ljust(80, b"\0") + struct.pack("<I", len(faces) if claimed is None else claimed) + rows


READ = {
    "as usual": text(),
    "without endsolid": text(ends=""),
    "without a name": text(name=""),
    "without solid": text(begins="", ends=""),
    "named vertex": text(name="vertex 1 2 3"),
    "named facet": text(name="facet of a cube"),
    "named solid": text(name="solid endsolid solid"),
    "a name that is not UTF-8": text(name="Würfel"),
    "a mark of the byte order": b"\xef\xbb\xbf" + text(),
    "upper case": text(facets(number="{:.6E}".format)).upper(),
    "line ends of Windows": text().replace(b"\n", b"\r\n"),
    "line ends of old Macs": text().replace(b"\n", b"\r"),
    "all in one line": text().replace(b"\n", b" "),
    "tabs, and empty lines": text().replace(b"\n", b"\n\n\t").replace(b" ", b"\t"),
    "signs": text(facets(number="{:+.3f}".format)),
    "decimals without a nought": text(facets(box((0.5, 10, 10)), number=lambda x: f"{x:g}".removeprefix("0") or "0")),
    "normals that are no numbers": text(facets(normal=" nan -nan(ind) 1,5")),
    "no normals": text(facets(normal="")),
    "the end of a file of DOS": text() + b"\x1a",
    "noughts at the end": text() + b"\0" * 40,
    "binary": binary(),
    "binary that calls itself solid": binary(header=b"solid facet normal"),
    "binary in colour": binary(header=b"COLOR=\xff\x80\x40\xff", colour=0xFFFF),
    "count 0": binary(claimed=0),
    "count -1": binary(claimed=0xFFFFFFFF),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read(name):
    found = read_of(READ[name])
    solid = boxes((0.5, 10, 10)) if name == "decimals without a nought" else TEN
    assert solid_of(found.vertices, found.faces).like(solid), solid_of(found.vertices, found.faces)
    assert found.notes == []


@pytest.mark.parametrize(
    "data",
    [
        text(facets() + "endsolid cube\nsolid bar\n" + facets(BAR)),
        text(facets() + "solid bar\n" + facets(BAR), ends=""),
        text(facets() + "endsolid\n" + facets(BAR)),
    ],
)
def test_several_solids_in_one_file(data):
    found = read_of(data)
    assert solid_of(found.vertices, found.faces).like(BOTH)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (binary() + b"\r\nwritten by a program with more to say\r\n", "41 bytes"),
        (binary(header=b"solid") + b"\0", "1 bytes"),
        (binary((CUBE[0], np.concatenate([CUBE[1], CUBE[1]])), claimed=12), "600 bytes"),
        (text() + b"written on a Monday\n", "19 bytes"),
    ],
)
def test_what_follows_is_left_and_noted(data, said):
    found = read_of(data)
    assert solid_of(found.vertices, found.faces).like(TEN)
    [note] = found.notes
    assert (note.code, note.level) == ("trailing_bytes", "info")
    assert note.text.startswith(said)


@pytest.mark.parametrize(
    ("name", "solid"),
    [
        ("name_vertex_clamp.stl", Solid(20, 6_120.0, 3_338.0, (44.0, 33.0, 17.0))),
        ("stl_count_zero.stl", Solid(20, 7_680.0, 3_568.0, (40.0, 30.0, 20.0))),
    ],
)
def test_files_of_other_programs(name, solid):
    found = read_of((FILES / name).read_bytes())
    assert solid_of(found.vertices, found.faces).like(solid)


@pytest.mark.parametrize("data", [text(), text(facets(normal=""))])
def test_it_makes_no_difference_in_which_pieces_it_is_read(data, monkeypatch):
    for length in (1, 500):
        monkeypatch.setattr(stl, "_TOGETHER", length)
        monkeypatch.setattr(stl, "_LONGEST_FACET", 10_000)
        found = read_of(data)
        assert solid_of(found.vertices, found.faces).like(TEN)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (binary()[:-50], "cut off: 11 of 12 triangles"),
        (binary()[:-7], "cut off: 11 of 12 triangles"),
        (binary(box((10, 10, 1e-16)))[:-7], "cut off: 11 of 12 triangles"),
        (binary(claimed=0)[:-7], "does not say how many"),
        (text(ends="")[:-20], "cut off in triangle 12"),
        (text(ends="")[:-60], "cut off in triangle 12"),
        (text(facets(number=lambda x: f"{x:.1f}".replace(".", ","))), r'"\d+,0" is written with a comma'),
        (text(facets().replace("10", "ten")), '"ten" is no number'),
        (text(facets().replace("10", "1-0")), '"1-0" is no number'),
        (text(facets().replace("endloop", "vertex 1 2 3\nendloop", 1)), "Facet 1 of the STL file is no triangle"),
        (text(facets() + "facet of another kind endfacet\n" + facets()), "triangle 13 cannot be read"),
        (text(facets() + "hello " + facets()), "triangle 13 cannot be read"),
    ],
)
def test_what_is_refused_in_words(data, says):
    with pytest.raises(BrokenMesh, match=says) as refusal:
        read_of(data)
    assert not isinstance(refusal.value, UnknownFormat)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n".ljust(80, b"\0") + struct.pack("<I", 2) + bytes(range(256)) * 4,
        b"MZ".ljust(80, b"\0") + struct.pack("<I", 0) + b"\0" * 500,
        b"MZ".ljust(80, b"\0") + struct.pack("<I", 3) + b"\0" * 500,
        b"A letter about nothing of importance. " * 30,
        b"0.25;0.50;0.75\n" * 30,
    ],
)
def test_other_files_are_not_taken_for_one(data):
    with pytest.raises(UnknownFormat):
        format_of(io.BytesIO(data), len(data))


def test_a_name_may_be_any_words_of_the_format():
    """Many of them in one line are looked at once each."""
    data = text() + b"solid " + b"solid facet " * 200_000 + b"\n" + facets(BAR).encode()
    found = read_of(data)
    assert solid_of(found.vertices, found.faces).like(BOTH)


def test_data_between_the_triangles_is_not_taken_for_triangles():
    vertices, faces = CUBE
    data = binary((vertices, np.tile(faces, (25, 1))))
    end = 84 + 50 * 280
    with pytest.raises(BrokenMesh, match="other data between its triangles"):
        read_of(data[: end - 2] + struct.pack("<H", 6) + b"colour" + data[end:])
    assert [note.code for note in read_of(data + b"colour").notes] == ["trailing_bytes"]

"""What a file is, by its content: however it begins, and whatever it calls itself."""

import io
import json
import struct
from base64 import b64encode
from pathlib import Path

import numpy as np
import pytest

from config.core.file_kinds import kind_of
from marketplace.meshes.formats import BrokenMesh, UnknownFormat, format_of
from marketplace.meshes.loading import load
from marketplace.tests.meshes.solids import box, boxes, read_of, solid_of
from marketplace.tests.meshes.test_reading_3mf import archive, mesh, model, one

TEN = boxes((10, 10, 10))
POINTS, FACES = box((10, 10, 10))
OBJ = "".join(f"v {x} {y} {z}\n" for x, y, z in POINTS) + "".join(f"f {a} {b} {c}\n" for a, b, c in FACES + 1)
PLY = (
    "ply\nformat ascii 1.0\n{}element vertex 8\nproperty float x\nproperty float y\nproperty float z\n"
    "element face 12\nproperty list uchar int vertex_indices\nend_header\n"
    + "".join(f"{x} {y} {z}\n" for x, y, z in POINTS)
    + "".join(f"3 {a} {b} {c}\n" for a, b, c in FACES)
)
FACETS = "".join(
    " facet normal 0 0 0\n  outer loop\n"
    + "".join("   vertex {} {} {}\n".format(*POINTS[corner]) for corner in face)
    + "  endloop\n endfacet\n"
    for face in FACES
)
STL = f"solid box\n{FACETS}endsolid box\n"
DATA = POINTS.astype("<f4").tobytes() + FACES.astype("<u2").tobytes()
GLTF = json.dumps(
    {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "scale": [0.001] * 3}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 96}, {"buffer": 0, "byteOffset": 96, "byteLength": 72}],
        "buffers": [{"byteLength": 168, "uri": f"data:;base64,{b64encode(DATA).decode()}"}],
    }
)
REMARKS = "# exported by a program that has much to say\n" * 4_000
MARK = b"\xef\xbb\xbf"
THREE_MF = archive(model(mesh(1), one()))


def binary(begins: bytes) -> bytes:
    rows = b"".join(struct.pack("<12fH", 0, 0, 0, *np.ravel(POINTS[face]), 0) for face in FACES)
    return begins.ljust(80) + struct.pack("<I", 12) + rows


READ = {
    "OBJ, long remarks": ("obj", (REMARKS + OBJ).encode()),
    "OBJ, one remark": ("obj", f"# {'x' * 100_000}\n{OBJ}".encode()),
    "OBJ, materials of many names": ("obj", ("usemtl red\n" * 9_000 + OBJ).encode()),
    "OBJ, blank lines": ("obj", b"\r\n" * 50_000 + OBJ.encode()),
    "OBJ, points of parameters": ("obj", ("vp 0.5 0.5\n" * 9_000 + OBJ).encode()),
    "PLY, long remarks": ("ply", PLY.format("comment a long one\n" * 90_000).encode()),
    "PLY, a mark": ("ply", MARK + PLY.format("").encode()),
    "PLY, a blank line": ("ply", b"\r\n" + PLY.format("").encode()),
    "STL, a very long name": ("stl", STL.replace("box", "x" * 70_000, 1).encode()),
    "STL, blank lines": ("stl", b"\n" * 70_000 + STL.encode()),
    "STL, a mark, tabs, upper case": ("stl", MARK + STL.upper().replace(" ", "\t").encode()),
    "STL, ends in two words": ("stl", STL.replace("end", "end ").encode()),
    "glTF, blank lines": ("gltf", b"\n" * 70_000 + GLTF.encode()),
    "glTF, a mark": ("gltf", MARK + b"\n" + GLTF.encode()),
    "glTF, data in lines": ("gltf", GLTF.replace("base64,", "base64,\\r\\n").encode()),
    "3MF behind something": ("3mf", b"#!/bin/x\n" + THREE_MF),
    **{
        f"binary STL that begins with {begins!r}": ("stl", binary(begins))
        for begins in (
            b"solid",
            b"PK\x03\x04",
            b"glTF",
            b"ply\n",
            b"{",
            b"v 1 2 3\n",
            b"COLOR=\xff\0\0\xff,MATERIAL=\1",
        )
    },
}


@pytest.mark.parametrize("name", READ)
def test_it_is_known_and_read(name):
    expected, data = READ[name]
    assert format_of(io.BytesIO(data), len(data)) == expected
    found = read_of(data)
    solid = solid_of(found.vertices, found.faces)
    assert solid.like(TEN, 1e-5), solid
    assert found.notes == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [OBJ, PLY.format(""), STL, GLTF])
def test_utf_16_is_refused_as_what_it_is(encoding, text):
    data = text.encode(encoding)
    with pytest.raises(BrokenMesh, match="UTF-16. Save it as UTF-8") as refusal:
        format_of(io.BytesIO(data), len(data))
    assert not isinstance(refusal.value, UnknownFormat)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"ISO-10303-21;\nHEADER;", "a STEP file"),
        (b"S      1".rjust(80) + b"\n", "an IGES file"),
        (b"OFF\n8 12 0\n", "an OFF file"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b"<?xml version='1.0'?><amf unit='inch'/>", "an XML file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
    ],
)
def test_what_is_no_mesh_is_named(data, what):
    with pytest.raises(UnknownFormat, match=f"This is .*{what}.*Send the model as STL"):
        format_of(io.BytesIO(data), len(data))


def test_no_more_than_the_beginning_is_read():
    class Watched(io.BytesIO):
        most = 0

        def read(self, size=-1):
            assert size >= 0
            self.most = max(self.most, size)
            return super().read(size)

    file = Watched(b"# nothing\n" * 2_000_000)
    with pytest.raises(UnknownFormat):
        format_of(file, 20_000_000)
    assert file.most <= 4 * 2**20


def test_points_without_numbers_matter_where_a_face_has_them(tmp_path):
    """Scanners write nan for what they did not see."""
    path = tmp_path / "scan.obj"
    path.write_text(f"{OBJ}v nan nan nan\n")
    assert load(path, "obj").mesh.vertices.shape == (8, 3)
    path.write_text(f"{OBJ}v nan nan nan\nf 1 2 9\n")
    with pytest.raises(BrokenMesh, match="no numbers. Repair it"):
        load(path, "obj")


HERE = Path(__file__).parent
SAMPLES = sorted(path for folder in ("files", "corpus") for path in (HERE / folder).rglob("*.*") if path.is_file())


def test_what_an_upload_takes_for_a_model_is_one_as_an_attachment_too():
    looked_at = 0
    for path in SAMPLES:
        data = path.read_bytes()
        try:
            form = format_of(io.BytesIO(data), len(data))
        except BrokenMesh:
            continue
        kind = kind_of(data)
        assert kind is not None, path.name
        assert kind.extension == form, path.name
        looked_at += 1
    assert looked_at > 100

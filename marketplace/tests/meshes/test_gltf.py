"""Each way in which glTF can say one shape gives that shape; what cannot be read is refused by its name."""

import io
import json
import math
import struct
from base64 import b64encode
from urllib.parse import quote_from_bytes

import numpy as np
import pytest
from PIL import Image

from marketplace.meshes.formats import BrokenMesh, format_of
from marketplace.meshes.loading import load
from marketplace.meshes.measuring import measure
from marketplace.tests.meshes.gltf_files import FACES, L_PROFILE, POINTS, Gltf, glb_of

L = (20, 1, (40, 30, 20), 7680, 3568)
"""Triangles, parts, size, volume and surface of the L profile."""
SPREAD = POINTS[FACES].reshape(-1, 3)
HALF = math.sqrt(0.5)


def loaded(data, folder):
    path = folder / "file"
    path.write_bytes(data)
    return load(path, format_of(io.BytesIO(data), len(data)))


def figures(data, folder):
    found = loaded(data, folder)
    figures = measure(found.mesh, triangles=found.triangles)
    low, high = figures.bounds
    assert "inside_out" not in {note.code for note in figures.notes}
    size = tuple(b - a for a, b in zip(low, high, strict=True))
    return figures.triangle_count, figures.part_count, size, figures.volume_mm3, figures.surface_mm2


def is_the(expected, found):
    assert found[:2] == expected[:2]
    assert found[2] == pytest.approx(expected[2], rel=5e-5)
    assert found[3:] == pytest.approx(expected[3:], rel=5e-5)


def plain(**more):
    gltf = Gltf()
    gltf.mesh(**more)
    return gltf.shown()


def quantised(kind, largest, *, normalised):
    """Whole numbers of steps, which the node makes millimetres of."""
    low, step = POINTS.min(axis=0), 0.04 / largest
    gltf = Gltf(extensionsRequired=["KHR_mesh_quantization"])
    steps = np.rint((POINTS - low) / step)
    gltf.mesh(gltf.array(steps, kind, normalized=normalised))
    return gltf.shown({"mesh": 0, "scale": [0.04 if normalised else step] * 3, "translation": low.tolist()})


def interleaved():
    """Points within rows that hold something else too, behind something else."""
    rows = np.full((len(POINTS), 8), 7.0, dtype="<f4")
    rows[:, 2:5] = POINTS
    gltf = Gltf()
    view = gltf.view(b"\x07" * 4 + rows.tobytes(), byteStride=32)
    return plain_of(
        gltf, gltf.add("accessors", bufferView=view, byteOffset=12, componentType=5126, count=len(rows), type="VEC3")
    )


def plain_of(gltf, points):
    gltf.mesh(points)
    return gltf.shown()


def sparse(*, over_zeros):
    """Every second point stands in the sparse values alone; over zeros, all of them do."""
    gltf = Gltf()
    changed = np.arange(0, len(POINTS), 1 if over_zeros else 2)
    base = POINTS.copy()
    base[changed] = 0.5
    points = gltf.array(base)
    accessor = gltf.description["accessors"][points]
    if over_zeros:
        del accessor["bufferView"]
    accessor["sparse"] = {
        "count": len(changed),
        "indices": {"bufferView": gltf.view(changed.astype("<u2").tobytes()), "componentType": 5123},
        "values": {"bufferView": gltf.view(POINTS[changed].astype("<f4").tobytes())},
    }
    return plain_of(gltf, points)


def strip():
    """Its twenty triangles in one strip, each led to the next by corners that are named twice."""
    corners = []
    for a, b, c in FACES:
        if corners:
            corners += [corners[-1], a]
        corners += [a] * (len(corners) % 2) + [a, b, c]
    return plain(faces=corners, mode=5)


def fans():
    """The two ends of the L as fans around the inner corner, from which all of them are seen."""
    gltf = Gltf()
    ring = np.array([(6, 6), (6, 30), (0, 30), (0, 0), (40, 0), (40, 6)]) / 1000
    low, high = np.column_stack([ring, np.zeros(6)]), np.column_stack([ring, np.full(6, 0.02)])
    bottom, top = low[[0, *range(5, 0, -1)]], high
    wall = np.concatenate([np.stack([low, high], 1), np.stack([low[:1], high[:1]], 1)]).reshape(-1, 3)
    wall = wall.reshape(-1, 2, 3)[:, ::-1].reshape(-1, 3)
    shapes = [(bottom, 6), (top, 6), (wall, 5)]
    primitives = [{"attributes": {"POSITION": gltf.array(points)}, "mode": mode} for points, mode in shapes]
    gltf.add("meshes", primitives=primitives)
    return gltf.shown()


def morphed(where):
    """20 mm of its height come from a target of weight 0.5; the other is not used."""
    gltf = Gltf()
    flat, up = POINTS * [1, 1, 0], POINTS * [0, 0, 2]
    weights = {where: {"weights": [0.5, 0]}}
    gltf.mesh(flat, targets=[{"POSITION": gltf.array(up)}, {"POSITION": gltf.array(up + 9)}])
    gltf.description["meshes"][0] |= weights.get("mesh", {"weights": [0, 1]})
    return gltf.shown({"mesh": 0} | weights.get("node", {}))


def skinned():
    """Bound at a hundredth of its size, as programs that count in centimetres do it: half of its points hang on each of
    two joints. Where the node of the mesh stands means nothing."""
    gltf = Gltf()
    joints = np.zeros((len(POINTS), 4), int)
    joints[::2, 0] = 1
    weights = np.tile([255, 0, 0, 0], (len(POINTS), 1))
    inverse = np.tile(np.eye(4), (2, 1, 1))
    inverse[:, 0, 3] = [0, -1]  # the second joint was at x = 1 when it was bound
    skin = gltf.array(inverse.transpose(0, 2, 1).reshape(2, 16))
    attributes = {
        "POSITION": gltf.array(POINTS * 100),
        "JOINTS_0": gltf.array(joints, "u1"),
        "WEIGHTS_0": gltf.array(weights, "u1", normalized=True),
    }
    gltf.add("meshes", primitives=[{"attributes": attributes, "indices": gltf.array(np.ravel(FACES), "u1")}])
    gltf.add("skins", joints=[2, 3], inverseBindMatrices=skin)
    return gltf.shown(
        {"mesh": 0, "skin": 0, "scale": [50, 50, 50]},
        {"children": [2, 3], "scale": [0.01, 0.01, 0.01]},
        {},
        {"translation": [1, 0, 0]},
    )


def instanced():
    """Three times, 100 mm apart; one is turned, one mirrored and of twice the size."""
    gltf = Gltf(extensionsRequired=["EXT_mesh_gpu_instancing"])
    gltf.mesh()
    attributes = {
        "TRANSLATION": gltf.array([[0, 0, 0], [0.1, 0, 0], [0.2, 0, 0]]),
        "ROTATION": gltf.array([[0, 0, 0, 127], [0, 0, 90, 90], [0, 0, 0, 127]], "i1", normalized=True),
        "SCALE": gltf.array([[1, 1, 1], [1, 1, 1], [2, -2, 2]]),
    }
    return gltf.shown({"mesh": 0, "extensions": {"EXT_mesh_gpu_instancing": {"attributes": attributes}}})


def percent(base64):
    gltf = plain()
    content = b64encode(gltf.data) if base64 else gltf.data
    uri = "data:application/gltf-buffer" + ";base64" * base64 + "," + quote_from_bytes(content, safe="")
    return json.dumps(gltf.description | {"buffers": [{"uri": uri, "byteLength": len(gltf.data)}]}).encode()


def nested():
    """Turned, put elsewhere, and as a matrix: the size stays. Nodes that are in no shown scene are not there."""
    gltf = Gltf(scene=1)
    gltf.mesh()
    turned = [0, -1, 0, 0, 0, 0, 1, 0, -1, 0, 0, 0, 5, 6, 7, 1]  # column by column
    gltf.shown(
        {"children": [1], "rotation": [0, HALF, 0, HALF], "translation": [1, 2, 3], "scale": [2.0, 2, 2]},
        {"children": [2], "matrix": turned},
        {"mesh": 0, "scale": [0.5, 0.5, 0.5]},
        {"mesh": 0, "translation": [9, 0, 0]},
    )
    gltf.add("scenes", nodes=[0])
    return gltf


FORMS = {
    "GLB": (lambda: plain().glb(), L),
    "embedded": (lambda: plain().gltf(), L),
    "embedded with a sign of its own": (lambda: b"\xef\xbb\xbf" + plain().gltf("DATA:;base64,"), L),
    "embedded, percent-encoded": (lambda: percent(base64=False), L),
    "embedded, base64 and percent-encoded": (lambda: percent(base64=True), L),
    "indices of one byte": (lambda: plain(kind="u1").glb(), L),
    "indices of four bytes": (lambda: plain(kind="u4").glb(), L),
    "no indices": (lambda: plain(points=SPREAD, faces=None).glb(), L),
    "two corners too many": (lambda: plain(faces=[*np.ravel(FACES), 0, 1]).glb(), L),
    "points that no face uses": (lambda: plain(points=np.concatenate([POINTS, np.full((500, 3), np.nan)])).glb(), L),
    "a strip": (lambda: strip().glb(), L),
    "fans and a strip without indices": (lambda: fans().glb(), L),
    "interleaved": (lambda: interleaved().glb(), L),
    "sparse": (lambda: sparse(over_zeros=False).glb(), L),
    "sparse over zeros": (lambda: sparse(over_zeros=True).glb(), L),
    "16 bits, normalised": (lambda: quantised("u2", 65535, normalised=True).glb(), L),
    "16 bits with a sign, normalised": (lambda: quantised("i2", 32767, normalised=True).glb(), L),
    "8 bits": (lambda: quantised("u1", 200, normalised=False).glb(), L),
    "8 bits with a sign": (lambda: quantised("i1", 120, normalised=False).glb(), L),
    "a morph target, weighed by the mesh": (lambda: morphed("mesh").glb(), L),
    "a morph target, weighed by the node": (lambda: morphed("node").glb(), L),
    "a skin": (lambda: skinned().glb(), L),
    "nodes within nodes": (lambda: nested().glb(), (20, 1, (30, 40, 20), 7680, 3568)),
    "whole numbers written as fractions": (lambda: plain().gltf().replace(b'"mesh": 0', b'"mesh": 0.0'), L),
    "instances": (lambda: instanced().glb(), (60, 3, (280, 100, 40), 7680 * 10, 3568 * 6)),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_a_shape_is_that_shape(form, tmp_path):
    make, expected = FORMS[form]
    is_the(expected, figures(make(), tmp_path))


def test_the_faces_stand_as_they_were_written(tmp_path):
    found = loaded(plain().glb(), tmp_path).mesh
    assert np.abs(found.corners - L_PROFILE.corners).max() < 1e-4


def test_what_is_left_out_is_said(tmp_path):
    gltf = Gltf(extensionsUsed=["KHR_node_visibility", "EXT_unheard_of"])
    gltf.mesh()
    gltf.description["meshes"][0]["primitives"].append({"attributes": {"POSITION": 0}, "mode": 1})
    hidden = {"mesh": 0, "translation": [1, 0, 0], "extensions": {"KHR_node_visibility": {"visible": False}}}
    gltf.shown({"mesh": 0}, {"children": [2]} | hidden, {"mesh": 0, "translation": [2, 0, 0]})
    found = loaded(gltf.glb(), tmp_path)
    assert found.triangles == 20
    assert {note.code for note in found.notes} == {"lines", "not_shown"}
    assert {note.code for note in loaded(skinned().glb(), tmp_path).notes} == {"posed"}
    assert loaded(plain().glb(), tmp_path).notes == []


def test_what_comes_beside_the_shape(tmp_path):
    picture = io.BytesIO()
    Image.new("RGB", (64, 128), "teal").save(picture, "PNG")
    gltf = Gltf(materials=[{}], textures=[{"source": 0}])
    gltf.mesh()
    gltf.add("images", bufferView=gltf.view(picture.getvalue()), mimeType="image/png")
    gltf.add("images", uri="data:image/ktx2;base64," + b64encode(KTX).decode())
    gltf.add("images", bufferView=77)
    looks = loaded(gltf.shown().gltf(), tmp_path).looks
    assert (looks.has_materials, looks.has_textures, looks.has_rigging, looks.texture_pixels) == (
        True,
        True,
        False,
        512,
    )
    assert loaded(skinned().glb(), tmp_path).looks.has_rigging


KTX = b"\xabKTX 20\xbb\r\n\x1a\n" + struct.pack("<4I", 0, 1, 512, 256) + b"\0" * 60


def changed(change, gltf=None):
    gltf = gltf or plain()
    change(gltf.description)
    return gltf.glb()


def accessor(**more):
    return lambda d: d["accessors"][0].update(more)


def without_data(d):
    d["bufferViews"][0]["buffer"] = 1
    d["bufferViews"][0]["extensions"] = {"EXT_meshopt_compression": {"buffer": 0}}
    d["buffers"] = [{"byteLength": 264}, {"byteLength": 10_000}]


def packed(d):
    del d["accessors"][0]["bufferView"]
    d["meshes"][0]["primitives"][0]["extensions"] = {"KHR_draco_mesh_compression": {"bufferView": 0}}


def node(**more):
    return lambda d: d["nodes"][0].update(more)


REFUSED = {
    "an extension that is not known": (
        lambda d: d.update(extensionsRequired=["EXT_unheard_of"]),
        "asks for EXT_unheard_of, which cannot be read here. Export it without",
    ),
    "packed and said so": (
        lambda d: d.update(extensionsRequired=["EXT_meshopt_compression"]),
        "packed with EXT_meshopt_compression",
    ),
    "packed data that is none": (packed, "packed data is damaged"),
    "packed, with an empty buffer in its place": (without_data, "packed with EXT_meshopt_compression"),
    "glTF 1.0": (lambda d: d.update(asset={"version": "1.0"}), "glTF 1.0; only 2.0"),
    "another file": (lambda d: d.update(buffers=[{"uri": "part.bin", "byteLength": 9}]), "other files"),
    "an address in disguise": (lambda d: d.update(images=[{"uri": ["data:"]}]), "other files"),
    "damaged base64": (
        lambda d: d.update(buffers=[{"uri": "data:;base64,a*a", "byteLength": 3}]),
        "embedded data is damaged",
    ),
    "less data than described": (lambda d: d.update(buffers=[{"byteLength": 10**6}]), "of its 1000000 bytes"),
    "a view beyond its buffer": (lambda d: d["bufferViews"][0].update(byteLength=10**6), "describes"),
    "an array beyond its view": (accessor(count=99), "99 values do not fit"),
    "an array that begins beyond its view": (accessor(byteOffset=10**9), "do not fit"),
    "zeros without end": (
        lambda d: (d["accessors"][0].pop("bufferView"), accessor(count=2**50)(d)),
        "more than the 24,000,000 points",
    ),
    "triangles without end": (lambda d: d["accessors"][1].update(count=2**50), "triangles; at most"),
    "a stride too short": (lambda d: d["bufferViews"][0].update(byteStride=8), "byteStride"),
    "a type that is none": (accessor(componentType=5124), "componentType"),
    "points of two numbers": (accessor(type="VEC2"), "type"),
    "indices that are fractions": (lambda d: d["accessors"][1].update(componentType=5126), "componentType"),
    "a face of points that are not there": (accessor(count=11), "refers to point 11 of 11"),
    "a sparse value beyond its array": (
        accessor(
            sparse={
                "count": 1,
                "indices": {"bufferView": 1, "byteOffset": 4, "componentType": 5125},
                "values": {"bufferView": 0},
            }
        ),
        "sparse value",
    ),
    "more sparse values than values": (
        accessor(
            sparse={"count": 99, "indices": {"bufferView": 1, "componentType": 5121}, "values": {"bufferView": 0}}
        ),
        "sparse",
    ),
    "an accessor that is not there": (
        lambda d: d["meshes"][0]["primitives"][0].update(indices=7),
        "names number 7 of 2",
    ),
    "a negative index": (lambda d: d["meshes"][0]["primitives"][0].update(indices=-1), "indices"),
    "an index that is a word": (node(mesh="0"), "mesh"),
    "an index that is true": (node(mesh=True), "mesh"),
    "a mode that is none": (lambda d: d["meshes"][0]["primitives"][0].update(mode=9), "mode"),
    "points alone": (lambda d: d["meshes"][0]["primitives"][0].update(mode=0), "points and lines alone"),
    "a primitive that is a list": (lambda d: d["meshes"][0].update(primitives=[[]]), "primitives"),
    "a matrix of fifteen numbers": (node(matrix=[1] * 15), "matrix"),
    "a place that is no number": (node(translation=[0, 0, 1e999]), "translation"),
    "a place beyond all numbers": (node(translation=[0, 0, 10**400]), "translation"),
    "a size beyond all numbers": (node(scale=[1e308, 1e308, 1e308]), "no numbers"),
    "a turn around nothing": (node(rotation=[0, 0, 0, 0]), "rotation"),
    "a node within itself": (node(children=[0]), "do not hang together"),
    "a node in two nodes": (
        lambda d: d["nodes"].extend([{"children": [2]}, {}, {"children": [2]}]),
        "do not hang together",
    ),
    "a node that is shown twice": (lambda d: d["scenes"][0].update(nodes=[0, 0]), "do not hang together"),
    "a scene that is not there": (lambda d: d.update(scene=4), "names number 4 of 1"),
    "an empty scene": (lambda d: d["scenes"][0].pop("nodes"), "scene shows none of its meshes"),
    "instances of nothing": (node(extensions={"EXT_mesh_gpu_instancing": {"attributes": {}}}), "instancing"),
    "instances without end": (
        lambda d: (
            d["accessors"].append({"count": 10**9, "componentType": 5126, "type": "VEC3"}),
            node(extensions={"EXT_mesh_gpu_instancing": {"attributes": {"SCALE": 2}}})(d),
        ),
        "20,000,000,000 triangles; at most",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_by_its_name(name, tmp_path):
    change, says = REFUSED[name]
    with pytest.raises(BrokenMesh, match=says) as refusal:
        loaded(changed(change), tmp_path)
    assert str(refusal.value).endswith(".")


def test_a_joint_that_is_not_there(tmp_path):
    with pytest.raises(BrokenMesh, match="a joint that is not there"):
        loaded(changed(lambda d: d["skins"][0].update(joints=[2]), skinned()), tmp_path)


def test_a_description_that_is_no_description(tmp_path):
    wrong = [
        ([], "damaged"),
        ({"name": "settings"}, "is no glTF"),
        ({"asset": {"version": "2.0"}, "nodes": {"0": {}}}, "nodes"),
    ]
    for description, says in wrong:
        with pytest.raises(BrokenMesh, match=says):
            loaded(glb_of(description), tmp_path)
    cut = plain().glb()
    with pytest.raises(BrokenMesh, match="cut off"):
        loaded(struct.pack("<4sII", b"glTF", 2, len(cut) - 40) + cut[12:-40], tmp_path)


def test_a_file_without_scenes_shows_all_its_nodes(tmp_path):
    is_the(L, figures(changed(lambda d: (d.pop("scenes"), d.pop("scene", None))), tmp_path))


def test_a_glb_may_hold_more_than_it_must(tmp_path):
    """A description filled up with zeros, parts of other programs, and something behind the end."""
    chunks, data = [], plain().glb()
    at = 12
    while at < len(data):
        length, kind = struct.unpack_from("<I4s", data, at)
        chunks.append((kind, data[at + 8 : at + 8 + length]))
        at += 8 + length
    (kind, text), *rest = chunks
    chunks = [(kind, text.rstrip() + b"\0" * 4), (b"MINE", b"1234"), *rest, (b"MINE", b"5678")]
    body = b"".join(struct.pack("<I4s", len(content), kind) + content for kind, content in chunks)
    whole = struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body
    is_the(L, figures(whole, tmp_path))
    assert loaded(whole, tmp_path).notes == []
    is_the(L, figures(whole + b"\n", tmp_path))
    assert [note.code for note in loaded(whole + b"\n", tmp_path).notes] == ["trailing_bytes"]
    with pytest.raises(BrokenMesh, match="cut off: .* bytes are there. Export it again"):
        loaded(whole[:-1], tmp_path)

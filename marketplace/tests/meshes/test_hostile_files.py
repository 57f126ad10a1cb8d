"""Files made to break what reads them. Each is refused with a reason, and costs a child process at most."""

import io
import json
import struct
import time
import zipfile
from base64 import b64encode
from pathlib import Path

import numpy as np
import pytest
import trimesh

from bench.mutations import tried
from config.core.sandbox import Limits, SandboxFault, environment
from config.core.stl_headers import _FACET_LINE
from marketplace.meshes.formats import BrokenMesh, format_of
from marketplace.meshes.sandbox import analyse
from marketplace.tests.meshes.known import LIMITS, analysed, file_in, known_meshes
from marketplace.tests.meshes.test_gltf import FORMS

HERE = Path(__file__).parent

MODEL = "3D/3dmodel.model"
HEAD_3MF = '<model unit="millimeter" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">'


def stl(triangles, claimed=None) -> bytes:
    rows = b"".join(struct.pack("<12fH", 0, 0, 0, *np.ravel(triangle), 0) for triangle in triangles)
    return b"\0" * 80 + struct.pack("<I", len(triangles) if claimed is None else claimed) + rows


def archive(**entries) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in entries.items():
            target.writestr(name, content)
    return file.getvalue()


def glb(description) -> bytes:
    text = json.dumps(description).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<4sII", b"glTF", 2, 20 + len(text)) + struct.pack("<I4s", len(text), b"JSON") + text


TRIANGLE = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
DATA_OF_TRIANGLE = f"data:application/octet-stream;base64,{b64encode(struct.pack('<9f', *np.ravel(TRIANGLE))).decode()}"


class TestAtTheDoor:
    """Refused before anything is stored."""

    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (b"", "empty"),
            (b"\x89PNG\r\n\x1a\n" + b"\0" * 200, "no 3-D file"),
            (b"%PDF-1.7 \n" * 50, "no 3-D file"),
            (b"solid but then nothing", "no 3-D file"),
            (stl([TRIANGLE], claimed=4_000_000_000), "1 of 4,000,000,000 triangles"),
            (stl([TRIANGLE] * 3)[:-50], "2 of 3 triangles"),
            (b"PK\x03\x04" + b"\0" * 300, "cut off, without its list"),
            (archive(readme="hello"), "without a 3-D model"),
            (b"glTF" + struct.pack("<II", 1, 40) + b"\0" * 28, "version 1"),
            (b"glTF" + struct.pack("<II", 2, 4_000_000_000) + b"\0" * 28, "cut off"),
            (b"glTF\x02\0\0\0", "within its header"),
        ],
    )
    def test_it_is_refused_with_a_reason(self, data, says):
        with pytest.raises(BrokenMesh, match=says):
            format_of(io.BytesIO(data), len(data))

    @pytest.mark.parametrize("kind", ["stl", "stl_ascii", "obj", "ply", "glb", "gltf", "3mf"])
    def test_the_content_decides(self, kind):
        data = file_in(known_meshes()["cube"].mesh, kind)
        assert format_of(io.BytesIO(data), len(data)) == kind.removesuffix("_ascii")

    @pytest.mark.parametrize("indent", [b"", b"  ", b"\t", b"\n\n", b" \r\n \r\n  "])
    def test_facets_of_an_ascii_stl_may_be_indented_and_stand_below_empty_lines(self, indent):
        data = b"solid cube\n" + indent + b"facet normal 0 0 1\n"
        assert format_of(io.BytesIO(data), len(data)) == "stl"

    def test_a_facet_is_looked_for_line_by_line(self):
        """A search that goes on over line ends does so from each of 65,000 empty lines: seconds of the web process."""
        assert _FACET_LINE.match(b" \t\r facet") is not None
        assert _FACET_LINE.match(b"\nfacet") is None
        empty = b"solid" + b"\n" * 65_000
        with pytest.raises(BrokenMesh, match="no 3-D file"):
            format_of(io.BytesIO(empty), len(empty))

    def test_a_binary_stl_may_call_itself_solid(self):
        data = b"solid facet normal".ljust(80) + stl([TRIANGLE])[80:]
        assert format_of(io.BytesIO(data), len(data)) == "stl"


def scene_of_many(instances: int) -> bytes:
    """A GLB of a few KB whose nodes show one mesh very often."""
    ball = trimesh.creation.icosphere(3, 1)
    scene = trimesh.Scene()
    scene.add_geometry(ball)
    data = scene.export(file_type="glb")
    length = struct.unpack_from("<I", data, 12)[0]
    description, rest = json.loads(data[20 : 20 + length]), data[20 + length :]
    shown = next(number for number, node in enumerate(description["nodes"]) if "mesh" in node)
    description["nodes"] += [dict(description["nodes"][shown]) for _ in range(instances)]
    description["scenes"][0]["nodes"] += list(range(len(description["nodes"]) - instances, len(description["nodes"])))
    text = json.dumps(description).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 20 + len(text) + len(rest)) + struct.pack("<I4s", len(text), b"JSON")
    return head + text + rest


def bomb() -> bytes:
    """A 3MF of 1 kB that says it unpacks to 900 MB."""
    data = archive(**{MODEL: HEAD_3MF, "3D/other.model": ""})
    at = data.rfind(b"PK\x01\x02") + 24  # of its list of contents the last entry: the unpacked size
    return data[:at] + struct.pack("<I", 900_000_000) + data[at + 4 :]


ONE_TRIANGLE = (
    '<object id="1"><mesh><vertices><vertex x="0" y="0" z="0"/><vertex x="1" y="0" z="0"/>'
    '<vertex x="0" y="1" z="0"/></vertices><triangles><triangle v1="0" v2="1" v3="2"/></triangles></mesh></object>'
)
NOT_A_NUMBER, ENDLESS = float("nan"), float("inf")

HOSTILE = {
    "a 3MF that unpacks to more than can be handled": (bomb, "unpacks"),
    "a 3MF of very many entries": (
        lambda: archive(**{MODEL: HEAD_3MF} | {f"e{number}": "" for number in range(5_001)}),
        "too many entries",
    ),
    "entities that multiply": (
        lambda: archive(
            **{
                MODEL: '<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaaaaaaaa">'
                + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 or str()};" * 10}">' for n in range(1, 10))
                + f"]>{HEAD_3MF}<metadata>&a9;</metadata></model>"
            }
        ),
        "entities",
    ),
    "an entity that reads a file": (
        lambda: archive(**{MODEL: f'<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]>{HEAD_3MF}&a;</model>'}),
        "entities",
    ),
    "entities in an encoding that hides them": (
        lambda: archive(
            **{MODEL: f'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE m [<!ENTITY a "a">]>{HEAD_3MF}</model>'}
        ),
        "UTF-8 or UTF-16",
    ),
    "entities in mainframe letters": (
        lambda: archive(
            **{MODEL: f'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "a">]>{HEAD_3MF}</model>'.encode("cp037")}
        ),
        "UTF-8 or UTF-16",
    ),
    "entities in four bytes a letter": (
        lambda: archive(
            **{MODEL: f'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "a">]>{HEAD_3MF}</model>'.encode("utf-32")}
        ),
        "UTF-8 or UTF-16",
    ),
    "nodes that contain one another": (
        lambda: glb(
            {
                "asset": {"version": "2.0"},
                "scene": 0,
                "scenes": [{"nodes": [0]}],
                "nodes": [{"children": [1], "mesh": 0}, {"children": [0], "mesh": 0}],
                "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
                "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
                "bufferViews": [{"buffer": 0, "byteLength": 36}],
                "buffers": [{"byteLength": 36, "uri": DATA_OF_TRIANGLE}],
            }
        ),
        "do not hang together",
    ),
    "components within components, doubled thirty times": (
        lambda: archive(
            **{
                MODEL: HEAD_3MF
                + "<resources>"
                + ONE_TRIANGLE
                + "".join(
                    f'<object id="{n}"><components><component objectid="{n - 1}"/><component objectid="{n - 1}"/>'
                    "</components></object>"
                    for n in range(2, 32)
                )
                + '</resources><build><item objectid="31"/></build></model>'
            }
        ),
        "places its parts more than",
    ),
    "XML that ends in the middle": (lambda: archive(**{MODEL: HEAD_3MF + "<resources>"}), "damaged"),
    "an archive that ends in the middle": (lambda: file_in(known_meshes()["cube"].mesh, "3mf")[:-30], None),
    "coordinates that are no numbers": (
        lambda: stl([TRIANGLE, [(NOT_A_NUMBER, 0, 0), (1, 0, 0), (0, 1, 0)]]),
        "no numbers",
    ),
    "coordinates without end": (lambda: stl([TRIANGLE, [(ENDLESS, 0, 0), (1, 0, 0), (0, 1, 0)]]), "no numbers"),
    "coordinates beyond reason": (lambda: stl([[(1e38, 0, 0), (0, 1e38, 0), (0, 0, -1e38)]]), "cannot be right"),
    "no triangles": (lambda: stl([]), "no triangles"),
    "triangles without an area": (lambda: stl([[(1, 2, 3)] * 3] * 5), "no triangles"),
    "all points on a line": (lambda: stl([[(0, 0, 0), (1, 1, 1), (2, 2, 2)]] * 4), "no triangles"),
    "a PLY that claims 4 billion faces": (
        lambda: (
            b"ply\nformat binary_little_endian 1.0\nelement vertex 3\nproperty float x\nproperty float y\n"
            b"property float z\nelement face 4000000000\nproperty list uchar int vertex_indices\nend_header\n"
            + b"\0"
            * 49
        ),
        None,
    ),
    "a PLY whose faces refer to nowhere": (
        lambda: (
            b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
            b"element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n0 1 0\n3 0 1 900000\n"
        ),
        "damaged",
    ),
    "an OBJ whose faces refer to nowhere": (lambda: b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 900000\n", "damaged"),
    "an OBJ of points alone": (lambda: b"v 0 0 0\nv 1 0 0\nv 0 1 0\n" * 100, "no triangles|damaged"),
    "a GLB that reads a file": (
        lambda: glb({"asset": {"version": "2.0"}, "buffers": [{"uri": "/etc/passwd", "byteLength": 100}]}),
        "other files",
    ),
    "a glTF that calls an address": (
        lambda: json.dumps({"asset": {"version": "2.0"}, "images": [{"uri": "http://127.0.0.1:1/x.png"}]}).encode(),
        "other files",
    ),
    "a glTF whose buffers are a number": (lambda: b'{"buffers": 3, "asset": {"version": "2.0"}}', "damaged"),
    "a glTF nested without end": (lambda: b'{"asset":' + b"[" * 200_000, "damaged"),
    "a packed GLB": (
        lambda: glb({"asset": {"version": "2.0"}, "extensionsRequired": ["EXT_meshopt_compression"]}),
        "EXT_meshopt",
    ),
    "one mesh shown ten thousand times": (lambda: scene_of_many(10_000), "triangles; at most"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_time(name, tmp_path):
    make, says = HOSTILE[name]
    data = make()
    started = time.process_time()
    with pytest.raises(BrokenMesh, match=says or ".") as refusal:
        analysed(data, tmp_path, Limits(memory=2 * 2**30, seconds=12, wall_seconds=150))
    assert str(refusal.value).endswith((".", "without."))
    assert "Traceback" not in str(refusal.value)
    assert time.process_time() - started < 5, "the work is the child's"


def test_files_changed_at_random_are_read_or_refused_in_words(tmp_path):
    """A few hundred changes; `python -m bench.hostile_models` makes as many as one likes."""
    files = [file for kind in ("corpus/*", "files") for file in HERE.glob(f"{kind}/*.*") if file.stat().st_size < 3_000]
    for number, (make, _) in enumerate(FORMS.values()):
        files.append(tmp_path / f"form-{number}.gltf")
        files[-1].write_bytes(make())
    found = tried(sorted(files), 6, tmp_path, Limits(memory=2**30, seconds=60, wall_seconds=150))
    assert found.faults == []
    assert found.count > 400
    assert found.read > 40
    assert found.slowest < 5, found.slowest_of


class TestLimits:
    def test_memory(self, tmp_path):
        data = file_in(trimesh.creation.icosphere(8, 20), "stl")
        assert len(data) > 60_000_000
        with pytest.raises(BrokenMesh, match="400 MB of memory"):
            analysed(data, tmp_path, Limits(memory=400 * 2**20, seconds=60, wall_seconds=150))

    def test_processor_time(self, tmp_path):
        data = file_in(trimesh.creation.icosphere(8, 20), "stl")
        with pytest.raises(BrokenMesh, match="the 1 s"):
            analysed(data, tmp_path, Limits(memory=4 * 2**30, seconds=1, wall_seconds=150))

    def test_the_clock_says_nothing_about_the_file(self, tmp_path):
        with pytest.raises(SandboxFault, match="no result"):
            analysed(file_in(known_meshes()["cube"].mesh, "stl"), tmp_path, Limits(2 * 2**30, 30, wall_seconds=0.05))

    def test_a_child_that_cannot_work_says_nothing_about_the_file(self, tmp_path):
        with pytest.raises(SandboxFault, match="ended with"):
            analyse(tmp_path / "missing.stl", "stl", LIMITS)

    def test_the_child_gets_none_of_our_secrets(self, monkeypatch):
        monkeypatch.setenv("SECRET_KEY", "unspeakable")
        assert set(environment(Path("/"))) <= {"PATH", "HOME", "TMPDIR", "OMP_NUM_THREADS"} | {
            name for name in environment(Path("/")) if name.startswith("OPENBLAS_")
        }

"""What hostile and large 3-D files cost, each analysed in its own process with the limits of the platform.

    python -m bench.hostile_models [--triangles 2000000] [--unpacked 1000] [--changes 200] [--smallest]

Ends with status 1 when a target is missed: a hostile file must be refused in words, an honest one read exactly, and
none may take more processor time or memory than the limits say; each of the tests' files, changed at random so many
times, is read or refused in words. bench/README.md says how to read the table.
"""

import argparse
import io
import json
import multiprocessing
import resource
import struct
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from bench.mutations import MOST, tried
from bench.runs import ended, parsed
from config.core.forkers import forkers_end
from config.core.sandbox import Limits, SandboxFault
from marketplace.meshes.formats import BrokenMesh, format_of
from marketplace.meshes.geometry import Mesh
from marketplace.meshes.sandbox import analyse
from marketplace.meshes.shapes import stl_of

MEMORY_MB, SECONDS = 4096, 60
"""As MESH_MEMORY_MB and MESH_SECONDS are unless an operator says otherwise."""
SAMPLES = Path(__file__).parents[1] / "marketplace" / "tests" / "meshes"
SUFFIXES = (".stl", ".obj", ".ply", ".glb", ".gltf", ".3mf")
AT_ONCE, SLOWEST = 20, 5.0
"""Files that one child reads, and seconds of processor that a changed one may take."""
PARTS = ("[Content_Types].xml", "_rels/.rels", "3D/3dmodel.model")
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Target="/3D/3dmodel.model" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
MODEL = '<model unit="millimeter" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><resources>'


@dataclass(frozen=True)
class Case:
    """`triangles` of a file that is to be read; None for one that is to be refused."""

    name: str
    data: bytes
    triangles: int | None = None


@dataclass(frozen=True)
class Outcome:
    """`said` is what its owner is told, `memory` the most MB that its process had."""

    said: str
    triangles: int | None
    seconds: float
    memory: float
    fault: bool = False


def cases(triangles: int, unpacked: int) -> list[Case]:
    honest = torus(triangles)
    whole = stl_of(honest)
    return [
        Case("a text named GLB", b"#!/bin/sh\nrm -rf /\n"),
        Case("a GLB cut off", glb({"asset": {"version": "2.0"}})[:-4]),
        Case("an STL cut off", whole[: len(whole) // 2]),
        Case("a GLB of accessors without end", glb(without_end())),
        Case("a GLB of a million instances", glb_of(torus(200), instances=1_000_000)),
        Case(f"a 3MF that unpacks to {unpacked} MB", bomb(unpacked)),
        Case("a 3MF whose objects double 40 times", doubling(40)),
        Case(f"an STL of {len(honest.faces):,} triangles", whole, len(honest.faces)),
        Case(f"a GLB of {len(honest.faces):,} triangles", glb_of(honest), len(honest.faces)),
    ]


def torus(triangles: int) -> Mesh:
    """Closed, and of about so many triangles."""
    around = max(8, round((triangles / 2) ** 0.5))
    u, v = np.meshgrid(np.arange(around), np.arange(around), indexing="ij")
    angle_u, angle_v = 2 * np.pi * u / around, 2 * np.pi * v / around
    points = np.stack(
        [
            (30 + 8 * np.cos(angle_v)) * np.cos(angle_u),
            (30 + 8 * np.cos(angle_v)) * np.sin(angle_u),
            8 * np.sin(angle_v),
        ],
        axis=-1,
    ).reshape(-1, 3)
    a, b = u * around + v, ((u + 1) % around) * around + v
    c, d = ((u + 1) % around) * around + (v + 1) % around, u * around + (v + 1) % around
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return Mesh(points, faces)


def glb(description: dict[str, object], data: bytes = b"") -> bytes:
    text = json.dumps(description).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text
    if data:
        body += struct.pack("<I4s", len(data), b"BIN\0") + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def glb_of(mesh: Mesh, *, instances: int = 0) -> bytes:
    """In metres; `instances` at one place, of which the file holds nothing but their number."""
    points, corners = (mesh.vertices / 1000).astype("<f4").tobytes(), mesh.faces.astype("<u4").tobytes()
    node: dict[str, object] = {"mesh": 0}
    if instances:
        node["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 2}}}
    return glb(
        {
            "asset": {"version": "2.0"},
            "scenes": [{"nodes": [0]}],
            "nodes": [node],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
            "accessors": [
                {"componentType": 5126, "count": len(mesh.vertices), "type": "VEC3", "bufferView": 0},
                {"componentType": 5125, "count": mesh.faces.size, "type": "SCALAR", "bufferView": 1},
                {"componentType": 5126, "count": max(1, instances), "type": "VEC3"},
            ],
            "bufferViews": [
                {"buffer": 0, "byteLength": len(points)},
                {"buffer": 0, "byteOffset": len(points), "byteLength": len(corners)},
            ],
            "buffers": [{"byteLength": len(points) + len(corners)}],
        },
        points + corners,
    )


def without_end() -> dict[str, object]:
    accessor = {"componentType": 5126, "count": 2**31 - 1, "type": "VEC3", "bufferView": 0}
    return {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [accessor],
        "bufferViews": [{"buffer": 0, "byteLength": 2**31 - 1}],
        "buffers": [{"byteLength": 2**31 - 1}],
    }


def bomb(megabytes: int) -> bytes:
    vertex = b'<vertex x="0" y="0" z="0"/>' * 40_000
    pieces = [MODEL.encode(), b'<object id="1"><mesh><vertices>', *[vertex] * max(1, megabytes * 2**20 // len(vertex))]
    return archive(pieces)


def doubling(times: int) -> bytes:
    """Each object is twice the one before."""
    first = (
        '<object id="1"><mesh><vertices><vertex x="0" y="0" z="0"/><vertex x="1" y="0" z="0"/>'
        '<vertex x="0" y="1" z="0"/></vertices><triangles><triangle v1="0" v2="1" v3="2"/></triangles></mesh></object>'
    )
    others = "".join(
        f'<object id="{number}"><components><component objectid="{number - 1}"/><component objectid="{number - 1}"/>'
        "</components></object>"
        for number in range(2, times + 2)
    )
    build = f'</resources><build><item objectid="{times + 1}"/></build></model>'
    return archive([(MODEL + first + others + build).encode()])


def archive(model: Sequence[bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(PARTS[0], TYPES)
        made.writestr(PARTS[1], RELATIONS)
        with made.open(PARTS[2], "w", force_zip64=True) as part:
            for piece in model:
                part.write(piece)
    return buffer.getvalue()


def analysed(data: bytes) -> Outcome:
    """In a process of its own, so that its children's memory is this file's."""
    started = perf_counter()
    said, triangles, fault = "", None, False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        try:
            with path.open("rb") as file:
                mesh_format = format_of(file, len(data))
            limits = Limits(memory=MEMORY_MB * 2**20, seconds=SECONDS, wall_seconds=SECONDS * 4)
            triangles = analyse(path, mesh_format, limits).figures.triangle_count
            said = f"{triangles:,} triangles"
        except BrokenMesh as broken:
            said = str(broken)
        except SandboxFault as error:
            said, fault = str(error), True
    forkers_end()
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return Outcome(said, triangles, perf_counter() - started, memory, fault)


def changed(times: int, fewest: bool) -> tuple[list[str], list[str]]:
    """What took too long, and what was wrong."""
    files = sorted(file for file in SAMPLES.glob("*/**/*.*") if file.suffix in SUFFIXES and file.stat().st_size <= MOST)
    files = files[::40] if fewest else files
    count = read = 0
    slow, wrong = [], []
    for start in range(0, len(files), AT_ONCE):
        with tempfile.TemporaryDirectory() as folder:
            limits = Limits(memory=MEMORY_MB * 2**20 // 4, seconds=600, wall_seconds=3600)
            found = tried(files[start : start + AT_ONCE], times, Path(folder), limits, measured=True)
        count, read = count + found.count, read + found.read
        wrong += found.faults
        if found.slowest > SLOWEST:
            slow.append(f"{found.slowest_of}: {found.slowest:.1f} s")
    print(f"{len(files)} files, {count:,} changes: {read:,} read, {count - read - len(wrong):,} refused in words")
    return slow, wrong


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--triangles", type=int, default=2_000_000)
    parser.add_argument("--unpacked", type=int, default=1000, help="MB")
    parser.add_argument("--changes", type=int, default=200, help="of each file")
    options = parsed(parser, arguments, triangles=2_000, unpacked=20, changes=3)
    missed, wrong = [], []
    print(f"{'file':42} {'sent':>9} {'took':>7} {'memory':>8}  what its owner is told")
    for case in cases(options.triangles, options.unpacked):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            outcome = pool.apply(analysed, (case.data,))
        sent = f"{len(case.data) / 2**20:.1f} MB" if len(case.data) > 2**19 else f"{len(case.data) / 1024:.1f} kB"
        print(f"{case.name:42} {sent:>9} {outcome.seconds:6.1f}s {outcome.memory:5.0f} MB  {outcome.said[:110]}")
        if outcome.fault or outcome.triangles != case.triangles:
            wrong.append(f"{case.name}: {outcome.said}")
        if outcome.memory > MEMORY_MB or outcome.seconds > SECONDS * 2:
            missed.append(f"{case.name}: {outcome.memory:.0f} MB, {outcome.seconds:.0f} s")
    slow, faults = changed(options.changes, fewest=options.changes <= 3)
    missed, wrong = missed + slow, wrong + faults
    return ended(options, missed=missed, wrong=wrong)


if __name__ == "__main__":
    sys.exit(main())

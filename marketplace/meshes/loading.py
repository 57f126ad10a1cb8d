"""From a file to a mesh, through trimesh. Only to be called in the child process, whose memory and time are limited.

Units: what 3MF declares; metres for GLB and glTF, as their specification says; millimetres for STL, OBJ and PLY, which
carry none.
"""

from __future__ import annotations

import json
import re
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import trimesh

from .formats import BrokenMesh
from .geometry import Mesh, welded
from .results import Looks
from .textures import looks_of_gltf

MAX_TRIANGLES = 8_000_000
MAX_UNPACKED = 400 * 1024 * 1024
"""Bytes of all the entries of a 3MF archive together, as its list of contents declares them."""
MAX_ENTRIES = 2_000
MAX_PLACED = 20_000
"""How often the parts of a 3MF file may be placed in all. Each object may hold others, which hold others: thirty lines
can place one part a thousand million times."""
SMALLEST_MM, LARGEST_MM = 1e-6, 1e8

_MILLIMETRES = {
    "micron": 0.001,
    "millimeter": 1.0,
    "millimeters": 1.0,
    "centimeter": 10.0,
    "inch": 25.4,
    "foot": 304.8,
    "meter": 1000.0,
}
_PLACING = re.compile(rb"<(?!vertex|triangle)(?:[\w.-]{1,40}:)?(object|component|item)\b([^<>]{0,2000})>")
_ID = re.compile(rb"""\s(?:object)?id\s{0,9}=\s{0,9}["'](\d{1,10})["']""")
_ENCODING = re.compile(rb"""\bencoding\s{0,9}=\s{0,9}["']([^"']{0,40})""")
_ENCODINGS = (b"utf-8", b"utf8", b"us-ascii", b"ascii", b"utf-16", b"utf-16le", b"utf-16be")
_PACKED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression")


@dataclass(frozen=True)
class Loaded:
    """`triangles` counts the file's own, before those without an area are dropped. `up` is the axis (0, 1, 2) that
    points upwards by the format's custom."""

    mesh: Mesh
    triangles: int
    up: int
    looks: Looks = field(default_factory=Looks)


def load(path: Path, mesh_format: str) -> Loaded:
    """Read a file of a format that `formats.format_of` gave. Raises BrokenMesh and MemoryError."""
    looks = Looks()
    with path.open("rb") as file:
        if mesh_format == "3mf":
            _archive_check(file)
        elif mesh_format in ("glb", "gltf"):
            header, chunk = _gltf_header(file, mesh_format)
            _gltf_check(header)
            looks = looks_of_gltf(header, chunk)
        elif mesh_format == "obj":
            looks = Looks(has_materials=b"\nusemtl " in b"\n" + file.read(4 * 1024 * 1024))
        file.seek(0)
        scene = _scene(file, mesh_format)
    vertices, faces = _gathered(scene)
    vertices = vertices * _unit(scene, mesh_format)
    if not np.isfinite(vertices).all():
        raise BrokenMesh("The file holds coordinates that are no numbers.")
    mesh = welded(vertices, faces) if len(faces) else None
    if mesh is None or not len(mesh.faces) or not mesh.areas.any():
        raise BrokenMesh("The file holds no triangles.")
    if not SMALLEST_MM < mesh.longest_side < LARGEST_MM:
        raise BrokenMesh(f"The model measures {mesh.longest_side:.3g} mm, which cannot be right.")
    return Loaded(mesh, len(faces), up=1 if mesh_format in ("glb", "gltf", "obj") else 2, looks=looks)


def _scene(file: BinaryIO, mesh_format: str) -> trimesh.Scene:
    try:
        # Without a resolver nothing but this file is read. Materials would only cost memory.
        return trimesh.load_scene(file, file_type=mesh_format, resolver=None, process=False, skip_materials=True)
    except (BrokenMesh, MemoryError):
        raise
    except Exception as error:  # trimesh raises whatever its parsing stumbles over
        if mesh_format == "stl" and "HeaderError" in type(error).__name__:
            raise BrokenMesh("The STL file is damaged or cut off.") from error
        raise BrokenMesh("The file is damaged and cannot be read.") from error


def _gathered(scene: trimesh.Scene) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """All triangles of the scene, each where its node puts it."""
    try:
        placed = [scene.graph[node] for node in scene.graph.nodes_geometry]
    except (ValueError, LookupError, TypeError) as error:  # they contain one another in a circle, or nothing at all
        raise BrokenMesh("The file is damaged: its parts do not hang together.") from error
    nodes = [
        (transform, geometry)
        for transform, geometry in ((transform, scene.geometry.get(name)) for transform, name in placed)
        if isinstance(geometry, trimesh.Trimesh) and len(geometry.faces)
    ]
    total = sum(len(geometry.faces) for _, geometry in nodes)
    if total > MAX_TRIANGLES:
        raise BrokenMesh(f"The model has {total} triangles; at most {MAX_TRIANGLES} can be handled.")
    vertices, faces, count = [], [], 0
    for transform, geometry in nodes:
        points = np.asarray(geometry.vertices, dtype=np.float64)
        rows = np.asarray(geometry.faces, dtype=np.int64)
        if rows.min() < 0 or rows.max() >= len(points):
            raise BrokenMesh("The file is damaged: triangles refer to points that are not there.")
        if not np.array_equal(transform, np.eye(4)):
            points = points @ transform[:3, :3].T + transform[:3, 3]
            if np.linalg.det(transform[:3, :3]) < 0:  # mirrored: what was outside is inside now
                rows = rows[:, ::-1]
        vertices.append(points)
        faces.append(rows + count)
        count += len(points)
    if not faces:
        return np.empty((0, 3)), np.empty((0, 3), dtype=np.int64)
    return np.concatenate(vertices), np.concatenate(faces)


def _unit(scene: trimesh.Scene, mesh_format: str) -> float:
    if mesh_format in ("glb", "gltf"):
        return 1000.0
    if mesh_format == "3mf":
        units = {str(geometry.metadata.get("units", "millimeter")) for geometry in scene.geometry.values()}
        return _MILLIMETRES.get(units.pop(), 1.0) if units else 1.0
    return 1.0


def _archive_check(file: BinaryIO) -> None:
    """Refuse archives that unpack to more than can be handled, and models that define entities."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise BrokenMesh("The 3MF file unpacks to more than can be handled.")
            if any(entry.flag_bits & 1 for entry in entries):
                raise BrokenMesh("The 3MF file is encrypted.")
            for entry in entries:
                if entry.filename.lower().endswith(".model"):
                    content = archive.read(entry)  # no more than was declared
                    _entities_check(content)
                    _placed_check(content.replace(b"\0", b""))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, struct.error) as error:
        raise BrokenMesh("The 3MF file is damaged and cannot be unpacked.") from error
    except Exception as error:
        if isinstance(error, (BrokenMesh, MemoryError)):
            raise
        raise BrokenMesh("The 3MF file is damaged and cannot be unpacked.") from error


def _entities_check(content: bytes) -> None:
    """Looked for in the bytes, and so in encodings alone in which they can be seen; 3MF allows two of them."""
    plain = content.replace(b"\0", b"")
    encoding = _ENCODING.search(plain[:200])
    begins = plain.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")
    if not begins or (encoding is not None and encoding[1].lower() not in _ENCODINGS):
        raise BrokenMesh("The 3MF file is not written in UTF-8 or UTF-16, as it must be.")
    if b"<!DOCTYPE" in plain:
        raise BrokenMesh("The 3MF file defines entities, which a model has no use for.")


def _placed_check(plain: bytes) -> None:
    """Count how often parts are placed before any is. An object names others that came before it; of one in another
    part of the archive nothing is known here, and it counts once."""
    placed: dict[bytes, int] = {}
    within = b""
    for found in _PLACING.finditer(plain):
        kind, number = found[1], _ID.search(found[2])
        if number is None:
            continue
        if kind == b"object":
            within, placed[number[1]] = number[1], 1
        elif kind == b"component":
            placed[within] = placed.get(within, 0) + placed.get(number[1], 1)
            if placed[within] > MAX_PLACED:
                raise BrokenMesh(f"The 3MF file places its parts more than {MAX_PLACED} times.")


def _gltf_header(file: BinaryIO, mesh_format: str) -> tuple[dict[str, Any], bytes]:
    """The JSON part, and a GLB's binary part."""
    try:
        if mesh_format == "gltf":
            header, chunk = json.loads(file.read()), b""
        else:
            file.seek(12)
            length, kind = struct.unpack("<I4s", file.read(8))
            if kind != b"JSON":
                raise BrokenMesh("The GLB file does not begin with its description.")
            header = json.loads(file.read(length))
            following = file.read(8)
            chunk = file.read(struct.unpack("<I4s", following)[0]) if len(following) == 8 else b""
    except (ValueError, struct.error, RecursionError) as error:
        if isinstance(error, BrokenMesh):
            raise
        raise BrokenMesh("The file's description is damaged.") from error
    if not isinstance(header, dict):
        raise BrokenMesh("The file's description is damaged.")
    return header, chunk


def _gltf_check(header: dict[str, Any]) -> None:
    """Everything must be in the file itself: no other file is ever opened, and no address called."""
    for part in ("buffers", "images"):
        rows = header.get(part) or []
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BrokenMesh("The file's description is damaged.")
        for row in rows:
            if "uri" in row and not str(row["uri"]).startswith("data:"):
                raise BrokenMesh("The file refers to other files. Send it as one file: as GLB, or with embedded data.")
    required = header.get("extensionsRequired") or []
    for extension in required if isinstance(required, list) else []:
        if extension in _PACKED:
            raise BrokenMesh(f"The file is packed with {extension}, which cannot be read. Send it without.")

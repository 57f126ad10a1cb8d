"""glTF and GLB: metres, as their specification says."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.textures import looks_of_gltf

from .read import Read
from .scenes import gathered, scene_of

_PACKED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression")


def read(file: BinaryIO) -> Read:
    mesh_format = "glb" if file.read(4) == b"glTF" else "gltf"
    file.seek(0)
    header, chunk = _gltf_header(file, mesh_format)
    _gltf_check(header)
    file.seek(0)
    vertices, faces = gathered(scene_of(file, mesh_format))
    return Read(vertices * 1000.0, faces, looks=looks_of_gltf(header, chunk))


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

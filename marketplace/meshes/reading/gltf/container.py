"""The description of a glTF or GLB file, and the bytes that it describes. No other file is ever opened, and no address
called."""

from __future__ import annotations

import base64
import binascii
import json
import struct
from dataclasses import dataclass, field
from typing import BinaryIO, NoReturn
from urllib.parse import unquote_to_bytes

from marketplace.meshes.formats import ACCEPTED, BrokenMesh

from .fields import Row, at, damaged, extension, row, rows, whole

PACKED = ("EXT_meshopt_compression", "KHR_meshopt_compression")
"""Their bytes mean nothing without a decoder."""

_READ = {
    "EXT_mesh_gpu_instancing",
    "KHR_draco_mesh_compression",
    "KHR_mesh_quantization",
    "KHR_node_visibility",
    # None of the following moves a point.
    "AGI_articulations",
    "AGI_stk_metadata",
    "CESIUM_primitive_outline",
    "EXT_instance_features",
    "EXT_lights_ies",
    "EXT_lights_image_based",
    "EXT_mesh_features",
    "EXT_mesh_manifold",
    "EXT_structural_metadata",
    "EXT_texture_avif",
    "EXT_texture_webp",
    "FB_ngon_encoding",
    "GODOT_single_root",
    "KHR_animation_pointer",
    "KHR_audio_emitter",
    "KHR_implicit_shapes",
    "KHR_interactivity",
    "KHR_lights_punctual",
    "KHR_node_hoverability",
    "KHR_node_selectability",
    "KHR_physics_rigid_bodies",
    "KHR_technique_webgl",
    "KHR_techniques_webgl",
    "KHR_texture_basisu",
    "KHR_texture_transform",
    "KHR_xmp",
    "KHR_xmp_json_ld",
    "MSFT_lod",
    "MSFT_packing_normalRoughnessMetallic",
    "MSFT_packing_occlusionRoughnessMetallic",
    "MSFT_texture_dds",
}
_READ_KINDS = ("KHR_materials_", "EXT_materials_", "ADOBE_materials_", "VRM")
"""Beginnings of names: looks, and what a figure's program adds to a figure."""

_MOST_CHUNKS = 64
"""Of a GLB: the two that mean something here, and those of programs."""


@dataclass
class Container:
    """`description` is the file's JSON, `chunk` a GLB's binary part, `beyond` how many bytes follow its last."""

    description: Row
    chunk: bytes | None = None
    beyond: int = 0
    _opened: dict[int, bytes] = field(default_factory=dict)
    _rows: dict[str, list[Row]] = field(default_factory=dict)

    def rows(self, name: str) -> list[Row]:
        if name not in self._rows:
            self._rows[name] = rows(self.description, name)
        return self._rows[name]

    def view(self, index: int) -> tuple[memoryview, int | None]:
        """The bytes of a buffer view, and its stride where it has one. Nothing is copied."""
        view = at(self.rows("bufferViews"), index, "bufferView")
        for name in PACKED:
            if extension(view, name) is not None and self._is_empty(whole(view, "buffer"), name):
                refuse_packed(name)
        start, length = whole(view, "byteOffset", 0), whole(view, "byteLength")
        buffer = self._buffer(whole(view, "buffer"))
        if start + length > len(buffer):
            raise BrokenMesh(
                f"The file is damaged or cut off: it describes {start + length} bytes of data, "
                f"and {len(buffer)} are there. Export it again."
            )
        stride = whole(view, "byteStride", least=1) if view.get("byteStride") is not None else None
        return memoryview(buffer)[start : start + length], stride

    def _is_empty(self, index: int, packing: str) -> bool:
        """Whether the buffer only says how large the data would be that is packed."""
        buffer = at(self.rows("buffers"), index, "buffer")
        missing = buffer.get("uri") is None and (index > 0 or self.chunk is None)
        return missing or (extension(buffer, packing) or {}).get("fallback") is True

    def _buffer(self, index: int) -> bytes:
        if index not in self._opened:
            self._opened[index] = self._open(index)
        return self._opened[index]

    def _open(self, index: int) -> bytes:
        buffer = at(self.rows("buffers"), index, "buffer")
        if buffer.get("uri") is not None:
            data = of_uri(buffer["uri"])
        elif index == 0 and self.chunk is not None:
            data = self.chunk
        else:
            raise BrokenMesh("The file's data is missing: send it as one file, as GLB or with embedded data.")
        length = whole(buffer, "byteLength")
        if length > len(data):
            raise BrokenMesh(
                f"The file is damaged or cut off: {len(data)} of its {length} bytes of data are there. Export it again."
            )
        return data[:length] if length < len(data) else data


def refuse_packed(name: str) -> NoReturn:
    raise BrokenMesh(f"The file is packed with {name}, which cannot be read. Export it without compression.")


def opened(file: BinaryIO) -> Container:
    """Raises BrokenMesh for what is no glTF 2.0, lies in other files, or needs an extension that is not known here."""
    data = file.read()
    found = _of_glb(data) if data[:4] == b"glTF" else Container(_parsed(data))
    _version_check(found.description)
    _extensions_check(found.description)
    for part in ("buffers", "images"):
        for listed in found.rows(part):
            if listed.get("uri") is not None and not _is_embedded(listed["uri"]):
                raise BrokenMesh("The file refers to other files. Send it as one file: as GLB, or with embedded data.")
    return found


def _of_glb(data: bytes) -> Container:
    chunks: list[tuple[bytes, int, int]] = []
    position, end = 12, min(struct.unpack_from("<I", data, 8)[0], len(data))
    while position + 8 <= end and len(chunks) < _MOST_CHUNKS:
        length, kind = struct.unpack_from("<I4s", data, position)
        if position + 8 + length > end:
            raise BrokenMesh("The GLB file is cut off: its parts are longer than the file. Export it again.")
        chunks.append((kind, position + 8, length))
        position += 8 + length
    if not chunks or chunks[0][0] != b"JSON":
        raise BrokenMesh("The GLB file does not begin with its description. Export it again.")
    (_, start, length), *others = chunks
    binary = next((data[at : at + size] for kind, at, size in others if kind == b"BIN\0"), None)
    return Container(_parsed(data[start : start + length]), binary, len(data) - end)


def _parsed(data: bytes) -> Row:
    try:
        # Names in an encoding of their own are of no weight; anything else does not survive the parsing.
        description = json.loads(data.decode("utf-8-sig", errors="replace").rstrip("\0\x1a"))
    except (ValueError, RecursionError) as error:
        raise BrokenMesh("The file's description is damaged or cut off. Export it again.") from error
    if not isinstance(description, dict):
        raise BrokenMesh("The file's description is damaged. Export it again.")
    return description


def _version_check(description: Row) -> None:
    asset = row(description, "asset") or {}
    if not asset and not description.get("meshes"):
        raise BrokenMesh(f"The file is no glTF: it does not say so. Send {ACCEPTED}.")
    for name in ("version", "minVersion"):
        version = asset.get(name)
        if version is not None and str(version).partition(".")[0] != "2":
            raise BrokenMesh(f"The file is glTF {str(version)[:20]}; only 2.0 can be read. Export it as glTF 2.0.")
    if isinstance(description.get("meshes"), dict):
        raise BrokenMesh("The file is glTF 1.0; only 2.0 can be read. Export it as glTF 2.0.")


def _extensions_check(description: Row) -> None:
    required = description.get("extensionsRequired") or []
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        raise damaged("extensionsRequired")
    for name in required:
        if name in PACKED:
            refuse_packed(name)
        if name not in _READ and not name.startswith(_READ_KINDS):
            raise BrokenMesh(f"The file asks for {name[:80]}, which cannot be read here. Export it without.")


def _is_embedded(uri: object) -> bool:
    return isinstance(uri, str) and uri[:5].lower() == "data:"


def of_uri(uri: str) -> bytes:
    """What a `data:` address holds (RFC 2397)."""
    head, comma, content = uri.partition(",")
    if not comma:
        raise damaged("uri")
    try:
        plain = content.encode("ascii")
        if b"%" in plain:
            plain = unquote_to_bytes(plain)
        if not head.lower().endswith(";base64"):
            return plain
        digits = plain.translate(None, b" \t\r\n").rstrip(b"=")
        return base64.b64decode(digits + b"=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise BrokenMesh("The file's embedded data is damaged. Export it again.") from error

"""Which 3-D format a file is in, judged by its content. Reads a few hundred KB at most, and of an archive
its list of contents and which of them is a model."""

from __future__ import annotations

import re
import struct
from typing import BinaryIO

from config.core.archives import END, BrokenArchive, entry, opened

from .stl_headers import binary_stl, is_text_stl

ACCEPTED = "STL, OBJ, GLB, glTF, 3MF or PLY"

_HEAD, _TAIL = 64 * 1024, 256 * 1024
_MOST_RELATIONS = 256 * 1024
_MODEL_TYPE = re.compile(rb"/3dmodel[\"']", re.IGNORECASE)
_VERTEX_LINE = re.compile(rb"(?:^|[\r\n])[ \t]*v[nt]?[ \t]+[-+.\d\\]")


class BrokenMesh(ValueError):
    """The file is no 3-D file, is damaged, or is more than can be analysed. The text is for the person who sent it."""


class UnknownFormat(BrokenMesh):
    """It does not look like any 3-D file."""


def further_format_of(file: BinaryIO, size: int) -> str | None:
    """Return "fbx", "blend" or "zip" for what may stand beside a model, None for anything else. Nothing is unpacked."""
    head = _read(file, 0, 64)
    if head.startswith(b"Kaydara FBX Binary  ") or re.match(rb"; FBX \d", head):
        return "fbx"
    if re.match(rb"BLENDER[-_0-9][-_vV0-9]", head):
        return "blend"
    if head.startswith(b"PK\x03\x04") and b"PK\x05\x06" in _read(file, max(0, size - _TAIL), _TAIL):
        return "zip"
    return None


def format_of(file: BinaryIO, size: int) -> str:
    """Return "stl", "obj", "glb", "gltf", "3mf" or "ply" for a seekable file of `size` bytes.

    Raises BrokenMesh for anything else, and for headers that do not fit the file.
    """
    head = _read(file, 0, _HEAD)
    if not head:
        raise BrokenMesh("The file is empty.")
    if head.startswith(b"glTF"):
        return _glb(head, size)
    if head.startswith(b"PK\x03\x04"):
        return _threemf(file, _read(file, max(0, size - _TAIL), _TAIL))
    if re.match(rb"ply[ \t]*[\r\n]", head):
        return "ply"
    binary = binary_stl(head, size)
    if binary is not None and binary.is_exact:
        return "stl"
    if is_text_stl(head):
        return "stl"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\0" not in head:
        if text.startswith(b"{"):
            return "gltf"
        if _VERTEX_LINE.search(text):
            return "obj"
    if binary is not None:
        if binary.fault:
            raise BrokenMesh(binary.fault)
        return "stl"
    raise UnknownFormat(f"This is no 3-D file that can be read: send {ACCEPTED}.")


def _read(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(start)
    return file.read(count)


def _glb(head: bytes, size: int) -> str:
    if len(head) < 20:
        raise BrokenMesh("The GLB file ends within its header.")
    version, length = struct.unpack_from("<II", head, 4)
    if version != 2:
        raise BrokenMesh(f"The GLB file has version {version}; only version 2 can be read.")
    if length != size:
        raise BrokenMesh(f"The GLB file says it has {length} bytes, but it has {size}: it is damaged or cut off.")
    return "glb"


def _threemf(file: BinaryIO, tail: bytes) -> str:
    """The archive's relations say whether there is a model in it, and where."""
    if END not in tail:
        raise BrokenMesh("The file is an archive that is cut off, without its list of contents. Send it again.")
    try:
        with opened(file) as archive:
            names = {name.replace("\\", "/").strip("/").lower(): name for name in archive.namelist()}
            relations = names.get("_rels/.rels")
            related = entry(archive, relations, most=_MOST_RELATIONS) if relations is not None else None
    except BrokenArchive as error:
        raise BrokenMesh(f"{error} Export the model again, as {ACCEPTED}.") from error
    if "3d/3dmodel.model" in names or _MODEL_TYPE.search((related or b"").replace(b"\0", b"")):
        return "3mf"
    raise BrokenMesh(f"The file is an archive without a 3-D model in it. Send it unpacked, as {ACCEPTED}.")

"""Which 3-D format a file is in, judged by its content. Reads a few hundred KB at most, and unpacks nothing."""

from __future__ import annotations

import re
import struct
from typing import BinaryIO

ACCEPTED = "STL, OBJ, GLB, glTF, 3MF or PLY"

_HEAD, _TAIL = 64 * 1024, 256 * 1024
_STL_HEADER, _STL_TRIANGLE = 84, 50
_VERTEX_LINE = re.compile(rb"^v[ \t]+[-+.\d]", re.MULTILINE)
# Blanks of its own line alone: taken over line ends as well, sixty thousand empty lines cost seconds of backtracking.
_FACET = re.compile(rb"^[ \t\r\f\v]*facet\b", re.MULTILINE | re.IGNORECASE)


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
        return _threemf(head, _read(file, max(0, size - _TAIL), _TAIL))
    if re.match(rb"ply\r?\n", head):
        return "ply"
    if _is_binary_stl(head, size):
        return "stl"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\0" not in head:
        if text[:5].lower() == b"solid" and _FACET.search(text):
            return "stl"
        if text.startswith(b"{"):
            return "gltf"
        if _VERTEX_LINE.search(text):
            return "obj"
    raise _what_is_wrong(head, size)


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


def _threemf(head: bytes, tail: bytes) -> str:
    # The archive's list of contents stands at its end. It is only looked at here: the child unpacks it.
    if b"3dmodel.model" in tail.lower() or b"3dmodel.model" in head.lower():
        return "3mf"
    raise BrokenMesh(f"The file is an archive without a 3-D model in it. Send it unpacked, as {ACCEPTED}.")


def _is_binary_stl(head: bytes, size: int) -> bool:
    if len(head) < _STL_HEADER:
        return False
    (count,) = struct.unpack_from("<I", head, 80)
    return size == _STL_HEADER + _STL_TRIANGLE * count


def _what_is_wrong(head: bytes, size: int) -> BrokenMesh:
    looks_binary = b"\0" in head and len(head) >= _STL_HEADER
    if looks_binary and (size - _STL_HEADER) % _STL_TRIANGLE == 0:
        (count,) = struct.unpack_from("<I", head, 80)
        holds = (size - _STL_HEADER) // _STL_TRIANGLE
        return BrokenMesh(
            f"The STL file says it has {count} triangles, but it has room for {holds}: it is damaged or cut off."
        )
    return UnknownFormat(f"This is no 3-D file that can be read: send {ACCEPTED}.")

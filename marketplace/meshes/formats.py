"""Which 3-D format a file is in, judged by its content. Reads a few hundred KB, of a text that
begins with remarks 4 MB, and of an archive its list of contents and which of them is a model."""

from __future__ import annotations

import re
import struct
from typing import BinaryIO

from config.core.archives import END, BrokenArchive, entry, opened
from config.core.mesh_texts import text_format
from config.core.stl_headers import LOOKED_INTO, binary_stl

ACCEPTED = "STL, OBJ, GLB, glTF, 3MF or PLY"

_TAIL = 256 * 1024
_MOST_RELATIONS = 256 * 1024
_LONGEST = 300
_MODEL_TYPE = re.compile(rb"/3dmodel[\"']", re.IGNORECASE)
_OTHERS = [
    (re.compile(beginning, re.IGNORECASE), name)
    for beginning, name in (
        (rb"ISO-10303-21", "a STEP file"),
        (rb".{72}S {0,6}1", "an IGES file"),
        (rb"Kaydara FBX|; FBX", "an FBX file"),
        (rb"BLENDER", "a Blender file"),
        (rb"3D Geometry File Format", "a Rhino file"),
        (rb"AC10\d\d\0| {0,9}0\r?\n {0,9}SECTION", "a drawing of AutoCAD"),
        (rb"PXR-USDC|#usda", "a USD file"),
        (rb"#VRML|#X3D", "a VRML file"),
        (rb"(?:ST|C|N|4|n){0,9}OFF\s", "an OFF file"),
        (rb"\xd0\xcf\x11\xe0", "a file of SolidWorks or another CAD program"),
        (rb"\x1f\x8b|Rar!|7z\xbc\xaf", "a packed file"),
        (rb"version https://git-lfs", "a reference of Git LFS and not the file itself"),
        (rb"\s{0,99}<!doctype html|\s{0,99}<html", "a web page"),
        (rb"\s{0,99}<", "an XML file"),
    )
]
"""What people send who mean a model."""


class BrokenMesh(ValueError):
    """The file is no 3-D file, is damaged, or is more than can be analysed. The text is for the person who sent it.

    It may quote the file: what cannot be shown or stored (control characters, halves of characters) is a question mark.
    """

    def __init__(self, text: str) -> None:
        super().__init__("".join(sign if sign.isprintable() else "?" for sign in text[:_LONGEST]))


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
    head = _read(file, 0, LOOKED_INTO[0])
    if not head:
        raise BrokenMesh("The file is empty.")
    binary = binary_stl(head, size)
    if binary is not None and binary.is_exact and binary.count:  # whatever its 80 bytes of anything begin with
        return "stl"
    if head.startswith(b"glTF"):
        return _glb(head, size)
    if head.startswith(b"PK\x03\x04"):
        return _threemf(file, size)
    found = text_format(head)
    if found is None and b"\0" not in head and size > len(head):  # remarks and blank lines may come first
        found = text_format(_read(file, 0, LOOKED_INTO[1]))
    if found is not None:
        return found
    if text_format(_narrow(head)) is not None:
        raise BrokenMesh("The file is written in UTF-16. Save it as UTF-8, or export it again.")
    if binary is not None:
        if binary.fault:
            raise BrokenMesh(binary.fault)
        return "stl"
    if END in _read(file, max(0, size - _TAIL), _TAIL):
        return _threemf(file, size)
    other = next((name for beginning, name in _OTHERS if beginning.match(head)), None)
    if other is not None:
        raise UnknownFormat(f"This is {other}, which cannot be read here. Send the model as {ACCEPTED}.")
    raise UnknownFormat(f"This is no 3-D file that can be read: send {ACCEPTED}.")


def _narrow(head: bytes) -> bytes:
    """The text of a beginning in UTF-16, in UTF-8; empty when it is in something else."""
    marked = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    little, big = not any(head[3:65:2]), not any(head[2:64:2])
    if len(head) < 4 or not (marked or little or big):
        return b""
    encoding = "utf-16" if marked else "utf-16-le" if little else "utf-16-be"
    return head[: len(head) // 2 * 2].decode(encoding, "replace").encode("utf-8", "replace")


def _read(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(start)
    return file.read(count)


def _glb(head: bytes, size: int) -> str:
    if len(head) < 20:
        raise BrokenMesh("The GLB file ends within its header. Export it again.")
    version, length = struct.unpack_from("<II", head, 4)
    if version != 2:
        raise BrokenMesh(f"The GLB file has version {version}; only version 2 can be read. Export it as glTF 2.0.")
    if not 20 <= length <= size:
        raise BrokenMesh(f"The GLB file was cut off: {size:,} of its {length:,} bytes are there. Export it again.")
    return "glb"


def _threemf(file: BinaryIO, size: int) -> str:
    """The archive's relations say whether there is a model in it, and where."""
    if END not in _read(file, max(0, size - _TAIL), _TAIL):
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

"""What a file is, judged by its content: the kinds that may be attached to a message or uploaded as a document.

A name says nothing here, and no archive is unpacked. 3-D files are told as uploads of models are (`mesh_texts`,
`stl_headers`); but an OBJ file must have more than corners, and of a PLY file the whole header is looked at.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from config.core.images.boxes import brands_of
from config.core.mesh_texts import text_format
from config.core.stl_headers import LOOKED_INTO, binary_stl

IMAGE_BEGINNINGS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
# Images as programs also call them.
OTHER_IMAGE_ENDINGS: Final = {"jpg": ("jpeg", "jpe", "jfif"), "heic": ("heif", "hif")}
ZIP_BEGINNINGS: Final = (b"PK\x03\x04", b"PK\x05\x06")
# The record at the end of every zip: 22 bytes, and a comment of up to 64 KB.
ZIP_END: Final = b"PK\x05\x06"
ZIP_TAIL: Final = 22 + 65_535
# In the archive's list of contents: 46 bytes of each entry, then its name.
ZIP_MODEL: Final = re.compile(rb"PK\x01\x02.{42}[^\x00-\x1f]{1,200}?\.model", re.DOTALL | re.IGNORECASE)
# What an OBJ file has beside corners.
OBJ_ELEMENT: Final = re.compile(rb"(?:^|[\r\n])[ \t]*[fl][ \t]+[-+\d\\]")
PLY_FORMAT: Final = re.compile(rb"^format (ascii|binary_little_endian|binary_big_endian) 1\.0[ \t]*$", re.MULTILINE)
# Every glTF document says so in its "asset". It is not parsed: ten megabytes of JSON become hundreds in memory.
GLTF_ASSET: Final = re.compile(r'"asset"\s{0,9}:\s{0,9}\{')
ASSETS_READ, ASSET_LENGTH = 20, 2000


@dataclass(frozen=True, slots=True)
class FileKind:
    """`endings` are the last parts of names that fit such a file; the first is how it is stored."""

    media_type: str
    endings: tuple[str, ...]

    @property
    def extension(self) -> str:
        return self.endings[0]


PDF: Final = FileKind("application/pdf", ("pdf",))
ZIP: Final = FileKind("application/zip", ("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp"))
THREE_MF: Final = FileKind("model/3mf", ("3mf",))
STL: Final = FileKind("model/stl", ("stl",))
OBJ: Final = FileKind("model/obj", ("obj",))
PLY: Final = FileKind("model/ply", ("ply",))
GLB: Final = FileKind("model/gltf-binary", ("glb",))
GLTF: Final = FileKind("model/gltf+json", ("gltf",))
TEXT: Final = FileKind("text/plain", ("txt", "md", "csv", "tsv", "json", "yaml", "yml", "log", "rst", "tex", "srt"))


def image_endings(extension: str) -> tuple[str, ...]:
    """The last parts of names that fit an image of that extension."""
    return (extension, *OTHER_IMAGE_ENDINGS.get(extension, ()))


def is_image(data: bytes) -> bool:
    """Whether it begins as one of the images that are taken in; whether it is one, decoding says."""
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data.startswith(IMAGE_BEGINNINGS) or is_webp or bool(brands_of(data))


def kind_of(data: bytes) -> FileKind | None:
    """The kind of a file that is no image; None for what may not be attached."""
    binary = binary_stl(data[: LOOKED_INTO[0]], len(data))
    if binary is not None and binary.is_exact and binary.count:  # whatever its 80 bytes of anything begin with
        return STL
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(ZIP_BEGINNINGS):
        return _zip(data)
    if data.startswith(b"glTF"):
        return GLB if _is_glb(data) else None
    form = _text_format(data)
    if form == "stl" or (form is None and binary is not None and binary.count and not binary.fault):
        return STL
    if form == "ply":
        return PLY if _is_ply(data) else None
    if form == "obj" and OBJ_ELEMENT.search(data):
        return OBJ
    return _text(data)


def _zip(data: bytes) -> FileKind | None:
    if data.rfind(ZIP_END, max(0, len(data) - ZIP_TAIL)) < 0:
        return None
    # Names stand in an archive as they are; these two are in every 3MF file.
    return THREE_MF if b"[Content_Types].xml" in data and ZIP_MODEL.search(data) else ZIP


def _is_glb(data: bytes) -> bool:
    """Twelve bytes of header: magic, version, length of the whole."""
    version, length = (int.from_bytes(data[at : at + 4], "little") for at in (4, 8))
    return version == 2 and 12 <= length <= len(data)


def _is_ply(data: bytes) -> bool:
    header = data[:65_536].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return PLY_FORMAT.search(header) is not None and b"\nend_header\n" in header


def _text_format(data: bytes) -> str | None:
    found = text_format(data[: LOOKED_INTO[0]])
    return text_format(data[: LOOKED_INTO[1]]) if found is None and len(data) > LOOKED_INTO[0] else found


def _text(data: bytes) -> FileKind | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if "\0" in text:
        return None
    if text.lstrip().startswith("{") and _is_gltf(text):
        return GLTF
    return TEXT


def _is_gltf(text: str) -> bool:
    assets = islice(GLTF_ASSET.finditer(text), ASSETS_READ)
    return any('"version"' in text[asset.end() : asset.end() + ASSET_LENGTH] for asset in assets)

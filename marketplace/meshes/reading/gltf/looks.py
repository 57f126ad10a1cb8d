"""What the file brings beside its shape."""

from __future__ import annotations

import io
import struct

from PIL import Image

from marketplace.meshes.results import Looks

from .container import Container, of_uri
from .fields import Row, whole

_KTX = b"\xabKTX 20\xbb\r\n\x1a\n"
_MOST_IMAGES, _MOST_BYTES = 500, 512 * 1024 * 1024
"""What is looked at of the pictures of one file: a description can name one of 200 MB very often."""


def looks_of(container: Container) -> Looks:
    """Read from the description; of each picture only the size is read, nothing is decoded."""
    has = {name: bool(container.rows(name)) for name in ("materials", "textures", "images", "skins", "animations")}
    return Looks(
        has_materials=has["materials"],
        has_textures=has["textures"] and has["images"],
        has_rigging=has["skins"],
        has_animations=has["animations"],
        texture_pixels=_longest_side(container),
    )


def _longest_side(container: Container) -> int | None:
    sides: list[int] = []
    left = _MOST_BYTES
    for image in container.rows("images")[:_MOST_IMAGES]:
        size, looked_at = _size_of(image, container, left)
        sides.extend(size)
        left -= looked_at
    return max(sides, default=None)


def _size_of(image: Row, container: Container, left: int) -> tuple[tuple[int, ...], int]:
    """Width and height, if they can be read, and of how many bytes."""
    try:
        data = _bytes(image, container)
        return _size(bytes(data)) if len(data) <= left else (), len(data)
    except Exception:  # a texture that cannot be read is none; the shape is what counts
        return (), 0


def _bytes(image: Row, container: Container) -> bytes | memoryview:
    return of_uri(image["uri"]) if "uri" in image else container.view(whole(image, "bufferView"))[0]


def _size(data: bytes) -> tuple[int, int]:
    if data.startswith(_KTX):
        width, height = struct.unpack_from("<2I", data, 20)
        return width, height
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP", "AVIF")) as opened:
        return opened.size

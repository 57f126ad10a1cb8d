"""What a glTF file brings beside its shape."""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image

from .results import Looks


def looks_of_gltf(header: dict[str, Any], chunk: bytes) -> Looks:
    """Read from the description; of each picture only the size is read, nothing is decoded."""
    sides = [max(size) for size in (_image_size(image, header, chunk) for image in _rows(header, "images")) if size]
    return Looks(
        has_materials=bool(_rows(header, "materials")),
        has_textures=bool(_rows(header, "textures")) and bool(_rows(header, "images")),
        has_rigging=bool(_rows(header, "skins")),
        has_animations=bool(_rows(header, "animations")),
        texture_pixels=max(sides, default=None),
    )


def _rows(header: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = header.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _image_size(image: dict[str, Any], header: dict[str, Any], chunk: bytes) -> tuple[int, int] | None:
    try:
        if "uri" in image:
            data = base64.b64decode(str(image["uri"]).partition(",")[2])
        else:
            view = _rows(header, "bufferViews")[int(image["bufferView"])]
            start = int(view.get("byteOffset", 0))
            data = chunk[start : start + int(view["byteLength"])]
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
            return opened.size
    except Exception:  # a texture that cannot be read is none; the shape is what counts
        return None

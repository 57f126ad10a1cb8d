"""The one way in for pictures of strangers: read in a child process with limits, few at once, each owner in their turn.

Whoever takes in or shows again a picture that somebody sent calls `image_read` or `image_decode`; nobody else opens it.
What comes back is pixels.
"""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.files.base import File
from PIL import Image

from config.core.errors import Busy, Invalid
from config.core.images.headers import DAMAGED
from config.core.images.reading import Wanted
from config.core.sandbox import Crashed, Limits, OutOfTime, SandboxFault, run
from config.core.sizes import too_large
from config.core.turns import turn

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

# Pillow's format → extension and type.
FORMATS: Final = {
    "JPEG": ("jpg", "image/jpeg"),
    "PNG": ("png", "image/png"),
    "GIF": ("gif", "image/gif"),
    "WEBP": ("webp", "image/webp"),
    "HEIF": ("heic", "image/heic"),
    "AVIF": ("avif", "image/avif"),
}
TOO_LONG: Final = "The image takes longer to read than an image may."
OUTPUT: Final = 16 * 1024 * 1024
"""Bytes of pixels that come back at most: 1600 by 1600 in RGB, and the moments."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a picture is for. `side`, `see_through` and `moments` are those of `reading.Wanted`."""

    side: int
    see_through: bool = False
    moments: int = 0
    is_small: bool = False
    """Shown small and given to nobody as it came: fewer bytes and pixels are taken."""

    @property
    def most_bytes(self) -> int:
        return settings.SMALL_IMAGE_MAX_BYTES if self.is_small else settings.IMAGE_MAX_BYTES

    @property
    def most_pixels(self) -> int:
        return settings.SMALL_IMAGE_MAX_PIXELS if self.is_small else settings.IMAGE_MAX_PIXELS


ARTWORK: Final = Use(side=1600, moments=4)
PRODUCT: Final = Use(side=1600)
ATTACHMENT: Final = Use(side=320)
PROFILE: Final = Use(side=512, see_through=True, is_small=True)


@dataclass(frozen=True, slots=True)
class ReadImage:
    """An upload that was decoded. `width` and `height` are those of the upright picture.

    `display` is its first frame in RGB (RGBA where the use keeps transparency), at most the use's side long; `moments`
    are distinct frames in RGB, `display` first, none when the use asks for none or a later frame is damaged.
    """

    data: bytes
    sha256: str
    extension: str
    content_type: str
    width: int
    height: int
    display: Image.Image
    moments: list[Image.Image] = field(default_factory=list)


def image_read(file: File, *, owner: int | None, use: Use, name: str = "image") -> ReadImage:
    """Read and decode an uploaded image. `owner` is the id of who sent it, `name` that of the field it came in.

    Raises Invalid on the field: too large, too many pixels, costs too much to decode, or no such image. Raises Limited
    and Busy when there are too many at the moment. Takes time: call it outside of transactions.
    """
    if (file.size or 0) > use.most_bytes:
        raise _too_large(use, file.size or 0, name)
    file.seek(0)
    return image_decode(file.read(use.most_bytes + 1), owner=owner, use=use, name=name)


def image_decode(data: bytes, *, owner: int | None, use: Use, name: str = "image") -> ReadImage:
    """See `image_read`."""
    if len(data) > use.most_bytes:
        raise _too_large(use, len(data), name)
    wanted = Wanted(use.most_pixels, use.side, use.see_through, use.moments)
    with turn(
        owner,
        name=f"images {settings.DATA_DIR}",
        at_once=settings.IMAGES_AT_ONCE,
        places=settings.IMAGES_A_PROCESS,
        wait=settings.IMAGE_WAIT,
    ):
        try:
            with tempfile.TemporaryDirectory(prefix="atelier-image-") as folder:
                return _read(data, wanted, Path(folder), name)
        except (SandboxFault, OSError) as error:
            logger.warning("an image could not be read now: %s", error)
            raise Busy(wait=5) from error


def _read(data: bytes, wanted: Wanted, folder: Path, name: str) -> ReadImage:
    source = folder / "image"
    source.write_bytes(data)
    limits = Limits(
        memory=settings.IMAGE_MEMORY_MB * 2**20,
        seconds=settings.IMAGE_SECONDS,
        wall_seconds=settings.IMAGE_SECONDS * 3,
        output=OUTPUT,
    )
    try:
        run("config.core.images.child", [str(source), str(folder), json.dumps(wanted._asdict())], folder, limits)
    except OutOfTime:
        raise Invalid(TOO_LONG, field=name) from None
    except Crashed:
        raise Invalid(DAMAGED, field=name) from None
    result = json.loads((folder / "result.json").read_bytes())
    if "refused" in result:
        raise Invalid(result["refused"], field=name)
    display, *moments = _renditions((folder / "pixels").read_bytes(), result["renditions"])
    extension, content_type = FORMATS[result["format"]]
    return ReadImage(
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        extension=extension,
        content_type=content_type,
        width=result["width"],
        height=result["height"],
        display=display,
        moments=moments,
    )


def _renditions(pixels: bytes, described: Sequence[tuple[str, int, int]]) -> list[Image.Image]:
    images, place = [], 0
    for mode, width, height in described:
        length = width * height * len(mode)
        images.append(Image.frombytes(mode, (width, height), pixels[place : place + length]))
        place += length
    return images


def _too_large(use: Use, size: int, name: str) -> Invalid:
    return Invalid(too_large("The image", size, use.most_bytes), field=name)

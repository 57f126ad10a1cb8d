"""Profile pictures: what an upload may be, and what is kept of it."""

import io
import uuid
import warnings
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile
from PIL import Image, ImageOps

from config.core.errors import Invalid
from marketplace.services.images import UNREADABLE

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
SIDE = 512
FIELD = "profile_image"
NO_PICTURE = "Upload a valid image: JPEG, PNG, GIF or WebP."


def profile_picture(upload: BinaryIO, *, size: int) -> ContentFile:
    """At most 512 by 512 pixels, upright, without metadata, under a new name. What it is, its content says.

    `size` is in bytes. Raises Invalid for what is no picture, is broken, or is too large; its size in pixels is read
    from the header, before any of them is decoded.
    """
    if size > settings.IMAGE_MAX_BYTES:
        raise Invalid(f"The image is larger than {settings.IMAGE_MAX_BYTES // 1024**2} MB.", field=FIELD)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            with Image.open(upload, formats=FORMATS) as image:
                if image.width * image.height > settings.IMAGE_MAX_PIXELS:
                    raise _too_many_pixels()
                image.draft("RGB", (SIDE * 2, SIDE * 2))
                return _re_encoded(image)
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except UNREADABLE:
        raise Invalid(NO_PICTURE, field=FIELD) from None


def _too_many_pixels() -> Invalid:
    return Invalid(f"The image has more than {settings.IMAGE_MAX_PIXELS // 10**6} megapixels.", field=FIELD)


def _re_encoded(image: Image.Image) -> ContentFile:
    see_through = image.has_transparency_data
    upright = ImageOps.exif_transpose(image)
    small = upright.convert("RGBA" if see_through else "RGB")
    small.thumbnail((SIDE, SIDE))
    kept = io.BytesIO()
    # A new image holds pixels alone: no EXIF, no place, no comment.
    clean = Image.new(small.mode, small.size)
    clean.paste(small)
    if see_through:
        clean.save(kept, "PNG", optimize=True)
    else:
        clean.save(kept, "JPEG", quality=88)
    return ContentFile(kept.getvalue(), name=f"{uuid.uuid4().hex}.{'png' if see_through else 'jpg'}")

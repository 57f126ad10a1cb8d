"""Profile pictures: what is kept of an upload."""

import io
import uuid
from typing import Final

from django.core.files.base import ContentFile, File
from PIL import Image

from config.core.images.intake import PROFILE, image_read

FIELD: Final = "profile_image"


def profile_picture(upload: File, *, owner: int | None) -> ContentFile:
    """At most 512 by 512 pixels, upright, without metadata, under a new name. What it is, its content says.

    `owner` is the id of whose picture it is. Raises Invalid for what is no picture, is broken, or is too large, Limited
    and Busy. Takes time: call it outside of transactions.
    """
    return _encoded(image_read(upload, owner=owner, use=PROFILE, name=FIELD).display)


def _encoded(image: Image.Image) -> ContentFile:
    kept = io.BytesIO()
    if image.mode == "RGBA":
        image.save(kept, "PNG", optimize=True)
    else:
        image.save(kept, "JPEG", quality=88)
    return ContentFile(kept.getvalue(), name=f"{uuid.uuid4().hex}.{'png' if image.mode == 'RGBA' else 'jpg'}")

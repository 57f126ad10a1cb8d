"""Profile pictures: what is kept of an upload."""

import io
import uuid
from typing import Final

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from PIL import Image

from accounts.models import User
from config.core.errors import Invalid, Upstream
from config.core.files import STORAGE_FAULTS, file_write
from config.core.images.intake import PROFILE, image_read
from config.core.models import DiscardedFile

FIELD: Final = "profile_image"


def avatar_folder(user_id: int) -> str:
    """Where the pictures lie that a person has uploaded and may choose from: public, and named by chance."""
    return f"avatars/{user_id}/"


def picture_again(*, actor: User, name: str) -> DiscardedFile:
    """A reserved copy of one of the actor's stored pictures. Raises Invalid (`avatar_url`) for what is none of them,
    and Upstream."""
    folder, _slash, last = name.rpartition("/")
    if f"{folder}/" != avatar_folder(actor.pk):
        raise Invalid("Choose a picture that you have uploaded.", field="avatar_url")
    try:
        if not default_storage.exists(name):
            raise Invalid("There is no such picture.", field="avatar_url")
        with default_storage.open(name) as stored:
            content = stored.read()
    except STORAGE_FAULTS as error:
        raise Upstream from error
    return file_write("default", f"profiles/{uuid.uuid4().hex}.{last.rpartition('.')[2]}", content)


def profile_picture(upload: File, *, owner: int | None, field: str = FIELD) -> ContentFile:
    """At most 512 by 512 pixels, upright, without metadata, under a new name. What it is, its content says.

    `owner` is the id of whose picture it is. Raises Invalid for what is no picture, is broken, or is too large, Limited
    and Busy. Takes time: call it outside of transactions.
    """
    return _encoded(image_read(upload, owner=owner, use=PROFILE, name=field).display)


def _encoded(image: Image.Image) -> ContentFile:
    kept = io.BytesIO()
    if image.mode == "RGBA":
        image.save(kept, "PNG", optimize=True)
    else:
        image.save(kept, "JPEG", quality=88)
    return ContentFile(kept.getvalue(), name=f"{uuid.uuid4().hex}.{'png' if image.mode == 'RGBA' else 'jpg'}")

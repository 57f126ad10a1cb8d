"""Pictures as artists upload them, and artworks made of them."""

import io
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import User
from bench.pictures import artwork
from marketplace.models import Artwork
from marketplace.services.artworks import artwork_create
from marketplace.tests.factories import CategoryFactory


def painting(seed: int = 1, longest: int = 320) -> Image.Image:
    """A generated artwork; other seeds are other works. One that is edited before it is compared should be larger."""
    return _drawn(seed, longest).copy()


_drawn = lru_cache(maxsize=64)(artwork)


def file_of(image: Image.Image, kind: str = "JPEG", name: str = "picture.jpg", **options: Any) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"quality": 90} | options))
    return SimpleUploadedFile(name, buffer.getvalue(), "image/jpeg")


def file_with(data: bytes, name: str = "picture.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "image/jpeg")


def uploaded(artist: User, image: Any = None, **changes: Any) -> Artwork:
    """An artwork uploaded by the artist. `image` is a file or a picture."""
    file = file_of(image) if isinstance(image, Image.Image) else image or file_of(painting())
    sent: dict[str, Any] = {"title": "Sunset", "description": "In oil.", "artwork_type": "digital"} | changes
    sent.setdefault("price", Decimal("250.00"))
    if "category_id" not in sent:
        sent["category_id"] = CategoryFactory.create().pk
    return artwork_create(actor=artist, image=file, **sent)

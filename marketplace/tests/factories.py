"""What tests of the catalogue, and of whoever sells it, start from."""

import hashlib
import io
import uuid
from decimal import Decimal
from typing import Any

import factory
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone
from factory.django import DjangoModelFactory
from PIL import Image

from accounts.tests.factories import AdminFactory, ArtistFactory
from marketplace.choices import ArtworkType, CheckState, EquipmentType, Kind, Status, Verdict
from marketplace.models import Artwork, Category, Equipment, Picture


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    name = factory.Sequence(lambda number: f"Category {number}")
    description = "What belongs together."


class ListingFactory(DjangoModelFactory):
    class Meta:
        abstract = True

    channel = "cultureup"
    category = factory.SubFactory(CategoryFactory)
    description = "Made with care."
    price = Decimal("100.00")
    currency = factory.LazyFunction(lambda: settings.CURRENCIES["cultureup"])
    status = Status.APPROVED
    approved_at = factory.LazyFunction(timezone.now)


class ArtworkFactory(ListingFactory):
    """On sale, with a checked picture. `picture=False` makes none; `picture__…` sets its columns."""

    class Meta:
        model = Artwork
        skip_postgeneration_save = True

    kind = Kind.ARTWORK
    seller = factory.SubFactory(ArtistFactory)
    title = factory.Sequence(lambda number: f"Artwork {number}")
    artwork_type = ArtworkType.DIGITAL

    @factory.post_generation
    def picture(self: Artwork, create: bool, extracted: Any, **columns: Any) -> None:  # type: ignore[misc]
        if create and extracted is not False:
            self.picture = PictureFactory(artwork=self, **columns)  # type: ignore[assignment]
            self.save(update_fields=["picture"])


class EquipmentFactory(ListingFactory):
    class Meta:
        model = Equipment

    kind = Kind.EQUIPMENT
    seller = factory.SubFactory(AdminFactory)
    title = factory.Sequence(lambda number: f"Brush {number}")
    equipment_type = EquipmentType.BRUSH
    stock = 10


class PictureFactory(DjangoModelFactory):
    """A picture that passed its check, with both of its files."""

    class Meta:
        model = Picture

    artwork = factory.SubFactory(ArtworkFactory, picture=False)
    owner = factory.SelfAttribute("artwork.seller")
    origin = factory.SelfAttribute("artwork.seller")
    original = factory.LazyAttribute(lambda picture: _stored("private", picture.owner.pk, ""))
    watermarked = factory.LazyAttribute(lambda picture: _stored("default", picture.owner.pk, "watermarked_"))
    content_type = "image/jpeg"
    width = 8
    height = 6
    byte_size = 700
    sha256 = factory.LazyFunction(lambda: hashlib.sha256(uuid.uuid4().bytes).hexdigest())
    check_state = CheckState.DONE
    checked_at = factory.LazyFunction(timezone.now)
    detector = "local"
    verdict = Verdict.PASSED


def _stored(storage: str, owner_id: int, prefix: str) -> str:
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(file, "JPEG")
    name = f"artworks/{owner_id}/{prefix}{uuid.uuid4()}.jpg"
    return storages[storage].save(name, ContentFile(file.getvalue()))

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
from marketplace.choices import ArtworkType, CheckState, EquipmentType, Kind, MeshFormat, MeshState, Status, Verdict
from marketplace.models import Artwork, Category, Equipment, MeshFile, Model3D, Picture


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


class MeshFileFactory(DjangoModelFactory):
    """An analysed file of a cube of 20 mm that passed, with its stored files but no fingerprint."""

    class Meta:
        model = MeshFile

    owner = factory.SubFactory(ArtistFactory)
    origin = factory.SelfAttribute("owner")
    original = factory.LazyAttribute(lambda mesh: _stored_mesh("private", mesh.owner.pk, mesh.format))
    thumbnail = factory.LazyAttribute(lambda mesh: _stored("default", mesh.owner.pk, "thumbnail_"))
    preview = factory.LazyAttribute(lambda mesh: _stored_mesh("default", mesh.owner.pk, "glb"))
    file_name = "cube.stl"
    format = MeshFormat.STL
    byte_size = 684
    sha256 = factory.LazyFunction(lambda: hashlib.sha256(uuid.uuid4().bytes).hexdigest())
    state = MeshState.DONE
    analysed_at = factory.LazyFunction(timezone.now)
    triangle_count = 12
    vertex_count = 8
    part_count = 1
    bounds = factory.LazyFunction(lambda: [[0.0, 0.0, 0.0], [20.0, 20.0, 20.0]])
    volume_mm3 = 8000.0
    surface_mm2 = 2400.0
    wall_mm = 20.0
    is_watertight = True
    is_convex = True
    verdict = Verdict.PASSED


class Model3DFactory(ListingFactory):
    """On sale, with an analysed file. `mesh=None` makes none; `mesh__…` sets its columns."""

    class Meta:
        model = Model3D

    kind = Kind.MODEL
    channel = "v1"
    currency = factory.LazyFunction(lambda: settings.CURRENCIES["v1"])
    seller = factory.SubFactory(ArtistFactory)
    title = factory.Sequence(lambda number: f"Model {number}")
    mesh = factory.SubFactory(MeshFileFactory, owner=factory.SelfAttribute("..seller"))


def _stored_mesh(storage: str, owner_id: int, extension: str) -> str:
    return storages[storage].save(f"models/{owner_id}/{uuid.uuid4()}.{extension}", ContentFile(b"a mesh"))


def _stored(storage: str, owner_id: int, prefix: str) -> str:
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(file, "JPEG")
    name = f"artworks/{owner_id}/{prefix}{uuid.uuid4()}.jpg"
    return storages[storage].save(name, ContentFile(file.getvalue()))

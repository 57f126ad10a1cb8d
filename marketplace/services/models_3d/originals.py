"""What a buyer of a file gets."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from config.core.errors import Invalid, Missing
from config.core.file_names import file_name_cleaned, with_ending
from config.core.storage import Right, signed_link
from marketplace.choices import ArtworkType, MeshState
from marketplace.models import Artwork, MeshFile, Model3D, ModelVersion, UploadedFile
from marketplace.models.pictures import picture_bytes
from marketplace.selectors.uploads import files_beside
from marketplace.services.models_3d.states import USABLE


@dataclass(frozen=True)
class Wanted:
    """Which of a model's files: the newest main file, or another `version` of it; or one that stands beside it, by its
    id, or by its format the first of that."""

    version: int | None = None
    file_format: str = ""
    file_id: uuid.UUID | None = None


MAIN: Final = Wanted()


@dataclass(frozen=True)
class Original:
    """A private stored file, and the name under which it is saved."""

    stored: str
    name: str
    byte_size: int


def listings_sold_as_files(listing_ids: Iterable[int]) -> set[int]:
    """Which of the listings give their buyer a file and nothing by post."""
    ids = list(listing_ids)
    pictures = Artwork.objects.filter(pk__in=ids, artwork_type=ArtworkType.DIGITAL).values_list("pk", flat=True)
    return {*pictures, *Model3D.objects.filter(pk__in=ids).values_list("pk", flat=True)}


def licences_of(listing_ids: Iterable[int]) -> dict[int, str]:
    """By listing, of those that are 3-D models and say one: a word of `marketplace.licences`."""
    models = Model3D.objects.filter(pk__in=list(listing_ids)).exclude(licence="")
    return dict(models.values_list("pk", "licence"))


def listings_without_file(listing_ids: Iterable[int]) -> set[int]:
    """Which of the listings are 3-D models that have no file, or none yet that was analysed and found to be no copy."""
    models = Model3D.objects.filter(pk__in=list(listing_ids))
    now = Q(mesh__state=MeshState.DONE, mesh__verdict__in=USABLE)
    before = Q(versions__mesh__state=MeshState.DONE, versions__mesh__verdict__in=USABLE)
    usable = models.filter(now | before)
    return set(models.exclude(pk__in=usable.values("pk")).values_list("pk", flat=True))


def original_link(*, listing_id: int, right: Right | None = None, wanted: Wanted = MAIN) -> str:
    """A signed link to the original of an artwork or a 3-D model, as a buyer gets it: the newest that was approved. It
    expires, and ends with the right that it is given by. The caller has checked who asks.

    Raises Missing when there is no file, which a model may be sold without, and Invalid on the field of `wanted` that
    names none.
    """
    original = model_original(listing_id=listing_id, wanted=wanted)
    if original is not None:
        return signed_link(original.stored, download_as=original.name, right=right)
    works = Artwork.objects.select_related("picture", "sold_picture")
    artwork = works.defer(*picture_bytes("picture"), *picture_bytes("sold_picture")).filter(pk=listing_id).first()
    picture = artwork and (artwork.sold_picture or artwork.picture)
    if picture is None:
        raise Missing("File")
    stored = str(picture.original.name)
    return signed_link(stored, download_as=f"artwork-{listing_id}.{stored.rpartition('.')[2]}", right=right)


def original_facts(*, listing_id: int, wanted: Wanted = MAIN) -> tuple[str, int]:
    """The name under which a 3-D model's file is saved, and its bytes. Raises as `original_link` does."""
    original = model_original(listing_id=listing_id, wanted=wanted)
    if original is None:
        raise Missing("File")
    return original.name, original.byte_size


def model_original(*, listing_id: int, wanted: Wanted = MAIN) -> Original | None:
    """None for what is no model, or one without a file. Raises Invalid on the field that names none."""
    mesh = mesh_for_buyers(listing_id) if wanted.version is None else _version(listing_id, wanted.version)
    by_format = wanted.file_format if mesh is None or mesh.format != wanted.file_format else ""
    if wanted.file_id is None and not by_format:
        return None if mesh is None else original_of(mesh)
    beside = files_beside([listing_id]) if wanted.version is None else UploadedFile.objects.none()
    if wanted.file_id is not None:
        beside = beside.filter(uuid=wanted.file_id)
    if wanted.file_format:
        beside = beside.filter(format=wanted.file_format)
    found = beside.first()
    if found is None:
        raise Invalid("There is no such file.", field="file_id" if wanted.file_id is not None else "file_format")
    return Original(found.stored, _saved_as(found.file_name, found.format), found.byte_size)


def original_of(mesh: MeshFile) -> Original:
    return Original(str(mesh.original.name), _saved_as(mesh.file_name, mesh.format), mesh.byte_size)


def mesh_for_buyers(listing_id: int) -> MeshFile | None:
    """The newest file of a model that was analysed and is no copy; where there is none, its present one."""
    model = Model3D.objects.select_related("mesh").defer("mesh__fingerprint").filter(pk=listing_id).first()
    if model is None or (model.mesh is not None and model.mesh.is_analysed and model.mesh.verdict in USABLE):
        return model and model.mesh
    usable = versions_usable(listing_id).first()
    return usable.mesh if usable is not None else model.mesh


def versions_usable(listing_id: int) -> QuerySet[ModelVersion]:
    """What its buyers may have, the newest first."""
    versions = ModelVersion.objects.select_related("mesh").defer("mesh__fingerprint").filter(model=listing_id)
    return versions.filter(mesh__state=MeshState.DONE, mesh__verdict__in=USABLE).order_by("-number")


def _version(listing_id: int, number: int) -> MeshFile:
    found = versions_usable(listing_id).filter(number=number).first()
    if found is None:
        raise Invalid("There is no such version.", field="version")
    return found.mesh


def _saved_as(file_name: str, ending: str) -> str:
    name = file_name_cleaned(file_name, default="model")
    return name if name.lower().endswith(f".{ending}") else with_ending(name, ending)

"""What a buyer of a file gets."""

from collections.abc import Iterable

from django.db.models import Q

from config.core.errors import Missing
from config.core.file_names import file_name_cleaned, with_ending
from config.core.storage import Right, signed_link
from marketplace.choices import ArtworkType, MeshState
from marketplace.models import Artwork, MeshFile, Model3D, ModelVersion
from marketplace.services.models_3d.states import USABLE


def listings_sold_as_files(listing_ids: Iterable[int]) -> set[int]:
    """Which of the listings give their buyer a file and nothing by post."""
    ids = list(listing_ids)
    pictures = Artwork.objects.filter(pk__in=ids, artwork_type=ArtworkType.DIGITAL).values_list("pk", flat=True)
    return {*pictures, *Model3D.objects.filter(pk__in=ids).values_list("pk", flat=True)}


def listings_without_file(listing_ids: Iterable[int]) -> set[int]:
    """Which of the listings are 3-D models that have no file, or none yet that was analysed and found to be no copy."""
    models = Model3D.objects.filter(pk__in=list(listing_ids))
    now = Q(mesh__state=MeshState.DONE, mesh__verdict__in=USABLE)
    before = Q(versions__mesh__state=MeshState.DONE, versions__mesh__verdict__in=USABLE)
    usable = models.filter(now | before)
    return set(models.exclude(pk__in=usable.values("pk")).values_list("pk", flat=True))


def original_link(*, listing_id: int, right: Right | None = None) -> str:
    """A signed link to the original of an artwork or a 3-D model. It expires, and ends with the right that it is given
    by. The caller has checked who asks.

    Raises Missing when there is no file, which a model may be sold without.
    """
    mesh = mesh_for_buyers(listing_id)
    if mesh is not None:
        return mesh_link(mesh, right=right)
    artwork = Artwork.objects.select_related("picture").filter(pk=listing_id).first()
    if artwork is None or artwork.picture is None:
        raise Missing("File")
    extension = artwork.picture.original.name.rpartition(".")[2]
    name = f"artwork-{listing_id}.{extension}"
    return signed_link(artwork.picture.original.name, download_as=name, right=right)


def original_facts(*, listing_id: int) -> tuple[str, int]:
    """The name under which a 3-D model's file is saved, and its bytes. Raises Missing when there is none."""
    mesh = mesh_for_buyers(listing_id)
    if mesh is None:
        raise Missing("File")
    return _name_of(mesh), mesh.byte_size


def mesh_for_buyers(listing_id: int) -> MeshFile | None:
    """The newest file of a model that was analysed and is no copy; where there is none, its present one."""
    model = Model3D.objects.select_related("mesh").defer("mesh__fingerprint").filter(pk=listing_id).first()
    if model is None or (model.mesh is not None and model.mesh.is_analysed and model.mesh.verdict in USABLE):
        return model and model.mesh
    versions = ModelVersion.objects.select_related("mesh").defer("mesh__fingerprint").filter(model=listing_id)
    usable = versions.filter(mesh__state=MeshState.DONE, mesh__verdict__in=USABLE).order_by("-number").first()
    return usable.mesh if usable is not None else model.mesh


def mesh_link(mesh: MeshFile, *, right: Right | None = None) -> str:
    """A signed link that saves a 3-D file under its maker's name for it. The caller has checked who asks."""
    return signed_link(str(mesh.original.name), download_as=_name_of(mesh), right=right)


def _name_of(mesh: MeshFile) -> str:
    name = file_name_cleaned(mesh.file_name, default="model")
    return name if name.lower().endswith(f".{mesh.format}") else with_ending(name, mesh.format)

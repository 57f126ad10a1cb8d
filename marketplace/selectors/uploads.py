"""Files that somebody uploaded by themselves, and how much one person keeps."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Sum

from accounts.models import User
from marketplace.choices import PartsState, UploadKind
from marketplace.models import MeshFile, Model3D, ModelVersion, PartedUpload, Picture, UploadedFile, UploadUse


def uploads_of(*, actor: User) -> QuerySet[UploadedFile]:
    """The actor's own, the newest first, each with `is_used`."""
    rows = UploadedFile.objects.filter(owner=actor).order_by("-created_at", "-pk")
    return rows.annotate(is_used=ExpressionWrapper(_in_use(), output_field=BooleanField()))


def uploads_unused() -> QuerySet[UploadedFile]:
    """What no model shows or is made of, and nothing else refers to; of everybody."""
    return UploadedFile.objects.filter(~_in_use())


def _in_use() -> Q:
    used = Q(listing__isnull=False) | Q(Exists(UploadUse.objects.filter(upload=OuterRef("pk"))))
    used |= Q(Exists(Model3D.objects.filter(mesh=OuterRef("mesh"))))
    return used | Q(Exists(ModelVersion.objects.filter(mesh=OuterRef("mesh"))))


def files_beside(model_ids: Iterable[int]) -> QuerySet[UploadedFile]:
    """What stands beside the main files of these models, which the caller may see; in order of their coming."""
    return UploadedFile.objects.filter(listing__in=list(model_ids), kind=UploadKind.MODEL, mesh=None).order_by("pk")


@dataclass(frozen=True)
class Room:
    """What one person has here: `unused` files, and the bytes of all that came from them."""

    unused: int
    unused_bytes: int
    kept_bytes: int


def room_of(owner: User) -> Room:
    """Counted are 3-D files, shown, older or refused ones, artworks' pictures, uploads by themselves, also those that a
    message, a ticket or a post keeps, and what is on its way in parts. Nothing twice."""
    unused = uploads_unused().filter(owner=owner).aggregate(number=Count("pk"), size=Sum("byte_size"))
    kept = (
        UploadedFile.objects.filter(owner=owner, mesh=None),  # else it is the mesh's file
        MeshFile.objects.filter(owner=owner),
        Picture.objects.filter(owner=owner),
        PartedUpload.objects.filter(owner=owner).exclude(state=PartsState.COMPLETE),
    )
    sizes = [rows.aggregate(size=Sum("byte_size"))["size"] or 0 for rows in kept]
    return Room(unused["number"], unused["size"] or 0, sum(sizes))

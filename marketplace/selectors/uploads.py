"""Files that somebody uploaded by themselves."""

from collections.abc import Iterable

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from accounts.models import User
from marketplace.choices import UploadKind
from marketplace.models import MeshFile, UploadedFile


def uploads_of(*, actor: User) -> QuerySet[UploadedFile]:
    """The actor's own, the newest first, each with `is_used`."""
    mesh = MeshFile.objects.filter(pk=OuterRef("mesh"))
    used = Q(listing__isnull=False) | Q(is_kept=True)
    used |= Q(Exists(mesh.filter(shown_by__isnull=False))) | Q(Exists(mesh.filter(versions__isnull=False)))
    rows = UploadedFile.objects.filter(owner=actor).order_by("-created_at", "-pk")
    return rows.annotate(is_used=ExpressionWrapper(used, output_field=BooleanField()))


def files_beside(model_ids: Iterable[int]) -> QuerySet[UploadedFile]:
    """What stands beside the main files of these models, which the caller may see; in order of their coming."""
    return UploadedFile.objects.filter(listing__in=list(model_ids), kind=UploadKind.MODEL, mesh=None).order_by("pk")

"""Exports of people's own data."""

from django.db.models import QuerySet
from django.utils import timezone

from accounts.choices import ExportState
from accounts.models import DataExport, User
from config.core.errors import Missing
from config.core.storage import Right, signed_link


def exports_of(*, actor: User) -> QuerySet[DataExport]:
    """The actor's own, those of staff's asking included, the newest first."""
    return DataExport.objects.filter(user=actor).select_related("user").order_by("-pk")


def export_of(*, actor: User, export_id: int) -> DataExport:
    """Raises Missing."""
    export = exports_of(actor=actor).filter(pk=export_id).first()
    if export is None:
        raise Missing("Export")
    return export


def export_link(export: DataExport) -> str | None:
    """A link to the file, which expires, or a path of this site; None while, or once, there is none. It is good as long
    as the account's credentials are the same."""
    if not (export.is_ready and export.user.is_active):
        return None
    name = f"atelier-{export.user.username}-{export.created_at:%Y-%m-%d}.zip"
    right = Right("export", (export.pk, export.user.credentials_version))
    return signed_link(str(export.file.name), download_as=name, right=right)


def export_holds(export_id: int, credentials_version: int) -> bool:
    """Whether a link that was made then still opens: not once every session of the account was ended."""
    return DataExport.objects.filter(
        pk=export_id,
        state=ExportState.READY,
        expires_at__gt=timezone.now(),
        user__is_active=True,
        user__credentials_version=credentials_version,
    ).exists()

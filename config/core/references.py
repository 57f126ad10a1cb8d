"""Things that are addressed by their number or by their UUID."""

from typing import Any, Final, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from config.core.errors import Missing

Reference = int | UUID
# No row has a larger number, and no database can be asked for one.
LARGEST_ID: Final = 2**63 - 1
Thing = TypeVar("Thing", bound=Model)


def referred(rows: QuerySet[Thing], reference: Reference, thing: str) -> Thing:
    """The row of that `uuid` or number. Raises Missing, also where the table has no UUIDs."""
    wanted: dict[str, Any] = {"uuid": reference} if isinstance(reference, UUID) else {"pk": reference}
    if isinstance(reference, UUID) and not any(field.name == "uuid" for field in rows.model._meta.get_fields()):
        raise Missing(thing)
    found = rows.filter(**wanted).first()
    if found is None:
        raise Missing(thing)
    return found

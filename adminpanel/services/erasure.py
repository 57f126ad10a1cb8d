"""What the admin site does when an account is deleted."""

from typing import Final

from adminpanel.models import SavedFilter
from config.core.erasing import Step, one_part, rows_delete


def person_erase(*, user_id: int) -> bool:
    """One part of it; whether nothing is left."""
    return one_part(STEPS, user_id)


def _saved_filters(user_id: int) -> int:
    """Shared ones too: they may hold what they searched for."""
    return rows_delete(SavedFilter.objects.filter(owner=user_id))


STEPS: Final[tuple[Step, ...]] = (_saved_filters,)

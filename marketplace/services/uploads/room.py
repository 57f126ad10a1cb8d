"""How much one person may have lying on this platform, whatever it came in by but for a print shop's files."""

from typing import Final

from django.conf import settings

from accounts.models import User
from config.core.errors import Limited
from marketplace.selectors.uploads import room_of

MOST_UNUSED, MOST_UNUSED_BYTES = 200, 4 * 1024**3
"""Of one owner: who has more must use or delete some first."""
LATER: Final = 3600


def room_check(owner: User, size: int, *, counted: int = 0) -> None:
    """Raises Limited where so many bytes more are too many. `counted` of them are counted already.

    Asked before a file is stored, so that what has no room is not written. Only `room_take` holds against another
    upload at the same moment.
    """
    if room_of(owner).kept_bytes + size - counted > settings.PERSON_MAX_BYTES:
        most = settings.PERSON_MAX_BYTES // 1024**3
        raise Limited(f"You keep {most} GB of files here, which is the most. Please delete some.", wait=LATER)


def unused_check(owner: User) -> None:
    """Raises Limited for who has too many files that nothing uses."""
    room = room_of(owner)
    if room.unused >= MOST_UNUSED or room.unused_bytes >= MOST_UNUSED_BYTES:
        raise Limited("You have too many uploaded files that nothing uses. Please delete some.", wait=LATER)


def room_take(owner_id: int, size: int, *, counted: int = 0) -> None:
    """As `room_check`, in the transaction that makes the row: one upload of a person after the other.

    Called before any other row is locked: who closes an account holds it, and then locks what it sells.
    """
    room_check(User.objects.select_for_update(no_key=True).get(pk=owner_id), size, counted=counted)

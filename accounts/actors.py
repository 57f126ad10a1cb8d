"""Who does something: a person, nobody in particular, or the platform itself; and what they show of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias, Union

from django.contrib.auth.models import AnonymousUser

if TYPE_CHECKING:
    from accounts.models import User


class System:
    """The platform acting on its own: sweeps, gateway events, commands. Never a person, never None."""

    pk = None
    is_authenticated = False

    def __str__(self) -> str:
        return "the platform"


SYSTEM: Final = System()

Caller: TypeAlias = Union["User", AnonymousUser]
Actor: TypeAlias = Union["User", AnonymousUser, System]


def person(actor: Actor) -> "User | None":
    """The account behind the actor, for columns that say who did it; None for the platform and strangers."""
    return actor if actor.pk is not None else None  # type: ignore[return-value]


@dataclass(frozen=True)
class Credential:
    """What a caller showed: a token that is stored (by its digest), or an access token (its id, and when it ends).

    `session` is the `sid` of the sign-in that an access token is of; older ones name none.
    """

    digest: str = ""
    jti: str = ""
    expires_at: datetime | None = None
    session: str = ""

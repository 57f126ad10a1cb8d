"""Who does something: a person, nobody in particular, or the platform itself."""

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

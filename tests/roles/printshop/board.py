"""The print shop's notifications: requests, answers, what the world has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import User
from tests.roles.requests.request import Request

if TYPE_CHECKING:
    from tests.roles.world import World


class Things:
    """What is alice's; bob, charlie and the others have nothing to do with it."""

    def __init__(self, people: dict[str, User]) -> None:
        pass


def crowd(world: World, number: int) -> None:
    """One more of everything that is listed."""


REQUESTS: dict[str, Request] = {}

# fmt: off
TABLE: dict[str, str] = {
    #                                              anon bob  char alice dora mod  staff admin super
}
# fmt: on

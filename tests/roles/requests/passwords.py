"""What the dialects have in common about passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.services.passwords import password_link_make, password_link_token
from accounts.tests.factories import PASSWORD
from tests.roles.requests.request import Body, Request, fixed

if TYPE_CHECKING:
    from tests.roles.world import World

NEW_PASSWORD = "another long passphrase 2"


def reset_body(world: World, _role: str) -> Body:
    link = password_link_make(world.bystander)
    return {"token": password_link_token(link.nonce.hex), "new_password": NEW_PASSWORD}


CHANGE = Request(body=fixed(current_password=PASSWORD, new_password=NEW_PASSWORD))
FORGOT = Request(body=fixed(email="eve@example.com"))
RESET = Request(body=reset_body)

"""What the dialects have in common about API keys and sign-ins."""

from __future__ import annotations

from accounts.tests.factories import PASSWORD
from tests.roles.requests.request import Request, fixed, of


def sign_ins(begin: str, *, key_id: str = "id", session_id: str = "id") -> dict[str, Request]:
    """By the names of the operations after `begin`. The key and the session are bob's."""
    return {
        f"{begin}api_keys.list": Request(),
        f"{begin}api_keys.create": Request(body=fixed(name="Stock", scopes=["read", "write"], password=PASSWORD)),
        f"{begin}api_keys.delete": Request(path=of("accounts.key", key_id)),
        f"{begin}sessions.list": Request(),
        f"{begin}sessions.delete_others": Request(),
        f"{begin}sessions.delete": Request(path=of("accounts.session", session_id)),
    }

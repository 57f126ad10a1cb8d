"""What open sockets are told after a commit. It may get lost: who comes back asks the database for what they missed.

Events carry ids alone. Whoever holds the sockets reads what they stand for, once for all of its sockets.
"""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from config.core.announce import after_commit


def community_group(community_id: int) -> str:
    return f"community.{community_id}"


def ticket_group(ticket_id: int) -> str:
    return f"support.{ticket_id}"


def tell_community(community_id: int, kind: str, **about: Any) -> None:
    """`kind` is that of the message which the sockets get; `about` is JSON."""
    _tell(community_group(community_id), {"type": "community.event", "kind": kind, **about})


def tell_ticket(ticket_id: int, kind: str, **about: Any) -> None:
    _tell(ticket_group(ticket_id), {"type": "support.event", "kind": kind, **about})


def _tell(group: str, event: dict[str, Any]) -> None:
    def push() -> None:
        import_string(settings.LIVE_PUSH)(group, event)

    after_commit(push)

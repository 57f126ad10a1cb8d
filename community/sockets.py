"""From services to open sockets: the one place that knows the channel layer. Named by the setting SOCKET_PUSH."""

from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer


def group_of(user_id: int) -> str:
    return f"user.{user_id}"


def push(user_id: int, message: dict[str, Any]) -> None:
    """Give a message to all open sockets of a person; none open is no error. A layer that is down raises."""
    event = {"type": "notification", "message": message}
    async_to_sync(get_channel_layer().group_send)(group_of(user_id), event)

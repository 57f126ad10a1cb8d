"""Sockets of the community app."""

from typing import Any

from config.dialects.sockets import AuthenticatedConsumer


def group_of(user_id: int) -> str:
    return f"user.{user_id}"


class NotificationConsumer(AuthenticatedConsumer):
    """`/ws/notifications`: a person's notifications as they are written."""

    async def joined(self) -> None:
        assert self.user is not None  # noqa: S101
        await self.channel_layer.group_add(group_of(self.user.pk), self.channel_name)

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        if self.user is not None:
            await self.channel_layer.group_discard(group_of(self.user.pk), self.channel_name)

    async def notification(self, event: dict[str, Any]) -> None:
        await self.send_json(event["message"])

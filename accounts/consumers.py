"""Sockets of accounts."""

from typing import Any

from accounts.sockets import AuthenticatedConsumer, group_of


class NotificationConsumer(AuthenticatedConsumer):
    """`/ws/notifications`: a person's notifications as they are written."""

    async def joined(self) -> None:
        assert self.user is not None  # noqa: S101
        await self.join(group_of(self.user.pk))

    async def notification(self, event: dict[str, Any]) -> None:
        await self.forward(event["message"])

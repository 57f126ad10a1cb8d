"""Sockets of accounts."""

from typing import Any

from channels.db import database_sync_to_async

from accounts.selectors.notifications import unread_count
from accounts.services.notifications import messages_missed, notification_mark_read
from accounts.sockets import AuthenticatedConsumer, group_of
from config.core.errors import DomainError
from config.core.references import LARGEST_ID


class NotificationConsumer(AuthenticatedConsumer):
    """`/ws/notifications`: a person's notifications as they are written.

    It takes `{"type": "mark_read", "id"}`, and `{"type": "since", "id"}` from who was away: what was written after that
    notification comes, then `caught_up`.
    """

    async def joined(self) -> None:
        assert self.user is not None  # noqa: S101
        await self.join(group_of(self.user.pk))
        count = await database_sync_to_async(unread_count)(actor=self.user)
        await self.send_json({"type": "connected", "unread_count": count})

    async def received(self, content: dict[str, Any]) -> None:
        assert self.user is not None  # noqa: S101
        asked, number = content.get("type"), content.get("id")
        if asked not in ("mark_read", "since"):
            return
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= LARGEST_ID:
            await self.send_json({"type": "error", "detail": "Invalid message"})
            return
        if not await self._still_welcome():
            return
        if asked == "since":
            for message in await database_sync_to_async(messages_missed)(actor=self.user, after=number):
                await self.send_json(message)
            return
        try:
            await database_sync_to_async(notification_mark_read)(actor=self.user, notification_id=number)
        except DomainError as refusal:
            await self.send_json({"type": "error", "detail": refusal.message})

    async def notification(self, event: dict[str, Any]) -> None:
        await self.forward(event["message"])

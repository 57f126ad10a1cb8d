"""The live socket of a support ticket: what is written there is written by the same service as over REST."""

import time
from contextlib import suppress
from typing import Any, Final

from channels.db import database_sync_to_async
from redis.exceptions import RedisError

from accounts.models import User
from accounts.sockets import NO_SUCH_SOCKET
from community import nexus_shapes
from community.consumers.live import MOST_MISSED, LiveConsumer, moment_of
from community.models import TicketMessage
from community.selectors.tickets import ticket_counted, ticket_messages_after, ticket_visible, ticket_written
from community.services.live import ticket_group
from community.services.tickets import ticket_write
from config.core.errors import DomainError, Missing
from config.core.references import LARGEST_ID
from config.core.storable import UNSTORABLE
from config.dialects.files import Files

SECONDS_BETWEEN_TYPING: Final = 1.0
LONGEST_ID: Final = len(str(LARGEST_ID))


class SupportConsumer(LiveConsumer):
    """`/ws/support/{ticket_id}`, for its person and staff; 4404 for everybody else.

    In: `{"type": "message", "content": "…", "attachments": []}`, `{"type": "typing"}`, `since` with the id of the last
    message that was seen, or a moment. Out: `message`, `typing` and `presence` of the others, `ticket_update`, `error`.
    """

    typed_at = 0.0

    @property
    def ticket_id(self) -> int:
        return int(self.scope["url_route"]["kwargs"]["ticket_id"])

    async def joined(self) -> None:
        if not await database_sync_to_async(_may_see)(self.user, self.ticket_id):
            await self.leave(NO_SUCH_SOCKET)
            return
        await self.join(ticket_group(self.ticket_id))
        await self._tell("presence", online=True, asks=True)
        await self.come_back()

    async def still_allowed(self) -> int | None:
        return None if await database_sync_to_async(_may_see)(self.user, self.ticket_id) else NO_SUCH_SOCKET

    async def received(self, content: dict[str, Any]) -> None:
        match content.get("type"):
            case "message":
                if await self._still_welcome():
                    await self._write(content)
            case "typing":
                if time.monotonic() - self.typed_at >= SECONDS_BETWEEN_TYPING and await self._still_welcome():
                    self.typed_at = time.monotonic()
                    await self._tell("typing")
            case _:
                await super().received(content)

    async def _write(self, content: dict[str, Any]) -> None:
        text, files = content.get("content"), content.get("attachments", [])
        if not isinstance(text, str) or UNSTORABLE.search(text):
            await self.refuse("Invalid message")
            return
        try:
            await database_sync_to_async(_written)(self.user, self.ticket_id, text, files, self.origin)
        except DomainError as refusal:
            await self.refuse(refusal.message)

    async def since(self, since: Any) -> None:
        number = since if isinstance(since, int) and not isinstance(since, bool) else None
        if isinstance(since, str) and since.isdecimal() and len(since) <= LONGEST_ID:
            number = int(since)
        moment = moment_of(since)
        if number is None and moment is None:
            await self.refuse("Send the id of the last message, or a moment")
            return
        assert self.user is not None  # noqa: S101
        messages, complete = await database_sync_to_async(_missed)(
            self.user, self.ticket_id, self.origin, number, moment
        )
        await self.caught_up(messages, complete=complete)

    # ------------------------------------------------------------ who is there
    async def disconnect(self, code: int) -> None:
        if ticket_group(self.ticket_id) in self.memberships:
            with suppress(RedisError, OSError):  # where nobody can be told, nobody is
                await self._tell("presence", online=False)
        await super().disconnect(code)

    async def _tell(self, kind: str, **about: Any) -> None:
        assert self.user is not None  # noqa: S101
        event = {
            "type": f"support.{kind}",
            "user_id": self.user.pk,
            "username": self.user.username,
            "socket": self.channel_name,
            **about,
        }
        await self.channel_layer.group_send(ticket_group(self.ticket_id), event)

    async def support_typing(self, event: dict[str, Any]) -> None:
        if event["user_id"] != getattr(self.user, "pk", None):
            await self.forward({"type": "typing", "user_id": event["user_id"], "username": event["username"]})

    async def support_presence(self, event: dict[str, Any]) -> None:
        """Who comes asks the others to say that they are there; so does who has a second socket open that stays."""
        if event["socket"] == self.channel_name:
            return
        ours = event["user_id"] == getattr(self.user, "pk", None)
        if self.is_open and (event.get("asks") if not ours else not event["online"]):
            await self._tell("presence", online=True)
        if not ours:
            message = {"type": "presence", "user_id": event["user_id"], "username": event["username"]}
            await self.forward(message | {"online": event["online"]})

    # ------------------------------------------------------------ what happens to the ticket
    async def support_event(self, event: dict[str, Any]) -> None:
        message = await database_sync_to_async(_present)(self.user, self.ticket_id, self.origin, event)
        if message is not None:
            await self.forward(message)


def _may_see(user: User, ticket_id: int) -> bool:
    try:
        ticket_visible(actor=user, reference=min(ticket_id, LARGEST_ID))
    except Missing:
        return False
    return True


def _written(user: User, ticket_id: int, text: str, files: Any, origin: str) -> None:
    links = nexus_shapes.attachments(files, Files(origin=origin))
    ticket_write(actor=user, ticket_id=ticket_id, content=text, attachments=links)


def _present(user: User, ticket_id: int, origin: str, event: dict[str, Any]) -> dict[str, Any] | None:
    if event["kind"] == "message":
        rows = TicketMessage.objects.filter(pk=event["message_id"], ticket=ticket_id)
        row = rows.values(*nexus_shapes.TICKET_MESSAGE).first()
        return _message(row, Files(origin=origin)) if row else None
    return _ticket(user, ticket_id, Files(origin=origin))


def _message(row: dict[str, Any], files: Files) -> dict[str, Any]:
    return {"type": "message", "message": nexus_shapes.ticket_message(row, files)}


def _ticket(user: User, ticket_id: int, files: Files) -> dict[str, Any] | None:
    row = ticket_counted(actor=user, ticket_id=ticket_id).values(*nexus_shapes.TICKET).first()
    return {"type": "ticket_update", "ticket": nexus_shapes.ticket(row, files)} if row else None


def _missed(
    user: User, ticket_id: int, origin: str, number: int | None, moment: Any
) -> tuple[list[dict[str, Any]], bool]:
    """The messages since, and the ticket as it is now."""
    files = Files(origin=origin)
    if number is not None:
        rows = ticket_messages_after(ticket_id=ticket_id, after=min(number, LARGEST_ID), most=MOST_MISSED + 1)
    else:
        rows = ticket_written(ticket_id=ticket_id).filter(created_at__gte=moment)[: MOST_MISSED + 1]
    found = [_message(row, files) for row in rows.values(*nexus_shapes.TICKET_MESSAGE)]
    now = _ticket(user, ticket_id, files)
    return [*found[:MOST_MISSED], *([now] if now else [])], len(found) <= MOST_MISSED

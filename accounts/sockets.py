"""The base of every socket: who is there, and from which site.

A socket authenticates by the `Authorization` header, by the subprotocol pair `bearer, <token>`, or by a first message
`{"type": "auth", "token": "Bearer …"}` within ten seconds. An API key that may read and write is good in all
three. The address carries no credential. The credential is looked at again before anything is forwarded, and every
minute: a socket ends with the token that opened it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Generic, TypeVar
from urllib.parse import urlsplit

import orjson
from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import get_channel_layer
from django.conf import settings
from django.http.request import validate_host
from redis.exceptions import RedisError

from accounts.authentication import users_of
from accounts.models import User
from config.cross_origin import is_front_end
from config.dialects.bodies import OPTIONS

logger = logging.getLogger(__name__)
Key = TypeVar("Key")
Found = TypeVar("Found")

UNSUPPORTED_DATA = 1003
MESSAGE_TOO_BIG = 1009
TRY_AGAIN_LATER = 1013
UNAUTHENTICATED = 4401
FORBIDDEN_ORIGIN = FORBIDDEN = 4403
NO_SUCH_SOCKET = 4404
TOO_MANY_SOCKETS = 4429

SECONDS_TO_AUTHENTICATE = 10.0
SECONDS_BETWEEN_CHECKS = 60.0
MESSAGE_MAX_CHARACTERS = 16 * 1024
SECONDS_TO_PUSH = 1.0
SUBPROTOCOLS = {"bearer": "Bearer", "token": "Token"}
# In one server process. A browser with many tabs stays below; a program that forgets to close its sockets does not.
MOST_SOCKETS_A_PERSON = 20


class AuthenticatedConsumer(AsyncJsonWebsocketConsumer):
    """Calls `joined()` once the person is known. Consumers only forward; rules are asked of policies."""

    open_sockets: ClassVar[Counter[int]] = Counter()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user: User | None = None
        self.credential = ""
        self.memberships: list[str] = []
        self.is_open = False
        self.watch: asyncio.Task[None] | None = None

    # ---------------------------------------------------------------- for subclasses
    async def joined(self) -> None:
        """The person is `self.user`. Join groups here, or `leave()` when the person may not be here."""
        raise NotImplementedError

    async def received(self, content: dict[str, Any]) -> None:
        """A message of the person that is not about the connection itself. Most sockets only talk."""

    async def join(self, group: str) -> None:
        await self.channel_layer.group_add(group, self.channel_name)
        self.memberships.append(group)

    async def still_allowed(self) -> int | None:
        """The code to close with when the person may not be here any more. Asked before anything is forwarded."""
        return None

    async def forward(self, message: dict[str, Any]) -> None:
        """Send it, if the person may still hear it."""
        if await self._still_welcome() and self.is_open:
            await self.send_json(message)

    async def account_changed(self, event: dict[str, Any]) -> None:
        """Sessions of the account were ended: this one too?"""
        await self._still_welcome()

    async def layer_missed(self, event: dict[str, Any]) -> None:
        """Messages may have been lost: whoever comes back asks for them."""
        await self.leave(TRY_AGAIN_LATER)

    async def leave(self, code: int) -> None:
        """Close the socket from our side. Nothing is sent after it."""
        if self.is_open:
            self.is_open = False
            await self.close(code=code)

    # ---------------------------------------------------------------- the connection
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        except RedisError as error:  # the client comes back when the channel layer is there again
            logger.warning("a socket lost the channel layer: %s", type(error).__name__)
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        finally:
            self._release()

    async def connect(self) -> None:
        headers = {name.lower(): value.decode("latin-1") for name, value in self.scope["headers"]}
        credential, subprotocol = headers.get(b"authorization", ""), None
        protocols = self.scope.get("subprotocols", [])
        if not credential and len(protocols) == 2 and protocols[0] in SUBPROTOCOLS:
            subprotocol = protocols[0]
            credential = f"{SUBPROTOCOLS[subprotocol]} {protocols[1]}"
        # Accepted first, because a browser is told the reason only of a socket that was open.
        await self.accept(subprotocol=subprotocol)
        self.is_open = True
        if not origin_allowed(headers.get(b"origin"), headers.get(b"host", "")):
            await self.leave(FORBIDDEN_ORIGIN)
        elif credential:
            await self._enter(credential)
        else:
            self._watch_with(self._wait_for_credential)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        if not self.is_open:
            return
        if text_data is None:
            await self.leave(UNSUPPORTED_DATA)
        elif len(text_data) > MESSAGE_MAX_CHARACTERS:
            await self.leave(MESSAGE_TOO_BIG)
        else:
            await self.receive_json(await self.decode_json(text_data))

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        message = content if isinstance(content, dict) else {}
        if self.user is None:
            token = message.get("token") if message.get("type") == "auth" else None
            if not isinstance(token, str):
                await self.leave(UNAUTHENTICATED)
                return
            await self._enter(token if " " in token else f"Bearer {token}")
        elif message.get("type") == "ping":
            await self.send_json({"type": "pong"})
        elif message:
            await self.received(message)

    @classmethod
    async def encode_json(cls, content: Any) -> str:
        """As in answers over HTTP."""
        return orjson.dumps(content, option=OPTIONS).decode()

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        try:
            return await super().decode_json(text_data)
        except (ValueError, RecursionError):
            return None

    async def disconnect(self, code: int) -> None:
        self.is_open = False
        for group in self.memberships:
            try:
                await self.channel_layer.group_discard(group, self.channel_name)
            except Exception as error:  # whatever the layer's trouble is, the membership runs out by itself
                logger.warning("could not leave a group: %s", type(error).__name__)

    def _release(self) -> None:
        """However it ended."""
        self.is_open = False
        if self.watch is not None:
            self.watch.cancel()
        if self.user is not None:
            self.open_sockets[self.user.pk] -= 1
            if not self.open_sockets[self.user.pk]:
                del self.open_sockets[self.user.pk]

    # ---------------------------------------------------------------- who it is
    async def _enter(self, credential: str) -> None:
        user = await _people.ask(credential)
        if not self.is_open:  # closed while the database was asked
            return
        if user is None:
            await self.leave(UNAUTHENTICATED)
            return
        self.user, self.credential = user, credential
        self.open_sockets[user.pk] += 1
        if self.open_sockets[user.pk] > MOST_SOCKETS_A_PERSON:
            await self.leave(TOO_MANY_SOCKETS)
            return
        self._watch_with(self._check_again_and_again)
        if self.channel_layer is not None:
            await self.join(f"account.{user.pk}")
        await self.joined()
        if self.is_open:
            await self.send_json({"type": "ready"})

    async def _still_welcome(self) -> bool:
        """The credential still stands for the same active person, who may be here; else the socket is closed."""
        user = await _people.ask(self.credential)
        if user is None or self.user is None or user.pk != self.user.pk:
            await self.leave(UNAUTHENTICATED)
            return False
        self.user = user  # what they may do may have changed
        code = await self.still_allowed()
        if code is not None:
            await self.leave(code)
        return code is None

    def _watch_with(self, watching: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if self.watch is not None:
            self.watch.cancel()
        self.watch = asyncio.create_task(watching())

    async def _wait_for_credential(self) -> None:
        await asyncio.sleep(SECONDS_TO_AUTHENTICATE)
        await self.leave(UNAUTHENTICATED)

    async def _check_again_and_again(self) -> None:
        while self.is_open:
            await asyncio.sleep(SECONDS_BETWEEN_CHECKS)
            try:
                await self._still_welcome()
            except Exception as error:  # the database is away: asked again in a minute, and before anything is sent
                logger.warning("a socket could not be checked: %s", type(error).__name__)


class Together(Generic[Key, Found]):
    """What many sockets of this process ask the database at the same moment, answered by one look at it.

    What is asked while a look is being taken waits for the next one: no answer is older than its question.
    """

    def __init__(self, look: Callable[[list[Key]], list[Found]]) -> None:
        self.look = look
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[tuple[Key, asyncio.Future[Found]]] = []
        self._looking: asyncio.Task[None] | None = None

    async def ask(self, key: Key) -> Found:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._waiting, self._looking = loop, [], None
        answer: asyncio.Future[Found] = loop.create_future()
        self._waiting.append((key, answer))
        if self._looking is None or self._looking.done():
            self._looking = loop.create_task(self._look())
        return await answer

    async def _look(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # all who got the same message ask first
            asked, self._waiting = self._waiting, []
            try:
                found = await database_sync_to_async(self.look)([key for key, _answer in asked])
            except Exception as error:
                for _key, answer in asked:
                    if not answer.done():
                        answer.set_exception(error)
            else:
                for (_key, answer), one in zip(asked, found, strict=True):
                    if not answer.done():
                        answer.set_result(one)


class UnknownSocket(AsyncJsonWebsocketConsumer):
    """Every other address."""

    async def connect(self) -> None:
        await self.accept()
        await self.close(code=NO_SUCH_SOCKET)


def _people_of(credentials: list[str]) -> list[User | None]:
    """Credentials are printable ASCII; anything else does not reach the database, which refuses NUL characters."""
    readable = [text if text.isascii() and text.isprintable() else "" for text in credentials]
    return users_of(readable, keys=True)


_people = Together(_people_of)


def origin_allowed(origin: str | None, host: str) -> bool:
    """Programs send no Origin. A browser must come from this site or from one that CORS answers with credentials."""
    if origin is None or is_front_end(origin.rstrip("/")):
        return True
    try:
        parts = urlsplit(origin)
        name = parts.hostname or ""
    except ValueError:
        return False
    # In development every name is ours, also one that its owner made lead here.
    ours = [allowed for allowed in settings.ALLOWED_HOSTS if allowed != "*"]
    return bool(name) and parts.netloc == host and validate_host(name, ours)


# ---------------------------------------------------------------- from services to open sockets
def group_of(user_id: int) -> str:
    return f"user.{user_id}"


def push(user_id: int, message: dict[str, Any]) -> None:
    """Give a message to all open sockets of a person; none open is no error. A layer that is down raises.

    Services reach it by the setting SOCKET_PUSH, since they know no channel layer.
    """
    event = {"type": "notification", "message": message}
    async_to_sync(get_channel_layer().group_send)(group_of(user_id), event)


def push_to_group(group: str, event: dict[str, Any]) -> None:
    """Give an event to all sockets of a group. A layer that is away is no error: what they do not get, they ask the
    database for."""
    try:
        async_to_sync(_give)(group, event)
    except (RedisError, OSError, TimeoutError) as error:
        logger.warning("sockets could not be told: %s", type(error).__name__)


async def _give(group: str, event: dict[str, Any]) -> None:
    async with asyncio.timeout(SECONDS_TO_PUSH):
        await get_channel_layer().group_send(group, event)

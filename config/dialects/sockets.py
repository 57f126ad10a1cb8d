"""The base of every socket: who is there, and from which site.

A socket authenticates by the `Authorization` header, by the subprotocol pair `bearer, <token>`, or by a first message
`{"type": "auth", "token": "Bearer …"}` within ten seconds. The address carries no credential.
"""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.http.request import validate_host

from accounts.models import User
from config.dialects.credentials import user_of

UNAUTHENTICATED = 4401
FORBIDDEN_ORIGIN = 4403
SECONDS_TO_AUTHENTICATE = 10


class AuthenticatedConsumer(AsyncJsonWebsocketConsumer):
    """Calls `joined()` once the person is known. Consumers only forward; rules are asked of policies."""

    user: User | None = None

    async def connect(self) -> None:
        headers = {name.lower(): value.decode("latin-1") for name, value in self.scope["headers"]}
        if not origin_allowed(headers.get(b"origin"), headers.get(b"host", "")):
            await self.accept()
            await self.close(code=FORBIDDEN_ORIGIN)
            return
        protocols = self.scope.get("subprotocols", [])
        credential, subprotocol = headers.get(b"authorization"), None
        if credential is None and len(protocols) == 2 and protocols[0] in {"bearer", "token"}:
            subprotocol = protocols[0]
            credential = f"{protocols[0]} {protocols[1]}"
        await self.accept(subprotocol=subprotocol)
        self.deadline: asyncio.Task[None] | None = None
        if credential is not None:
            await self._enter(credential)
        else:
            self.deadline = asyncio.create_task(self._wait_for_credential())

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if self.user is None:
            token = content.get("token") if isinstance(content, dict) and content.get("type") == "auth" else None
            if not isinstance(token, str):
                await self.close(code=UNAUTHENTICATED)
                return
            await self._enter(token if " " in token else f"Bearer {token}")
        elif isinstance(content, dict) and content.get("type") == "ping":
            await self.send_json({"type": "pong"})

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        try:
            return await super().decode_json(text_data)
        except ValueError:
            return None

    async def disconnect(self, code: int) -> None:
        if getattr(self, "deadline", None) is not None:
            self.deadline.cancel()  # type: ignore[union-attr]

    async def joined(self) -> None:
        raise NotImplementedError

    async def _enter(self, credential: str) -> None:
        self.user = await database_sync_to_async(user_of)(credential)
        if self.user is None:
            await self.close(code=UNAUTHENTICATED)
            return
        if self.deadline is not None:
            self.deadline.cancel()
        await self.joined()
        await self.send_json({"type": "ready"})

    async def _wait_for_credential(self) -> None:
        await asyncio.sleep(SECONDS_TO_AUTHENTICATE)
        await self.close(code=UNAUTHENTICATED)


def origin_allowed(origin: str | None, host: str) -> bool:
    """Programs send no Origin. A browser must come from this site or from one that CORS lets in."""
    if origin is None or settings.CORS_ALLOW_ALL_ORIGINS:
        return True
    if origin.rstrip("/") in settings.CORS_ALLOWED_ORIGINS:
        return True
    parts = urlsplit(origin)
    return parts.netloc == host and validate_host(parts.hostname or "", settings.ALLOWED_HOSTS)

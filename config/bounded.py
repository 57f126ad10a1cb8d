"""No more of a body is taken than any upload may have: Django under ASGI has it on disk before a view is asked."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from config.core.sizes import size_words

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[..., Awaitable[None]]


class BoundedBodies:
    """An ASGI application that answers 413 for a body of more than `most` bytes, said or sent."""

    def __init__(self, application: Application, *, most: int) -> None:
        self.application = application
        self.most = most

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"")
        taken = int(said) if said.isdigit() else 0
        if taken > self.most:
            await self._refuse(send)
            return
        taken = 0

        async def counted() -> Message:
            """To the application it is as if the client had gone away: it stops, and answers nothing."""
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            return message if taken <= self.most else {"type": "http.disconnect"}

        await self.application(scope, counted, send)
        if taken > self.most:
            await self._refuse(send)

    async def _refuse(self, send: Send) -> None:
        words = f"The request is too large: at most {size_words(self.most)} are taken here."
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": orjson.dumps({"detail": words, "status_code": 413})})

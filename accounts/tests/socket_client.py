"""A WebSocket client for tests that speaks ASGI to the application, without a server in between.

What it hears must be as docs/reference/asyncapi.yaml says.
"""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator

from tests.asyncapi import check_sent


class SocketClient(ApplicationCommunicator):
    def __init__(
        self,
        application: Any,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        subprotocols: list[str] | None = None,
    ) -> None:
        self.path, _, query = path.partition("?")
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
        scope = {
            "type": "websocket",
            "path": self.path,
            "query_string": query.encode(),
            "headers": pairs,
            "subprotocols": subprotocols or [],
        }
        super().__init__(application, scope)

    async def connect(self) -> str | None:
        """Returns the subprotocol the server chose."""
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output(5)
        assert answer["type"] == "websocket.accept", answer
        chosen: str | None = answer.get("subprotocol")
        return chosen

    async def send(self, text: str | None = None, data: bytes | None = None) -> None:
        await self.send_input({"type": "websocket.receive", "text": text, "bytes": data})

    async def send_json(self, message: Any) -> None:
        await self.send(json.dumps(message))

    async def receive_json(self) -> Any:
        answer = await self.receive_output(5)
        assert answer["type"] == "websocket.send", answer
        message = json.loads(answer["text"])
        check_sent(self.path, message)
        return message

    async def closed_with(self) -> int:
        answer = await self.receive_output(5)
        assert answer["type"] == "websocket.close", answer
        code: int = answer["code"]
        return code

    async def disconnect(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(5)

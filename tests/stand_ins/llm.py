"""A stand-in for an OpenAI-compatible service: a real HTTP server on this machine, which does what a script says.

    with FakeLLM() as llm:
        settings.LLM_BASE_URL = llm.url + "/v1"
        llm.will(Calls(("get_model_facts", {})), Says("It weighs ", "9.92 g."))

Each request takes the next behaviour of the script, the last one for ever. `requests` holds what was sent.
"""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Behaviour:
    status = 200
    content_type = "text/event-stream"
    location = ""

    def body(self, closing: threading.Event) -> Iterator[bytes]:
        raise NotImplementedError


def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    chunk = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


class Says(Behaviour):
    """Streams the pieces."""

    def __init__(self, *pieces: str, finish: str | None = "stop", pause: float = 0.0) -> None:
        self.pieces, self.finish, self.pause = pieces, finish, pause

    def body(self, closing: threading.Event) -> Iterator[bytes]:
        for piece in self.pieces:
            yield event({"content": piece})
            closing.wait(self.pause)
        if self.finish:
            yield event({}, self.finish)
            yield DONE


class Calls(Behaviour):
    """Asks for tools, each (name, arguments); arguments that are text are sent as they are, in two pieces."""

    def __init__(self, *calls: tuple[str, Any], preamble: str = "") -> None:
        self.calls, self.preamble = calls, preamble

    def body(self, closing: threading.Event) -> Iterator[bytes]:
        if self.preamble:
            yield event({"content": self.preamble})
        for index, (name, arguments) in enumerate(self.calls):
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            start = {"index": index, "id": f"c{index}", "type": "function", "function": {"name": name, "arguments": ""}}
            yield event({"tool_calls": [start]})
            for part in (text[: len(text) // 2], text[len(text) // 2 :]):
                yield event({"tool_calls": [{"index": index, "function": {"arguments": part}}]})
        yield event({}, "tool_calls")
        yield DONE


class Sends(Behaviour):
    """These bytes, whatever they are."""

    def __init__(self, data: bytes, *, status: int = 200, content_type: str = "text/event-stream") -> None:
        self.data, self.status, self.content_type = data, status, content_type

    def body(self, closing: threading.Event) -> Iterator[bytes]:
        yield self.data


class Redirects(Behaviour):
    """To another address, which is to be asked in the same way."""

    status = 307

    def __init__(self, to: str) -> None:
        self.location = to

    def body(self, closing: threading.Event) -> Iterator[bytes]:
        yield b""


class Hangs(Behaviour):
    """Says the pieces, then nothing more for so long."""

    def __init__(self, seconds: float, *pieces: str) -> None:
        self.seconds, self.pieces = seconds, pieces

    def body(self, closing: threading.Event) -> Iterator[bytes]:
        for piece in self.pieces:
            yield event({"content": piece})
        closing.wait(self.seconds)


class Drips(Behaviour):
    """A piece every moment, without end."""

    def body(self, closing: threading.Event) -> Iterator[bytes]:
        while not closing.wait(0.05):
            yield event({"content": "and "})


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float = field(default_factory=time.monotonic)


class FakeLLM:
    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self._script: list[Behaviour] = [Says("Hello.")]
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def will(self, *script: Behaviour) -> None:
        self._script = list(script)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _next(self) -> Behaviour:
        with self._lock:
            return self._script.pop(0) if len(self._script) > 1 else self._script[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"  # the end of the line is the end of the answer

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length))
                fake.requests.append(Asked(self.path, dict(self.headers), body))
                behaviour = fake._next()
                self.send_response(behaviour.status)
                self.send_header("Content-Type", behaviour.content_type)
                if behaviour.location:
                    self.send_header("Location", behaviour.location)
                self.end_headers()
                try:
                    for part in behaviour.body(fake._closing):
                        self.wfile.write(part)
                        self.wfile.flush()
                except OSError:  # the client has had enough
                    pass

            def log_message(self, *_: object) -> None: ...

        return Handler

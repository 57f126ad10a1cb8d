"""The local HTTP server under the payment gateways' stand-ins, and the troubles it can be told to make."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class Request:
    method: str
    path: str
    headers: Any
    body: bytes


@dataclass
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Trouble:
    """What goes wrong with the next requests: an answer, silence for some seconds, or a line that breaks.

    With `after_work` the work is done and only its answer is lost, which is the case that idempotency keys are for.
    """

    status: int | None = None
    hang: float = 0.0
    until: threading.Event | None = None
    drop: bool = False
    after_work: bool = False


class Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no fault of the server's."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class StandIn:
    """`with StandIn() as server: server.url`. A subclass answers in `respond`, one request at a time."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.lock = threading.RLock()
        self._troubles: list[Trouble] = []
        self._closing = threading.Event()
        self._server = Server(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def respond(self, request: Request) -> Answer:
        raise NotImplementedError

    def answer_of_status(self, status: int) -> Answer:
        """What this company sends with an error status of its own making."""
        return Answer(status, b"{}")

    # ---------------------------------------------------------------- troubles
    def fail(self, status: int, *, times: int = 1, after_work: bool = False) -> None:
        self._troubles += [Trouble(status=status, after_work=after_work)] * times

    def hang(
        self, seconds: float, *, times: int = 1, after_work: bool = False, until: threading.Event | None = None
    ) -> None:
        """No longer than `until`, where that is given."""
        self._troubles += [Trouble(hang=seconds, after_work=after_work, until=until)] * times

    def drop(self, *, times: int = 1, after_work: bool = True) -> None:
        self._troubles += [Trouble(drop=True, after_work=after_work)] * times

    @contextmanager
    def down(self) -> Iterator[None]:
        """Every request breaks off while this lasts."""
        self._troubles = [Trouble(drop=True)] * 10_000
        try:
            yield
        finally:
            self._troubles = []

    # ---------------------------------------------------------------- the server
    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                request = Request(self.command, self.path, self.headers, self.rfile.read(length))
                answer = stand_in._answer(request)
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_DELETE = handle_any  # noqa: N815 (the base class's names)

            def log_message(self, *_: object) -> None: ...

        return Handler

    def _answer(self, request: Request) -> Answer | None:
        with self.lock:
            self.requests.append(request)
            trouble = self._troubles.pop(0) if self._troubles else Trouble(after_work=True)
            answer = self.respond(request) if trouble.after_work else None
        if trouble.hang:
            (trouble.until or self._closing).wait(trouble.hang)
        if trouble.drop:
            return None
        if trouble.status is not None:
            return self.answer_of_status(trouble.status)
        if answer is None:
            with self.lock:
                answer = self.respond(request)
        return answer

"""Answers that are sent while they are read or made, behind a server that speaks ASGI.

Django gathers all that a plain iterator gives before it sends any of it there: each reader of a file of 500 MB takes
500 MB of memory, and who asks for a table that is made while it is sent waits until it is whole.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final, cast

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

PIECE: Final = 256 * 1024
SECONDS: Final = 0.5
"""Small pieces are sent together, for each costs a turn of a thread; but what is slow to come is not held back."""


def streamed(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware. A piece is read, by a thread, when the one before has been sent; none is for HEAD."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if isinstance(request, ASGIRequest) and response.streaming:
            whole = cast(StreamingHttpResponse, response)
            if not whole.is_async:
                content = cast(Iterator[bytes], whole.streaming_content)
                whole.streaming_content = _pieces(iter(()) if request.method == "HEAD" else content)
        return response

    return middleware


async def _pieces(content: Iterator[bytes]) -> AsyncIterator[bytes]:
    take = sync_to_async(_some)
    while (piece := await take(content)) is not None:
        yield piece


def _some(content: Iterator[bytes]) -> bytes | None:
    """What comes next, up to about PIECE bytes; None after the last."""
    found: list[bytes] = []
    size, until = 0, time.monotonic() + SECONDS
    for piece in content:
        found.append(piece)
        size += len(piece)
        if size >= PIECE or time.monotonic() > until:
            break
    return b"".join(found) if found else None

"""What is streamed, behind a server that speaks ASGI: a piece at a time, and never whole in memory."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import AsyncClient, AsyncRequestFactory, RequestFactory

from config.streaming import PIECE, streamed

BIG = os.urandom(5 * PIECE + 17)


@pytest.fixture
def media(settings, tmp_path):
    """A public file on disk."""
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    }
    (tmp_path / "big.bin").write_bytes(BIG)


@pytest.mark.parametrize(("part", "status", "given"), [("", 200, BIG), (f"bytes={PIECE}-", 206, BIG[PIECE:])])
async def test_a_file_whole_or_in_part(media, part, status, given):
    answer = await AsyncClient().get("/media/big.bin", headers={"Range": part} if part else {})
    assert (answer.status_code, answer.is_async) == (status, True)
    pieces = [piece async for piece in answer]
    assert b"".join(pieces) == given and max(map(len, pieces)) <= 2 * PIECE
    assert answer["Content-Length"] == str(len(given))


async def test_no_more_is_read_than_is_sent(tmp_path):
    (tmp_path / "big.bin").write_bytes(BIG)
    opened = (tmp_path / "big.bin").open("rb")
    answer = answered(FileResponse(opened))
    pieces = aiter(answer)
    assert opened.tell() == 0
    assert len(await anext(pieces)) == PIECE == opened.tell()
    await asyncio.to_thread(answer.close)
    assert opened.closed, "who goes away in the middle leaves nothing open"


async def test_what_is_asked_for_by_head_is_not_read(tmp_path):
    (tmp_path / "big.bin").write_bytes(BIG)
    answer = answered(FileResponse((tmp_path / "big.bin").open("rb")), method="HEAD")
    assert answer["Content-Length"] == str(len(BIG))
    assert [piece async for piece in answer] == []
    answer.close()


async def test_small_pieces_are_sent_together_and_made_when_they_are_wanted():
    made = []

    def pieces() -> Iterator[str]:
        for number in range(3000):
            made.append(number)
            yield f"{number:0>256}\n"

    sent = aiter(answered(StreamingHttpResponse(pieces())))
    assert made == []
    first = await anext(sent)
    assert len(first) >= PIECE and len(made) < 3000
    rest = b"".join([piece async for piece in sent])
    assert (first + rest).splitlines() == [f"{number:0>256}".encode() for number in range(3000)]


async def test_what_goes_wrong_in_the_middle_is_raised():
    def pieces() -> Iterator[bytes]:
        yield b"x" * PIECE
        raise OSError("the disk is gone")

    sent = aiter(answered(StreamingHttpResponse(pieces())))
    assert len(await anext(sent)) == PIECE
    with pytest.raises(OSError, match="the disk is gone"):
        await anext(sent)


def test_others_stay_as_they_are():
    plain = HttpResponse(b"x")
    assert streamed(lambda _request: plain)(AsyncRequestFactory().get("/")) is plain and plain.content == b"x"
    by_wsgi = StreamingHttpResponse([b"x"])
    assert not streamed(lambda _request: by_wsgi)(RequestFactory().get("/")).is_async  # type: ignore[attr-defined]


def answered(response: HttpResponseBase, *, method: str = "GET") -> StreamingHttpResponse:
    request = AsyncRequestFactory().generic(method, "/")
    assert isinstance(request, ASGIRequest)
    answer = streamed(lambda _request: response)(request)
    assert isinstance(answer, StreamingHttpResponse) and answer.is_async
    return answer

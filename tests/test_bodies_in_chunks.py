"""Bodies whose length no header tells: clients send them so when they do not know it before they have sent it."""

import orjson
import pytest
from asgiref.testing import ApplicationCommunicator
from django.test import Client

from config.asgi import http_application
from config.bounded import BoundedBodies
from tests.test_proxies import large_uploads

FORM = (
    b'--xX\r\nContent-Disposition: form-data; name="username"\r\n\r\nalice\r\n'
    b'--xX\r\nContent-Disposition: form-data; name="file"; filename="a.stl"\r\n\r\nsolid\r\n--xX--\r\n'
)
BODIES = {
    "application/json": b'{"username": "alice"}',
    "application/x-www-form-urlencoded": b"username=alice",
    "multipart/form-data; boundary=xX": FORM,
}


@pytest.mark.parametrize("kind", BODIES)
async def test_they_are_read_as_any_other(kind):
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/login",
        "raw_path": b"/api/v1/login",
        "query_string": b"",
        "http_version": "1.1",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "headers": [(b"host", b"localhost"), (b"content-type", kind.encode()), (b"transfer-encoding", b"chunked")],
    }
    called = ApplicationCommunicator(http_application, scope)
    body = BODIES[kind]
    await called.send_input({"type": "http.request", "body": body[:9], "more_body": True})
    await called.send_input({"type": "http.request", "body": body[9:], "more_body": False})
    start, answer = await called.receive_output(10), await called.receive_output(10)
    assert start["status"] == 422
    assert [error["field"] for error in orjson.loads(answer["body"])["errors"]] == ["password"], "the name has come"


def test_where_they_cannot_be_read_they_are_refused_and_not_taken_for_empty():
    answer = Client().generic(
        "POST", "/api/v1/login", content_type="application/json", headers={"Transfer-Encoding": "chunked"}
    )
    assert (answer.status_code, answer.json()) == (
        411,
        {
            "detail": "Send the length of the body (Content-Length): bodies in chunks are not taken here.",
            "status_code": 411,
        },
    )


# ---------------------------------------------------------------- without end
class Reader:
    """An application that takes the whole body, as Django does."""

    def __init__(self):
        self.took, self.was_left = 0, False

    async def __call__(self, scope, receive, send):
        while True:
            message = await receive()
            self.was_left = message["type"] == "http.disconnect"
            if self.was_left:
                return
            self.took += len(message["body"])
            if not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def sent(reader, pieces, *headers):
    called = ApplicationCommunicator(BoundedBodies(reader, most=100), {"type": "http", "headers": list(headers)})
    for piece in pieces:
        await called.send_input({"type": "http.request", "body": piece, "more_body": True})
    await called.send_input({"type": "http.request", "body": b"", "more_body": False})
    start, answer = await called.receive_output(10), await called.receive_output(10)
    return start, answer["body"]


@pytest.mark.parametrize(
    ("pieces", "headers", "took"),
    [
        ([b"x" * 50] * 3, (), 100),
        ([], ((b"content-length", b"101"),), 0),
        ([b"x" * 50] * 3, ((b"content-length", b"7"),), 100),
    ],
)
async def test_no_more_is_taken_than_any_upload_may_have(pieces, headers, took):
    reader = Reader()
    start, body = await sent(reader, pieces, *headers)
    assert (start["status"], reader.took) == (413, took)
    assert (b"connection", b"close") in start["headers"]
    assert orjson.loads(body) == {
        "detail": "The request is too large: at most 100 bytes are taken here.",
        "status_code": 413,
    }


async def test_as_much_as_that_is_taken():
    reader = Reader()
    start, _body = await sent(reader, [b"x" * 50] * 2, (b"content-length", b"100"))
    assert (start["status"], reader.took, reader.was_left) == (200, 100, False)


def test_every_upload_fits(settings):
    assert max(large_uploads().values()) < settings.BODY_MAX_BYTES

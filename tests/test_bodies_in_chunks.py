"""Bodies whose length no header tells: clients send them so when they do not know it before they have sent it."""

import orjson
import pytest
from asgiref.testing import ApplicationCommunicator
from django.test import Client

from config.asgi import http_application

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

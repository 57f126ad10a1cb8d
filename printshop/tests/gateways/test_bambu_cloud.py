"""Whose token it is, asked of a small server that answers as Bambu's cloud does."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from printshop.gateways.bambu_cloud import CloudAway, TokenRefused, cloud_host, cloud_user_id


@pytest.fixture
def cloud(settings):
    answers: dict[str, tuple[int, bytes]] = {"good": (200, json.dumps({"uid": 1234567, "name": "x"}).encode())}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, body = answers.get(token, (401, b"{}"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.BAMBU_CLOUD_API_BASE = f"http://127.0.0.1:{server.server_port}"
    answers["asked"] = (0, b"")
    yield answers, asked
    server.shutdown()
    server.server_close()


def test_the_uid_of_a_token(cloud):
    assert cloud_user_id(token="good") == "1234567"
    assert cloud[1] == ["/v1/design-user-service/my/preference"]


def test_a_token_that_has_run_out(cloud):
    with pytest.raises(TokenRefused):
        cloud_user_id(token="old")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"no JSON"),
        (200, b"[1]"),
        (200, b'{"uid": null}'),
        (200, b'{"uid": "../x"}'),
        (200, b" " * 100_000),
        (500, b"{}"),
        (302, b"{}"),
    ],
)
def test_an_answer_that_cannot_be_understood_is_none(cloud, status, body):
    cloud[0]["good"] = (status, body)
    with pytest.raises(CloudAway):
        cloud_user_id(token="good")


def test_nobody_there(settings):
    settings.BAMBU_CLOUD_API_BASE = "http://127.0.0.1:1"
    with pytest.raises(CloudAway):
        cloud_user_id(token="good")


def test_the_port_may_stand_behind_the_host(settings):
    assert cloud_host() == ("us.mqtt.bambulab.com", 8883)
    settings.BAMBU_CLOUD_MQTT_HOST = "localhost:18883"
    assert cloud_host() == ("localhost", 18883)

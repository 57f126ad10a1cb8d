"""What goes to Sentry when a request fails, by the real WSGI application: no token, no body, no header."""

import json
import os
import subprocess
import sys
import threading
from gzip import decompress
from http.server import BaseHTTPRequestHandler, HTTPServer

from config.launcher.environment import PROJECT_DIR
from tests.services import clean_environ

PROGRAM = """
import http.client
import os
from io import BytesIO
from config.wsgi import application
from adminpanel.pages import metrics

def fails():
    stranger = http.client.HTTPConnection("localhost", int(os.environ["PORT_OF_A_STRANGER"]))
    stranger.request("POST", "/hook/tok" + "en-of-alice?key=tok" + "en-of-alice", body="{}")
    assert stranger.getresponse().status == 200
    raise RuntimeError("out of order")

metrics.vitals = fails
environ = {
    "REQUEST_METHOD": "GET", "PATH_INFO": "/metrics", "QUERY_STRING": "token=" + "tok" + "en-of-alice",
    "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.input": BytesIO(), "wsgi.url_scheme": "http",
    "HTTP_AUTHORIZATION": "Token " + "tok" + "en-of-alice", "HTTP_COOKIE": "sessionid=" + "tok" + "en-of-alice",
}
list(application(environ, lambda status, headers: None))
form = "&".join(f"f{number}=1" for number in range(1001)).encode()
strange = {"REQUEST_METHOD": "POST", "PATH_INFO": "/admin/login/", "HTTP_COOKIE": "csrftoken=" + "c" * 32,
           "CONTENT_LENGTH": str(len(form)), "CONTENT_TYPE": "application/x-www-form-urlencoded",
           "wsgi.input": BytesIO(form)}
for unwanted in (strange, {"HTTP_HOST": "evil.example"}):
    list(application(environ | unwanted, lambda status, headers: print(status)))
import sentry_sdk
sentry_sdk.flush()
"""


def test_no_token_leaves_the_house(tmp_path):
    received: list[bytes] = []
    told: list[str] = []  # to a receiver of webhooks

    class Sentry(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith("/hook/"):
                told.extend(self.headers.keys())
            else:
                received.append(decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Sentry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environ = clean_environ() | {
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": "x" * 60,
        "FIELD_ENCRYPTION_KEY": "y" * 40,
        "METRICS": "1",
        "HTTPS": "0",
        "SENTRY_DSN": f"http://key@127.0.0.1:{server.server_port}/1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(PROJECT_DIR),
        "HOME": os.environ.get("HOME", "/"),
        "PORT_OF_A_STRANGER": str(server.server_port),
        "no_proxy": "127.0.0.1",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], cwd=PROJECT_DIR, env=environ, capture_output=True, text=True
        )
    finally:
        server.shutdown()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["400 Bad Request", "400 Bad Request"]  # anybody's doing: not worth an event
    events = [json.loads(line) for body in received for line in body.splitlines() if b'"exception"' in line]
    assert [event["request"] for event in events] == [{"method": "GET", "url": "http://localhost/metrics"}]
    assert "out of order" in json.dumps(events)
    assert b"token-of-alice" not in b"".join(received)
    asked = [crumb["data"] for crumb in events[0]["breadcrumbs"]["values"] if crumb["type"] == "http"]
    assert asked == [{"host": f"localhost:{server.server_port}", "status_code": 200}]
    assert {name.lower() for name in told} == {"host", "accept-encoding", "content-length"}

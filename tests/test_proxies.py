"""config/proxies: what nginx and Caddy are told agrees with the platform, and does what it is for."""

import http.client
import json
import os
import re
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import crossplane
import pytest
import yaml
from django.conf import settings
from django.urls import URLPattern, get_resolver

from config.core.logs import SECRET, without_secret
from config.launcher.environment import PROJECT_DIR, free_ports
from config.launcher.processes import Child, Guard
from tests.services.base import wait_until

NGINX = PROJECT_DIR / "config" / "proxies" / "nginx.conf"
CADDY = PROJECT_DIR / "config" / "proxies" / "Caddyfile"
MIB = 1024 * 1024
UVICORN = "uvicorn config.asgi:application --host 127.0.0.1 --port 8001 --workers 2 --lifespan off --ws-max-size 65536"


def addresses(patterns: Any = None, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """All of the platform."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(one.pattern)
        if isinstance(one, URLPattern):
            yield address, one
        else:
            yield from addresses(one.url_patterns, address)


def large_uploads() -> dict[str, int]:
    """The addresses that take more than any other, and how many bytes."""
    most = {address: getattr(getattr(one.callback, "cls", None), "upload_max_bytes", 0) for address, one in addresses()}
    return {address: size for address, size in most.items() if size}


# ---------------------------------------------------------------- what the files say


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """The directives of the file, read as nginx reads it: in an http block, each where it may stand."""
    outer = tmp_path_factory.mktemp("nginx") / "nginx.conf"
    outer.write_text(f"events {{ }} http {{ include {NGINX}; }}")
    read = crossplane.parse(str(outer))
    (ours,) = (config["parsed"] for config in read["config"] if config["file"] == str(NGINX))
    lines_of_maps = {entry["line"] for one in named(ours, "map") for entry in one["block"]}
    faults = crossplane.parse(str(outer), strict=True)["errors"]  # takes the entries of maps for directives
    assert [one["error"] for one in faults if one["line"] not in lines_of_maps] == []
    return ours


def named(directives: list[dict], name: str) -> list[dict]:
    return [one for one in directives if one["directive"] == name]


def value(directives: list[dict], name: str) -> str:
    (one,) = named(directives, name)
    return " ".join(one["args"])


def in_bytes(size: str) -> int:
    found = re.fullmatch(r"(\d+)(m|MiB)", size)
    assert found
    return int(found[1]) * MIB


def site(directives: list[dict], port: str) -> list[dict]:
    blocks = (one["block"] for one in named(directives, "server"))
    (found,) = (block for block in blocks if named(block, "listen")[0]["args"][0] == port)
    return found


class TestNginx:
    def test_bodies_are_as_large_as_the_platform_takes_them(self, nginx):
        main = site(nginx, "443")
        for server in (main, site(nginx, "5000")):
            assert 0 < in_bytes(value(server, "client_max_body_size")) - settings.UPLOAD_MAX_BYTES <= 2 * MIB
        (large,) = (one for one in named(main, "location") if named(one["block"], "client_max_body_size"))
        assert large["args"][0] == "~"
        uploads = large_uploads()
        assert uploads
        assert set(uploads) == {address for address in uploads if re.search(large["args"][1], address)}
        assert 0 < in_bytes(value(large["block"], "client_max_body_size")) - max(uploads.values()) <= 2 * MIB

    def test_slow_callers_wait_in_nginx(self, nginx):
        for port in ("443", "5000"):
            server = site(nginx, port)
            assert value(server, "proxy_request_buffering") == value(server, "proxy_buffering") == "on"
            for name in ("client_header_timeout", "client_body_timeout", "send_timeout"):
                assert value(server, name) in ("15s", "30s")
            assert int(value(server, "proxy_read_timeout").removesuffix("s")) > 60  # WEB_TIMEOUT

    def test_each_location_says_who_the_caller_is(self, nginx):
        wanted = {"Host", "X-Forwarded-For", "X-Forwarded-Proto", "Connection"}
        for port in ("443", "5000"):
            server = site(nginx, port)
            for place in (server, *(one["block"] for one in named(server, "location"))):
                headers = {one["args"][0] for one in named(place, "proxy_set_header")}
                # One header set in a location takes all of the server's away.
                assert not headers or wanted <= headers
                assert not named(place, "add_header") + named(place, "proxy_hide_header")

    def test_addresses_that_are_secrets_are_not_logged(self, nginx):
        signed = {address for address, _one in addresses() if "<str:signed>" in address}
        assert len(signed) >= 9
        for address in signed:
            path = address.replace("<str:signed>", "Zm9v.bar:baz")
            lines = (path, f"Internal Server Error: {path}", f'"https://atelier.example:8000{path}"')
            assert all("Zm9v" not in without_secret(line) for line in lines), address
        (logged,) = (one for one in named(nginx, "map") if one["args"] == ["$uri", "$atelier_logged"])
        pattern = re.compile(logged["block"][0]["directive"].removeprefix("~").replace("(?<", "(?P<"))
        for begin in SECRET:
            assert pattern.match(f"{begin}word").group(1) == begin
        assert not pattern.match("/api/files/")
        (form,) = named(nginx, "log_format")
        assert not re.search(r"\$(request|request_uri|args|query_string|http_\w+)\b", " ".join(form["args"]))
        for server in named(nginx, "server"):
            assert named(server["block"], "access_log")[0]["args"][1] == "atelier"


class TestCaddy:
    def test_bodies_are_as_large_as_the_platform_takes_them(self):
        text = CADDY.read_text()
        sizes = [in_bytes(size) for size in re.findall(r"max_size (\S+)", text)]
        meshes, forms, rest, printshop = sizes
        uploads = large_uploads()
        assert 0 < meshes - max(uploads.values()) <= 2 * MIB
        assert 0 < forms - settings.UPLOAD_MAX_BYTES <= 2 * MIB
        assert 0 < rest - settings.DATA_UPLOAD_MAX_MEMORY_SIZE <= MIB
        assert printshop == rest
        assert [in_bytes(size) for size in re.findall(r"request_buffers (\S+)", text)] == [rest, rest]
        assert set(re.search(r"path (/api/\S.*)", text)[1].split()) >= set(uploads)


def test_what_is_to_be_started_is_said_everywhere_alike():
    files = [CADDY, NGINX, PROJECT_DIR / "docs" / "how-to" / "deploy.md"]
    for file in files:
        assert UVICORN in file.read_text()
        assert "gunicorn --config config/gunicorn.py config.wsgi" in file.read_text()
    assert UVICORN in (PROJECT_DIR / "config" / "systemd" / "atelier-sockets.service").read_text()
    services = yaml.safe_load((PROJECT_DIR / "docker-compose.yml").read_text())["services"]
    inside = UVICORN.replace("127.0.0.1", "0.0.0.0").replace("--workers 2", "--workers ${WS_WORKERS:-2}")
    assert services["ws"]["command"] == inside


# ---------------------------------------------------------------- what they do


@dataclass
class Upstream:
    """One of the platform's servers: answers what it was asked, and remembers who came, also who says no more."""

    port: int
    begun: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        upstream = self

        class Answer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                upstream.begun.append(self.path)
                if self.headers.get("Upgrade"):
                    self.send_response(101)
                    self.send_header("Upgrade", "websocket")
                    self.send_header("Connection", "Upgrade")
                    self.end_headers()
                    self.close_connection = True
                    return
                size = len(self._read())
                body = json.dumps({"headers": dict(self.headers), "size": size}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815

            def _read(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Answer)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@dataclass
class Proxied:
    port: int
    printshop_port: int
    rest: Upstream
    sockets: Upstream
    printshop: Upstream

    def ask(self, path: str, *, body: bytes | None = None, port: int = 0, **headers: str) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("localhost", port or self.port, timeout=30)
        try:
            names = {name.replace("_", "-"): text for name, text in headers.items()}
            connection.request("POST" if body is not None else "GET", path, body, names)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if answer.status in (200, 413) else {}
        finally:
            connection.close()

    def begin(self, head: str, body: bytes) -> socket.socket:
        """A request that stops in the middle of its body."""
        connection = socket.create_connection(("localhost", self.port), timeout=30)
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n" + body)
        return connection


def caddy_told(folder: Path, port: int, printshop_port: int) -> tuple[list[str | Path], dict[str, str]]:
    text = CADDY.read_text().replace("{$DOMAIN:localhost}:5000", f"http://localhost:{printshop_port}")
    text = text.replace("{$DOMAIN:localhost}", f"http://localhost:{port}").replace("{\n", "{\n\tadmin off\n", 1)
    (folder / "Caddyfile").write_text(text)
    program = Path(shutil.which("caddy", path=str(Path(sys.executable).parent)) or "")
    return [program, "run", "--config", folder / "Caddyfile"], {"HOME": str(folder)}


def nginx_told(folder: Path, port: int, printshop_port: int, upstreams: dict[str, str]) -> list[str | Path]:
    text = re.sub(r"listen \[::\].*|ssl_\w+ .*|listen 80;", "", NGINX.read_text())
    changes = upstreams | {
        "listen 443 ssl http2": f"listen {port}",
        "listen 5000 ssl http2": f"listen {printshop_port}",
        "atelier.example": "localhost",
        "/var/log/nginx/atelier.log": str(folder / "access.log"),
    }
    for usual, here in changes.items():
        assert usual in text
        text = text.replace(usual, here)
    text = re.sub(r"server \{\s+server_name.*?return 301[^}]*\}", "", text, flags=re.DOTALL)
    (folder / "site.conf").write_text(text)
    (folder / "nginx.conf").write_text(
        f"{'user root;' if os.getuid() == 0 else ''} pid {folder}/pid; daemon off; worker_processes 1;"
        f"error_log {folder}/error.log; events {{ }}"
        f"http {{ client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; include {folder}/site.conf; }}"
    )
    return [str(shutil.which("nginx")), "-c", folder / "nginx.conf"]


@pytest.fixture(scope="module", params=["caddy", "nginx"])
def proxied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    if request.param == "nginx" and not shutil.which("nginx"):
        pytest.skip("nginx is not installed; its file is read above")
    folder = tmp_path_factory.mktemp(request.param)
    folder.chmod(0o755)
    port, printshop_port, *ports = free_ports(5)
    rest, sockets, printshop = (Upstream(one) for one in ports)
    if request.param == "caddy":
        command, variables = caddy_told(folder, port, printshop_port)
        names = {"REST": rest, "SOCKETS": sockets, "PRINTSHOP": printshop}
        names["FILES"] = sockets  # one that remembers what it was asked
        variables |= {name: f"127.0.0.1:{upstream.port}" for name, upstream in names.items()}
        variables["FILES_DOMAIN"] = f"http://files.localhost:{port}"
    else:
        usual = {f"127.0.0.1:{8000 + number}": f"127.0.0.1:{one}" for number, one in enumerate(ports)}
        command, variables = nginx_told(folder, port, printshop_port, usual), {}
    guard = Guard()
    child = Child(request.param, command, guard=guard, log_file=folder / "log", env=variables)
    child.start()
    try:
        it = Proxied(port, printshop_port, rest, sockets, printshop)

        def answers() -> bool:
            try:
                return it.ask("/")[0] == 200
            except OSError:
                return False

        wait_until(answers, seconds=30, what=request.param, child=child)
        yield it
    finally:
        child.stop()
        guard.close()
        for upstream in (rest, sockets, printshop):
            upstream.server.shutdown()
            upstream.server.server_close()


FORM = "multipart/form-data; boundary=x"


class TestBoth:
    def test_the_caller_is_told_by_the_proxy_alone(self, proxied):
        status, seen = proxied.ask("/api/artworks/", X_Forwarded_For="6.6.6.6", X_Forwarded_Proto="gopher")
        assert status == 200
        assert seen["headers"]["X-Forwarded-For"].split(",")[-1].strip() in ("127.0.0.1", "::1")
        assert seen["headers"]["X-Forwarded-Proto"] == "http"
        assert seen["headers"]["Host"] == f"localhost:{proxied.port}"

    def test_sockets_go_to_uvicorn(self, proxied):
        path = "/ws/notifications"
        head = f"GET {path} HTTP/1.1\nHost: localhost:{proxied.port}\nConnection: Upgrade\nUpgrade: websocket\n"
        head += "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n"
        with proxied.begin(head, b"") as connection:
            assert connection.recv(100).startswith(b"HTTP/1.1 101 ")
        assert path in proxied.sockets.begun
        assert path not in proxied.rest.begun

    def test_figures_are_not_for_the_public(self, proxied):
        for port in (proxied.port, proxied.printshop_port):
            assert proxied.ask("/metrics", port=port)[0] == 404

    def test_the_files_of_a_bucket_have_a_name_of_their_own(self, proxied, request):
        """A signed link is good for the host that was signed."""
        if "nginx" in request.node.callspec.id:
            return  # it stands in front of no bucket
        status, seen = proxied.ask("/atelier/private/a.stl?X-Amz-Signature=1", Host=f"files.localhost:{proxied.port}")
        assert (status, seen["headers"]["Host"]) == (200, f"files.localhost:{proxied.port}")
        assert "/atelier/private/a.stl?X-Amz-Signature=1" in proxied.sockets.begun
        assert "/atelier/private/a.stl?X-Amz-Signature=1" not in proxied.rest.begun

    def test_the_print_shop_has_its_own_port(self, proxied):
        assert proxied.ask("/api/printers", port=proxied.printshop_port)[0] == 200
        assert "/api/printers" in proxied.printshop.begun
        assert "/api/printers" not in proxied.rest.begun

    @pytest.mark.parametrize(
        ("path", "kind", "megabytes", "status"),
        [
            ("/api/artworks/", FORM, 22, 200),
            ("/api/artworks/", FORM, 25, 413),
            ("/api/v1/upload_stl", FORM, 201, 200),
            ("/api/v1/upload_stl/", FORM, 201, 200),
            ("/api/models/upload", FORM, 261, 200),
            ("/api/v1/upload_stl", FORM, 263, 413),
            ("/api/upload/parts/0/1", "application/octet-stream", 2, 200),
            ("/api/orders/", "application/json", 2, 200),
            ("/api/orders/", "application/json", 25, 413),
        ],
    )
    def test_how_large_a_body_may_be(self, proxied, path, kind, megabytes, status):
        try:
            answered, seen = proxied.ask(path, body=b"\0" * (megabytes * MIB), Content_Type=kind)
        except (BrokenPipeError, ConnectionResetError):  # it hung up while we were still sending
            answered, seen = 413, {}
        assert answered == status
        assert status == 413 or seen["size"] == megabytes * MIB

    @pytest.mark.parametrize(
        ("path", "most", "form"),
        [
            ("/api/artworks/", "at most 22 MB", {"error": "", "code": "too_large"}),
            ("/api/upload/image", "at most 22 MB", {"detail": ""}),
            ("/api/v1/models", "at most 22 MB", {"detail": "", "status_code": 413}),
            ("/api/printshop/printers", "at most 22 MB", {"error": "", "status": 413}),
            ("/api/models/upload", "files of at most 200 MB", {"detail": ""}),
            ("/api/v1/upload_stl", "files of at most 200 MB", {"detail": "", "status_code": 413}),
        ],
    )
    def test_what_is_too_large_is_told_the_limit_in_the_words_of_who_was_asked(
        self, proxied, request, path, most, form
    ):
        """nginx goes by what a head says. Caddy counts what comes, which is too much to send where files are large."""
        size, body = 300 * MIB, b""
        if "caddy" in request.node.callspec.id:
            if "200 MB" in most:
                return
            size, body = 24 * MIB + 1, b"\0" * (24 * MIB + 1)
        head = f"POST {path} HTTP/1.1\nHost: localhost:{proxied.port}\nContent-Type: {FORM}\nContent-Length: {size}\n"
        with proxied.begin(head, body) as connection:
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            said = f"The request is too large: {most} are taken here."
            assert answer.status == 413
            assert json.loads(answer.read()) == {name: value or said for name, value in form.items()}
            assert answer.headers["Content-Type"] == "application/json"

    @pytest.mark.parametrize("kind", ["application/json", FORM])
    @pytest.mark.parametrize("length", ["Content-Length: 900000", "Transfer-Encoding: chunked"])
    def test_gunicorn_hears_nothing_of_a_body_that_stops(self, proxied, kind, length):
        path = f"/stalled/{kind[:4]}/{length[:4]}"
        head = f"POST {path} HTTP/1.1\nHost: localhost:{proxied.port}\nContent-Type: {kind}\n{length}\n"
        stalled = [proxied.begin(head, b"5\r\nabcde\r\n") for _ in range(20)]
        try:
            assert proxied.ask("/api/artworks/")[0] == 200  # what came later has arrived
            assert path not in proxied.rest.begun
        finally:
            for connection in stalled:
                connection.close()

"""Files as a browser's scripts read them: from another site, in parts, under their own names, and kept by nobody."""

from urllib.parse import quote

import pytest
import requests
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client

from config.core.storage import signed_link
from tests.services import S3Server

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(200))
FRONT_END = {"HTTP_ORIGIN": "http://localhost:3000"}
NAME = 'Größe "字".glb'
PARTS = {
    "bytes=0-0": (0, 1),
    "bytes=0-": (0, 200),
    "bytes=10-19": (10, 20),
    "bytes=190-": (190, 200),
    "bytes=190-5000": (190, 200),
    "bytes=-10": (190, 200),
    "bytes=-5000": (0, 200),
}
IGNORED = ("bytes=a-b", "bytes=5-2", "bytes=", "items=0-5", "bytes=0-5,10-15", "bytes=--5", f"bytes={'9' * 5000}-")
BEYOND = ("bytes=200-", "bytes=200-300", f"bytes={'9' * 30}-")


@pytest.fixture(params=["media", "files"])
def address(request, tmp_path, settings) -> str:
    """Of a public rendition, and of a private original."""
    for name in ("default", "private"):
        options = settings.STORAGES[name]["OPTIONS"] | {"location": tmp_path / name}
        settings.STORAGES = settings.STORAGES | {name: settings.STORAGES[name] | {"OPTIONS": options}}
    if request.param == "media":
        return storages["default"].url(storages["default"].save("models/preview.glb", ContentFile(CONTENT)))
    return signed_link(storages["private"].save("models/a.glb", ContentFile(CONTENT)), download_as=NAME)


def got(address: str, **headers: str) -> tuple[int, bytes]:
    answer = Client().get(address, headers=headers)
    return answer.status_code, b"".join(answer) if answer.streaming else answer.content


def test_a_front_end_reads_it_and_what_is_said_of_it(address):
    answer = Client().get(address, **FRONT_END)
    assert answer["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert answer["Access-Control-Allow-Credentials"] == "true"
    shown = set(answer["Access-Control-Expose-Headers"].split(", "))
    assert {"Content-Disposition", "Content-Length", "Content-Range", "Accept-Ranges", "ETag"} <= shown
    asked = Client().options(
        address,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="GET",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="range, if-range",
        **FRONT_END,
    )
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (200, "http://localhost:3000")
    assert {"range", "if-range"} <= set(asked["Access-Control-Allow-Headers"].split(", "))
    assert "Access-Control-Allow-Origin" not in Client().get(address, HTTP_ORIGIN="https://evil.example")


def test_the_whole(address):
    answer = Client().get(address)
    assert (answer.status_code, b"".join(answer)) == (200, CONTENT)
    assert (answer["Accept-Ranges"], answer["Content-Length"]) == ("bytes", "200")
    head = Client().head(address, headers={"range": "bytes=0-9"})
    assert (head.status_code, head["Content-Length"], head["ETag"]) == (200, "200", answer["ETag"])


@pytest.mark.parametrize("asked", PARTS)
def test_a_part(address, asked):
    start, stop = PARTS[asked]
    answer = Client().get(address, headers={"range": asked})
    assert (answer.status_code, b"".join(answer)) == (206, CONTENT[start:stop])
    assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/200"
    assert answer["Content-Length"] == str(stop - start)


def test_what_is_no_single_part_gets_the_whole_and_what_is_beyond_none(address):
    for asked in IGNORED:
        assert got(address, range=asked) == (200, CONTENT), asked[:40]
    for asked in BEYOND:
        answer = Client().get(address, headers={"range": asked})
        assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */200"), asked


def test_a_part_of_a_file_that_is_no_longer_the_same(address):
    whole = Client().get(address)
    whole.close()
    for known in (whole["ETag"], whole["Last-Modified"]):
        assert got(address, **{"range": "bytes=0-9", "if-range": known}) == (206, CONTENT[:10])
    for known in ('"another"', f"W/{whole['ETag']}", "Mon, 01 Jan 2024 00:00:00 GMT", "nonsense"):
        assert got(address, **{"range": "bytes=0-9", "if-range": known}) == (200, CONTENT), known


def test_not_again(address):
    whole = Client().get(address)
    whole.close()
    for known in ({"if-none-match": whole["ETag"]}, {"if-modified-since": whole["Last-Modified"]}):
        assert got(address, **known) == (304, b"")
    assert got(address, **{"if-match": '"another"'})[0] == 412


def test_it_is_only_read(address):
    for method in ("post", "put", "delete", "options"):
        assert getattr(Client(), method)(address).status_code == 405


def test_its_name_and_who_keeps_it(address):
    answer = Client().get(address)
    answer.close()
    if address.startswith("/media/"):
        assert answer["Cache-Control"] == "public, max-age=3600"
        assert "Content-Disposition" not in answer
    else:
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{quote(NAME)}"


class TestInABucket:
    @pytest.fixture
    def bucket(self, s3_server: S3Server, settings) -> S3Server:
        settings.STORAGES = settings.STORAGES | s3_server.storages()
        return s3_server

    def fetched(self, address: str, **headers: str) -> requests.Response:
        session = requests.Session()
        session.trust_env = False
        return session.get(address, headers={"Origin": "http://localhost:3000"} | headers, timeout=10)

    def test_renditions_have_plain_lasting_addresses(self, bucket):
        name = storages["default"].save("models/preview.glb", ContentFile(CONTENT))
        address = storages["default"].url(name)
        assert address == f"{bucket.url}/{bucket.bucket}/public/{name}"
        answer = self.fetched(address, Range="bytes=10-19")
        assert (answer.status_code, answer.content) == (206, CONTENT[10:20])
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
        assert "Content-Range" in answer.headers["Access-Control-Expose-Headers"]

    def test_originals_are_signed_named_and_kept_by_nobody(self, bucket):
        name = storages["private"].save("models/a.glb", ContentFile(CONTENT))
        address = signed_link(name, download_as=NAME)
        answer = self.fetched(address, Range="bytes=-10")
        assert (answer.status_code, answer.content) == (206, CONTENT[190:])
        assert answer.headers["Content-Disposition"] == f"attachment; filename*=utf-8''{quote(NAME)}"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
        assert self.fetched(address.partition("?")[0]).status_code == 403
        assert self.fetched(f"{bucket.url}/{bucket.bucket}/public/../private/{name}").status_code == 403
        assert "Access-Control-Allow-Origin" not in self.fetched(address, Origin="https://evil.example").headers


class TestPrivateJson:
    @pytest.mark.parametrize(
        "path",
        [
            "/api/auth/profile/",
            "/api/categories/",
            "/api/v1/commerce/cart",
            "/api/v1/commerce/designs",
            "/api/users/me",
            "/api/nothing/",
        ],
    )
    def test_answers_to_people_are_kept_by_nobody(self, world, path):
        assert world.bearer("buyer").get(path)["Cache-Control"] == "private, no-store"

    def test_nor_refusals_and_tokens(self, world):
        assert Client().get("/api/auth/profile/")["Cache-Control"] == "private, no-store"
        for path in ("/api/auth/login/", "/api/auth/login", "/api/v1/login"):
            answer = Client().post(path, {"username": "x", "password": "y"}, "application/json")
            assert answer["Cache-Control"] == "private, no-store"

    @pytest.mark.parametrize("path", ["/api/artworks/", "/api/categories", "/api/v1/commerce/designs"])
    def test_public_lists_may_be_kept_for_those_without_a_name(self, world, path):
        answer = Client().get(path)
        assert "no-store" not in answer.get("Cache-Control", "")
        assert "authorization" in answer["Vary"].lower()


def test_the_front_end_of_these_tests_is_the_default_one():
    assert FRONT_END["HTTP_ORIGIN"] == settings.FRONTEND_URL

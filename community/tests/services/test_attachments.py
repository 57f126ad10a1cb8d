"""What may be attached to a message, judged by content, and how it is saved."""

import io
import json
import struct
import time
import urllib.request
import zipfile
from urllib.parse import quote

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from community.services.attachments import MOST_BYTES, attachment_link, attachment_store
from config.core.errors import Invalid
from config.core.file_kinds import PDF, TEXT, ZIP, FileKind, kind_of
from config.core.file_names import LONGEST, file_name_of
from config.core.storage import signed_link
from config.core.tests.images.heif import FILES

SENDER = User(pk=1)
TRIANGLE = ((0, 0, 0), (1, 0, 0), (0, 1, 0))
JPEG = FileKind("image/jpeg", ("jpg", "jpeg"))


def image(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(file, kind)
    return file.getvalue()


def archive(**files: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
        made.comment = b"with a comment"
    return file.getvalue()


def binary_stl(header: bytes = b"", triangles: int = 1) -> bytes:
    body = struct.pack("<12fH", 0, 0, 1, *(float(value) for corner in TRIANGLE for value in corner), 0)
    return header.ljust(80, b" ") + struct.pack("<I", triangles) + body * triangles


def _without_count(stl: bytes) -> bytes:
    return stl[:80] + bytes(4) + stl[84:]


def glb() -> bytes:
    document = json.dumps({"asset": {"version": "2.0"}}).encode().ljust(28)
    chunk = struct.pack("<II", len(document), 0x4E4F534A) + document
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunk)) + chunk


ASCII_STL = (
    "solid one\n  facet normal 0 0 1\n    outer loop\n      vertex 0 0 0\n    endloop\n  endfacet\nendsolid one\n"
)
OBJ = "# a triangle\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
PLY = "ply\nformat ascii 1.0\nelement vertex 0\nend_header\n"
KINDS = {
    "JPEG": (image("JPEG"), "image/jpeg", "jpg"),
    "PNG": (image("PNG"), "image/png", "png"),
    "GIF": (image("GIF"), "image/gif", "gif"),
    "WebP": (image("WEBP"), "image/webp", "webp"),
    "AVIF": (image("AVIF"), "image/avif", "avif"),
    "HEIC": ((FILES / "patches.heic").read_bytes(), "image/heic", "heic"),
    "PDF": (b"%PDF-1.7\n1 0 obj\n", "application/pdf", "pdf"),
    "text": ("Gold, bitte. Größe: 5 µm\r\n\t字".encode(), "text/plain", "txt"),
    "text with a mark": ("\ufeffGold".encode(), "text/plain", "txt"),
    "zip": (archive(**{"a.txt": "A"}), "application/zip", "zip"),
    "an empty zip": (archive(), "application/zip", "zip"),
    "3MF": (archive(**{"[Content_Types].xml": "<Types/>", "3D/3dmodel.model": "<model/>"}), "model/3mf", "3mf"),
    "3MF, its model elsewhere": (
        archive(**{"[Content_Types].xml": "<Types/>", "Parts/thing.MODEL": "<model/>"}),
        "model/3mf",
        "3mf",
    ),
    "STL": (binary_stl(), "model/stl", "stl"),
    "STL that calls itself solid": (binary_stl(b"solid one", 3), "model/stl", "stl"),
    "STL in words": (ASCII_STL.encode(), "model/stl", "stl"),
    "STL in large letters": (f"\r\n{ASCII_STL.upper()}".encode(), "model/stl", "stl"),
    "STL in words, without normals": (ASCII_STL.replace(" normal 0 0 1", "").encode(), "model/stl", "stl"),
    "STL in words, with a mark": (b"\xef\xbb\xbf" + ASCII_STL.encode(), "model/stl", "stl"),
    "STL in words of another set": (ASCII_STL.replace("one", "Größe").encode("latin-1"), "model/stl", "stl"),
    "STL in words on one line": (" ".join(ASCII_STL.split()).encode(), "model/stl", "stl"),
    "STL in words with old line ends": (ASCII_STL.replace("\n", "\r").encode(), "model/stl", "stl"),
    "STL without a count": (_without_count(binary_stl(triangles=3)), "model/stl", "stl"),
    "STL with bytes behind it": (binary_stl(triangles=3) + b"signed", "model/stl", "stl"),
    "OBJ": (OBJ.encode(), "model/obj", "obj"),
    "OBJ with a mark": (b"\xef\xbb\xbf" + OBJ.encode(), "model/obj", "obj"),
    "OBJ with old line ends": (OBJ.replace("\n", "\r").encode(), "model/obj", "obj"),
    "OBJ in words of another set": (OBJ.replace("triangle", "Größe").encode("latin-1"), "model/obj", "obj"),
    "OBJ, its lines drawn in": (OBJ.replace("\nv", "\n  v").replace("\nf", "\n\tf").encode(), "model/obj", "obj"),
    "a text with a line of a corner": (b"Chapters:\nv 1 the beginning\n", "text/plain", "txt"),
    "PLY": (PLY.encode(), "model/ply", "ply"),
    "PLY with a mark": (b"\xef\xbb\xbf" + PLY.encode(), "model/ply", "ply"),
    "PLY with other lines": (PLY.replace("\n", "\r\n").encode(), "model/ply", "ply"),
    "GLB": (glb(), "model/gltf-binary", "glb"),
    "glTF": (json.dumps({"scene": 0, "asset": {"version": "2.0"}}).encode(), "model/gltf+json", "gltf"),
    "other JSON": (b'{"version": 1}', "text/plain", "txt"),
    "a page": (b"<html><script>alert(1)</script></html>", "text/plain", "txt"),
    "a drawing with a script": (b"<svg onload='alert(1)' xmlns='http://www.w3.org/2000/svg'/>", "text/plain", "txt"),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("data", "media_type", "ending"), KINDS.values(), ids=KINDS.keys())
def test_kinds_that_may_be_attached(data, media_type, ending):
    stored = attachment_store(owner=SENDER, file=SimpleUploadedFile("whatever.bin", data, "application/x-whatever"))
    assert (stored.media_type, stored.name) == (media_type, f"whatever.bin.{ending}")
    assert stored.reserved.storage == "private"
    folder, _slash, name = stored.reserved.name.partition("/")
    assert (folder, len(name), name.endswith(f".{ending}")) == ("attachments", 37 + len(ending), True)


OTHERS = {
    "nothing": b"",
    "a program": b"MZ\x90\x00\x03",
    "another program": b"\x7fELF\x02\x01\x01\0\0",
    "a sound": b"ID3\x04\x00\x00\xff\xfb",
    "text of another set": "Größe".encode("latin-1"),
    "text of two bytes each": "Gold".encode("utf-16"),
    "text with a NUL": b"Gold\0en",
    "half an image": image("JPEG")[:200],
    "the beginning of an image": b"\x89PNG\r\n\x1a\n",
    "a bitmap": image("BMP"),
    "the beginning of a zip": b"PK\x03\x04\xff\xff",
    "glTF of another length": b"glTF" + struct.pack("<II", 2, 10**6) + b"\xff",
    "STL of another length": binary_stl()[:-1] + b"",
    "no PLY": b"ply\n\xff\xfe",
    "a rar archive": b"Rar!\x1a\x07\x01\x00\xff",
}


@pytest.mark.django_db
@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS.keys())
def test_anything_else_is_refused_whatever_it_is_called(data):
    with pytest.raises(Invalid) as refusal:
        attachment_store(owner=SENDER, file=SimpleUploadedFile("photo.jpg", data, "image/jpeg"))
    assert refusal.value.field == "attachment"


@pytest.mark.django_db
def test_ten_megabytes_and_no_more():
    data = b"a" * MOST_BYTES
    assert attachment_store(owner=SENDER, file=SimpleUploadedFile("a.txt", data)).media_type == "text/plain"
    with pytest.raises(Invalid) as refusal:
        attachment_store(owner=SENDER, file=SimpleUploadedFile("a.txt", data + b"a"))
    assert refusal.value.field == "attachment"


@pytest.mark.parametrize(
    "unit", [b"solid\n", b"\n", b" ", b"v ", b"v\n", b'{"asset":{', b"facet normal\n", b"solid \t", b"f 1"]
)
def test_no_text_takes_long_to_judge(unit):
    data = (unit if unit[:1] in b"s{" else b"solid" + unit) + unit * (4 * 1024**2 // len(unit))
    began = time.process_time()
    kind_of(data)
    kind_of(b"{" + data)
    assert time.process_time() - began < 3


# ---------------------------------------------------------------- names
NAMES = [
    ("brief.txt", TEXT, "brief.txt"),
    ("Brief 2.MD", TEXT, "Brief 2.MD"),
    ("../../etc/passwd", TEXT, "passwd.txt"),
    ("C:\\Windows\\system32\\evil.bat", TEXT, "evil.bat.txt"),
    ("evil.html", TEXT, "evil.html.txt"),
    ("invoice.pdf.exe", PDF, "invoice.pdf.exe.pdf"),
    ("letter.docx", ZIP, "letter.docx"),
    ("applet.jar", ZIP, "applet.jar.zip"),
    ("photo.jpeg", JPEG, "photo.jpeg"),
    ("photo\u202egpj.exe", JPEG, "photogpj.exe.jpg"),
    ('a"b\r\nSet-Cookie: x=1;c.txt', TEXT, "abSet-Cookie x=1c.txt"),
    ("Größe 字.txt", TEXT, "Größe 字.txt"),
    ("", TEXT, "attachment.txt"),
    ("...", TEXT, "attachment.txt"),
    (".txt", TEXT, "txt.txt"),
    ("\0\ud800", TEXT, "attachment.txt"),
    ("x" * 300 + ".txt", TEXT, "x" * 146 + ".txt"),
    ("x" * 300, PDF, "x" * 146 + ".pdf"),
]


@pytest.mark.parametrize(("sent", "kind", "saved"), NAMES)
def test_names_are_cleaned_and_end_as_the_content_says(sent, kind, saved):
    assert file_name_of(sent, kind.endings, default="attachment") == saved
    assert len(saved) <= LONGEST


# ---------------------------------------------------------------- links
@pytest.mark.django_db
@pytest.mark.parametrize("name", ["page.html", "drawing.svg"])
def test_what_could_run_in_a_browser_is_saved_as_text(name):
    stored = attachment_store(owner=SENDER, file=SimpleUploadedFile(name, b"<script>alert(1)</script>", "text/html"))
    answer = Client().get(attachment_link(stored.reserved.name, stored.name))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}.txt"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"


@pytest.mark.django_db
def test_a_link_names_the_file_in_any_writing_and_expires():
    stored = attachment_store(owner=SENDER, file=SimpleUploadedFile("Größe 字.txt", b"Gold"))
    link = attachment_link(stored.reserved.name, stored.name)
    assert Client().get(link)["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('Größe 字.txt')}"
    with time_machine.travel(timezone.now().timestamp() + settings.FILE_LINK_SECONDS + 5):
        assert Client().get(link).status_code == 404
    assert Client().get(f"/media/{stored.reserved.name}").status_code == 404


def test_without_a_file_there_is_no_link():
    assert attachment_link("", "") is None


@pytest.mark.django_db
def test_the_same_in_a_bucket(s3_server, settings):
    """The bucket is asked to answer with our name for the file, and to have it saved."""
    settings.STORAGES = settings.STORAGES | s3_server.storages()
    stored = attachment_store(
        owner=SENDER, file=SimpleUploadedFile("Größe 字.html", b"<script>alert(1)</script>", "text/html")
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(attachment_link(stored.reserved.name, stored.name), timeout=10) as answer:
        assert answer.headers["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('Größe 字.html.txt')}"
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.read() == b"<script>alert(1)</script>"
    assert signed_link(stored.reserved.name).startswith(s3_server.url)

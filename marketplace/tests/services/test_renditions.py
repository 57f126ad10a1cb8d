"""Uploaded images are judged by their content, and renditions carry nothing but pixels."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from config.core.errors import Invalid
from config.core.images.intake import ARTWORK, image_decode, image_read
from config.core.tests.images.heif import FILES
from marketplace.services.pictures import renditions
from marketplace.tests.uploads import file_of, file_with, painting


def image_of(file):
    return image_read(file, owner=None, use=ARTWORK)


def decoded(data):
    return image_decode(data, owner=None, use=ARTWORK)


def bytes_of(image: Image.Image, kind: str = "JPEG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "extension", "content_type"),
    [
        ("JPEG", "jpg", "image/jpeg"),
        ("PNG", "png", "image/png"),
        ("GIF", "gif", "image/gif"),
        ("WEBP", "webp", "image/webp"),
        ("AVIF", "avif", "image/avif"),
    ],
)
def test_the_formats_are_told_by_their_content(kind, extension, content_type):
    read = image_of(file_of(painting(1, 200), kind, name="something.exe"))
    assert (read.extension, read.content_type) == (extension, content_type)
    assert max(read.width, read.height) == 200
    assert read.display.mode == "RGB"


def test_a_telephones_picture_is_kept_as_it_came_and_shown_as_a_jpeg():
    data = (FILES / "turned_6.heic").read_bytes()
    read = image_of(file_with(data, "IMG_1234.HEIC"))
    assert (read.extension, read.content_type, read.data) == ("heic", "image/heic", data)
    assert (read.width, read.height) == (48, 64)
    rendition = Image.open(io.BytesIO(renditions.unmarked(read.display)))
    assert (rendition.format, rendition.size) == ("JPEG", (48, 64))
    assert all(abs(one - other) <= 6 for one, other in zip(rendition.getpixel((40, 8)), (200, 100, 50), strict=True))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_colour_mode_gets_a_rendition(mode):
    if mode == "I;16":
        image = Image.fromarray((np.arange(64 * 48).reshape(48, 64) * 21).astype("uint16"))
    else:
        image = painting(1, 64).convert(mode)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    rendition = renditions.watermarked(decoded(bytes_of(image, kind)).display)
    assert Image.open(io.BytesIO(rendition)).mode == "RGB"


def test_a_file_over_the_limit_is_refused(settings):
    settings.IMAGE_MAX_BYTES = 1024 * 1024
    with pytest.raises(Invalid, match="larger than 1 MB") as refusal:
        image_of(file_with(b"\xff" * (1024 * 1024 + 1)))
    assert refusal.value.field == "image"


def test_more_pixels_than_allowed_are_refused_before_decoding():
    """A bomb: ten thousand by ten thousand pixels in a few kilobytes."""
    bomb = bytes_of(Image.new("1", (10_000, 10_000)), "PNG")
    assert len(bomb) < 100_000
    with pytest.raises(Invalid, match="more than 50 megapixels"):
        image_of(file_with(bomb))


def test_a_header_that_claims_a_giant_is_refused():
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (2**31 - 1).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    giant = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    with pytest.raises(Invalid) as refusal:
        image_of(file_with(giant))
    assert refusal.value.field == "image"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_file_is_refused(kind):
    whole = bytes_of(painting(1, 400), kind)
    with pytest.raises(Invalid, match="not damaged"):
        image_of(file_with(whole[: len(whole) // 2]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"no picture at all",
        b"<html><script>alert(1)</script></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"%PDF-1.4\n",
        b"GIF89a",
        b"\xff\xd8\xff\xe0" + b"\x00" * 50,
        bytes_of(Image.new("RGB", (8, 8)), "BMP"),
        bytes_of(Image.new("RGB", (8, 8)), "TIFF"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n",
    ],
)
def test_what_is_no_such_image_is_refused_whatever_its_name(data):
    with pytest.raises(Invalid) as refusal:
        image_of(file_with(data, "honest.jpg"))
    assert refusal.value.field == "image"


def test_a_polyglot_counts_as_the_image_it_is_and_its_rest_is_never_shown():
    script = b"<script>alert(document.cookie)</script>"
    data = bytes_of(painting(1, 100), comment=script) + b"PK\x03\x04" + script
    read = image_of(file_with(data, "page.html"))
    assert read.extension == "jpg"
    assert script not in renditions.watermarked(read.display)


def test_the_rendition_has_no_exif_and_no_place():
    exif = Image.Exif()
    exif[0x010F] = "Camera of Alice"
    exif.get_ifd(0x8825)[2] = (31.0, 33.0, 20.5)
    data = bytes_of(painting(1, 100), exif=exif)
    assert b"Camera of Alice" in data
    rendition = renditions.watermarked(decoded(data).display)
    assert b"Camera of Alice" not in rendition
    assert b"Exif" not in rendition
    shown = Image.open(io.BytesIO(rendition))
    assert not shown.getexif()
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(shown.info)


def test_a_turned_photograph_is_shown_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    read = decoded(bytes_of(Image.new("RGB", (80, 40)), exif=exif))
    assert (read.width, read.height) == (40, 80)
    assert read.display.size == (40, 80)


def test_the_rendition_is_at_most_1600_pixels_and_visibly_marked_everywhere():
    plain = Image.new("RGB", (3200, 2400), (90, 120, 150))
    rendition = Image.open(io.BytesIO(renditions.watermarked(decoded(bytes_of(plain)).display)))
    assert rendition.size == (1600, 1200)
    far = np.abs(np.asarray(rendition).astype(int) - (90, 120, 150)).max(axis=2)
    for quarter in (far[:600, :800], far[:600, 800:], far[600:, :800], far[600:, 800:]):
        assert (quarter > 20).mean() > 0.01


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_an_animation_is_shown_by_its_first_frame(kind):
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    data = bytes_of(frames[0], kind, save_all=True, append_images=frames[1:])
    shown = decoded(data).display
    assert shown.getpixel((5, 5))[0] > 200

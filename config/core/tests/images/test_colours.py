"""Colours come out as sRGB, whatever a file's numbers mean, and of whatever depth they are."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops

from config.core.images.colours import matrix_profile
from config.core.images.reading import Wanted, read
from config.core.tests.images.hostile import chunk, saved

FILES = Path(__file__).parent / "files"
WANTED = Wanted(most_pixels=50_000_000, side=1600)
AVATAR = Wanted(most_pixels=25_000_000, side=512, see_through=True)

D65 = (0.3127, 0.3290)
ADOBE = (*D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
P3 = (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
PROPHOTO = (0.3457, 0.3585, 0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001)
SWAPPED = (*D65, 0.15, 0.06, 0.30, 0.60, 0.64, 0.33)
SRGB = (*D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)


def srgb_curve(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def power(exponent: float):
    return lambda value: value**exponent


def grey_profile(exponent: float) -> bytes:
    """Of a display without colours: one curve of one exponent."""
    tags = {
        b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061),
        b"kTRC": b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(exponent * 256), 0),
    }
    place = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        table += struct.pack(">4sII", name, place + len(body), len(tag))
        body += tag
    head = struct.pack(">I4sI4s4s4s", place + len(body), b"", 0x02400000, b"mntr", b"GRAY", b"XYZ ")
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


def cmyk_profile() -> bytes:
    """Of a printer whose inks are its own: what is called cyan prints red, full black is black, and no ink is white."""
    corners = []
    for number in range(16):
        cyan, magenta, yellow, black = (number >> bit & 1 for bit in (3, 2, 1, 0))
        lightness = 0.0 if black else 100 - 45 * cyan - 20 * magenta - 10 * yellow
        corners.append((max(0.0, lightness), 0.0 if black else 80.0 * cyan, 0.0 if black else 60.0 * cyan))
    lab = b"".join(
        struct.pack(">3H", round(light * 65280 / 100), round((a + 128) * 256), round((b + 128) * 256))
        for light, a, b in corners
    )
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft2\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + struct.pack(">HH", 2, 2)
    table += struct.pack(">2H", 0, 65535) * 4 + lab + struct.pack(">2H", 0, 65535) * 3
    place = 128 + 4 + 12
    head = struct.pack(">I4sI4s4s4s", place + len(table), b"", 0x02400000, b"prtr", b"CMYK", b"Lab ")
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I4sII", 1, b"A2B0", place, len(table)) + table


def png(bits: int, kind: int, row: bytes, width: int, *chunks: bytes) -> bytes:
    """One row of pixels as PNG stores it. `kind`: 0 grey, 2 RGB, 4 grey with alpha."""
    head = struct.pack(">IIBBBBB", width, 1, bits, kind, 0, 0, 0)
    parts = (chunk(b"IHDR", head), *chunks, chunk(b"IDAT", zlib.compress(b"\0" + row)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def shown(data: bytes, wanted: Wanted = WANTED) -> Image.Image:
    image = read(data, wanted).shown
    assert "icc_profile" not in image.info
    return image


EXACTLY: dict[str, dict[str, Any]] = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}


def plain(colour: Any, kind: str, mode: str = "RGB", **options: Any) -> bytes:
    return saved(Image.new(mode, (16, 16), colour), kind, **EXACTLY.get(kind, {}) | options)


def assert_near(image: Image.Image, colour: tuple[int, ...], within: int = 2) -> None:
    found: Any = image.getpixel((image.width // 2, image.height // 2))
    assert all(abs(one - other) <= within for one, other in zip(found, colour, strict=True)), (found, colour)


# What these numbers are in sRGB, by the matrices of the standards.
RGB_TABLE = {
    "Adobe RGB, a green of sRGB": (matrix_profile(ADOBE, power(2.19921875)), (144, 255, 60), (0, 255, 0)),
    "Adobe RGB, green of its own": (matrix_profile(ADOBE, power(2.19921875)), (0, 255, 0), (0, 255, 0)),
    "Adobe RGB, olive": (matrix_profile(ADOBE, power(2.19921875)), (108, 192, 45), (0, 192, 0)),
    "Display P3, red of sRGB": (matrix_profile(P3, srgb_curve), (234, 51, 35), (255, 0, 0)),
    "Display P3, brown": (matrix_profile(P3, srgb_curve), (200, 100, 50), (215, 93, 31)),
    "ProPhoto, grey": (matrix_profile(PROPHOTO, power(1.8)), (128, 128, 128), (146, 146, 146)),
    "swapped channels": (matrix_profile(SWAPPED, srgb_curve), (0, 60, 255), (255, 60, 0)),
    "a linear one": (matrix_profile(SRGB, power(1.0)), (55, 55, 55), (128, 128, 128)),
    "sRGB": (matrix_profile(SRGB, srgb_curve), (200, 100, 50), (200, 100, 50)),
    "grey, for colours": (grey_profile(1.0), (200, 100, 50), (200, 100, 50)),
    "of inks, for colours": (cmyk_profile(), (200, 100, 50), (200, 100, 50)),
    "cut off": (matrix_profile(ADOBE, power(2.2))[:300], (200, 100, 50), (200, 100, 50)),
    "rubbish": (b"rubbish" * 99, (200, 100, 50), (200, 100, 50)),
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("profile", "stored", "expected"), RGB_TABLE.values(), ids=RGB_TABLE.keys())
def test_a_profile_of_colours_is_applied(profile: bytes, stored: tuple, expected: tuple, kind: str) -> None:
    assert_near(shown(plain(stored, kind, icc_profile=profile)), expected, within=3)


def test_pictures_that_look_alike_come_out_alike() -> None:
    adobe, srgb = (
        np.asarray(shown((FILES / name).read_bytes())).astype(int)
        for name in ("patches_adobe_rgb.jpg", "patches_srgb.png")
    )
    assert np.percentile(np.abs(adobe - srgb), 97) <= 4
    avatar = shown((FILES / "patches_adobe_rgb.jpg").read_bytes(), AVATAR)
    assert_near(avatar.crop((110, 20, 130, 40)), (0, 192, 0), within=4)


def test_a_profile_is_applied_to_what_is_see_through_and_leaves_that_alone() -> None:
    data = plain((0, 60, 255, 128), "PNG", "RGBA", icc_profile=matrix_profile(SWAPPED, srgb_curve))
    assert_near(shown(data, AVATAR), (255, 60, 0, 128))
    assert_near(shown(data), (255, 157, 127))
    palette = Image.new("P", (16, 16))
    palette.putpalette([0, 60, 255])
    assert_near(shown(saved(palette, "PNG", icc_profile=matrix_profile(SWAPPED, srgb_curve))), (255, 60, 0))


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_profile_of_greys_is_applied(mode: str) -> None:
    data = plain((55, 255)[: len(mode)] if mode == "LA" else 55, "PNG", mode, icc_profile=grey_profile(1.0))
    assert_near(shown(data), (128, 128, 128))
    assert_near(shown(data, AVATAR), (128, 128, 128, 255)[: 4 if mode == "LA" else 3])
    ignored = plain((55, 255) if mode == "LA" else 55, "PNG", mode, icc_profile=matrix_profile(SRGB, power(1.0)))
    assert_near(shown(ignored), (55, 55, 55))


@pytest.mark.parametrize("size", [(16, 16), (4000, 3000)])
def test_a_profile_of_inks_is_applied(size: tuple[int, int]) -> None:
    """By itself, cyan would be cyan. In bands and at a fraction of its size too."""
    data = saved(Image.new("CMYK", size, (255, 0, 0, 0)), "JPEG", quality=95, icc_profile=cmyk_profile())
    pixel: Any = shown(data).getpixel((5, 5))
    red, green, blue = pixel
    assert red > 200 and red > green + 100 and red > blue + 100
    white = saved(Image.new("CMYK", size, (0, 0, 0, 0)), "JPEG", icc_profile=cmyk_profile())
    assert_near(shown(white), (255, 255, 255))
    without = saved(Image.new("CMYK", size, (255, 0, 0, 0)), "JPEG", quality=95)
    assert_near(shown(without), (0, 255, 255), within=4)


@pytest.mark.parametrize("transform", [0, 2], ids=["CMYK", "YCCK"])
def test_inks_are_turned_round_as_adobe_stores_them(transform: int) -> None:
    stored = Image.new("CMYK", (16, 16), (10, 200, 180, 30))
    if transform:  # the first three as lightness and colour; Pillow turns all four round when it saves
        ycc = Image.merge("RGB", stored.split()[:3]).convert("YCbCr")
        stored = Image.merge("CMYK", (*(ImageChops.invert(band) for band in ycc.split()), stored.getchannel("K")))
    data = saved(stored, "JPEG", quality=100)
    place = data.index(b"Adobe") + 11
    data = data[:place] + bytes([transform]) + data[place + 1 :]
    assert_near(shown(data), tuple((255 - ink) * 225 // 255 for ink in (10, 200, 180)), within=4)


def said(**chunks: bytes) -> bytes:
    return png(8, 2, bytes((200, 100, 50)), 1, *(chunk(name.encode(), body) for name, body in chunks.items()))


def of_places(primaries: tuple[float, ...]) -> bytes:
    return struct.pack(">8I", *(round(value * 100_000) for value in primaries))


PLAIN = (200, 100, 50)
P3_AS_SRGB = (215, 93, 31)
LINEAR_AS_SRGB = (229, 168, 122)
ICCP = b"name\0\0" + zlib.compress(matrix_profile(SRGB, power(1.0)))
SAID = {
    "nothing": ({}, PLAIN),
    "sRGB": ({"sRGB": b"\0"}, PLAIN),
    "gamma of sRGB": ({"gAMA": struct.pack(">I", 45455), "cHRM": of_places(SRGB)}, PLAIN),
    "another gamma": ({"gAMA": struct.pack(">I", 100_000)}, LINEAR_AS_SRGB),
    "other primaries": ({"gAMA": struct.pack(">I", 45455), "cHRM": of_places(P3)}, P3_AS_SRGB),
    "sRGB over gamma": ({"gAMA": struct.pack(">I", 100_000), "sRGB": b"\0"}, PLAIN),
    "a profile over gamma": ({"gAMA": struct.pack(">I", 250_000), "iCCP": ICCP}, LINEAR_AS_SRGB),
    "code points of P3": ({"cICP": b"\x0c\x0d\0\1"}, P3_AS_SRGB),
    "code points over a profile": ({"cICP": b"\1\x0d\0\1", "iCCP": ICCP}, PLAIN),
    "linear code points": ({"cICP": b"\1\x08\0\1"}, LINEAR_AS_SRGB),
    "unknown code points": ({"cICP": b"\xfe\xfe\0\1"}, PLAIN),
    "points that are no colours": ({"cHRM": b"\0" * 32}, PLAIN),
    "points on one line": ({"cHRM": of_places((*D65, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3))}, PLAIN),
    "a gamma of 0": ({"gAMA": b"\0\0\0\0"}, PLAIN),
    "a gamma of 1/100000": ({"gAMA": b"\0\0\0\1"}, (0, 0, 0)),
}


@pytest.mark.parametrize(("chunks", "expected"), SAID.values(), ids=SAID.keys())
def test_what_a_png_says_of_its_colours(chunks: dict[str, bytes], expected: tuple[int, int, int]) -> None:
    assert_near(shown(said(**chunks)), expected, within=3)


def test_light_brighter_than_white_is_white() -> None:
    """Code points of films with a wide range of light: white paper is white, as in sRGB."""
    for transfer, white in ((16, 148), (18, 191)):
        row = bytes((white,) * 3)
        data = png(8, 2, row, 1, chunk(b"cICP", bytes((9, transfer, 0, 1))))
        assert_near(shown(data), (255, 255, 255), within=4)


def test_a_gradient_of_sixteen_bits_is_one_as_profile_picture_too() -> None:
    data = (FILES / "grey16_gradient.png").read_bytes()
    for wanted in (WANTED, AVATAR, WANTED._replace(side=100)):
        grey = np.asarray(shown(data, wanted))[..., 0].astype(int)
        assert (grey[0, 0] <= 4, grey[-1, -1] >= 215) == (True, True)
        assert (np.diff(np.diagonal(grey)) >= 0).all()


HIGH = struct.pack(">4H", 0, 0x8000, 0x8001, 0xFFFF)
DEPTHS = {
    "grey of 16 bits": (png(16, 0, HIGH, 4), [(0, 0, 0), (128,) * 3, (128,) * 3, (255,) * 3]),
    "one of them transparent": (
        png(16, 0, HIGH, 4, chunk(b"tRNS", b"\x80\x01")),
        [(0, 0, 0, 255), (128, 128, 128, 255), (0, 0, 0, 0), (255,) * 4],
    ),
    "colours of 16 bits": (
        png(16, 2, struct.pack(">6H", 0x1234, 5, 6, 0xFFFF, 0, 0), 2, chunk(b"tRNS", struct.pack(">3H", 0x1234, 5, 6))),
        [(0, 0, 0, 0), (255, 0, 0, 255)],
    ),
    "grey and alpha of 16 bits": (
        png(16, 4, struct.pack(">4H", 0x1234, 0, 0x8000, 0xFFFF), 2),
        [(0, 0, 0, 0), (128, 128, 128, 255)],
    ),
    "grey of 4 bits, one transparent": (
        png(4, 0, b"\x0f\x3c", 4, chunk(b"tRNS", b"\0\3")),
        [(0, 0, 0, 255), (255,) * 4, (0, 0, 0, 0), (204, 204, 204, 255)],
    ),
    "grey of 2 bits": (png(2, 0, b"\x1b", 4), [(0, 0, 0), (85,) * 3, (170,) * 3, (255,) * 3]),
    "1 bit": (png(1, 0, b"\x50", 4), [(0, 0, 0), (255,) * 3, (0, 0, 0), (255,) * 3]),
    "1 bit, white transparent": (
        png(1, 0, b"\x50", 4, chunk(b"tRNS", b"\0\1")),
        [(0, 0, 0, 255), (0, 0, 0, 0), (0, 0, 0, 255), (0, 0, 0, 0)],
    ),
}


@pytest.mark.parametrize(("data", "expected"), DEPTHS.values(), ids=DEPTHS.keys())
def test_every_depth_has_its_lightness(data: bytes, expected: list[tuple[int, ...]]) -> None:
    kept = shown(data, AVATAR)
    assert [kept.getpixel((x, 0)) for x in range(kept.width)] == expected
    laid = [pixel if len(pixel) == 3 or pixel[3] else (255,) * 3 for pixel in expected]
    flat = shown(data)
    assert [flat.getpixel((x, 0)) for x in range(flat.width)] == [pixel[:3] for pixel in laid]


def test_a_profile_may_be_as_large_as_a_printers() -> None:
    small = matrix_profile(SWAPPED, srgb_curve)
    large = struct.pack(">I", 3_000_000) + small[4:].ljust(3_000_000 - 4, b"\0")
    assert_near(shown(plain((0, 60, 255), "PNG", icc_profile=large)), (255, 60, 0))


def test_a_rendition_carries_no_profile() -> None:
    image = shown(plain(PLAIN, "JPEG", icc_profile=matrix_profile(P3, srgb_curve)))
    assert "icc_profile" not in Image.open(io.BytesIO(saved(image, "JPEG"))).info

"""HEIC and AVIF as telephones and programs write them: upright, in sRGB, tiles and series and depths."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from PIL import Image

from config.core.file_kinds import is_image
from config.core.images.headers import Refused, header_of
from config.core.images.reading import Reading, Wanted, read
from config.core.tests.images.heif import (
    FILES,
    Coded,
    Item,
    box,
    coded_of,
    full,
    heif,
    patches,
    points,
    profile,
    size,
    tiled,
    turned,
)
from config.core.tests.images.hostile import saved
from config.core.tests.images.test_colours import P3, grey_profile, matrix_profile, srgb_curve

WANTED = Wanted(most_pixels=50_000_000, side=1600, moments=4)
BROWN, GREEN, BLUE, GREY = (200, 100, 50), (0, 192, 0), (0, 0, 255), (128, 128, 128)
QUARTERS = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
MIRRORS = (Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.FLIP_LEFT_RIGHT)


def drawn() -> Image.Image:
    image = Image.new("RGB", (64, 64), BROWN)
    image.paste(GREEN, (32, 0, 64, 32))
    image.paste(BLUE, (0, 32, 32, 64))
    image.paste(GREY, (32, 32, 64, 64))
    return image


@cache
def coded(kind: str) -> Coded:
    return patches() if kind == "HEIF" else coded_of(saved(drawn(), "AVIF", quality=100, subsampling="4:4:4"))


def one(kind: str, *properties: bytes) -> bytes:
    made = coded(kind)
    name, brand = (b"hvc1", b"heic") if kind == "HEIF" else (b"av01", b"avif")
    return heif(Item(name, made.data, (made.settings, size(64, 64), *properties)), brand=brand)


def read_all(data: bytes, **changes: Any) -> Reading:
    return read(data, WANTED._replace(**changes))


def pixel_of(image: Image.Image, x: int, y: int) -> Any:
    return image.getpixel((x, y))


def far(one: Any, other: Any) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def assert_looks(image: Image.Image, expected: Image.Image, within: int = 3) -> None:
    """In the middle of each quarter."""
    assert image.size == expected.size
    for x in (image.width // 4, image.width * 3 // 4):
        for y in (image.height // 4, image.height * 3 // 4):
            found, wanted = pixel_of(image, x, y), pixel_of(expected, x, y)
            assert far(found, wanted) <= within, ((x, y), found, wanted)


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
class TestBoth:
    def test_it_is_told_by_its_content(self, kind):
        data = one(kind)
        reading = read_all(data)
        assert (reading.format, reading.width, reading.height, len(reading.moments)) == (kind, 64, 64, 1)
        assert_looks(reading.shown, drawn())
        assert is_image(data)

    @pytest.mark.parametrize("quarters", [1, 2, 3])
    def test_it_is_turned_as_its_box_says(self, kind, quarters):
        assert_looks(read_all(one(kind, turned(quarters))).shown, drawn().transpose(QUARTERS[quarters - 1]))

    @pytest.mark.parametrize("axis", [0, 1])
    def test_it_is_mirrored_as_its_box_says(self, kind, axis):
        """0: above and below change places, 1: left and right."""
        shown = read_all(one(kind, box(b"imir", bytes([axis])))).shown
        assert_looks(shown, drawn().transpose(MIRRORS[axis]))

    def test_tiles_are_put_together_and_cut_off_at_the_edge(self, kind):
        reading = read_all(tiled(2, 3, 180, 120, turned(1), coded=coded(kind)))
        expected = Image.new("RGB", (180, 120))
        for left in (0, 64, 128):
            for top in (0, 64):
                expected.paste(drawn(), (left, top))
        upright = expected.transpose(Image.Transpose.ROTATE_90)
        assert (reading.width, reading.height) == upright.size == (120, 180)
        for x, y in ((5, 5), (40, 5), (5, 40), (100, 150), (115, 175), (60, 100)):
            assert far(pixel_of(reading.shown, x, y), pixel_of(upright, x, y)) <= 3

    @pytest.mark.parametrize(
        ("properties", "expected"),
        [
            ([points(12, 13)], (215, 93, 31)),
            ([profile(matrix_profile(P3, srgb_curve))], (215, 93, 31)),
            ([points(1, 13), profile(matrix_profile(P3, srgb_curve))], (215, 93, 31)),
            ([points(1, 13)], BROWN),
            ([points(1, 8)], (229, 168, 122)),
            ([points(2, 2)], BROWN),
            ([profile(grey_profile(1.0))], BROWN),
            ([profile(b"rubbish" * 30)], BROWN),
        ],
    )
    def test_its_colours_come_out_as_srgb(self, kind, properties, expected):
        for data in (one(kind, *properties), tiled(1, 2, 128, 64, *properties, coded=coded(kind))):
            found = pixel_of(read_all(data).shown, 16, 16)
            assert far(found, expected) <= 3, found

    def test_what_is_cut_off_is_refused(self, kind):
        data = one(kind)
        for length in (10, 40, len(data) // 2, len(data) - 20):
            with pytest.raises(Refused, match="not damaged"):
                read_all(data[:length])


@pytest.mark.parametrize(("orientation", "method"), [(5, Image.Transpose.TRANSPOSE), (6, Image.Transpose.ROTATE_270)])
def test_a_telephones_picture_is_turned_once_although_two_places_say_it(orientation, method):
    reading = read_all((FILES / f"turned_{orientation}.heic").read_bytes())
    assert (reading.width, reading.height) == (48, 64)
    upright = drawn().crop((0, 0, 64, 48)).transpose(method)
    for x, y in ((10, 10), (10, 55), (42, 10), (42, 55)):
        assert far(pixel_of(reading.shown, x, y), pixel_of(upright, x, y)) <= 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_avif_is_turned_once(orientation):
    upright = drawn().crop((0, 0, 64, 48))
    undone = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    laid = upright.transpose(undone[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    xmp = f'<x tiff:Orientation="{orientation}"/>'.encode()
    reading = read_all(saved(laid, "AVIF", quality=100, exif=exif, xmp=xmp))
    assert (reading.width, reading.height) == (64, 48)
    for x, y in ((10, 10), (55, 10), (10, 42), (55, 42)):
        assert far(pixel_of(reading.shown, x, y), pixel_of(upright, x, y)) <= 4


def test_ten_bits_become_eight():
    shown = read_all((FILES / "ten_bits.heic").read_bytes()).shown
    levels = [shown.getpixel((x, 30))[0] for x in range(64)]
    assert all(abs(level - x * 255 / 63) <= 3 for x, level in enumerate(levels))


def test_what_is_see_through_is_kept_or_laid_on_white():
    data = (FILES / "see_through.heic").read_bytes()
    kept = read_all(data, see_through=True).shown
    assert kept.mode == "RGBA"
    assert abs(kept.getpixel((10, 16))[3] - 65) <= 4
    assert read_all(data).shown.getpixel((10, 0))[0] > 250


def test_of_a_series_the_first_picture_is_shown():
    reading = read_all((FILES / "two.heic").read_bytes())
    assert len(reading.moments) == 1
    assert_looks(reading.shown, drawn())


@pytest.mark.parametrize("colour", ["white", "black", (0, 0, 0, 0)])
def test_an_avif_sequence_is_shown_by_its_first_frame_that_is_not_empty(colour):
    frames = [Image.new("RGBA", (64, 64), colour), drawn().convert("RGBA"), drawn().rotate(180).convert("RGBA")]
    data = saved(frames[0], "AVIF", save_all=True, append_images=frames[1:], quality=90, subsampling="4:4:4")
    reading = read_all(data)
    assert (reading.format, len(reading.moments)) == ("AVIF", 2)
    assert_looks(reading.shown, drawn(), within=6)


def test_a_track_says_how_large_it_is_and_how_many_frames_it_has():
    frames = [drawn(), drawn().rotate(90)]
    data = saved(frames[0], "AVIF", save_all=True, append_images=frames[1:])
    place = data.index(b"stsz") + 12
    assert data[place : place + 4] == b"\0\0\0\2"
    with pytest.raises(Refused, match="5000 frames"):
        header_of(data[:place] + b"\0\x0f\0\0" + data[place + 4 :], most_pixels=50_000_000)
    place = data.index(b"av01", data.index(b"stsd")) + 28
    assert data[place : place + 4] == b"\0\x40\0\x40"
    with pytest.raises(Refused, match="50 megapixels: it is 65535 by 65535 pixels"):
        header_of(data[:place] + b"\xff\xff\xff\xff" + data[place + 4 :], most_pixels=50_000_000)


@pytest.mark.parametrize("brand", [b"isom", b"mp42", b"qt  ", b"crx ", b"M4A "])
def test_a_film_is_no_picture(brand):
    data = box(b"ftyp", brand, b"\0\0\0\0", brand) + full(b"meta") + box(b"mdat", b"\0" * 99)
    assert not is_image(data)
    with pytest.raises(Refused, match="not damaged"):
        read_all(data)

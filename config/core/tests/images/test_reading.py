"""Reading a picture: every mode, every orientation, animations, and nothing but Refused for hostile bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench import pictures as made
from config.core.images.frames import MOMENT_SIDE, MOST_EMPTY
from config.core.images.headers import Refused
from config.core.images.reading import Reading, Wanted, read
from config.core.tests.images.heif import FILES
from config.core.tests.images.hostile import (
    gif_of,
    grey_of_sixteen_bits,
    last_scan_repeated,
    png_claiming,
    progressive,
    saved,
)

WANTED = Wanted(most_pixels=50_000_000, side=1600, moments=4)


def read_all(data: bytes) -> Reading:
    return read(data, WANTED)


def pixels_of(data: bytes) -> np.ndarray:
    return np.asarray(read_all(data).shown)


def animation(seeds: list[int], size: tuple[int, int] = (200, 150), repeat: int = 1, kind: str = "GIF") -> bytes:
    frames = [made.artwork(seed).resize(size) for seed in seeds for _ in range(repeat)]
    if kind == "GIF":
        frames = [frame.quantize(64) for frame in frames]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=80)


def test_a_picture_is_reduced() -> None:
    reading = read(made.encoded(made.artwork(1, longest=900)), Wanted(50_000_000, 400, moments=4))
    assert (reading.shown.mode, max(reading.shown.size)) == ("RGB", 400)
    (moment,) = reading.moments
    assert (moment.mode, max(moment.size)) == ("RGB", MOMENT_SIDE)
    assert max(reading.width, reading.height) == 900


def test_a_small_picture_is_not_enlarged() -> None:
    reading = read_all(saved(Image.new("RGB", (40, 30), "red"), "PNG"))
    assert [image.size for image in (reading.shown, *reading.moments)] == [(40, 30), (40, 30)]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    grey = made.artwork(0, longest=200).convert("L")
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    else:
        image = made.artwork(0, longest=200).convert(mode)
    shown = pixels_of(saved(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert shown.shape == (*image.size[::-1], 3)
    if mode in ("L", "I;16"):
        assert np.abs(shown[..., 0].astype(int) - np.asarray(grey)).max() <= 1


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_a_large_picture_is_reduced_as_a_whole_although_in_bands(mode: str) -> None:
    """Its bands join without a seam, and each part stays where it was."""
    wide = made.artwork(7, longest=500).resize((5000, 3750))
    image = Image.fromarray(np.asarray(wide.convert("L")).astype(np.uint16) * 257) if mode == "I;16" else None
    image = image or wide.convert(mode)
    shown = read(saved(image, "PNG", compress_level=1), Wanted(50_000_000, 500)).shown
    expected = wide.convert("L" if mode == "I;16" else mode).convert("RGB").resize((500, 375), Image.Resampling.BOX)
    assert np.abs(np.asarray(shown).astype(int) - np.asarray(expected)).mean() < 3


def test_transparency_lies_on_white_or_is_kept() -> None:
    data = saved(Image.new("RGBA", (20, 20), (255, 0, 0, 0)), "PNG")
    assert (pixels_of(data) == 255).all()
    kept = read(data, Wanted(50_000_000, 1600, see_through=True)).shown
    assert (kept.mode, kept.getchannel("A").getpixel((3, 3))) == ("RGBA", 0)


def test_what_a_transparent_place_hides_does_not_shine_through() -> None:
    image = Image.new("RGBA", (400, 400), (0, 0, 255, 255))
    image.paste((255, 0, 0, 0), (0, 0, 400, 201))
    shown = np.asarray(read(saved(image, "PNG"), Wanted(50_000_000, 40)).shown).astype(int)
    assert (shown[..., 0] <= shown[..., 2]).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    upright = made.artwork(0, longest=300)
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    laid = upright.transpose(turns[orientation]) if orientation in turns else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    reading = read_all(saved(laid, "PNG", exif=exif))
    assert np.array_equal(np.asarray(reading.shown), np.asarray(upright))
    assert (reading.width, reading.height) == upright.size


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_sampled(kind: str) -> None:
    reading = read_all(animation(list(range(10)), kind=kind))
    assert len(reading.moments) == WANTED.moments
    first, last = (np.asarray(made.artwork(seed).resize((200, 150))).astype(int) for seed in (0, 9))
    assert np.abs(np.asarray(reading.shown) - first).mean() < 20
    assert np.abs(np.asarray(reading.moments[-1]) - last).mean() < 20


def test_equal_frames_count_once() -> None:
    assert len(read_all(animation([1], repeat=6)).moments) == 1


def test_a_damaged_later_frame_leaves_the_first_to_be_shown_and_nothing_to_be_compared() -> None:
    whole = animation([1, 2, 3, 4])
    damaged = bytearray(whole)
    damaged[len(whole) * 3 // 5 : len(whole) * 4 // 5] = b"\xff" * (len(whole) * 4 // 5 - len(whole) * 3 // 5)
    reading = read_all(bytes(damaged))
    assert (reading.shown.size, reading.moments) == ((200, 150), [])


CLEAR, WHITE, BLACK = (0, 0, 0, 0), (255, 255, 255, 255), (0, 0, 0, 255)


def animation_behind(empty: list[tuple[int, ...]], kind: str) -> bytes:
    """Frames of one colour, and then two that show something."""
    frames = [Image.new("RGBA", (60, 40), colour) for colour in empty]
    for colour in ("red", "blue"):
        frames.append(Image.new("RGBA", (60, 40), CLEAR))
        frames[-1].paste(colour, (10, 10, 50, 30))
    made: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True}, "PNG": {"blend": 0}}
    options = made.get(kind, {})
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=80, disposal=2, **options)


@pytest.mark.parametrize("see_through", [False, True])
@pytest.mark.parametrize("empty", [[CLEAR], [WHITE], [BLACK], [CLEAR, WHITE, BLACK]], ids=str)
@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_shown_by_its_first_frame_that_is_not_empty(kind: str, empty: list, see_through: bool) -> None:
    reading = read(animation_behind(empty, kind), WANTED._replace(see_through=see_through))
    pixel: Any = reading.shown.getpixel((30, 20))
    red, green, blue = pixel[:3]
    assert (red, green, blue) == (255, 0, 0) or (red > 240 and green + blue < 30)
    assert len(reading.moments) == 2


def test_an_animation_that_is_never_more_than_one_colour_is_shown_by_its_first_frame() -> None:
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("teal", "red", "blue")]
    reading = read_all(saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True))
    assert reading.shown.getpixel((5, 5)) == (0, 128, 128)
    late = [Image.new("L", (6, 4), number % 2) for number in range(MOST_EMPTY + 1)] + [Image.linear_gradient("L")]
    late = [frame.resize((6, 4)) for frame in late]
    assert read_all(saved(late[0], "GIF", save_all=True, append_images=late[1:])).shown.getextrema()[0] == (0, 0)


def test_a_damaged_frame_behind_an_empty_one_leaves_that() -> None:
    whole = animation_behind([WHITE], "WEBP")
    place = whole.rindex(b"ANMF") + 40
    reading = read_all(whole[:place] + b"\xff" * (len(whole) - place))
    assert reading.shown.size == (60, 40)


def test_an_animation_of_another_program_shows_something() -> None:
    reading = read_all((FILES / "gif_first_frame_empty.gif").read_bytes())
    assert reading.shown.getpixel((200, 30)) == (0, 192, 0)


# ---------------------------------------------------------------- what ends too early
ENDED = {
    "JPEG": lambda image: saved(image, "JPEG"),
    "progressive": lambda image: saved(image, "JPEG", progressive=True),
    "colours as fine as lightness": lambda image: saved(image, "JPEG", subsampling=0),
    "grey": lambda image: saved(image.convert("L"), "JPEG"),
    "inks": lambda image: saved(image.convert("CMYK"), "JPEG"),
    "begun anew in each row": lambda image: saved(image, "JPEG", restart_marker_rows=1),
    "PNG": lambda image: saved(image, "PNG", compress_level=1),
}


@pytest.mark.parametrize("size", [(400, 300), (2500, 1500)])
@pytest.mark.parametrize("make", ENDED.values(), ids=ENDED.keys())
def test_a_picture_whose_end_is_missing_is_read_and_one_cut_off_earlier_is_refused(make, size) -> None:
    whole = make(made.artwork(3, longest=400).resize(size))
    wanted = Wanted(50_000_000, 400)
    expected = np.asarray(read(whole, wanted).shown).astype(int)
    end = 12 if whole[:4] == b"\x89PNG" else 2
    for missing, behind in ((end, b""), (end - 1, b""), (end, b"\0" * 7), (end, b"\r\n"), (0, b"rubbish")):
        shown = np.asarray(read(whole[: len(whole) - missing] + behind, wanted).shown)
        assert np.abs(shown - expected).max() <= 1
    for share in (0.95, 0.9, 0.5, 0.1):
        with pytest.raises(Refused, match="not damaged"):
            read(whole[: int(share * len(whole))], wanted)


def test_one_cut_off_where_its_decoder_would_begin_anew_is_refused() -> None:
    whole = saved(made.artwork(3, longest=400), "JPEG", restart_marker_rows=1)
    marks = [place for place in range(len(whole) - 1) if whole[place] == 0xFF and 0xD0 <= whole[place + 1] <= 0xD7]
    assert len(marks) > 10
    for mark in marks[2], marks[len(marks) // 2]:
        for place in range(mark - 1, mark + 3):
            with pytest.raises(Refused, match="not damaged"):
                read_all(whole[:place])


def test_a_file_of_another_program_without_its_end_is_read() -> None:
    assert read_all((FILES / "jpeg_without_eoi.jpg").read_bytes()).shown.getpixel((200, 30)) == (1, 192, 0)


def test_scans_that_never_came_are_missed() -> None:
    """All of its rows are there, but only coarsely."""
    whole = progressive(400, 300)
    last = whole.rindex(b"\xff\xda")
    with pytest.raises(Refused, match="not damaged"):
        read_all(whole[:last])


def test_the_first_picture_of_a_telephones_file_is_a_jpeg() -> None:
    data = saved(Image.new("RGB", (30, 20), "red"), "MPO", save_all=True, append_images=[Image.new("RGB", (9, 9))])
    reading = read_all(data)
    assert (reading.format, reading.width, reading.height) == ("JPEG", 30, 20)


def test_what_follows_the_end_of_a_jpeg_is_not_counted() -> None:
    """A telephone's moving picture: a film that contains what would be markers."""
    assert read_all(progressive(80, 60) + b"\xff\xda\x00\x02" * 1000).width == 80


@pytest.mark.parametrize("scans", [10, 50])
def test_a_thorough_encoder_is_no_attacker(scans: int) -> None:
    assert read_all(last_scan_repeated(scans - 10, progressive(400, 300))).width == 400


def test_an_honest_animation_of_a_thousand_frames_is_read() -> None:
    assert read_all(gif_of(1_000, canvas=(40, 30))).width == 40


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 100,
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xff\xd8\xff\xe0" + b"\x00" * 50,
        png_claiming(100_000, 100_000),
        png_claiming(14_000, 14_000),
        png_claiming(50, 50),
        png_claiming(0, 10),
        made.encoded(made.artwork(1))[:2000],
        saved(made.artwork(1), "PNG")[:5000],
        animation([1, 2, 3])[:3000],
        b"RIFF\x10\x00\x00\x00WEBPVP8 \x04\x00\x00\x00abcd",
        b"II*\x00\x08\x00\x00\x00\xff\xff" + b"\xff" * 40,
        saved(Image.new("RGB", (8, 8)), "TIFF"),
        saved(Image.new("RGB", (8, 8)), "BMP"),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        read_all(data)


def test_a_damaged_picture_is_refused_or_read() -> None:
    random = np.random.default_rng(7)
    originals = [
        made.encoded(made.artwork(3, longest=120)),
        progressive(120, 90),
        saved(made.artwork(4, longest=120), "PNG"),
        saved(made.artwork(5, longest=120), "WEBP"),
        animation([1, 2], size=(80, 60)),
        animation([1, 2], size=(80, 60), kind="WEBP"),
        animation([1, 2], size=(80, 60), kind="PNG"),
        animation([1, 2], size=(80, 60), kind="AVIF"),
        saved(made.artwork(5, longest=120), "AVIF"),
    ]
    for original in originals:
        for _ in range(40):
            damaged = bytearray(original)
            for place in random.integers(0, len(damaged), 6):
                damaged[place] = int(random.integers(0, 256))
            try:
                read_all(bytes(damaged))
            except Refused:
                pass


def test_sixteen_bits_cost_two_bytes_a_pixel() -> None:
    """Nothing of the size of the picture is made but the picture itself."""
    reading = read_all(grey_of_sixteen_bits(3000, 2000))
    assert reading.shown.getpixel((5, 5)) == (64, 64, 64)

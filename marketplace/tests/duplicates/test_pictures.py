"""Decoding: every mode, every orientation, and nothing but ValueError for hostile bytes."""

from __future__ import annotations

import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from bench import pictures as made
from marketplace.duplicates import thumbnails
from marketplace.duplicates.detector import DetectorUnavailable
from marketplace.duplicates.local import LocalDetector
from marketplace.duplicates.pictures import MAX_FRAMES, WORK_SIDE, jpeg_rendition, open_frames

from .memory import MemoryStore


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_a_picture_is_reduced_to_the_working_size() -> None:
    (frame,) = open_frames(made.encoded(made.artwork(1, longest=900)))
    assert max(frame.shape[:2]) == WORK_SIDE
    assert frame.dtype == np.uint8
    assert frame.shape[2] == 3


def test_a_small_picture_is_not_enlarged() -> None:
    (frame,) = open_frames(saved(Image.new("RGB", (40, 30), "red"), "PNG"))
    assert frame.shape == (30, 40, 3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F", "YCbCr", "LAB", "HSV"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    grey = made.artwork(0, longest=200).convert("L")
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    elif mode in ("I", "F"):
        image = grey.convert(mode)
    elif mode in ("LAB", "HSV"):
        image = made.artwork(0, longest=200).convert("RGB")
        image = image.convert("HSV") if mode == "HSV" else image
        image = image.convert("RGB")
    else:
        image = made.artwork(0, longest=200).convert(mode)
    kind = "JPEG" if mode == "CMYK" else "TIFF" if mode in ("F", "I", "YCbCr") else "PNG"
    (frame,) = open_frames(saved(image, kind))
    assert frame.shape == (*image.size[::-1], 3)
    if mode in ("L", "I;16", "I", "F"):
        assert np.abs(frame[..., 0].astype(int) - np.asarray(grey)).max() <= 1


def test_transparency_lies_on_white() -> None:
    (frame,) = open_frames(saved(Image.new("RGBA", (20, 20), (255, 0, 0, 0)), "PNG"))
    assert (frame == 255).all()


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
    (frame,) = open_frames(saved(laid, "PNG", exif=exif))
    assert np.array_equal(frame, np.asarray(upright))


def animation(seeds: list[int], size: tuple[int, int] = (200, 150), repeat: int = 1) -> bytes:
    frames = [made.artwork(seed).resize(size).quantize(64) for seed in seeds for _ in range(repeat)]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=80, disposal=2)


def test_an_animation_is_sampled() -> None:
    frames = open_frames(animation(list(range(10))))
    assert len(frames) == MAX_FRAMES


def test_equal_frames_count_once() -> None:
    assert len(open_frames(animation([1], repeat=6))) == 1


def test_features_stay_within_ten_kilobytes() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (500, 500, 3), dtype=np.uint8))
    for frames in ([np.asarray(noise)], [np.asarray(made.artwork(seed)) for seed in range(4)]):
        packed = thumbnails.pack(frames)
        assert len(packed) <= 10_000
        assert thumbnails.frame_count(packed) == len(frames)
        assert all(thumbnails.unpack(packed, number) is not None for number in range(len(frames)))
        assert thumbnails.unpack(packed, len(frames)) is None


@pytest.mark.parametrize(
    "features", [b"", b"T1", b"T1\x02", b"T1\x01\x00", b"T1\x01\x00\x09abc", b"T1\x01\xff\xffab", b"no"]
)
def test_damaged_features_are_no_picture(features: bytes) -> None:
    assert thumbnails.unpack(features, 0) is None


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


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
    ],
)
def test_hostile_bytes_raise_value_error(data: bytes) -> None:
    detector = LocalDetector(MemoryStore())
    with pytest.raises(ValueError):
        detector.fingerprint(data)
    with pytest.raises(ValueError):
        jpeg_rendition(data)


def test_damaged_pictures_raise_value_error_or_are_read() -> None:
    random = np.random.default_rng(7)
    detector = LocalDetector(MemoryStore())
    originals = [
        made.encoded(made.artwork(3, longest=120)),
        saved(made.artwork(4, longest=120), "PNG"),
        saved(made.artwork(5, longest=120), "WEBP"),
        saved(made.artwork(6, longest=120), "TIFF"),
        saved(made.artwork(6, longest=120), "BMP"),
        animation([1, 2], size=(80, 60)),
    ]
    for original in originals:
        for _ in range(40):
            damaged = bytearray(original)
            for place in random.integers(0, len(damaged), 6):
                damaged[place] = int(random.integers(0, 256))
            try:
                detector.fingerprint(bytes(damaged))
            except ValueError:
                pass


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 2), (2000, 7)])
def test_odd_sizes_are_described_and_compared(size: tuple[int, int]) -> None:
    store = MemoryStore()
    detector = LocalDetector(store)
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    data = saved(Image.fromarray(noise), "PNG")
    fingerprint = detector.fingerprint(data)
    store.add(fingerprint, work=1)
    assert [match.score for match in detector.compare(fingerprint).matches] == [100]


def test_a_passed_deadline_stops_an_animation() -> None:
    with pytest.raises(DetectorUnavailable):
        open_frames(animation([1, 2, 3]), deadline=time.monotonic() - 1)


def test_the_rendition_is_an_upright_jpeg_of_bounded_size() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = jpeg_rendition(saved(made.artwork(1, longest=1600).convert("CMYK"), "JPEG", exif=exif), side=800)
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.mode, max(image.size)) == ("JPEG", "RGB", 800)
    assert not image.getexif()

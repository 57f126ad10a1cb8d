"""What detectors keep of a picture, and send of it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from bench import pictures as made
from marketplace.duplicates import thumbnails
from marketplace.duplicates.local import LocalDetector
from marketplace.duplicates.pictures import jpeg_rendition

from .memory import MemoryStore


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def animation(seeds: list[int], size: tuple[int, int] = (200, 150), repeat: int = 1) -> bytes:
    frames = [made.artwork(seed).resize(size).quantize(64) for seed in seeds for _ in range(repeat)]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=80, disposal=2)


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


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 2), (2000, 7)])
def test_odd_sizes_are_described_and_compared(size: tuple[int, int]) -> None:
    store = MemoryStore()
    detector = LocalDetector(store)
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    data = saved(Image.fromarray(noise), "PNG")
    fingerprint = detector.fingerprint(made.seen(data))
    store.add(fingerprint, work=1)
    assert [match.score for match in detector.compare(fingerprint).matches] == [100]


def test_the_rendition_is_an_upright_jpeg_of_bounded_size() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = made.seen(saved(made.artwork(1, longest=1600).convert("CMYK"), "JPEG", exif=exif))
    data = jpeg_rendition(picture.display, side=800)
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.mode, max(image.size)) == ("JPEG", "RGB", 800)
    assert not image.getexif()

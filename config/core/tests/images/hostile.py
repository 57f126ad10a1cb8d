"""Pictures made to cost far more than they weigh, each as a function that gives its bytes."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable
from functools import cache

from PIL import Image

from config.core.tests.images.heif import Item, box, full, grid, heif, patches, size


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@cache
def progressive(width: int = 4000, height: int = 3000) -> bytes:
    return saved(Image.new("RGB", (width, height), (120, 60, 20)), "JPEG", progressive=True)


def last_scan_repeated(times: int, data: bytes | None = None) -> bytes:
    """Each repeated scan goes over all coefficients again."""
    data = data or progressive()
    begin = [found.start() for found in re.finditer(rb"\xff\xda", data)][-1]
    end = data.rindex(b"\xff\xd9")
    return data[:end] + data[begin:end] * times + data[end:]


def scans_behind_a_segment(times: int) -> bytes:
    """A marker that decoders step over, and whose length would hide the scans behind it."""
    data = last_scan_repeated(times)
    begin = [found.start() for found in re.finditer(rb"\xff\xda", data)][-times]
    return data[:begin] + b"\xff\x02\xff\xff" + data[begin:]


def segments(number: int) -> bytes:
    data = saved(Image.new("RGB", (8, 8)), "JPEG")
    return data[:2] + b"\xff\xfe\x00\x02" * number + data[2:]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(*chunks: bytes) -> bytes:
    data = saved(Image.new("RGB", (8, 8)), "PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def png_claiming(width: int, height: int, content: bytes = b"\0" * 1000) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(content))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


def grey_of_sixteen_bits(width: int, height: int) -> bytes:
    """All of it in a hundred kilobytes; most readers widen each pixel several times over."""
    header = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    packed = zlib.compressobj(9)
    rows = b"".join(packed.compress(b"\0" + b"\x40\0" * width) for _ in range(height)) + packed.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def unpacking(kind: bytes, size: int) -> bytes:
    return chunk(kind, b"name\0" + (b"\0\0\0\0\0"[: {b"iTXt": 5}.get(kind, 1)]) + zlib.compress(b"\0" * size, 9))


def gif_of(frames: int, *, canvas: tuple[int, int] = (1, 1), frame: tuple[int, int] = (1, 1)) -> bytes:
    """Frames of a few bytes each."""
    head = b"GIF89a" + struct.pack("<HH", *canvas) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    return head + (b"\x2c" + struct.pack("<4H", 0, 0, *frame) + b"\0\x02\x02\x44\x01\0") * frames + b"\x3b"


def gif_of_blocks(number: int) -> bytes:
    return gif_of(1)[:-1] + b"\x21\xfe" + b"\x01x" * number + b"\0\x3b"


def webp_claiming(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_of(frames: int) -> bytes:
    body = webp_claiming(8, 8)[8:] + (b"ANMF" + struct.pack("<I", 0)) * frames
    return b"RIFF" + struct.pack("<I", len(body)) + body


def heif_claiming(width: int, height: int) -> bytes:
    coded = patches()
    return heif(Item(b"hvc1", coded.data, (coded.settings, size(width, height))))


def heif_of_tiles(
    number: int,
    *,
    tile: tuple[int, int] = (64, 64),
    says: tuple[int, int] = (640, 640),
    draws: tuple[int, int] | None = None,
) -> bytes:
    """`says`: how large the whole is by its properties, `draws` by what its tiles are laid on. Of more than a thousand
    tiles each is the same."""
    coded = patches()
    parts = [Item(b"hvc1", coded.data, (coded.settings, size(*tile)))] * min(number, 1000)
    whole = Item(b"grid", grid(8, 8, *(draws or says)), (size(*says),), tuple(2 + one % 1000 for one in range(number)))
    return heif(whole, *parts)


def heif_of_itself() -> bytes:
    return heif(*(Item(b"grid", grid(1, 1, 64, 64), (size(64, 64),), (other,)) for other in (2, 1)))


def deep(kind: bytes, levels: int) -> bytes:
    """Each box in the one before, all ending together."""
    return b"".join(struct.pack(">I4s", 8 * (levels - level), kind) for level in range(levels))


def avif_of_frames(number: int) -> bytes:
    table = box(b"stbl", full(b"stsz", struct.pack(">II", 1, number)))
    track = box(
        b"trak", full(b"tkhd", b"\0" * 72, struct.pack(">II", 8 << 16, 8 << 16)), box(b"mdia", box(b"minf", table))
    )
    return box(b"ftyp", b"avis", b"\0\0\0\0", b"avis", b"msf1") + box(b"moov", track)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a JPEG whose last scan comes 2,000 times": (lambda: last_scan_repeated(2_000), "too many scans"),
    "a JPEG of 55 scans and 50 megapixels": (lambda: last_scan_repeated(45, progressive(8600, 5800)), "too many scans"),
    "scans behind a segment that is none": (lambda: scans_behind_a_segment(200), "too many scans"),
    "a JPEG of a million comments": (lambda: segments(1_000_000), "5000 segments"),
    "a PNG of 400 megapixels": (lambda: png_claiming(20_000, 20_000), "megapixels"),
    "a PNG as large as a header can say": (lambda: png_claiming(2**31 - 1, 2**31 - 1), "megapixels"),
    "a PNG of a million chunks": (lambda: png_of(chunk(b"tEXt", b"a\0b") * 1_000_000), "too many parts"),
    "a text that unpacks to 60 MB": (lambda: png_of(unpacking(b"zTXt", 60_000_000)), "not damaged"),
    "an international text that does": (lambda: png_of(unpacking(b"iTXt", 60_000_000)), ""),
    "a colour profile that does": (lambda: png_of(unpacking(b"iCCP", 60_000_000)), "not damaged"),
    "texts that together unpack to gigabytes": (lambda: png_of(unpacking(b"zTXt", 900_000) * 1_000), "not damaged"),
    "a GIF of a million frames": (lambda: gif_of(1_000_000), "5000 frames"),
    "a GIF of a huge canvas": (lambda: gif_of(1, canvas=(65_535, 65_535)), "megapixels"),
    "a GIF whose second frame is huge": (lambda: gif_of(1)[:-1] + gif_of(1, frame=(60_000, 60_000))[19:], "megapixels"),
    "a GIF of three million tiny blocks": (lambda: gif_of_blocks(3_000_000), "too many parts"),
    "a WebP of a huge canvas": (lambda: webp_claiming(16_000, 16_000), "megapixels"),
    "a WebP of 300,000 frames": (lambda: webp_of(300_000), "5000 frames"),
    "a HEIC that claims 900 megapixels": (lambda: heif_claiming(30_000, 30_000), "it is 30000 by 30000 pixels"),
    "a HEIC of 60,000 tiles": (lambda: heif_of_tiles(60_000), "too many parts"),
    "a HEIC whose tiles have 3,000 megapixels": (lambda: heif_of_tiles(64, tile=(7000, 7000)), "too many parts"),
    "a HEIC larger than it says": (lambda: heif_of_tiles(64, draws=(60_000, 60_000)), "not damaged"),
    "a HEIC that says it has 60,000 items": (lambda: heif(Item(b"hvc1", b"", (size(8, 8),)), count=60_000), "parts"),
    "a HEIC put together of itself": (heif_of_itself, "not damaged"),
    "a HEIC of a million boxes": (lambda: heif_claiming(8, 8) + box(b"free") * 1_000_000, "too many parts"),
    "boxes in boxes": (lambda: heif_claiming(8, 8) + deep(b"moov", 100_000), "too many parts"),
    "an AVIF of a million frames": (lambda: avif_of_frames(1_000_000), "5000 frames"),
}
"""By name: the file, and words of the refusal ("" for one that is harmless in the end)."""

"""Reduced renditions kept with a fingerprint: the `features` of the geometric check.

Format: b"T1", a byte with the number of frames, then per frame two bytes (big endian) of length and a WebP picture in
colour.
"""

from __future__ import annotations

import struct

import cv2
import numpy as np

from .pictures import Pixels

SIDE = 160
"""Longest side in pixels, of a still picture's rendition."""
BUDGET = 10_000
"""Bytes at most, for all frames together."""
_MAGIC = b"T1"


def pack(frames: list[Pixels]) -> bytes:
    """Encode the renditions of all frames in at most BUDGET bytes."""
    share = (BUDGET - 3) // len(frames) - 2
    parts = [_encoded(frame, share) for frame in frames]
    return _MAGIC + bytes([len(parts)]) + b"".join(struct.pack(">H", len(part)) + part for part in parts)


def unpack(features: bytes, frame: int) -> Pixels | None:
    """Return one frame as RGB (height, width, 3), or None when there is no such frame or it cannot be read."""
    if features[:2] != _MAGIC or len(features) < 3 or frame >= features[2]:
        return None
    start = 3
    for number in range(frame + 1):
        if start + 2 > len(features):
            return None
        (length,) = struct.unpack_from(">H", features, start)
        start += 2
        if number == frame:
            data = np.frombuffer(features, dtype=np.uint8)[start : start + length]
            decoded = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) == length and length else None
            return None if decoded is None else np.ascontiguousarray(decoded[:, :, ::-1])
        start += length
    return None


def frame_count(features: bytes) -> int:
    return features[2] if features[:2] == _MAGIC and len(features) > 2 else 0


def _encoded(pixels: Pixels, limit: int) -> bytes:
    for side in (SIDE, 128, 96, 64, 32):
        scale = min(1.0, side / max(pixels.shape[:2]))
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        for quality in (85, 65, 45):
            done, data = cv2.imencode(
                ".webp", np.ascontiguousarray(small[:, :, ::-1]), [cv2.IMWRITE_WEBP_QUALITY, quality]
            )
            if done and len(data) <= limit:
                return data.tobytes()
    raise ValueError("The picture cannot be reduced.")

"""Perceptual hashes of several views of a picture.

A hash is the sign pattern of the 16 x 16 lowest cosine coefficients of a 64 x 64 reduction, as in pHash and PDQ
(facebook/ThreatExchange). Mirroring and quarter turns only flip signs or transpose coefficients, so all eight variants
of a query cost one transform. A coefficient counts as positive only above a small margin, so that the empty
frequencies of a smooth picture do not flip at random, and a view with few coefficients beyond that margin is not
hashed at all.

Stored pictures keep one hash a view (a slot). A query brings many more hashes (turned, cropped, without its borders),
each of which is compared only with the slots where it can mean something.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .pictures import Pixels

Plane = NDArray[Any]
"""One channel, (height, width), float32, 0..255 (OpenCV's stubs do not tell element types)."""
Corners = tuple[float, float, float, float]
"""left, top, right, bottom as fractions of the picture."""
Affine = NDArray[np.float64]
"""3 x 3, homogeneous, between fractional coordinates."""

WHOLE: Corners = (0.0, 0.0, 1.0, 1.0)


def _anchored(share: float, across: int, down: int) -> Corners:
    """The part of `share` of width and height that touches a corner: across 0 left, 1 right; down 0 top, 1 bottom."""
    left, top = across * (1 - share), down * (1 - share)
    return (left, top, left + share, top + share)


def _centre(share: float) -> Corners:
    margin = (1 - share) / 2
    return (margin, margin, 1 - margin, 1 - margin)


_FIXED: dict[str, Corners] = {
    "whole": WHOLE,
    "centre 90 %": _centre(0.9),
    "centre 80 %": _centre(0.8),
    "centre 70 %": _centre(0.7),
    "centre 60 %": _centre(0.6),
    "top left corner": _anchored(0.75, 0, 0),
    "top right corner": _anchored(0.75, 1, 0),
    "bottom left corner": _anchored(0.75, 0, 1),
    "bottom right corner": _anchored(0.75, 1, 1),
    "top left 60 %": _anchored(0.6, 0, 0),
    "top right 60 %": _anchored(0.6, 1, 0),
    "bottom left 60 %": _anchored(0.6, 0, 1),
    "bottom right 60 %": _anchored(0.6, 1, 1),
    "left 80 %": (0.0, 0.0, 0.8, 1.0),
    "right 80 %": (0.2, 0.0, 1.0, 1.0),
    "top 80 %": (0.0, 0.0, 1.0, 0.8),
    "bottom 80 %": (0.0, 0.2, 1.0, 1.0),
    "left half": (0.0, 0.0, 0.5, 1.0),
    "right half": (0.5, 0.0, 1.0, 1.0),
    "top half": (0.0, 0.0, 1.0, 0.5),
    "bottom half": (0.0, 0.5, 1.0, 1.0),
}
SLOT_NAMES: tuple[str, ...] = (*_FIXED, "whole, by lightness", "without borders")
"""The order of the hashes in a block."""
SLOTS = len(SLOT_NAMES)
_SLOT = {name: number for number, name in enumerate(SLOT_NAMES)}
BLOCK_BYTES = SLOTS * 32

QUALITY_FLOOR = 12
"""Below this percentage of coefficients beyond the margin a view has no hash."""
_MARGIN = 2.0
_PLAIN = 28
"""Grey levels within which a border counts as one colour."""

_SIDE = 64
_KEPT = 16


def _cosines() -> NDArray[np.float32]:
    """The first 16 rows of the orthonormal DCT-II of length 64."""
    rows = np.arange(_KEPT)[:, None]
    columns = np.arange(_SIDE)[None, :]
    basis = np.cos(np.pi * (2 * columns + 1) * rows / (2 * _SIDE)) * np.sqrt(2 / _SIDE)
    basis[0] /= np.sqrt(2)
    return basis.astype(np.float32)


_BASIS = _cosines()
_ODD = np.where(np.arange(_KEPT) % 2 == 1, -1.0, 1.0).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Turn:
    """One of the eight ways to lay a picture on itself, through which a query is read to look like the stored one."""

    name: str
    swap: bool
    flip_x: bool
    flip_y: bool

    def coefficients(self, values: Plane) -> Plane:
        if self.flip_x:
            values = values * _ODD[None, :]
        if self.flip_y:
            values = values * _ODD[:, None]
        return values.T if self.swap else values

    def matrix(self) -> Affine:
        """Coordinates in the laid view -> coordinates in the picture as it came."""
        result = np.eye(3)
        if self.swap:
            result = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        if self.flip_x:
            result = np.array([[-1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]) @ result
        if self.flip_y:
            result = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 1.0], [0.0, 0.0, 1.0]]) @ result
        return result


UPRIGHT = Turn("none", False, False, False)
MIRRORED = Turn("mirrored", False, True, False)
TURNS: tuple[Turn, ...] = (
    UPRIGHT,
    MIRRORED,
    Turn("flipped upside down", False, False, True),
    Turn("turned 180°", False, True, True),
    Turn("turned 90°", True, True, False),
    Turn("turned 270°", True, False, True),
    Turn("mirrored and turned 90°", True, True, True),
    Turn("mirrored and turned 270°", True, False, False),
)


_LAID = {turn: turn.matrix() for turn in TURNS}


@dataclass(frozen=True, slots=True)
class Probe:
    """One hash of the query and how its view lies in the query picture."""

    hash: bytes
    matrix: Affine
    """Coordinates in the view -> coordinates in the query picture."""
    slots: tuple[int, ...]
    """The stored views it is compared with."""
    transform: str
    by_lightness: bool = False
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Planes:
    """The channels that are hashed. Luma survives greying; lightness, (max + min) / 2, survives turning the hue."""

    luma: Plane
    lightness: Plane

    @classmethod
    def of(cls, pixels: Pixels) -> Planes:
        luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
        red, green, blue = cv2.split(pixels)
        highest = cv2.max(cv2.max(red, green), blue).astype(np.float32)
        lowest = cv2.min(cv2.min(red, green), blue)
        return cls(luma, (highest + lowest) / np.float32(2))


def block(pixels: Pixels) -> tuple[bytes, int]:
    """Return the SLOTS hashes of one frame (BLOCK_BYTES bytes) and its quality, 0..100."""
    planes = Planes.of(pixels)
    hashes = [_pack_checked(_coefficients(planes.luma, corners)) for corners in _FIXED.values()]
    hashes.append(_pack_checked(_coefficients(planes.lightness, WHOLE)))
    inner = trimmed(pixels)
    hashes.append(_pack_checked(_coefficients(planes.luma, inner)) if inner is not None else bytes(32))
    return b"".join(hashes), _quality(_coefficients(planes.luma, WHOLE))


def hash_of(plane: Plane) -> bytes:
    """The hash, 32 bytes, of a whole channel, however little structure it has."""
    return _pack(_coefficients(plane, WHOLE))


def slot_matrix(slot: int, stored: Pixels) -> Affine:
    """Coordinates in a stored view -> coordinates in the stored picture."""
    name = SLOT_NAMES[slot]
    if name == "without borders":
        return _box_matrix(trimmed(stored) or WHOLE)
    return _box_matrix(_FIXED.get(name, WHOLE))


_ALL_LUMA = tuple(number for number, name in enumerate(SLOT_NAMES) if name != "whole, by lightness")
_CENTRES = tuple(_SLOT[f"centre {share} %"] for share in (90, 80, 70, 60))
_SIDES = ("left", "right", "top", "bottom")
_WHOLES = (_SLOT["whole"], _SLOT["without borders"])
_LIGHT = (_SLOT["whole, by lightness"],)
_OFF_CENTRE = tuple(name for name in _FIXED if "corner" in name or name.split()[0] in _SIDES and name.endswith("80 %"))
_CORNERS = {
    (down, across): (_SLOT[f"{row} {column} corner"], _SLOT[f"{row} {column} 60 %"])
    for down, row in enumerate(("top", "bottom"))
    for across, column in enumerate(("left", "right"))
}
"""Stored views of one corner, by (down, across)."""
_ANGLES = (-16, -12, -8, -4, 4, 8, 12, 16)


def probes(pixels: Pixels, *, has_points: bool = False) -> list[Probe]:
    """Return every hash under which one frame of a query is looked up; none for a picture without structure.

    `has_points`: the frame has so many local points that they find what was turned and cropped at once, or turned by a
    few degrees.
    """
    planes = Planes.of(pixels)
    found: list[Probe] = []

    def add(plane: Plane, corners: Corners, slots: tuple[int, ...], turns: tuple[Turn, ...], **more: bool) -> None:
        values = _coefficients(plane, corners)
        if _quality(values) >= QUALITY_FLOOR:
            found.extend(_turned(values, _box_matrix(corners), slots, turns, "none", **more))

    if has_points:
        add(planes.luma, WHOLE, _ALL_LUMA, (UPRIGHT, MIRRORED))
        add(planes.luma, WHOLE, (*_WHOLES, *_CENTRES), TURNS[2:])
    else:
        add(planes.luma, WHOLE, _ALL_LUMA, TURNS)
    add(planes.luma, _centre(0.95), (*_WHOLES, *_CENTRES), TURNS)
    for share in (0.9, 0.8, 0.7):
        add(planes.luma, _centre(share), _WHOLES, TURNS)
    for name in _OFF_CENTRE:
        add(planes.luma, _FIXED[name], _WHOLES, (UPRIGHT, MIRRORED))
    for mirrored, across, down in itertools.product((False, True), (0, 1), (0, 1)):
        turn = MIRRORED if mirrored else UPRIGHT
        slots = _CORNERS[down, 1 - across if mirrored else across]
        for share in (0.93, 0.86):
            add(planes.luma, _anchored(share, across, down), slots, (turn,))
    inner = trimmed(pixels)
    if inner is not None:
        add(planes.luma, inner, (*_WHOLES, *_CENTRES), TURNS)
        add(planes.lightness, inner, _LIGHT, TURNS, by_lightness=True)
    add(planes.lightness, WHOLE, _LIGHT, TURNS, by_lightness=True)
    add(255 - planes.luma, WHOLE, _WHOLES, TURNS, inverted=True)
    add(255 - planes.lightness, WHOLE, _LIGHT, (UPRIGHT, MIRRORED), by_lightness=True, inverted=True)
    if not has_points:
        found.extend(_tilted(planes.luma))
    return found


def whole_probes(pixels: Pixels) -> list[Probe]:
    """The few hashes under which a part of a query is looked up: whole, in all eight turns."""
    planes = Planes.of(pixels)
    found: list[Probe] = []
    for plane, slots, by_lightness in ((planes.luma, _WHOLES, False), (planes.lightness, _LIGHT, True)):
        values = _coefficients(plane, WHOLE)
        if _quality(values) >= QUALITY_FLOOR:
            found.extend(_turned(values, _box_matrix(WHOLE), slots, TURNS, "none", by_lightness=by_lightness))
    return found


def _tilted(plane: Plane) -> Iterator[Probe]:
    """Probes for a query that was turned by a few degrees: turn it back and look only at its middle."""
    height, width = plane.shape
    slots = tuple(_SLOT[f"centre {share} %"] for share in (80, 70, 60))
    for angle in _ANGLES:
        turn = np.vstack([cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1.0), [0.0, 0.0, 1.0]])
        upright = cv2.warpAffine(
            plane, turn[:2], (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        to_pixels = np.diag([float(width), float(height), 1.0])
        back = np.linalg.inv(to_pixels) @ np.linalg.inv(turn) @ to_pixels
        name = f"turned {angle}°" if angle > 0 else f"turned {360 + angle}°"
        for share in (0.7, 0.6):
            values = _coefficients(upright, _centre(share))
            if _quality(values) >= QUALITY_FLOOR:
                yield from _turned(values, back @ _box_matrix(_centre(share)), slots, (UPRIGHT, MIRRORED), name)


def _turned(
    values: Plane, matrix: Affine, slots: tuple[int, ...], turns: tuple[Turn, ...], tilt: str, **more: bool
) -> Iterator[Probe]:
    for turn in turns:
        names = [name for name in (turn.name, tilt) if name != "none"]
        if more.get("inverted"):
            names.append("inverted")
        yield Probe(
            hash=_pack(turn.coefficients(values)),
            matrix=matrix @ _LAID[turn],
            slots=slots,
            transform=" and ".join(names) or "none",
            **more,
        )


def trimmed(pixels: Pixels) -> Corners | None:
    """Return the picture's box without plain borders, or None when there are none (or nothing else)."""
    height, width = pixels.shape[:2]
    sideways = pixels.transpose(1, 0, 2)
    left, right = _plain_lines(sideways), _plain_lines(sideways[::-1])
    top, bottom = _plain_lines(pixels), _plain_lines(pixels[::-1])
    if left + right > width * 0.7 or top + bottom > height * 0.7:
        return None
    if max(left, right) < 0.015 * width and max(top, bottom) < 0.015 * height:
        return None
    return (left / width, top / height, 1 - right / width, 1 - bottom / height)


def _plain_lines(lines: Pixels) -> int:
    """How many lines from the first on are of the first line's one colour."""
    colour = np.median(lines[0], axis=0)
    if not _plain(lines[:2], colour).all():
        return 0
    plain = _plain(lines, colour)
    return int(np.argmin(plain)) if not plain.all() else len(lines)


def _plain(lines: Pixels, colour: NDArray[np.float64]) -> NDArray[np.bool_]:
    low = np.clip(colour - _PLAIN, 0, 255).astype(np.uint8)
    high = np.clip(colour + _PLAIN, 0, 255).astype(np.uint8)
    equal = cv2.inRange(np.ascontiguousarray(lines), tuple(low.tolist()), tuple(high.tolist()))
    shares = cv2.reduce(equal, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)
    return shares.ravel() >= 0.97 * 255


def _coefficients(plane: Plane, corners: Corners) -> Plane:
    """The 16 x 16 lowest cosine coefficients of a part of the picture, in grey levels (orthonormal, 64 x 64)."""
    height, width = plane.shape
    left, top, right, bottom = corners
    x0, x1 = round(left * width), round(right * width)
    y0, y1 = round(top * height), round(bottom * height)
    part = plane[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    small = cv2.resize(
        part, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA if min(part.shape) >= _SIDE else cv2.INTER_LINEAR
    )
    values = _BASIS @ small.astype(np.float32) @ _BASIS.T
    values[0, 0] = 0.0
    return values


def _quality(values: Plane) -> int:
    return int(round(100 * float((np.abs(values) > _MARGIN).mean())))


def _pack(values: Plane) -> bytes:
    return np.packbits(values > _MARGIN).tobytes()


def _pack_checked(values: Plane) -> bytes:
    return _pack(values) if _quality(values) >= QUALITY_FLOOR else bytes(32)


def _box_matrix(corners: Corners) -> Affine:
    left, top, right, bottom = corners
    return np.array([[right - left, 0.0, left], [0.0, bottom - top, top], [0.0, 0.0, 1.0]])

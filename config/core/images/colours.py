"""What a picture's numbers look like: its colours as sRGB. Runs in the child.

A file may say what its numbers mean, and is believed in this order: a PNG by its cICP chunk (code points of H.273), any
by an ICC profile, HEIF and AVIF by such code points (nclx), a PNG by its sRGB chunk, and then by gAMA and cHRM. What
says nothing, or nothing that can be followed (a damaged profile, one of another kind of colours than the picture's,
code points that are not listed here), is taken for sRGB, as browsers do.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from PIL import Image

Matrix: TypeAlias = "list[list[float]]"
Transfer: TypeAlias = Callable[[float], float]

_SPACES = {"L": "GRAY", "RGB": "RGB", "RGBA": "RGB", "CMYK": "CMYK"}
_DEVICES = ("scnr", "mntr", "prtr", "spac")
"""Profiles of things that show or see colours; the others of ICC join two profiles or name colours."""
_STEPS = 1024
"""Places of a curve in a profile that is made here."""


class Said(NamedTuple):
    """What a file says of its colours, beside its profile: code points of primaries and transfer, of PNG the exponent
    of gAMA and the eight numbers of cHRM (white, red, green, blue; x and y)."""

    points: tuple[int, int] | None = None
    gamma: float | None = None
    chromaticity: tuple[float, ...] | None = None


NOTHING_SAID = Said()

# H.273, tables 2 and 3. Code points that differ from sRGB less than encoders differ in writing them (BT.709, BT.601,
# "unspecified") are left out: the picture is sRGB.
_D65 = (0.3127, 0.3290)
_SRGB = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_PRIMARIES = {
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI-P3
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
}


def _srgb(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _pq(value: float) -> float:
    """SMPTE ST 2084. White is at 203 cd/m² (ITU-R BT.2408); what is brighter is white as well."""
    power = value ** (1 / 78.84375)
    light = (max(0.0, power - 0.8359375) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)
    return min(1.0, float(light) * 10_000 / 203)


def _hlg(value: float) -> float:
    """ARIB STD-B67, shown as BT.2100 does; white is at 75 % of the signal (ITU-R BT.2408)."""
    return min(1.0, (_hlg_scene(value) / _hlg_scene(0.75)) ** 1.2)


def _hlg_scene(value: float) -> float:
    return value * value / 3 if value <= 0.5 else (math.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12


_TRANSFERS: dict[int, Transfer] = {
    4: lambda value: value**2.2,
    5: lambda value: value**2.8,
    8: lambda value: value,
    16: _pq,
    18: _hlg,
}


def in_srgb(image: Image.Image, profile: bytes | None, said: Said = NOTHING_SAID) -> Image.Image:
    """The same picture in sRGB: L, RGB or CMYK becomes RGB, RGBA stays (its colours must not be multiplied)."""
    if profile and said.points is None:
        image = _by_profile(image, profile) or image
    elif made := _made(said):
        image = _by_profile(image.convert("RGB") if image.mode == "L" else image, made) or image
    return image if image.mode in ("RGB", "RGBA") else image.convert("RGB")


def _by_profile(image: Image.Image, data: bytes) -> Image.Image | None:
    """None for a profile that cannot be followed, or changes nothing."""
    from PIL import ImageCms  # most pictures have no profile

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        if (
            profile.profile.xcolor_space.strip() != _SPACES.get(image.mode)
            or profile.profile.device_class not in _DEVICES
        ):
            return None
        shown = "RGBA" if image.mode == "RGBA" else "RGB"
        srgb = ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(profile, srgb, image.mode, shown, ImageCms.Intent.PERCEPTUAL)
        if image.mode == shown and _changes_nothing(transform.apply, shown):
            return None
        return transform.apply(image)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _changes_nothing(apply: Callable[[Image.Image], Image.Image], mode: str) -> bool:
    """Most profiles are of sRGB; to try a hundred colours is cheaper than to go over all pixels."""
    colours = Image.new("RGB", (125, 1))
    levels = (0, 60, 128, 200, 255)
    colours.putdata([(red, green, blue) for red in levels for green in levels for blue in levels])
    colours = colours.convert(mode)
    return max(abs(one - other) for one, other in zip(colours.tobytes(), apply(colours).tobytes(), strict=True)) <= 1


# ---------------------------------------------------------------- profiles of what is said in numbers
def _made(said: Said) -> bytes | None:
    primaries: Sequence[float] = _SRGB
    transfer: Transfer = _srgb
    if said.points is not None:
        primaries = _PRIMARIES.get(said.points[0], primaries)
        transfer = _TRANSFERS.get(said.points[1], transfer)
    elif said.gamma or said.chromaticity:
        if said.chromaticity and len(said.chromaticity) == 8:
            primaries = said.chromaticity
        if said.gamma and not 0.45 <= said.gamma <= 0.46:  # 1/2.2 is how sRGB is said here
            exponent = 1 / said.gamma
            transfer = lambda value: value**exponent  # noqa: E731
    far = max(abs(one - other) for one, other in zip(primaries, _SRGB, strict=True))
    if far < 0.002 and transfer is _srgb:
        return None
    try:
        return matrix_profile(primaries, transfer)
    except (ArithmeticError, ValueError, struct.error):  # no such colours
        return None


def matrix_profile(primaries: Sequence[float], transfer: Transfer) -> bytes:
    """An ICC profile (version 2, of a display) of colours by x and y of white, red, green and blue, with one curve for
    all three: from stored value to light, both 0 to 1. Raises for numbers that are no colours."""
    white, *colours = [_xyz(*primaries[place : place + 2]) for place in (0, 2, 4, 6)]
    columns = [list(row) for row in zip(*colours, strict=True)]
    shares = _times(_inverse(columns), white)
    adapted = _to_d50(white)
    curve = [round(65535 * min(1.0, max(0.0, transfer(step / (_STEPS - 1))))) for step in range(_STEPS)]
    tags = {b"wtpt": _number_tag(_D50)}
    for name, colour, share in zip(b"rgb", colours, shares, strict=True):
        tags[bytes([name]) + b"XYZ"] = _number_tag(_times(adapted, [share * value for value in colour]))
    for name in b"rgb":
        tags[bytes([name]) + b"TRC"] = b"curv\0\0\0\0" + struct.pack(f">I{_STEPS}H", _STEPS, *curve)
    return _profile(tags)


_D50 = [0.9642, 1.0, 0.8249]
_BRADFORD = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]


def _xyz(x: float, y: float) -> list[float]:
    return [x / y, 1.0, (1 - x - y) / y]


def _to_d50(white: list[float]) -> Matrix:
    """Profiles speak of colours under D50."""
    gains = [there / here for here, there in zip(_times(_BRADFORD, white), _times(_BRADFORD, _D50), strict=True)]
    scaled = [[gain * value for value in row] for gain, row in zip(gains, _BRADFORD, strict=True)]
    back = _inverse(_BRADFORD)
    columns = [_times(back, list(column)) for column in zip(*scaled, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]


def _times(matrix: Matrix, vector: Sequence[float]) -> list[float]:
    return [sum(one * other for one, other in zip(row, vector, strict=True)) for row in matrix]


def _inverse(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    whole = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    parts = [
        [e * i - f * h, c * h - b * i, b * f - c * e],
        [f * g - d * i, a * i - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ]
    return [[part / whole for part in row] for row in parts]


def _number_tag(values: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _profile(tags: dict[bytes, bytes]) -> bytes:
    """ICC.1:2001-04, section 6."""
    place = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        table += struct.pack(">4sII", name, place + len(body), len(tag))
        body += tag + b"\0" * (-len(tag) % 4)
    head = struct.pack(">I4sI4s4s4s", place + len(body), b"", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    head += struct.pack(">3i", *(round(value * 65536) for value in _D50))
    return head.ljust(128, b"\0") + table + body

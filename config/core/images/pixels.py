"""From a decoded picture to one of a given size: upright, in sRGB, of 8 bits a channel. Runs in the child."""

from __future__ import annotations

from typing import Any, NamedTuple

from PIL import Image, ImageChops

from config.core.images.colours import NOTHING_SAID, Said, in_srgb

_BAND = 1_000_000
"""Pixels that are converted at once: the whole of a large picture in another mode would be several times as large."""
_GREY = ("1", "L", "LA", "La", "I;16", "I;16L", "I;16B")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Look(NamedTuple):
    """How stored pixels are meant: `turn` as EXIF numbers it, `profile` the bytes of an ICC profile, `said` what else
    the file says of its colours. `see_through`: keep transparency instead of laying it on white."""

    turn: Any = 1
    see_through: bool = False
    profile: bytes | None = None
    said: Said = NOTHING_SAID


def rendition(image: Image.Image, side: int, look: Look) -> Image.Image:
    """The current frame, loaded, at most `side` pixels long, in RGB or RGBA; a new image, which holds pixels alone."""
    frame = _reduced(image, side, keeps_cmyk=look.profile is not None)
    if look.turn in _TURNS:
        frame = frame.transpose(_TURNS[look.turn])
    if frame.mode == "RGBa":
        frame = _coloured(frame.convert("RGBA"), look, is_grey=image.mode in _GREY)
        if not look.see_through:
            frame = on_white(frame)
    else:
        frame = in_srgb(frame, look.profile, look.said)
    bare = Image.new("RGBA" if look.see_through else "RGB", frame.size)
    bare.paste(frame.convert(bare.mode))
    return bare


def on_white(image: Image.Image) -> Image.Image:
    """Of RGBA, in RGB."""
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _coloured(frame: Image.Image, look: Look, *, is_grey: bool) -> Image.Image:
    if not is_grey:
        return in_srgb(frame, look.profile, look.said)
    coloured = in_srgb(frame.getchannel("R"), look.profile, look.said)
    coloured.putalpha(frame.getchannel("A"))
    return coloured


def _reduced(image: Image.Image, side: int, *, keeps_cmyk: bool) -> Image.Image:
    """In L, RGB, CMYK or RGBa (with its colours multiplied, so that hidden ones do not shine through)."""
    scale = min(1.0, side / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    # By whole factors first, to twice the size: fast, and as good to the eye.
    across, down = (max(1, old // (new * 2)) for old, new in zip(image.size, size, strict=True))
    rows = down * max(1, _BAND // (image.width * down))
    as_it_is = ("L", "RGB", "CMYK") if keeps_cmyk else ("L", "RGB")
    bands = [
        _plain(image.crop((0, top, image.width, min(top + rows, image.height))), as_it_is).reduce((across, down))
        for top in range(0, image.height, rows)
    ]
    whole = bands[0]
    if len(bands) > 1:
        whole = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
        top = 0
        for band in bands:
            whole.paste(band, (0, top))
            top += band.height
    return whole if whole.size == size else whole.resize(size, Image.Resampling.BICUBIC)


def _plain(band: Image.Image, as_it_is: tuple[str, ...]) -> Image.Image:
    if band.mode.startswith("I;16"):
        band = _of_sixteen_bits(band)
    if band.mode in ("P", "PA", "LA", "La", "RGBA", "RGBa") or "transparency" in band.info:
        return band.convert("RGBA").convert("RGBa")
    if band.mode == "1":
        return band.convert("L")
    return band if band.mode in as_it_is else band.convert("RGB")


def _of_sixteen_bits(band: Image.Image) -> Image.Image:
    """Grey: the higher byte of two, and transparent where both are those of the transparent value."""
    data, is_first = band.tobytes(), band.mode == "I;16B"
    high, low = (Image.frombytes("L", band.size, data[start::2]) for start in (not is_first, is_first))
    hidden = band.info.get("transparency")
    if not isinstance(hidden, int):
        return high
    unlike = ImageChops.lighter(*(plane.point(_all_but(byte)) for plane, byte in ((high, hidden >> 8), (low, hidden))))
    return Image.merge("LA", (high, unlike))


def _all_but(value: int) -> list[int]:
    return [0 if level == value & 255 else 255 for level in range(256)]

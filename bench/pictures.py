"""Pictures for the duplicate probe: seeded artworks, hard negatives, edits, and photographs where installed.

Everything is deterministic in its seed. Seeds below `EVALUATION` are for tuning (two measurements
between 1,000,000 and 1,001,000 led to corrections), seeds from it on for measuring; the
style of a picture follows from its seed, so both ranges have every style.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from config.core.images.reading import Wanted, read
from marketplace.duplicates.pictures import Picture

TUNING = 0
EVALUATION = 10_000_000

Pixels = NDArray[np.uint8]
Random = np.random.Generator


def artwork(seed: int, longest: int = 640) -> Image.Image:
    """Return the generated artwork of a seed, RGB, longest side `longest` pixels."""
    random = np.random.default_rng(seed)
    style = STYLES[seed % len(STYLES)]
    ratio = float(random.choice([1.0, 1.33, 1.5, 0.75, 0.67, 1.78]))
    width, height = (longest, round(longest / ratio)) if ratio >= 1 else (round(longest * ratio), longest)
    return Image.fromarray(style(random, width, height))


def style_name(seed: int) -> str:
    return STYLES[seed % len(STYLES)].__name__.lstrip("_")


def encoded(image: Image.Image, kind: str = "JPEG", quality: int = 90) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, quality=quality)
    return buffer.getvalue()


def seen(data: bytes) -> Picture:
    """An encoded picture as detectors see it. Read without a process of its own: these are ours."""
    reading = read(data, Wanted(50_000_000, 1600, moments=4))
    return Picture(hashlib.sha256(data).hexdigest(), reading.shown, reading.moments)


def seen_as(image: Image.Image, kind: str = "JPEG", quality: int = 90) -> Picture:
    return seen(encoded(image, kind, quality))


def photographs() -> dict[str, Image.Image]:
    """Return real photographs from scikit-image and scikit-learn by name; empty when neither is installed.

    One of a stereo pair and one of two frames of the same scene are left out, since they are true near-duplicates.
    """
    found: dict[str, Image.Image] = {}
    for package, folder in (("skimage", "data"), ("sklearn", "datasets/images")):
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        for path in sorted((Path(spec.origin).parent / folder).glob("*")):
            if path.suffix in (".png", ".jpg") and path.stem in _PHOTOGRAPHS:
                found[path.stem] = Image.open(path).convert("RGB")
    return found


_PHOTOGRAPHS = {
    "astronaut", "brick", "camera", "chelsea", "china", "coffee", "coins", "flower", "grass", "gravel",
    "hubble_deep_field", "ihc", "moon", "motorcycle_left", "page", "retina", "rocket", "text", "color", "cell",
}  # fmt: skip


# Styles


def _palette(random: Random, count: int) -> NDArray[np.float64]:
    hue = random.uniform(0, 180)
    spread = random.uniform(10, 90)
    colours = np.stack(
        [
            (hue + random.normal(0, spread, count)) % 180,
            random.uniform(30, 230, count),
            random.uniform(40, 250, count),
        ],
        axis=1,
    ).astype(np.uint8)
    return cv2.cvtColor(colours[None], cv2.COLOR_HSV2RGB)[0].astype(np.float64)


def _colour(random: Random) -> tuple[int, int, int]:
    red, green, blue = _palette(random, 1)[0]
    return int(red), int(green), int(blue)


def _field(random: Random, width: int, height: int, roughness: float) -> NDArray[np.float32]:
    """Smooth noise in 0..1 with octaves; roughness 0..1 gives the fine ones more weight."""
    total = np.zeros((height, width), np.float32)
    weight, cells = 1.0, 3
    while cells < 200 and weight > 0.02:
        grid = random.random((cells + 1, cells + 1)).astype(np.float32)
        total += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        weight *= roughness
        cells *= 2
    total -= total.min()
    return total / max(float(total.max()), 1e-6)


def _mapped(field: NDArray[np.float32], colours: NDArray[np.float64]) -> NDArray[np.float64]:
    place = field * (len(colours) - 1)
    low = np.clip(place.astype(int), 0, len(colours) - 2)
    share = (place - low)[..., None]
    mixed, above = colours.take(low, axis=0), colours.take(low + 1, axis=0)
    mixed *= 1 - share
    above *= share
    mixed += above
    return mixed


def _finished(canvas: NDArray[np.float64], random: Random, grain: float = 4.0) -> Pixels:
    noise = random.normal(0, grain, canvas.shape[:2])[..., None]
    return np.clip(canvas + noise, 0, 255).astype(np.uint8)


def _landscape(random: Random, width: int, height: int) -> Pixels:
    sky = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, 1)
    canvas = _mapped(np.clip(sky * 0.8 + 0.2 * _field(random, width, height, 0.5), 0, 1), _palette(random, 3))
    picture = canvas.astype(np.uint8)
    centre = (int(random.uniform(0.1, 0.9) * width), int(random.uniform(0.05, 0.45) * height))
    cv2.circle(picture, centre, int(random.uniform(0.03, 0.12) * width), _colour(random), -1, cv2.LINE_AA)
    layers = int(random.integers(3, 7))
    for layer in range(layers):
        base = height * (0.4 + 0.5 * layer / layers)
        line = random.random(2 ** int(random.integers(3, 7))).astype(np.float32)[None]
        ridge = (
            base - height * random.uniform(0.05, 0.25) * cv2.resize(line, (width, 1), interpolation=cv2.INTER_CUBIC)[0]
        )
        shape = np.concatenate([np.stack([np.arange(width), ridge], 1), [[width, height], [0, height]]]).astype(
            np.int32
        )
        cv2.fillPoly(picture, [shape], _colour(random), cv2.LINE_AA)
    for _ in range(int(random.integers(0, 40))):
        x, y = int(random.uniform(0, width)), int(random.uniform(0.6, 1) * height)
        size = int(random.uniform(0.02, 0.08) * height)
        cv2.line(picture, (x, y), (x, y - size), _colour(random), max(1, size // 8), cv2.LINE_AA)
        cv2.circle(picture, (x, y - size), size // 2, _colour(random), -1, cv2.LINE_AA)
    return _finished(picture.astype(np.float64), random)


def _marble(random: Random, width: int, height: int) -> Pixels:
    field = _field(random, width, height, random.uniform(0.45, 0.75))
    waves = 0.5 + 0.5 * np.sin(2 * np.pi * (field * random.uniform(1.5, 5) + _field(random, width, height, 0.3)))
    return _finished(_mapped(waves.astype(np.float32), _palette(random, int(random.integers(3, 6)))), random)


def _shapes(random: Random, width: int, height: int) -> Pixels:
    picture = np.full((height, width, 3), _colour(random), np.uint8)
    for _ in range(int(random.integers(6, 45))):
        x, y = random.uniform(0, width), random.uniform(0, height)
        size = random.uniform(0.03, 0.28) * max(width, height)
        kind = random.integers(0, 4)
        if kind == 0:
            cv2.circle(picture, (int(x), int(y)), int(size / 2), _colour(random), -1, cv2.LINE_AA)
        elif kind == 1:
            box = cv2.boxPoints(((x, y), (size, size * random.uniform(0.3, 1.5)), random.uniform(0, 90)))
            cv2.fillPoly(picture, [box.astype(np.int32)], _colour(random), cv2.LINE_AA)
        elif kind == 2:
            corners = np.array([x, y]) + random.normal(0, size / 2, (3, 2))
            cv2.fillPoly(picture, [corners.astype(np.int32)], _colour(random), cv2.LINE_AA)
        else:
            cv2.ellipse(
                picture, (int(x), int(y)), (int(size / 2), int(size / 4)), random.uniform(0, 180), 0, 300,
                _colour(random), int(random.integers(2, 9)), cv2.LINE_AA,
            )  # fmt: skip
    return _finished(picture.astype(np.float64), random, 2.0)


def _drawing(random: Random, width: int, height: int) -> Pixels:
    """Ink on paper: large plain areas."""
    picture = np.full((height, width, 3), int(random.integers(225, 256)), np.uint8)
    ink = tuple(int(value) for value in random.integers(0, 90, 3))
    for _ in range(int(random.integers(4, 26))):
        knots = np.array([random.uniform(0.1, 0.9) * width, random.uniform(0.1, 0.9) * height]) + np.cumsum(
            random.normal(0, 0.07 * width, (int(random.integers(4, 12)), 2)), axis=0
        )
        times = np.linspace(0, len(knots) - 1, 80)
        curve = np.stack([np.interp(times, np.arange(len(knots)), knots[:, axis]) for axis in (0, 1)], 1)
        curve = cv2.GaussianBlur(curve.astype(np.float32), (1, 9), 2)
        cv2.polylines(picture, [curve.astype(np.int32)], False, ink, int(random.integers(1, 6)), cv2.LINE_AA)
    return _finished(picture.astype(np.float64), random, 1.5)


def _portrait(random: Random, width: int, height: int) -> Pixels:
    picture = _mapped(_field(random, width, height, 0.5), _palette(random, 3)).astype(np.uint8)
    x, y = int(width * random.uniform(0.35, 0.65)), int(height * random.uniform(0.3, 0.5))
    size = min(width, height) * random.uniform(0.16, 0.3)
    skin, hair = _colour(random), _colour(random)
    cv2.ellipse(
        picture, (x, int(y + size * 2.3)), (int(size * 1.7), int(size * 1.2)), 0, 0, 360, _colour(random), -1, 16
    )
    cv2.ellipse(picture, (x, int(y - size * 0.25)), (int(size * 1.05), int(size * 1.2)), 0, 0, 360, hair, -1, 16)
    cv2.ellipse(picture, (x, y), (int(size * 0.8), int(size)), 0, 0, 360, skin, -1, 16)
    for side in (-1, 1):
        eye = (int(x + side * size * random.uniform(0.28, 0.38)), int(y - size * 0.15))
        cv2.ellipse(picture, eye, (int(size * 0.16), int(size * 0.09)), 0, 0, 360, (245, 245, 245), -1, 16)
        cv2.circle(picture, eye, max(1, int(size * 0.07)), _colour(random), -1, 16)
    mouth = (int(x), int(y + size * 0.5))
    cv2.ellipse(
        picture, mouth, (int(size * 0.3), int(size * random.uniform(0.06, 0.16))), 0, 0, 180, (150, 40, 50), -1, 16
    )
    shade = 0.75 + 0.5 * _field(random, width, height, 0.6)
    return _finished(picture * shade[..., None], random)


def _strokes(random: Random, width: int, height: int) -> Pixels:
    """Paint strokes along a flow."""
    picture = np.full((height, width, 3), _colour(random), np.uint8)
    angle = _field(random, width, height, 0.4) * 2 * np.pi * random.uniform(0.5, 2)
    tones = _mapped(_field(random, width, height, 0.5), _palette(random, 5))
    for _ in range(int(random.integers(300, 900))):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        length = random.uniform(0.02, 0.09) * width
        tip = (int(x + length * np.cos(angle[y, x])), int(y + length * np.sin(angle[y, x])))
        colour = tuple(int(value) for value in np.clip(tones[y, x] + random.normal(0, 18, 3), 0, 255))
        cv2.line(picture, (x, y), tip, colour, int(random.integers(2, 12)), cv2.LINE_AA)
    return _finished(picture.astype(np.float64), random, 3.0)


def _pattern(random: Random, width: int, height: int) -> Pixels:
    """A repeated motif: many places of the picture look alike."""
    side = int(random.integers(40, 130))
    tile = np.full((side, side, 3), _colour(random), np.uint8)
    for _ in range(int(random.integers(2, 6))):
        place = (int(random.integers(0, side)), int(random.integers(0, side)))
        cv2.circle(tile, place, int(random.integers(4, side // 2)), _colour(random), int(random.choice([-1, 3, 6])), 16)
    picture = np.tile(tile, (height // side + 1, width // side + 1, 1))[:height, :width].astype(np.float64)
    return _finished(picture * (0.6 + 0.6 * _field(random, width, height, 0.3))[..., None], random)


def _sunset(random: Random, width: int, height: int) -> Pixels:
    """A soft gradient with a sun and little else: little structure, much alike between artists."""
    fall = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, 1)
    clouds = _field(random, width, height, 0.55)
    stretched = cv2.resize(clouds[: height // 4], (width, height), interpolation=cv2.INTER_CUBIC)
    picture = _mapped(np.clip(0.75 * fall + 0.25 * stretched, 0, 1), _palette(random, 4))
    x, y, size = (
        random.uniform(0.2, 0.8) * width,
        random.uniform(0.35, 0.65) * height,
        random.uniform(0.04, 0.1) * width,
    )
    far = np.hypot(np.arange(width)[None] - x, np.arange(height)[:, None] - y)
    glow = np.exp(-far / (size * 3)) * 90 + (far < size) * 80
    return _finished(picture + glow[..., None], random, 2.0)


def _collage(random: Random, width: int, height: int) -> Pixels:
    rows, columns = int(random.integers(2, 4)), int(random.integers(2, 4))
    picture = np.full((height, width, 3), 245, np.uint8)
    for row in range(rows):
        for column in range(columns):
            make = _SIMPLE[int(random.integers(0, len(_SIMPLE)))]
            w, h = width // columns - 8, height // rows - 8
            x, y = column * width // columns + 4, row * height // rows + 4
            picture[y : y + h, x : x + w] = make(random, w, h)
    return picture


_SIMPLE = (_landscape, _marble, _shapes, _portrait, _sunset)


def _poster(random: Random, width: int, height: int) -> Pixels:
    """Large words on a textured ground."""
    picture = Image.fromarray(_marble(random, width, height))
    picture = Image.blend(picture, Image.new("RGB", picture.size, _colour(random)), 0.6)
    _write(
        ImageDraw.Draw(picture),
        words(random, int(random.integers(3, 9))),
        (0.08, 0.1, 0.92, 0.9),
        width,
        height,
        "white",
    )
    return np.asarray(picture)


STYLES: tuple[Callable[[Random, int, int], Pixels], ...] = (
    _landscape, _marble, _shapes, _drawing, _portrait, _strokes, _pattern, _sunset, _collage, _poster,
)  # fmt: skip


# Text and hard negatives

_SYLLABLES = "ka to mi re lo sun ver da pel no ari sto hem bru fen gil qua wo zi ent".split()


def words(random: Random, count: int) -> str:
    return " ".join("".join(random.choice(_SYLLABLES, int(random.integers(1, 4)))) for _ in range(count))


def _write(
    draw: ImageDraw.ImageDraw, text: str, box: tuple[float, float, float, float], width: int, height: int, fill: str
) -> None:
    """Set `text`, one to three words a line, as large as the box allows."""
    parts = text.split()
    lines = [" ".join(parts[start : start + 2]) for start in range(0, len(parts), 2)]
    left, top, right, bottom = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    step = (bottom - top) / len(lines)
    size = step * 0.8
    for line in lines:
        size = min(size, (right - left) / max(1.0, ImageFont.load_default(100).getlength(line)) * 100)
    font = ImageFont.load_default(max(8, size))
    for number, line in enumerate(lines):
        x = (left + right - font.getlength(line)) / 2
        draw.text((x, top + number * step), line, fill=fill, font=font)


def quote_card(template: int, text_seed: int, longest: int = 640) -> Image.Image:
    """One template (ground, frame, ornaments) with other words each time: honest different works."""
    random = np.random.default_rng(template)
    width, height = longest, round(longest * 0.8)
    dark = bool(random.integers(0, 2))
    ground = Image.new("RGB", (width, height), tuple(int(v) for v in random.integers(15, 70, 3) + (0 if dark else 180)))
    draw = ImageDraw.Draw(ground)
    ink = "white" if dark else "black"
    for ring in range(int(random.integers(1, 4))):
        inset = 14 + ring * int(random.integers(8, 16))
        draw.rectangle(
            (inset, inset, width - inset, height - inset), outline=_colour(random), width=int(random.integers(2, 7))
        )
    for x in (60, width - 60):
        for y in (60, height - 60):
            size = int(random.integers(10, 28))
            draw.ellipse((x - size, y - size, x + size, y + size), fill=_colour(random))
    text = np.random.default_rng(text_seed)
    _write(draw, words(text, int(text.integers(5, 13))), (0.16, 0.2, 0.84, 0.8), width, height, ink)
    return ground


def framed(template: int, content_seed: int, longest: int = 640) -> Image.Image:
    """The same broad ornate frame round different pictures."""
    random = np.random.default_rng(template)
    width, height = longest, round(longest * 0.8)
    frame = _pattern(random, width, height) if template % 2 else _marble(random, width, height)
    margin = int(width * random.uniform(0.1, 0.2))
    content = artwork(content_seed, longest).resize((width - 2 * margin, height - 2 * margin))
    frame = frame.copy()
    frame[margin : height - margin, margin : width - margin] = np.asarray(content)
    return Image.fromarray(frame)


def same_scene(scene: int, variant: int, longest: int = 640) -> Image.Image:
    """The same composition in the same colours, with every detail drawn anew (a series by one hand)."""
    layout = np.random.default_rng(scene)
    detail = np.random.default_rng(variant)
    width, height = longest, round(longest * 0.75)
    fall = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, 1)
    picture = _mapped(fall, _palette(layout, 3)).astype(np.uint8)
    horizon = layout.uniform(0.5, 0.7) * height
    sun = (int(layout.uniform(0.2, 0.8) * width), int(layout.uniform(0.15, 0.4) * height))
    cv2.circle(picture, sun, int(0.07 * width), _colour(layout), -1, cv2.LINE_AA)
    for layer in range(4):
        colour = _colour(layout)
        line = detail.random(24).astype(np.float32)[None]
        ridge = (
            horizon
            + layer * 0.09 * height
            - 0.16 * height * cv2.resize(line, (width, 1), interpolation=cv2.INTER_CUBIC)[0]
        )
        shape = np.concatenate([np.stack([np.arange(width), ridge], 1), [[width, height], [0, height]]]).astype(
            np.int32
        )
        cv2.fillPoly(picture, [shape], colour, cv2.LINE_AA)
    return Image.fromarray(_finished(picture.astype(np.float64), detail))


def plain(kind: int, longest: int = 640) -> Image.Image:
    """Flat colours, gradients and vignettes: nothing a hash could hold on to."""
    random = np.random.default_rng(kind)
    width, height = longest, round(longest * float(random.choice([1.0, 0.75, 0.66])))
    start, end = _palette(random, 2)
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    style = kind % 4
    if style == 0:
        share = np.zeros_like(across)
    elif style == 1:
        share = across * random.uniform(-1, 1) + down * random.uniform(-1, 1)
    elif style == 2:
        share = np.hypot(across - random.uniform(0.3, 0.7), down - random.uniform(0.3, 0.7))
    else:
        share = down
    share = (share - share.min()) / max(1e-6, float(np.ptp(share)))
    return Image.fromarray((start * (1 - share[..., None]) + end * share[..., None]).astype(np.uint8))


# Edits


def _hue(image: Image.Image) -> Image.Image:
    hsv = np.asarray(image.convert("HSV")).copy()
    hsv[..., 0] = hsv[..., 0] + 64
    return Image.fromarray(hsv, "HSV").convert("RGB")


def _watermark(image: Image.Image) -> Image.Image:
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    font = ImageFont.load_default(max(10, image.size[0] // 9))
    place = (image.size[0] * 0.12, image.size[1] * 0.45)
    draw.text(place, "SAMPLE GALLERY", fill=(255, 255, 255, 150), font=font)
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def _cropped(share: float) -> Callable[[Image.Image], Image.Image]:
    def crop(image: Image.Image) -> Image.Image:
        width, height = image.size
        return image.crop(
            (int(width * share), int(height * share), int(width * (1 - share)), int(height * (1 - share)))
        )

    return crop


def _jpeg(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(encoded(image, quality=quality))).convert("RGB")


EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "jpeg q30": lambda image: _jpeg(image, 30),
    "resize 50 %": lambda image: image.resize((image.size[0] // 2, image.size[1] // 2), Image.Resampling.LANCZOS),
    "blur": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "brightness x1.4": lambda image: ImageEnhance.Brightness(image).enhance(1.4),
    "hue +90": _hue,
    "text watermark": _watermark,
    "border 5 %": lambda image: ImageOps.expand(image, round(0.05 * max(image.size)), "white"),
    "crop 2 %": _cropped(0.02),
    "crop 5 %": _cropped(0.05),
    "crop 10 %": _cropped(0.10),
    "crop 20 %": _cropped(0.20),
    "rotate 1": lambda image: image.rotate(1, Image.Resampling.BICUBIC),
    "rotate 3": lambda image: image.rotate(3, Image.Resampling.BICUBIC),
    "rotate 10": lambda image: image.rotate(10, Image.Resampling.BICUBIC),
    "rotate 90": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "mirror": ImageOps.mirror,
}
"""The edit table: what a copyist does. Every edit is saved as JPEG quality 85 afterwards."""

EXTRA_EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "inverted": ImageOps.invert,
    "crop 15 %": _cropped(0.15),
    "crop left 15 %": lambda image: image.crop((int(image.size[0] * 0.15), 0, *image.size)),
    "crop corner 70 %": lambda image: image.crop((0, 0, int(image.size[0] * 0.7), int(image.size[1] * 0.7))),
    "rotate 6, canvas grown": lambda image: image.rotate(6, Image.Resampling.BICUBIC, expand=True, fillcolor="white"),
    "mirror and crop 10 %": lambda image: ImageOps.mirror(_cropped(0.10)(image)),
    "hue +90 and crop 5 %": lambda image: _hue(_cropped(0.05)(image)),
    "grey and crop 10 %": lambda image: _cropped(0.10)(image.convert("L").convert("RGB")),
    "border 15 % dark": lambda image: ImageOps.expand(image, round(0.15 * max(image.size)), (20, 20, 30)),
}
"""Reported apart: not in the acceptance mean."""


def edited(image: Image.Image) -> Iterator[tuple[str, bytes]]:
    """Yield (edit, JPEG bytes) for every edit of the table, then the extra ones."""
    for name, edit in {**EDITS, **EXTRA_EDITS}.items():
        yield name, encoded(edit(image), quality=85)

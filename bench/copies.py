"""What copyists make of a work, beside plain edits: pages, collages, perspectives, mirrored crops, words."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from bench.pictures import EDITS, Random, words

Edit = Callable[[Image.Image, Image.Image, Random], Image.Image]
"""Of a work, another picture that is none of the stored ones, and a source of chance."""


def _fit(image: Image.Image, width: int, height: int) -> Image.Image:
    scale = min(width / image.width, height / image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)


def _lines(draw: ImageDraw.ImageDraw, random: Random, box: tuple[int, int, int, int], size: int, ink: str) -> None:
    left, top, right, bottom = box
    font = ImageFont.load_default(size)
    for y in range(top, bottom - size, round(size * 1.5)):
        text = words(random, 14)
        while font.getlength(text) > right - left and " " in text:
            text = text.rsplit(" ", 1)[0]
        draw.text((left, y), text, fill=ink, font=font)


def _page(random: Random) -> tuple[Image.Image, ImageDraw.ImageDraw, str]:
    """A site's page, 1280 x 800, with a bar and a line of links."""
    dark = bool(random.integers(0, 2))
    page = Image.new("RGB", (1280, 800), (24, 26, 32) if dark else (250, 250, 250))
    draw, ink = ImageDraw.Draw(page), "white" if dark else "black"
    draw.rectangle((0, 0, 1280, 64), fill=tuple(int(value) for value in random.integers(20, 220, 3)))
    draw.text((24, 16), words(random, 2), fill="white", font=ImageFont.load_default(28))
    _lines(draw, random, (560, 20, 1240, 52), 18, "white")
    return page, draw, ink


def page_large(image: Image.Image, other: Image.Image, random: Random) -> Image.Image:
    page, draw, ink = _page(random)
    shown = _fit(image, 900, 640)
    page.paste(shown, (40, 90))
    _lines(draw, random, (60 + shown.width, 100, 1250, 700), 20, ink)
    _lines(draw, random, (40, 740, 900, 790), 22, ink)
    return page


def page_small(image: Image.Image, other: Image.Image, random: Random) -> Image.Image:
    page, draw, ink = _page(random)
    shown = _fit(image, 540, 480)
    page.paste(shown, (60, 110))
    _lines(draw, random, (640, 110, 1240, 600), 22, ink)
    _lines(draw, random, (60, 620, 1240, 780), 22, ink)
    return page


def side_by_side(image: Image.Image, other: Image.Image, random: Random) -> Image.Image:
    canvas = Image.new("RGB", (1200, 600), "white")
    pair = [ImageOps.fit(other, (596, 600)), _fit(image, 596, 600)]
    for place, one in enumerate(pair if random.integers(0, 2) else pair[::-1]):
        canvas.paste(one, (604 * place + (596 - one.width) // 2, (600 - one.height) // 2))
    return canvas


def grid(image: Image.Image, other: Image.Image, random: Random) -> Image.Image:
    """One of four, squeezed into its square."""
    canvas = Image.new("RGB", (1000, 1000), "white")
    tiles = [image, other, ImageOps.mirror(other), ImageOps.flip(other)]
    for number, tile in enumerate(random.permutation(4)):
        canvas.paste(tiles[int(tile)].resize((496, 496)), (504 * (number % 2), 504 * (number // 2)))
    return canvas


def laid_on(image: Image.Image, other: Image.Image, random: Random) -> Image.Image:
    ground = ImageOps.fit(other, (1200, 900)).convert("RGBA")
    shown = _fit(image, 720, 560).convert("RGBA")
    turned = shown.rotate(float(random.uniform(3, 9)), Image.Resampling.BICUBIC, expand=True)
    ground.alpha_composite(turned, (int(random.uniform(60, 380)), int(random.uniform(40, 200))))
    return ground.convert("RGB")


def _tilted(image: Image.Image, other: Image.Image, random: Random, most: float) -> Image.Image:
    shown = _fit(image, 1000, 1000)
    width, height = shown.size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32)
    moved = corners + inward * random.uniform(0.1 * most, most, (4, 2)).astype(np.float32) * [width, height]
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    ground = np.asarray(ImageOps.fit(other, shown.size).filter(ImageFilter.GaussianBlur(8))).copy()
    cv2.warpPerspective(
        np.asarray(shown), matrix, shown.size, dst=ground, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT
    )
    return Image.fromarray(ground)


def perspective(image: Image.Image, other: Image.Image, random: Random) -> Image.Image:
    return _tilted(image, other, random, 0.08)


def photographed(image: Image.Image, other: Image.Image, random: Random) -> Image.Image:
    taken = np.asarray(_tilted(image, other, random, 0.17).filter(ImageFilter.GaussianBlur(1))).astype(np.float32)
    light = np.linspace(random.uniform(0.55, 0.75), random.uniform(0.8, 0.95), taken.shape[1], dtype=np.float32)
    noise = random.normal(0, 7, taken.shape).astype(np.float32)
    return Image.fromarray(np.clip(taken * light[None, :, None] + noise, 0, 255).astype(np.uint8))


def _middle(image: Image.Image, share: float) -> Image.Image:
    across, down = image.width * (1 - share) / 2, image.height * (1 - share) / 2
    return image.crop((int(across), int(down), int(image.width - across), int(image.height - down)))


def under_words(image: Image.Image, other: Image.Image, random: Random) -> Image.Image:
    covered = image.copy()
    draw = ImageDraw.Draw(covered)
    for line in (0.3, 0.55):
        text = words(random, 2)
        size = min(image.height * 0.2, 90 * image.width * 0.9 / ImageFont.load_default(90).getlength(text))
        draw.text((image.width * 0.05, image.height * line), text, fill="white", font=ImageFont.load_default(size))
    return covered


def between_bands(image: Image.Image, other: Image.Image, random: Random) -> Image.Image:
    band = round(image.height * 0.18)
    canvas = Image.new("RGB", (image.width, image.height + 2 * band), "black")
    canvas.paste(image, (0, band))
    draw = ImageDraw.Draw(canvas)
    for top in (0, image.height + band):
        text, font = words(random, 3), ImageFont.load_default(band * 0.5)
        draw.text((max(4, (image.width - font.getlength(text)) / 2), top + band * 0.2), text, fill="white", font=font)
    return canvas


def _plainly(edit: Callable[[Image.Image], Image.Image]) -> Edit:
    return lambda image, other, random: edit(image)


PAGES = ("page, large", "page, small", "side by side", "one of four", "laid on another")
TILTS = ("perspective", "photographed")
"""Those of which nine in ten photographs are to be found, with PAGES."""
PLAIN = ("darker", "hue", "blurred", "turned 3°", "corner", "JPEG")

COPIES: dict[str, Edit] = {
    "page, large": page_large,
    "page, small": page_small,
    "side by side": side_by_side,
    "one of four": grid,
    "laid on another": laid_on,
    "perspective": perspective,
    "photographed": photographed,
    "mirrored, middle": _plainly(lambda image: ImageOps.mirror(_middle(image, 0.6))),
    "middle": _plainly(lambda image: _middle(image, 0.55)),
    "under words": under_words,
    "between bands": between_bands,
    "darker": _plainly(lambda image: ImageEnhance.Brightness(image).enhance(0.65)),
    "hue": _plainly(EDITS["hue +90"]),
    "blurred": _plainly(EDITS["blur"]),
    "turned 3°": _plainly(EDITS["rotate 3"]),
    "corner": _plainly(
        lambda image: image.crop((0, 0, round(image.width * 0.75), round(image.height * 0.75))),
    ),
    "JPEG": _plainly(EDITS["jpeg q30"]),
}
"""The edits of a work, each saved as a JPEG of quality 85 afterwards."""

"""Honest works that look much alike: text pages, codes, cards, logos, boards, flat art, sunsets, series.

Each seed is a work of its own; the kind follows from it. Within a kind works share what such works share: a font, a
site's address, a template, a board, a layout.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bench.pictures import artwork, plain, quote_card, same_scene, words


def text_page(seed: int) -> Image.Image:
    """Set in one font, in two sizes; the heading is shared by every tenth page."""
    random = np.random.default_rng(seed)
    page = Image.new("RGB", (480, 640), (252, 252, 250))
    draw = ImageDraw.Draw(page)
    heading = words(np.random.default_rng(seed // 10), 3)
    draw.text((40, 30), heading, fill="black", font=ImageFont.load_default(26))
    size = 15 if seed % 16 < 8 else 19
    font = ImageFont.load_default(size)
    for y in range(80, 600, round(size * 1.5)):
        if random.random() > 0.12:
            text = words(random, 16)
            while font.getlength(text) > 400:
                text = text.rsplit(" ", 1)[0]
            draw.text((40, y), text, fill="black", font=font)
    return page


def qr_code(seed: int) -> Image.Image:
    """Addresses of one site, with other ends."""
    random = np.random.default_rng(seed)
    encoder = cv2.QRCodeEncoder.create()
    code = encoder.encode(f"https://example.org/works/{random.integers(10**6, 10**7)}")
    side = int(random.choice([400, 512, 640]))
    return Image.fromarray(cv2.resize(code, (side, side), interpolation=cv2.INTER_NEAREST)).convert("RGB")


def card(seed: int) -> Image.Image:
    return quote_card(seed % 200, seed)


def logo(seed: int) -> Image.Image:
    """A plain mark over a name."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", (500, 500), "white")
    draw = ImageDraw.Draw(image)
    ink = tuple(int(value) for value in random.integers(0, 200, 3))
    size = int(random.integers(80, 130))
    box = (250 - size, 190 - size, 250 + size, 190 + size)
    shape = int(random.integers(0, 5))
    if shape == 0:
        draw.ellipse(box, fill=ink)
    elif shape == 1:
        draw.rounded_rectangle(box, 30, fill=ink)
    else:
        draw.regular_polygon((250, 190, size), shape + 1 if shape > 2 else 6, int(random.integers(0, 4)) * 15, fill=ink)
    if random.random() < 0.6:
        inner = size // 2
        draw.ellipse((250 - inner, 190 - inner, 250 + inner, 190 + inner), fill="white")
    name, font = words(random, 4).replace(" ", "")[:9], ImageFont.load_default(64)
    draw.text((250 - font.getlength(name) / 2, 370), name, fill=ink, font=font)
    return image


def board(seed: int) -> Image.Image:
    """A position on one of three boards, the pieces as discs with letters."""
    random = np.random.default_rng(seed)
    light, dark = [("#f0d9b5", "#b58863"), ("#eeeed2", "#769656"), ("#dee3e6", "#8ca2ad")][seed // 8 % 3]
    image = Image.new("RGB", (512, 512), light)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(34)
    for row in range(8):
        for column in range(8):
            x, y = 64 * column, 64 * row
            if (row + column) % 2:
                draw.rectangle((x, y, x + 63, y + 63), fill=dark)
            if random.random() < 0.34:
                white = bool(random.integers(0, 2))
                draw.ellipse((x + 8, y + 8, x + 56, y + 56), fill="white" if white else "black")
                draw.text(
                    (x + 20, y + 10),
                    str(random.choice(list("KQRBNPPPP"))),
                    fill="black" if white else "white",
                    font=font,
                )
    return image


def flat_art(seed: int) -> Image.Image:
    """Two to four plain areas, or a gradient."""
    if seed % 16 >= 8:
        return plain(seed)
    random = np.random.default_rng(seed)
    width, height = 500, int(random.choice([350, 500, 700]))
    colours = [tuple(int(value) for value in random.integers(0, 256, 3)) for _ in range(4)]
    image = Image.new("RGB", (width, height), colours[0])
    draw = ImageDraw.Draw(image)
    horizon = height * random.uniform(0.45, 0.75)
    draw.rectangle((0, horizon, width, height), fill=colours[1])
    for colour in colours[2 : 2 + int(random.integers(0, 3))]:
        x, y, size = random.uniform(0.2, 0.8) * width, random.uniform(0.2, 0.6) * height, random.uniform(40, 120)
        draw.ellipse((x - size, y - size, x + size, y + size), fill=colour)
    return image


def sunset(seed: int) -> Image.Image:
    return artwork(7 + 10 * seed)


def series(seed: int) -> Image.Image:
    return same_scene(seed // 8 % 100, seed)


KINDS: dict[str, Callable[[int], Image.Image]] = {
    "text pages": text_page,
    "QR codes": qr_code,
    "quote cards": card,
    "logos": logo,
    "chess boards": board,
    "flat art": flat_art,
    "sunsets": sunset,
    "series": series,
}


def honest(seed: int) -> tuple[str, Image.Image]:
    """The kind and the picture of a seed."""
    name = list(KINDS)[seed % len(KINDS)]
    return name, KINDS[name](seed)

"""Pictures for the sample data, drawn by formula: the same ones on every machine, and nobody's but ours."""

import io
import math
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1200, 900
Colour = tuple[int, int, int]


def picture(style: str, seed: int) -> bytes:
    """A JPEG of WIDTH by HEIGHT pixels. `style` is a key of STYLES."""
    drawn = STYLES[style](random.Random(seed))  # noqa: S311 (art, not secrets)
    file = io.BytesIO()
    drawn.convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()


def blend(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def sky(top: Colour, bottom: Colour) -> Image.Image:
    strip = Image.new("RGB", (1, HEIGHT))
    strip.putdata([blend(top, bottom, row / HEIGHT) for row in range(HEIGHT)])
    return strip.resize((WIDTH, HEIGHT))


def dunes(chance: random.Random) -> Image.Image:
    """Ridges behind ridges under a low sun."""
    image = sky((250, 214, 165), (214, 93, 72))
    draw = ImageDraw.Draw(image)
    x, y, radius = chance.randint(250, 950), chance.randint(220, 380), chance.randint(70, 120)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 240, 200))
    for layer in range(7):
        base, height = 380 + layer * 80, 70 - layer * 5
        waves = [(chance.uniform(0.002, 0.008), chance.uniform(0, math.tau)) for _ in range(3)]
        ridge = [
            (column, base + height * sum(math.sin(column * speed + shift) for speed, shift in waves) / 2)
            for column in range(0, WIDTH + 8, 8)
        ]
        draw.polygon([*ridge, (WIDTH, HEIGHT), (0, HEIGHT)], fill=blend((190, 90, 80), (45, 25, 60), layer / 6))
    return image


def streamlines(chance: random.Random) -> Image.Image:
    """Lines that follow a field of turning directions."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (18, 24, 38))
    draw = ImageDraw.Draw(image)
    palette = [(242, 177, 52), (237, 85, 59), (32, 99, 155), (60, 174, 163), (246, 246, 240)]
    swirl = [(chance.uniform(0.002, 0.006), chance.uniform(0.002, 0.006), chance.uniform(0, 6)) for _ in range(3)]
    for _ in range(900):
        x, y = chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT)
        line = [(x, y)]
        for _step in range(60):
            angle = sum(math.sin(x * a + shift) + math.cos(y * b - shift) for a, b, shift in swirl)
            x, y = x + 6 * math.cos(angle), y + 6 * math.sin(angle)
            line.append((x, y))
        draw.line(line, fill=chance.choice(palette), width=chance.choice((2, 2, 3, 5)))
    return image


def mosaic(chance: random.Random) -> Image.Image:
    """Panes of coloured glass around scattered points."""
    small = (WIDTH // 6, HEIGHT // 6)
    palette = [(20, 54, 66), (15, 139, 141), (236, 154, 41), (168, 32, 26), (218, 210, 216), (84, 60, 120)]
    seeds = [(chance.uniform(0, small[0]), chance.uniform(0, small[1]), chance.choice(palette)) for _ in range(70)]
    x, y = (np.array([point[axis] for point in seeds])[:, None, None] for axis in (0, 1))
    rows, columns = np.indices(small[::-1])
    distances = np.hypot(x - columns, y - rows)
    nearest, second = np.partition(distances, 1, axis=0)[:2]
    panes = np.array([colour for *_, colour in seeds], np.uint8)[distances.argmin(axis=0)]
    panes[second - nearest < 1.6] = (24, 20, 24)
    image = Image.fromarray(panes)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


def circles(chance: random.Random) -> Image.Image:
    """Discs, rings and bars on paper, after the posters of the twenties."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (240, 230, 210))
    draw = ImageDraw.Draw(image, "RGBA")
    palette = [(200, 40, 40), (30, 60, 140), (240, 180, 30), (25, 25, 25), (60, 130, 110)]
    for _ in range(16):
        x, y, radius = chance.randint(100, 1100), chance.randint(100, 800), chance.randint(40, 210)
        colour = chance.choice(palette)
        box = (x - radius, y - radius, x + radius, y + radius)
        if chance.random() < 0.5:
            draw.ellipse(box, fill=(*colour, 200))
        else:
            draw.ellipse(box, outline=(*colour, 255), width=chance.randint(6, 30))
    for _ in range(5):
        x, y, angle = chance.randint(100, 1100), chance.randint(100, 800), chance.uniform(0, math.pi)
        reach = (500 * math.cos(angle), 500 * math.sin(angle))
        ends = (x - reach[0], y - reach[1], x + reach[0], y + reach[1])
        draw.line(ends, fill=(*chance.choice(palette), 230), width=chance.randint(6, 26))
    return image


def skyline(chance: random.Random) -> Image.Image:
    """A town at night, lit from within."""
    image = sky((12, 14, 40), (90, 60, 120))
    draw = ImageDraw.Draw(image)
    for _ in range(160):
        x, y = chance.randint(0, WIDTH), chance.randint(0, 500)
        draw.ellipse((x, y, x + 2, y + 2), fill=(230, 230, 255))
    for row in range(3):
        x = -20
        while x < WIDTH:
            width, height = chance.randint(60, 130), chance.randint(180, 520) - row * 70
            front = blend((50, 45, 90), (12, 10, 24), row / 2)
            draw.rectangle((x, HEIGHT - height, x + width, HEIGHT), fill=front)
            for window_y in range(HEIGHT - height + 14, HEIGHT - 20, 26):
                for window_x in range(x + 10, x + width - 14, 20):
                    if chance.random() < 0.35:
                        draw.rectangle((window_x, window_y, window_x + 9, window_y + 14), fill=(255, 208, 120))
            x += width + chance.randint(2, 14)
    return image


def harmonograph(chance: random.Random) -> Image.Image:
    """What two pendulums draw while they come to rest."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (250, 248, 240))
    draw = ImageDraw.Draw(image)
    for ink in ((30, 70, 120), (190, 50, 70), (20, 110, 90)):
        a, b = chance.choice((2, 3, 4)), chance.choice((3, 5))
        shift, turn = chance.uniform(0, math.tau), chance.uniform(0.01, 0.03)
        line = []
        for step in range(4000):
            time = step / 40
            fade = math.exp(-0.012 * time)
            line.append(
                (
                    WIDTH / 2 + 500 * fade * math.sin(a * time + shift) * math.cos(turn * time),
                    HEIGHT / 2 + 380 * fade * math.sin((b + turn) * time),
                )
            )
        draw.line(line, fill=ink, width=2)
    return image


def petals(chance: random.Random) -> Image.Image:
    """One large flower."""
    image = sky((34, 60, 52), (16, 30, 30))
    draw = ImageDraw.Draw(image, "RGBA")
    x, y, count = chance.randint(500, 700), chance.randint(380, 520), chance.choice((9, 11, 13))
    for ring in range(4):
        for petal in range(count):
            angle = math.tau * petal / count + ring * 0.3
            reach, width = 360 - ring * 75, 90 - ring * 14
            tip = (x + reach * math.cos(angle), y + reach * math.sin(angle))
            sides = [
                (
                    x + reach * 0.55 * math.cos(angle) + side * width * math.sin(angle),
                    y + reach * 0.55 * math.sin(angle) - side * width * math.cos(angle),
                )
                for side in (1, -1)
            ]
            colour = blend((225, 70, 120), (255, 220, 170), ring / 3)
            draw.polygon([(x, y), sides[0], tip, sides[1]], fill=(*colour, 210))
    draw.ellipse((x - 55, y - 55, x + 55, y + 55), fill=(250, 200, 60))
    return image.filter(ImageFilter.GaussianBlur(1.2))


def weave(chance: random.Random) -> Image.Image:
    """Bands that pass over and under each other."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (36, 30, 42))
    draw = ImageDraw.Draw(image)
    palette = [(214, 162, 126), (122, 62, 72), (72, 96, 110), (222, 212, 190), (150, 120, 60)]
    across = [chance.choice(palette) for _ in range(HEIGHT // 60)]
    down = [chance.choice(palette) for _ in range(WIDTH // 60)]
    for row, across_colour in enumerate(across):
        for column, down_colour in enumerate(down):
            x, y = column * 60, row * 60
            over = (row + column + chance.choice((0, 0, 0, 1))) % 2
            first, second = (down_colour, across_colour) if over else (across_colour, down_colour)
            upright, lying = (x + 8, y, x + 52, y + 60), (x, y + 8, x + 60, y + 52)
            draw.rectangle(lying if over else upright, fill=second)
            draw.rectangle(upright if over else lying, fill=first, outline=(36, 30, 42))
    return image


# ---------------------------------------------------------------- equipment
def _table() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = sky((238, 236, 230), (206, 200, 190))
    return image, ImageDraw.Draw(image)


def frame(_chance: random.Random) -> Image.Image:
    image, draw = _table()
    for inset, colour in ((0, (96, 62, 36)), (26, (140, 96, 58)), (60, (176, 130, 84)), (86, (250, 248, 242))):
        draw.rectangle((250 + inset, 130 + inset, 950 - inset, 770 - inset), fill=colour)
    return image


def brushes(_chance: random.Random) -> Image.Image:
    image, draw = _table()
    for number in range(6):
        x, width = 260 + number * 130, 14 + number * 4
        draw.rectangle((x - width // 2, 420, x + width // 2, 800), fill=blend((70, 40, 30), (190, 60, 50), number / 5))
        draw.rectangle((x - width // 2 - 2, 340, x + width // 2 + 2, 430), fill=(180, 184, 190))
        draw.polygon([(x - width // 2, 340), (x, 180 + number * 10), (x + width // 2, 340)], fill=(54, 44, 40))
    return image


def paints(chance: random.Random) -> Image.Image:
    image, draw = _table()
    for number in range(8):
        x, y = 200 + number % 4 * 215, 160 + number // 4 * 330
        colour = (chance.randint(30, 230), chance.randint(30, 230), chance.randint(30, 230))
        draw.rounded_rectangle((x, y + 60, x + 140, y + 260), 16, fill=(246, 246, 244), outline=(150, 150, 150))
        draw.rectangle((x, y + 120, x + 140, y + 220), fill=colour)
        draw.rectangle((x + 45, y, x + 95, y + 60), fill=(40, 40, 44))
    return image


def canvases(_chance: random.Random) -> Image.Image:
    image, draw = _table()
    for number in range(4):
        x, y = 180 + number * 130, 320 - number * 70
        draw.polygon([(x, y + 60), (x + 330, y), (x + 330, y + 460), (x, y + 520)], fill=(252, 250, 244))
        draw.line(
            [(x, y + 60), (x + 330, y), (x + 330, y + 460), (x, y + 520), (x, y + 60)], fill=(170, 150, 120), width=8
        )
    return image


STYLES: dict[str, Callable[[random.Random], Image.Image]] = {
    style.__name__: style
    for style in (
        *(dunes, streamlines, mosaic, circles, skyline, harmonograph, petals, weave),
        *(frame, brushes, paints, canvases),
    )
}

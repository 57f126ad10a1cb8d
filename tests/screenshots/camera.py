"""A real Chromium that signs in to the admin site and keeps what it shows as small PNG files."""

import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from tests.demo.stage import must, say

WIDTH, HEIGHT = 1440, 900
MOST_BYTES = 300 * 1024
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


class Missing(Exception):
    """Something that has to be installed first; the text says what."""


class Camera:
    """Saves what an open page shows. `page` is Playwright's."""

    def __init__(self, page: Any, url: str, folder: Path) -> None:
        self.page, self.url, self.folder = page, url, folder

    def sign_in(self, name: str, password: str) -> None:
        self.page.goto(f"{self.url}/admin/login/?next=/admin/")
        self.page.fill("input[name=username]", name)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]")
        must(self.page.url.rstrip("/").endswith("/admin"), f"signing in ended at {self.page.url}")

    def take(self, name: str, path: str, *, prepare: Callable[[Any], None] | None = None) -> None:
        """What a page shows, after what `prepare` does there."""
        answer = self.page.goto(self.url + path, wait_until="networkidle")
        must(answer is not None and answer.status == 200, f"{path} answered {answer and answer.status}")
        self.page.evaluate("document.fonts.ready")
        broken = "[...document.images].filter(image => image.complete && !image.naturalWidth).length"
        must(self.page.evaluate(broken) == 0, f"{path} shows pictures that do not load")
        if prepare is not None:
            prepare(self.page)
        file = self.folder / f"{name}.png"
        file.write_bytes(small(self.page.screenshot()))
        say(f"{file.name} shows {path}", f"{file.stat().st_size // 1024} KB")


@contextmanager
def camera(url: str, folder: Path, *, width: int = WIDTH, height: int = HEIGHT) -> Iterator[Camera]:
    """Raises Missing."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise Missing("Playwright is missing: .venv/bin/pip install -r requirements-dev.txt") from None
    program = browser()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme="light")
        yield Camera(page, url, folder)
        chromium.close()


def browser() -> str:
    """The program named by CHROMIUM, or the first of NAMES that is found. Raises Missing."""
    named = os.environ.get("CHROMIUM", "")
    found = [path for name in ([named] if named else NAMES) if (path := shutil.which(name))]
    if not found:
        what = f"CHROMIUM={named} is no program" if named else f"None of {', '.join(NAMES)} is installed"
        raise Missing(
            f"{what}. Debian: apt-get install chromium; macOS: brew install --cask chromium. Or set CHROMIUM."
        )
    return found[0]


def small(png: bytes) -> bytes:
    """The same picture in as many colours as fit MOST_BYTES: all of them, 256, or fewer."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (0, 256, 192, 128, 96, 64):
        file = io.BytesIO()
        kept = (
            image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG)
            if colours
            else image
        )
        kept.save(file, "PNG", optimize=True)
        if file.tell() < MOST_BYTES:
            return file.getvalue()
    return file.getvalue()

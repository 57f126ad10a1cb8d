"""What the screenshots' camera does without a browser: it says what is missing, and keeps its files small."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.screenshots.camera import MOST_BYTES, NAMES, Missing, browser, small


def png_of(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_without_a_browser_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    with pytest.raises(Missing, match="apt-get install chromium"):
        browser()
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(Missing, match="is no program"):
        browser()


def test_it_takes_the_named_browser_before_others(monkeypatch, tmp_path):
    for name in (NAMES[0], "mine"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert browser() == str(tmp_path / NAMES[0])
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "mine"))
    assert browser() == str(tmp_path / "mine")


def test_a_plain_page_keeps_all_its_colours():
    page = Image.new("RGB", (200, 100), (1, 2, 3))
    page.putpixel((5, 5), (250, 1, 7))
    kept = Image.open(io.BytesIO(small(png_of(page)))).convert("RGB")
    assert kept.tobytes() == page.tobytes()


def test_a_rich_page_loses_colours_until_it_is_small():
    slope = np.linspace(0, 255, 1440)[None, :, None] * np.ones((900, 1, 3)) * [1.0, 0.8, 0.6]
    grain = np.random.default_rng(3).normal(0, 3, slope.shape)
    page = png_of(Image.fromarray(np.clip(slope + grain, 0, 255).astype(np.uint8)))
    assert len(page) > MOST_BYTES
    kept = small(page)
    assert len(kept) < len(page)
    assert Image.open(io.BytesIO(kept)).size == (1440, 900)

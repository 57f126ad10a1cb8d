"""The first page of the platform: by day, by night, and in a pocket."""

from typing import Final, Literal

from tests.screenshots.camera import Camera

SHOTS: Final[dict[str, tuple[int, int, Literal["light", "dark"]]]] = {
    "start": (1280, 1100, "light"),
    "start-dark": (1280, 1100, "dark"),
    "start-phone": (390, 844, "light"),
}


def shoot(taken: Camera) -> None:
    for name, (width, height, scheme) in SHOTS.items():
        browser = taken.page.context.browser
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        Camera(page, taken.url, taken.folder).take(name, "/")
        page.close()

"""The pages of the staff's desk: by day, by night, and on a telephone."""

from collections.abc import Callable
from typing import Any, Final, Literal

from tests.demo.stage import must
from tests.screenshots.camera import Camera

# Width, height of a list, of a thing's page, scheme.
LOOKS: Final[dict[str, tuple[int, int, int, Literal["light", "dark"]]]] = {
    "": (1440, 1000, 1400, "light"),
    "-dark": (1440, 1000, 1400, "dark"),
    "-phone": (390, 1200, 1600, "light"),
}
LISTS: Final = {
    "dashboard": "/admin/",
    "moderation-queue": "/admin/community/abusereport/queue/",
    "export": "/admin/commerce/payment/?status__exact=completed",
    "search": "/admin/",
}
"""What has no row of its own; the other pages are of `case`."""
TOO_WIDE: Final = "document.scrollingElement.scrollWidth > innerWidth"


def shoot(taken: Camera, pages: dict[str, str], name: str, password: str) -> None:
    for look, (width, *heights, scheme) in LOOKS.items():
        context = taken.page.context.browser.new_context(color_scheme=scheme)
        camera = Camera(context.new_page(), taken.url, taken.folder)
        camera.sign_in(name, password)
        for page, address in (LISTS | pages).items():
            camera.page.set_viewport_size({"width": width, "height": heights[page in pages]})
            camera.take(f"{page}{look}", address, prepare=PREPARED.get(page))
            must(not camera.page.evaluate(TOO_WIDE), f"{page}{look} is too wide")
        context.close()


def searched(page: Any) -> None:
    page.keyboard.press("Control+k")
    page.locator("#search-input-command:focus").wait_for()
    page.keyboard.type("sarah")
    page.locator("#command-results a").first.wait_for()


PREPARED: Final[dict[str, Callable[[Any], None]]] = {"search": searched}

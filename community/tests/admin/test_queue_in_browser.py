"""The moderators' queue in a real Chromium, against a real server, by keys alone."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from accounts.services.levels import groups_prepare
from accounts.tests.factories import PASSWORD, ModeratorFactory
from marketplace.models import Listing
from marketplace.services.moderation import artwork_approve
from marketplace.tests.factories import ArtworkFactory, Model3DFactory
from tests import browsers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
QUEUE = "/admin/community/abusereport/queue/"
chromium, server = browsers.chromium, browsers.server


@pytest.fixture
def apart() -> Iterator[Callable[..., Any]]:
    """Calls what Django does in a thread of its own: Playwright runs an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda action, *args, **named: pool.submit(action, *args, **named).result(30)
        pool.submit(connections.close_all).result(10)


@pytest.fixture
def works(apart, settings) -> list[Any]:
    """Four that wait, the oldest first."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False

    def make() -> list[Any]:
        groups_prepare()
        ModeratorFactory.create(username="mo")
        waiting = [(ArtworkFactory, "Dunes"), (Model3DFactory, "Bracket"), (ArtworkFactory, "Dawn")]
        waiting.append((ArtworkFactory, "Evening"))
        since = timezone.now() - timedelta(days=9)
        return [
            maker.create(title=title, status="pending", created_at=since + timedelta(days=number))
            for number, (maker, title) in enumerate(waiting)
        ]

    return apart(make)


@pytest.fixture
def page(chromium, server, works) -> Iterator[Any]:
    """Signed in, with the queue open. At the end nothing has gone wrong in it but the one refusal that is meant, and
    nothing came from elsewhere."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    wrong: list[str] = []
    asked: set[str] = set()
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda request: asked.add(request.url))
    opened.goto(f"{server}{QUEUE}")
    opened.fill("input[name=username]", "mo")
    opened.fill("input[name=password]", PASSWORD)
    opened.press("input[name=password]", "Enter")
    opened.wait_for_url(f"**{QUEUE}*")
    yield opened
    context.close()
    assert wrong == []
    assert {url for url in asked if not url.startswith((server, "data:"))} == set()


def at_hand(page: Any, title: str) -> None:
    """Waits until the row has the focus."""
    page.locator("article:focus", has_text=title).wait_for(timeout=10_000)


def told(page: Any, words: str, role: str = "status") -> None:
    page.locator(f'#queue [role="{role}"]', has_text=words).wait_for(timeout=10_000)


def test_three_works_by_keys_alone(page, works, apart):
    press = page.keyboard.press
    at_hand(page, "Dunes")
    press("j")
    at_hand(page, "Bracket")
    press("k")
    at_hand(page, "Dunes")
    outline = page.locator("article:focus").evaluate("row => getComputedStyle(row).outlineStyle")
    assert outline == "solid"
    press("?")
    page.locator("dialog[open]", has_text="take the last decision back").wait_for(timeout=10_000)
    press("Escape")
    at_hand(page, "Dunes")

    press("f")
    told(page, "“Dunes”: featured.")
    press("u")
    told(page, "“Dunes”: featured no longer.")
    press("a")
    told(page, "“Dunes”: approved.")
    at_hand(page, "Bracket")

    press("a")
    told(page, "“Bracket”: approved. Take it back: u.")
    at_hand(page, "Dawn")
    press("u")  # the list is read anew: it waits again
    at_hand(page, "Bracket")
    press("r")
    page.keyboard.type("It is broken: jokraf?")  # letters are letters there
    press("Enter")
    told(page, "“Bracket”: rejected.")
    at_hand(page, "Dawn")

    press("r")
    press("Escape")
    at_hand(page, "Dawn")
    other = apart(ModeratorFactory.create, username="other")
    apart(artwork_approve, actor=other, artwork_id=works[2].pk)
    press("r")
    page.keyboard.type("Blurred")
    press("Enter")
    told(page, "Dawn: Decided meanwhile by other: it is approved.", role="alert")
    at_hand(page, "Evening")
    assert page.locator("[data-count]").inner_text() == "1"
    press("o")
    page.wait_for_url(f"**/admin/marketplace/artwork/{works[3].pk}/change/")

    found = apart(lambda: list(Listing.objects.order_by("created_at").values_list("title", "status", "is_featured")))
    assert found == [
        ("Dunes", "approved", False),
        ("Bracket", "rejected", False),
        ("Dawn", "approved", False),
        ("Evening", "pending", False),
    ]

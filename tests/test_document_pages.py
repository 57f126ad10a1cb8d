"""Swagger UI and ReDoc: the dialect is chosen on the page, and everything comes from here."""

import re
from typing import Any

import pytest
from django.test import Client, override_settings

from tests import browsers

chromium, server = browsers.chromium, browsers.server
PAGES = [f"/{page}/{dialect}" for page in ("swagger", "redoc") for dialect in ("", "cultureup/", "v1/")]


@pytest.mark.parametrize("path", [*PAGES, "/docs", "/api/docs/"])
def test_a_page_loads_from_here_alone_and_runs_no_script_of_its_own(path):
    answer = Client().get(path)
    text = answer.content.decode()
    assert "script-src 'self'; " in answer["Content-Security-Policy"]
    assert re.findall(r'(?:src|href)="(?!/|data:,")', text) == []
    assert re.findall(r"<script(?! src=| id=\"about\" type=\"application/json\")", text) == []
    for dialect in ("cultureup", "nexus", "v1", "printshop"):
        assert f"/api/schema/{dialect}/" in text or f"/redoc/{dialect}/" in text


@pytest.mark.parametrize("path", PAGES)
def test_they_are_found_without_their_last_slash(path):
    assert Client().get(path.rstrip("/"))["Location"] == path


def test_nexus_promises_its_own():
    assert '"chosen": "Nexus Models"' in Client().get("/docs").content.decode()


def test_the_print_shop_alone_has_its_own_alone():
    with override_settings(ROOT_URLCONF="config.urls_printshop"):
        text = Client().get("/swagger/").content.decode()
        assert "/api/schema/printshop/" in text and "nexus" not in text and ">Start<" not in text
        assert Client().get("/api/schema/sockets/").status_code == 200
        assert Client().get("/").headers["Location"] == "/swagger/"


def test_browsers_find_their_icon():
    assert Client().get("/favicon.ico").headers["Content-Type"] in ("image/x-icon", "image/vnd.microsoft.icon")


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(120)
def test_in_a_browser(chromium, server):
    """Nothing goes wrong in it, and it loads nothing from elsewhere."""
    wrong: list[str] = []
    got: set[str] = set()
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page: Any = context.new_page()
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("response", lambda response: got.add(response.url))
    page.goto(f"{server}/swagger/printshop/")
    page.locator(".opblock-tag").first.wait_for(timeout=30_000)
    chooser = page.locator(".topbar select")
    assert chooser.locator("option").all_inner_texts() == ["CultureUp", "Nexus Models", "v1", "Print shop"]
    chooser.select_option(label="v1")
    page.locator(".info a", has_text="/api/schema/v1/").first.wait_for(timeout=30_000)
    page.goto(f"{server}/redoc/printshop/")
    page.locator("#redoc h1").first.wait_for(timeout=30_000)
    page.select_option("#dialect", label="v1")
    page.wait_for_url("**/redoc/v1/")
    page.locator("#redoc h1").first.wait_for(timeout=30_000)
    page.goto(f"{server}/")
    assert page.locator("h1").inner_text() == "Atelier"
    context.close()
    # ReDoc's own sign: there is no switch for it, so the policy keeps it away.
    assert [words for words in wrong if "cdn.redoc.ly/redoc/logo-mini.svg' violates" not in words] == []
    assert {url for url in got if not url.startswith((server, "data:", f"blob:{server}"))} == set()

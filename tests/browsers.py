"""Fixtures of tests in a real Chromium, against a real server in this process. Without a browser on this machine these
are skipped, in words; the gate installs one, and asks for it by BROWSER_TESTS=required."""

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import uvicorn
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.db import connections

from config.asgi import application
from tests.screenshots.camera import ARGUMENTS, Missing, browser


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    running = uvicorn.Server(
        uvicorn.Config(ASGIStaticFilesHandler(application), log_config=None, lifespan="off", ws="websockets-sansio")
    )
    thread = threading.Thread(target=lambda: asyncio.run(running.serve(sockets=[listener])), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    try:
        program = browser()
    except Missing as missing:
        if os.environ.get("BROWSER_TESTS") == "required":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread, in which Django would not let the fixtures use the database.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        running = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def apart() -> Iterator[Callable[..., Any]]:
    """Calls what Django does in a thread of its own: Playwright runs an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda action, *args, **named: pool.submit(action, *args, **named).result(30)
        pool.submit(connections.close_all).result(10)

"""The table of listeners: every name leads somewhere, and is told what it asks for."""

import ast
import inspect

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from config.listeners import LISTENERS


def announced() -> dict[str, list[set[str]]]:
    """The events that our code announces, each with the names of what it tells, from the code itself."""
    found: dict[str, list[set[str]]] = {}
    for path in (path for app in settings.BASE_DIR.glob("*/__init__.py") for path in app.parent.rglob("*.py")):
        text = path.read_text()
        if "announce(" not in text or "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "announce":
                event = node.args[0]
                assert isinstance(event, ast.Constant), f"{path}: an event has a fixed name"
                found.setdefault(str(event.value), []).append({str(named.arg) for named in node.keywords})
    return found


ANNOUNCED = announced()


def test_what_is_announced_is_heard_and_what_is_listened_for_is_announced():
    assert set(ANNOUNCED) == set(LISTENERS)


@pytest.mark.parametrize("event", LISTENERS)
def test_listeners_take_what_they_are_told(event):
    for name in LISTENERS[event]:
        heard = inspect.signature(import_string(name)).parameters
        for told in ANNOUNCED[event]:
            assert told == set(heard), name

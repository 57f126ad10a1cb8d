"""Pytest plugin (loaded by pytest.ini): files marked `waits` are spread over the first part of the run, so that other
tests work while one of them waits. pytest-django would put those that need no database last, all together."""

import pytest

WITHIN = 0.6
"""Of the run: what begins later would be waited for at its end."""


def file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    waiting: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("waits"):
            waiting.setdefault(file_of(item), []).append(item)
    others = [item for item in items if file_of(item) not in waiting]
    # Between two files, as a module's fixtures are made anew after every interruption.
    borders = [
        place for place in range(len(others)) if place == 0 or file_of(others[place - 1]) != file_of(others[place])
    ]
    placed: dict[int, list[pytest.Item]] = {}
    for number, tests in enumerate(waiting.values()):
        border = borders[int(number * len(borders) * WITHIN / len(waiting))] if borders else 0
        placed.setdefault(border, []).extend(tests)
    items[:] = [
        item for place in range(len(others) + 1) for item in (*placed.get(place, ()), *others[place : place + 1])
    ]

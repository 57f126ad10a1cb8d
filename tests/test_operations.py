"""Every operation that a route table promises is performed by a test that says so, and no test speaks of another."""

import re
from pathlib import Path

import pytest

from config.routes.cultureup import ROUTES as CULTUREUP
from config.routes.nexus import ROUTES as NEXUS
from config.routes.printshop import ROUTES as PRINTSHOP
from config.routes.v1 import ROUTES as V1

PROJECT = Path(__file__).resolve().parent.parent
MARK = re.compile(r"mark\.operation\(\s*\"([^\"]+)\"\s*\)")
PROMISED = {
    f"{dialect}.{route.name}"
    for dialect, routes in (("cultureup", CULTUREUP), ("nexus", NEXUS), ("v1", V1), ("printshop", PRINTSHOP))
    for route in routes
} | {"nexus.root", "nexus.api_docs"}  # pages beside the dialects


@pytest.fixture(scope="module")
def performed() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in PROJECT.glob("*/tests/**/test_*.py"):
        for name in MARK.findall(file.read_text()):
            found.setdefault(name, []).append(str(file.relative_to(PROJECT)))
    for file in PROJECT.glob("config/dialects/tests/test_*.py"):
        for name in MARK.findall(file.read_text()):
            found.setdefault(name, []).append(str(file.relative_to(PROJECT)))
    return found


def test_every_operation_has_a_test(performed):
    assert sorted(PROMISED - set(performed)) == []


def test_no_test_names_an_operation_that_is_not_routed(performed):
    assert {name: files for name, files in performed.items() if name not in PROMISED} == {}

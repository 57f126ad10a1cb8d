"""The packages of the TypeScript check: exact versions, from whichever registry a machine uses."""

import json
import re

import pytest

from tests.typescript import packages
from tests.typescript.packages import HERE, Missing


def test_the_versions_are_exact_and_no_registry_is_named():
    wanted = json.loads((HERE / "package.json").read_text())["devDependencies"]
    lock = json.loads((HERE / "package-lock.json").read_text())
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert lock["packages"][""]["devDependencies"] == wanted
    installed = {name: about for name, about in lock["packages"].items() if name}
    assert len(installed) > 100
    for name, about in installed.items():
        assert "resolved" not in about and about["integrity"].startswith("sha512-"), name


def test_what_cannot_be_installed_is_said(monkeypatch, tmp_path):
    """Nothing is left that would be taken for an installation the next time."""

    def fails(arguments, folder):
        (folder / "node_modules").mkdir()
        raise Missing("npm could not install the packages")

    monkeypatch.setattr(packages, "KEPT_IN", tmp_path)
    monkeypatch.setattr(packages, "npm", fails)
    with pytest.raises(Missing, match="npm could not"):
        packages.installed()
    assert list(tmp_path.iterdir()) == []

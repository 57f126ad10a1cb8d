"""The parts of an archive by their names, and which of them is the model."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from config.core.archives import pieces
from marketplace.meshes.formats import BrokenMesh

from .documents import local, parse, parser_of

MAX_UNPACKED = 800 * 1024 * 1024
"""Bytes of all model parts together, as the archive's list of contents declares them."""
MAX_BESIDE = 64 * 1024 * 1024
"""Bytes of any other part that is read."""
_MODEL_TYPE = "/3dmodel"


class Package:
    """Names are compared without case, with slashes of either kind, and never lead out of the archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._entries: dict[str, list[zipfile.ZipInfo]] = {}
        for entry in archive.infolist():
            if not entry.filename.endswith("/"):  # `is_dir` fails for one without a name
                self._entries.setdefault(name_of(entry.filename), []).append(entry)
        unpacked = sum(each.file_size for name, rows in self._entries.items() if _is_model(name) for each in rows)
        if unpacked > MAX_UNPACKED:
            most = MAX_UNPACKED // 2**20
            raise BrokenMesh(
                f"The 3MF file unpacks to more than the {most} MB that can be handled. Simplify the model."
            )

    def names(self) -> list[str]:
        return sorted(self._entries)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Raises BrokenMesh when it is not there, and BrokenArchive."""
        rows = self._entries.get(name, [])
        if not rows:
            raise BrokenMesh(f"The 3MF file refers to {shown(name)}, which is not in it. Export it again.")
        if len(rows) > 1:
            raise BrokenMesh(f"The 3MF file holds {shown(name)} twice. Export it again.")
        return pieces(self._archive, rows[0], most=MAX_UNPACKED if _is_model(name) else MAX_BESIDE)

    @property
    def is_sliced(self) -> bool:
        """Whether it holds instructions for a printer."""
        return any(name.endswith(".gcode") for name in self._entries)

    def model(self) -> str:
        """The part that the archive's relations call the model; without relations, the only one there is."""
        found = self._related() if "_rels/.rels" in self._entries else set()
        if not found:
            usual = "3d/3dmodel.model"
            found = {usual} if usual in self._entries else {name for name in self._entries if _is_model(name)}
        if len(found) > 1:
            raise BrokenMesh("The 3MF file names more than one model as its main one. Export it again.")
        if not found:
            raise BrokenMesh("The 3MF file holds no model. Export it again.")
        return found.pop()

    def _related(self) -> set[str]:
        found = set()

        def start(name: str, attributes: dict[str, str]) -> None:
            if local(name) == "Relationship" and attributes.get("Type", "").lower().endswith(_MODEL_TYPE):
                if attributes.get("TargetMode", "").lower() == "external":
                    raise BrokenMesh("The model of the 3MF file is kept somewhere else. Export it as one file.")
                found.add(name_of(attributes.get("Target", "")))

        parse(parser_of(start), self.pieces("_rels/.rels"))
        return found


def name_of(written: str) -> str:
    """From the archive's root, without a slash before it."""
    steps: list[str] = []
    for step in unquote(written).replace("\\", "/").split("/"):
        if step == "..":
            if not steps:
                raise BrokenMesh("The 3MF file refers to something outside of itself. Export it again.")
            steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps).casefold()


def shown(name: str) -> str:
    return "".join(sign for sign in name if sign.isprintable())[:80] or "a part without a name"


def _is_model(name: str) -> bool:
    return name.endswith(".model")

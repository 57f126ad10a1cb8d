"""One model part: its objects, and what it places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Floats, Ints
from marketplace.meshes.reading.numbers import decimals, whole_numbers
from marketplace.meshes.reading.read import too_many

from . import extensions
from .documents import DAMAGED, local, parse, parser_of
from .package import name_of

MILLIMETRES = {
    "micron": 0.001,
    "millimeter": 1.0,
    "centimeter": 10.0,
    "inch": 25.4,
    "foot": 304.8,
    "meter": 1000.0,
}
_PARENTS = {
    "model": "",
    "resources": "model",
    "build": "model",
    "item": "build",
    "object": "resources",
    "mesh": "object",
    "vertices": "mesh",
    "vertex": "vertices",
    "triangles": "mesh",
    "triangle": "triangles",
    "components": "object",
    "component": "components",
}
"""Where each element counts. What stands anywhere else, or is of another namespace, is none of ours."""
_OURS = {f"{uri} {name}".lstrip(): name for name in _PARENTS for uri in extensions.CORE}
_COLOURS = ("basematerials", "colorgroup", "texture2dgroup", "compositematerials", "multiproperties")
_USUAL = {
    "vertices": re.compile(rb'<vertex\s+x="([-+.\deE]+)"\s+y="([-+.\deE]+)"\s+z="([-+.\deE]+)"\s*/>'),
    "triangles": re.compile(rb'<triangle\s+v1="(\d+)"\s+v2="(\d+)"\s+v3="(\d+)"[^<>]*/>'),
}
_TOGETHER = 60_000
"""Numbers that are kept as text before they are read: text takes more memory."""


@dataclass
class Placing:
    """A component of an object, or an item of what is built. `part` is "" for the part where it stands. `transform`
    (4, 4) is for rows: [x, y, z, 1] @ transform."""

    part: str
    object_id: int
    transform: Floats | None
    is_printable: bool = True


@dataclass
class Thing:
    """An object: a mesh, or components. `settings` are what Cura says of it; `beyond` is the namespace of a shape in
    it that is no mesh; slices may stand beside a mesh, which then may be rough."""

    object_id: int
    kind: str
    is_mesh: bool = False
    vertices: Floats = field(default_factory=lambda: np.empty((0, 3)))
    triangles: Ints = field(default_factory=lambda: np.empty((0, 3), dtype=np.int64))
    components: list[Placing] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    beyond: str = ""
    has_slices: bool = False


@dataclass
class Part:
    unit: str = "millimeter"
    things: dict[int, Thing] = field(default_factory=dict)
    items: list[Placing] = field(default_factory=list)
    has_colours: bool = False
    has_textures: bool = False


def part_read(pieces: Iterable[bytes], room: int) -> Part:
    """`room`: how many triangles may come. Raises BrokenMesh."""
    reading = _Reading(room)
    parse(reading.parser, reading.rest_of(pieces))
    if reading.began:
        return reading.part
    raise BrokenMesh(DAMAGED)


class _Reading:
    """Takes the elements as they come. `path` are the names of those that are open, "?" for what is none of ours.

    Long runs of points and triangles written in the usual way are read at once (`rest_of`), which takes a third of the
    time; the parser sees neither those nor a gap.
    """

    def __init__(self, room: int) -> None:
        self.part = Part()
        self.began = False
        self.path: list[str] = [""]
        self.thing: Thing | None = None
        self._room, self._triangles, self._points = room, 0, 0
        self._words: list[str] = []
        self._blocks: list[NDArray[Any]] = []
        self._namespaces: dict[str, str] = {}
        self._setting: str | None = None
        self._is_usual, self._fed = False, 0
        self.parser = parser_of(self.start, self.end)
        self.parser.StartNamespaceDeclHandler = self._namespace

    def rest_of(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """What the parser has to see. Asked for the next piece, it has seen the one before."""
        rest = b""
        for piece in pieces:
            whole = rest + piece
            cut = whole.rfind(b">") + 1 or len(whole)
            taken = self._take(whole[:cut])
            rest = whole[cut:]
            self._fed += cut - taken
            yield whole[taken:cut]
        yield rest

    def start(self, name: str, attributes: dict[str, str]) -> None:
        known = _OURS.get(name, "?")
        parent = self.path[-1]
        if known != "?" and _PARENTS[known] != parent:
            known = "?"
        self.path.append(known)
        try:
            if known == "triangle":
                self._words += (attributes["v1"], attributes["v2"], attributes["v3"])
            elif known == "vertex":
                self._words += (attributes["x"], attributes["y"], attributes["z"])
            elif known == "?":
                self._beside(name, attributes)
            else:
                self._open(known, attributes)
        except KeyError as error:
            raise BrokenMesh(f"The 3MF file is damaged: a {known} has no {error.args[0]}. Export it again.") from None
        if len(self._words) >= _TOGETHER:
            self._gather(parent)

    def end(self, name: str) -> None:
        known = self.path.pop()
        if known in ("vertices", "triangles"):
            self._gather(known)
            self._keep(known)
        elif known == "object" and self.thing is not None:
            self._check(self.thing)
            self.thing = None
        elif known == "?" and self._setting is not None:
            self._setting = self.parser.CharacterDataHandler = None

    def _take(self, piece: bytes) -> int:
        """Read the rows that `piece` begins with, when it has nothing else up to the end of their block. Returns how
        many bytes they were."""
        known = self.path[-1]
        if known not in _USUAL or not self._is_usual or self.parser.CurrentByteIndex != self._fed:
            return 0  # the last: the parser is within something that it has not seen the end of
        end = piece.find(b"</")
        rows = piece if end < 0 else piece[:end]
        found = _USUAL[known].findall(rows)
        if not found or len(found) != rows.count(b"<"):
            return 0
        self._gather(known)
        self._block(known, b" ".join(map(b" ".join, found)), 3 * len(found))
        return len(rows)

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        if not self.began:
            self._namespaces[prefix or ""] = uri or ""
        elif not prefix:
            self._is_usual = False

    def _open(self, known: str, attributes: dict[str, str]) -> None:
        if known == "model":
            self.began = True
            extensions.required(attributes.get("requiredextensions", ""), self._namespaces)
            self._is_usual = self._namespaces.get("", "") in extensions.CORE
            self.part.unit = attributes.get("unit", "millimeter").strip().lower()
        elif known == "object":
            self.thing = Thing(_number(attributes["id"]), attributes.get("type", "model").strip().lower())
            if self.thing.object_id in self.part.things:
                raise BrokenMesh(f"The 3MF file has two objects numbered {self.thing.object_id}. Export it again.")
            self.part.things[self.thing.object_id] = self.thing
            said = {local(name): value for name, value in attributes.items()}
            if said.get("meshresolution") == "lowres":
                raise BrokenMesh("The 3MF file holds slices and only a rough mesh. Export it as a plain mesh.")
            self.thing.has_slices = "slicestackid" in said
        elif known == "mesh" and self.thing is not None:
            self.thing.is_mesh = True
        elif known == "component" and self.thing is not None:
            self.thing.components.append(_placing(attributes))
        elif known == "item":
            self.part.items.append(_placing(attributes))

    def _beside(self, name: str, attributes: dict[str, str]) -> None:
        """What is not of the core, or says more of an object."""
        uri, _, word = name.rpartition(" ")
        if word in _COLOURS:
            self.part.has_colours = True
        elif word == "texture2d":
            self.part.has_textures = True
        if self.thing is None:
            return
        if self.path[-2] in ("object", "mesh") and extensions.shapes(uri):
            self.thing.beyond = uri
        key = attributes.get("name", "") if word == "metadata" else attributes.get("key", "")
        if word in ("metadata", "setting") and key:
            self._setting = key.rpartition(":")[2]
            self.thing.settings[self._setting] = ""
            self.parser.CharacterDataHandler = self._said

    def _said(self, text: str) -> None:
        if self.thing is not None and self._setting is not None:
            self.thing.settings[self._setting] = (self.thing.settings[self._setting] + text)[:100]

    def _gather(self, known: str) -> None:
        """Turn the words that came into numbers. `known`: "vertices" or "triangles"."""
        count = len(self._words)
        text = " ".join(self._words)
        if text.count(" ") != max(count - 1, 0):  # blanks in or around a number: one too many is not another too few
            text = " ".join(word.strip().replace(" ", "?") or "?" for word in self._words)
        self._words.clear()
        self._block(known, text.encode(errors="replace"), count)

    def _block(self, known: str, text: bytes, count: int) -> None:
        if known == "triangles":
            self._triangles += count // 3
        else:
            self._points += count // 3
        if self._triangles > self._room or self._points > 3 * self._room:
            raise too_many()
        rows = whole_numbers(text, count) if known == "triangles" else decimals(text, count)
        self._blocks.append(rows.reshape(-1, 3))

    def _keep(self, known: str) -> None:
        rows, self._blocks = np.concatenate(self._blocks), []
        if self.thing is not None and known == "vertices":
            self.thing.vertices = rows
        elif self.thing is not None:
            self.thing.triangles = rows

    def _check(self, thing: Thing) -> None:
        outside = np.flatnonzero((thing.triangles >= len(thing.vertices)).any(axis=1))
        if len(outside):
            raise BrokenMesh(
                f"The 3MF file is damaged: triangle {outside[0] + 1} of object {thing.object_id} refers to points that "
                "are not there. Export it again."
            )


def _placing(attributes: dict[str, str]) -> Placing:
    written = attributes.get("transform")
    transform = None
    if written is not None and written.strip():
        if len(written.split()) != 12:
            raise BrokenMesh("The 3MF file is damaged: it places a part by other than twelve numbers. Export it again.")
        twelve = decimals(written.encode(errors="replace"), 12).reshape(4, 3)
        transform = np.column_stack([twelve, [0.0, 0.0, 0.0, 1.0]])
    path = next((value for name, value in attributes.items() if local(name) == "path"), "")
    printable = attributes.get("printable", "1").strip().lower() not in ("0", "false")
    return Placing(name_of(path), _number(attributes["objectid"]), transform, printable)


def _number(text: str) -> int:
    if not (text.strip().isdecimal() and len(text) <= 12):
        raise BrokenMesh(DAMAGED)
    return int(text)

"""The header of a PLY file: which elements follow, and what each row of them holds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from config.core.mesh_texts import PLY_BEGINS
from marketplace.meshes.formats import BrokenMesh

_LARGEST = 8 * 1024 * 1024
_KINDS = {
    name: kind
    for kind, names in {
        "i1": "char int8",
        "u1": "uchar uint8",
        "i2": "short int16",
        "u2": "ushort uint16",
        "i4": "int int32",
        "u4": "uint uint32",
        "i8": "int64",
        "u8": "uint64",
        "f4": "float float32",
        "f8": "double float64",
    }.items()
    for name in names.split()
}
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}


@dataclass(frozen=True, eq=False)  # of two with one name, each is itself
class Property:
    """`kind` is numpy's name of its type, and `counted` that of a list's length, "" for what is no list."""

    name: str
    kind: str
    counted: str = ""


@dataclass
class Element:
    name: str
    count: int
    properties: list[Property] = field(default_factory=list)

    def named(self, *names: str) -> Property | None:
        return next((one for name in names for one in self.properties if one.name == name), None)


@dataclass
class Header:
    """`order` is that of bytes, "" for text. The rows begin at byte `start`, which is line `line` of the file."""

    order: str
    elements: list[Element]
    start: int
    line: int


def header_of(data: bytes) -> Header:
    """Raises BrokenMesh."""
    head = data[:_LARGEST]
    begin = PLY_BEGINS.match(head)
    if begin is None:
        raise BrokenMesh("The PLY file does not begin as one. Export it again.")
    ending = b"\r" if begin[1] == b"\r" else b"\n"
    order: str | None = None
    elements: list[Element] = []
    start, line = begin.end(), len(head[: begin.start(1)].splitlines())
    while (end := head.find(ending, start)) >= 0:
        text = head[start:end].decode("ascii", "replace").strip()
        words = text.split()
        start, line = end + 1, line + 1
        try:
            if words == ["end_header"]:
                if order is None:
                    raise BrokenMesh("The PLY file does not say whether it is text or binary. Export it again.")
                return Header(order, elements, start, line + 1)
            elif not words or words[0] in ("comment", "obj_info"):
                continue
            elif words[0] == "format":
                order = _ORDERS[words[1]]
            elif words[0] == "element":
                elements.append(Element(words[1], _count(words[2])))
            elif words[0] == "property":
                elements[-1].properties.append(_property(words))
            elif elements:  # before the first element nothing is said of rows; Blender 2.4 names itself there
                raise ValueError
        except (LookupError, ValueError) as error:
            if isinstance(error, BrokenMesh):
                raise
            raise BrokenMesh(
                f'Line {line:,} of the PLY file\'s header cannot be understood: "{text[:80]}". Export the model again.'
            ) from None
    raise BrokenMesh("The PLY file is damaged: its header has no end. Export the model again.")


def _count(word: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", word):
        raise ValueError
    return int(word)


def _property(words: list[str]) -> Property:
    if words[1] != "list":
        kind, name = words[1:]
        return Property(name, _KINDS[kind])
    counted, kind, name = words[2:]
    if _KINDS[counted].startswith("f"):
        raise ValueError
    return Property(name, _KINDS[kind], _KINDS[counted])

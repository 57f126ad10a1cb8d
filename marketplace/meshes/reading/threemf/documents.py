"""The XML of an archive's parts, read as a stream: no entity is ever defined, and no other file opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from xml.parsers import expat

from marketplace.meshes.formats import BrokenMesh

DAMAGED = "The 3MF file is damaged and cannot be read. Export it again."
_ENCODINGS = ("utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be")
_BEGINNINGS = b"\xef\xbb\xbf\xff\xfe \t\r\n"


def parser_of(start: Callable[[str, dict[str, str]], None], end: Callable[[str], None] | None = None) -> Any:
    """Names are "namespace name", or the name alone without one."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = _entities
    parser.XmlDeclHandler = _declared
    return parser


def parse(parser: Any, pieces: Iterable[bytes]) -> None:
    """Raises BrokenMesh, and whatever the handlers do."""
    first = True
    try:
        for piece in pieces:
            if first:
                _begins(piece)
                first = False
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, UnicodeError) as error:
        raise BrokenMesh(DAMAGED) from error


def local(name: str) -> str:
    return name.rpartition(" ")[2]


def _begins(piece: bytes) -> None:
    start = piece[:64]
    plain = start.replace(b"\0", b"").lstrip(_BEGINNINGS)
    if b"\0\0" in start or (plain and not plain.startswith(b"<")):
        raise _unreadable()


def _declared(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        raise _unreadable()


def _entities(*_: object) -> None:
    raise BrokenMesh("The 3MF file defines entities, which a model has no use for. Export it again.")


def _unreadable() -> BrokenMesh:
    return BrokenMesh("The 3MF file is not written in UTF-8 or UTF-16, as it must be. Export it again.")

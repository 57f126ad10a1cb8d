"""The rows of a PLY file, element by element."""

from __future__ import annotations

import struct
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Ints

from .numbers import first_that_is_none, numbers_of
from .ply_header import Element, Header, Property

Places = dict[Property, tuple[Ints, Ints]]
"""Where the property, or the first item of its list, stands in each row, and how many items there are."""


class Cells(Protocol):
    """What the rows are made of: bytes, or words."""

    end: int

    def size(self, kind: str) -> int: ...
    def values(self, places: Ints, kind: str) -> NDArray[np.generic]: ...
    def length(self, place: int, kind: str) -> int:
        """Raises IndexError beyond the end, and ValueError for what is no number of items."""

    def ended(self, what: str) -> BrokenMesh: ...


class Bytes:
    def __init__(self, data: bytes, order: str) -> None:
        self._data, self._order, self.end = data, order, len(data)

    def size(self, kind: str) -> int:
        return int(kind[1])

    def values(self, places: Ints, kind: str) -> NDArray[np.generic]:
        size = self.size(kind)
        if not len(places):
            return np.empty(0, dtype=kind)
        # One value for each byte at which one may begin: rows have no length that numpy could step by.
        everywhere = np.ndarray((self.end - size + 1,), dtype=self._order + kind, buffer=self._data, strides=(1,))
        return everywhere[places]

    def length(self, place: int, kind: str) -> int:
        if kind == "u1":
            return self._data[place]
        try:
            (found,) = struct.unpack_from(self._order + _CODES[kind], self._data, place)
        except struct.error:
            raise IndexError from None
        if found < 0:
            raise ValueError
        return int(found)

    def ended(self, what: str) -> BrokenMesh:
        return BrokenMesh(f"The PLY file was cut off: {what}. Export the model again.")


_CODES = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q"}


class Words:
    """Each word is a number, up to the first that is none: what stands behind the last row may be anything."""

    def __init__(self, text: bytes, line: int) -> None:
        numbers, self._wrong = numbers_of(text), ""
        if numbers is None:
            place, what = first_that_is_none(text)
            before = text[:place]
            line += before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
            self._wrong = f"Line {line:,} of the PLY file is damaged: {what}. Export the model again."
            numbers = numbers_of(before)
            if numbers is None:
                raise BrokenMesh(self._wrong)
        self._numbers, self._one_by_one, self.end = numbers, memoryview(numbers), len(numbers)  # type: ignore[arg-type]  # an array is a buffer

    def size(self, kind: str) -> int:
        return 1

    def values(self, places: Ints, kind: str) -> NDArray[np.generic]:
        return self._numbers[places]

    def length(self, place: int, kind: str) -> int:
        found = float(self._one_by_one[place])
        if not (found >= 0 and found.is_integer()):
            raise ValueError
        return int(found)

    def ended(self, what: str) -> BrokenMesh:
        return BrokenMesh(self._wrong or f"The PLY file was cut off: {what}. Export the model again.")


class Rows:
    """`at` is where the next element begins."""

    def __init__(self, header: Header, data: bytes) -> None:
        self.cells: Cells
        self.is_text = not header.order
        if header.order:
            self.cells, self.at = Bytes(data, header.order), header.start
        else:
            self.cells, self.at = Words(data[header.start :], header.line), 0

    def take(self, element: Element, wanted: list[Property]) -> Places:
        """Go past the next element, whose properties are `element.properties`. Raises BrokenMesh."""
        parts = [self.cells.size(one.counted or one.kind) for one in element.properties]
        room = (self.cells.end - self.at) // sum(parts) if parts else element.count
        if element.count > room:
            has = f"it says it has {element.count:,} of {element.name[:40]}, and has room for {room:,}"
            raise self.cells.ended(has)
        if not element.count or not parts:
            none = np.empty(0, dtype=np.int64)
            return dict.fromkeys(wanted, (none, none))
        alike = self._alike(element, wanted)
        return self._walked(element, wanted) if alike is None else alike

    def _alike(self, element: Element, wanted: list[Property]) -> Places | None:
        """Where all rows are as long as the first."""
        sized: list[tuple[Property, int, int]] = []
        offset = 0
        for one in element.properties:
            length = 1
            if one.counted:
                length = self._length(self.at + offset, one, element, 0)
                offset += self.cells.size(one.counted)
            sized.append((one, offset, length))
            offset += length * self.cells.size(one.kind)
        if self.at + element.count * offset > self.cells.end:
            return None
        rows = self.at + offset * np.arange(element.count)
        for one, inside, length in sized:
            if one.counted:
                counts = self.cells.values(rows + (inside - self.cells.size(one.counted)), one.counted)
                if not (counts == length).all():
                    return None
        self.at += element.count * offset
        return {
            one: (rows + inside, np.broadcast_to(np.int64(length), rows.shape))
            for one, inside, length in sized
            if one in wanted
        }

    def _walked(self, element: Element, wanted: list[Property]) -> Places:
        size = self.cells.size
        found: dict[Property, tuple[list[int], list[int]]] = {one: ([], []) for one in wanted}
        steps = [
            (one, size(one.counted) if one.counted else 0, size(one.kind), found.get(one)) for one in element.properties
        ]
        at, end = self.at, self.cells.end
        for row in range(element.count):
            for one, counted, item, taken in steps:
                length = 1
                if counted:
                    length = self._length(at, one, element, row)
                    at += counted
                if taken is not None:
                    taken[0].append(at)
                    taken[1].append(length)
                at += length * item
            if at > end:
                raise self.cells.ended(_within(element, row))
        self.at = at
        return {one: (np.array(places), np.array(lengths)) for one, (places, lengths) in found.items()}

    def _length(self, place: int, one: Property, element: Element, row: int) -> int:
        try:
            return self.cells.length(place, one.counted)
        except IndexError:
            raise self.cells.ended(_within(element, row)) from None
        except ValueError:
            raise BrokenMesh(
                f"The PLY file is damaged: in {element.name[:40]} {row + 1:,}, the number of {one.name[:40]} cannot "
                "be right. Export the model again."
            ) from None


def _within(element: Element, row: int) -> str:
    return f"it ends within {element.name[:40]} {row + 1:,} of {element.count:,}"

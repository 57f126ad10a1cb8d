"""PLY: millimetres, since it carries no unit.

A header names elements and what each row of them holds; the rows follow, as text or as bytes. Elements that are not
known are passed over, and so is what stands behind the last one.
"""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Floats, Ints
from marketplace.meshes.results import Note

from .ply_header import Element, Header, header_of
from .ply_rows import Rows
from .polygons import triangles_of
from .read import MAX_TRIANGLES, Read, point_cloud, too_many, trailing

_CORNERS = ("vertex_indices", "vertex_index")
_SURFACES = ("face", "tristrips")
_SPLATS = ("f_dc_", "packed_")
"""Beginnings of properties that points of Gaussian splatting have."""


def read(file: BinaryIO) -> Read:
    data = file.read()
    header = header_of(data)
    last = _last_wanted(header)
    rows = Rows(header, data)
    vertices: Floats = np.empty((0, 3))
    surfaces: list[tuple[Element, Ints, Ints]] = []
    for element in header.elements[: last + 1]:
        if element.name == "vertex":
            vertices = _vertices(rows, element)
        elif element.name in _SURFACES and element.count:
            surfaces.append((element, *_lists(rows, element)))
        else:
            rows.take(element, [])
    notes = _what_is_left(data, rows) if last + 1 == len(header.elements) else []
    faces = [_faces(element, corners, counts, len(vertices), vertices) for element, corners, counts in surfaces]
    return Read(vertices, np.concatenate(faces), notes=notes)


def _what_is_left(data: bytes, rows: Rows) -> list[Note]:
    if rows.is_text:
        if rows.at < rows.cells.end:
            raise BrokenMesh("The PLY file holds more numbers than its header says. Export the model again.")
    elif data[rows.at :].strip(b"\0 \t\r\n"):
        return trailing(len(data) - rows.at)
    return []


def _last_wanted(header: Header) -> int:
    """The number of the last element to read. Raises BrokenMesh when there is no surface among them."""
    points = [element for element in header.elements if element.name == "vertex"]
    surfaces = [element for element in header.elements if element.name in _SURFACES]
    if len(points) != 1:
        raise BrokenMesh("The PLY file is damaged: it must have one list of points (element vertex). Export it again.")
    if not sum(element.count for element in surfaces):
        if any(one.name.startswith(_SPLATS) for one in points[0].properties):
            raise BrokenMesh("The PLY file holds Gaussian splats, and no triangles. Export the model as a mesh.")
        raise point_cloud("PLY", points[0].count)
    return max(number for number, one in enumerate(header.elements) if one.name in ("vertex", *_SURFACES))


def _vertices(rows: Rows, element: Element) -> Floats:
    axes = [element.named(axis) for axis in "xyz"]
    wanted = [axis for axis in axes if axis is not None and not axis.counted]
    if len(wanted) < 3:
        raise BrokenMesh("The PLY file is damaged: its points have no x, y and z. Export the model again.")
    places = rows.take(element, wanted)
    columns = [rows.cells.values(places[axis][0], axis.kind) for axis in wanted]
    with np.errstate(invalid="ignore"):  # no numbers are refused later
        return np.stack([column.astype(np.float64) for column in columns], axis=1)


def _lists(rows: Rows, element: Element) -> tuple[Ints, Ints]:
    """All corners of an element's rows, one after the other, and how many each row has."""
    wanted = element.named(*_CORNERS)
    if wanted is None or not wanted.counted:
        raise BrokenMesh("The PLY file does not say which points its faces join (vertex_indices). Export it again.")
    starts, counts = rows.take(element, [wanted])[wanted]
    if int(counts.sum()) > 3 * MAX_TRIANGLES + 2 * len(counts):
        raise too_many()
    size = rows.cells.size(wanted.kind)
    before = np.cumsum(counts) - counts
    places = np.repeat(starts - size * before, counts) + size * np.arange(counts.sum())
    return _whole(rows.cells.values(places, wanted.kind)), counts


def _whole(values: NDArray[np.generic]) -> Ints:
    if values.dtype.kind == "f":
        small = np.abs(values) < 2**53  # type: ignore[operator]
        if not (small & (values == np.floor(np.where(small, values, 0)))).all():  # type: ignore[call-overload]
            raise BrokenMesh("The PLY file is damaged: faces name points by what is no whole number. Export it again.")
    return values.astype(np.int64)


def _faces(element: Element, corners: Ints, counts: Ints, points: int, vertices: Floats) -> Ints:
    least = -1 if element.name == "tristrips" else 0
    wrong = (corners < least) | (corners >= points)
    if wrong.any():
        first = int(wrong.argmax())
        row = int(np.searchsorted(np.cumsum(counts), first, side="right")) + 1
        raise BrokenMesh(
            f"The PLY file is damaged: {element.name} {row:,} names point {corners[first]}, which is not there: "
            f"the file has {points:,}, counted from 0. Export the model again."
        )
    return _of_strips(corners, counts) if element.name == "tristrips" else triangles_of(vertices, corners, counts)


def _of_strips(corners: Ints, counts: Ints) -> Ints:
    """Each corner makes a triangle with the two before it, every second one turned round; -1 begins anew. Triangles
    with a corner twice only lead from one place to another."""
    line = np.insert(corners, np.cumsum(counts), -1)
    if len(line) < 3:
        return np.empty((0, 3), dtype=np.int64)
    rows = np.lib.stride_tricks.sliding_window_view(line, 3)
    number = np.arange(len(line))
    odd = (number - np.maximum.accumulate(np.where(line < 0, number + 1, 0)))[:-2] % 2 == 1
    rows = np.where(odd[:, None], rows[:, [1, 0, 2]], rows)
    a, b, c = rows.T
    found = rows[(rows >= 0).all(axis=1) & (a != b) & (b != c) & (c != a)]
    if len(found) > MAX_TRIANGLES:
        raise too_many()
    return found

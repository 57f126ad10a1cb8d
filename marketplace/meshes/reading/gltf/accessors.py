"""Arrays of numbers as glTF keeps them: any component type, interleaved, sparse, normalised."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Floats, Ints
from marketplace.meshes.reading.read import MAX_TRIANGLES

from .container import Container
from .fields import Row, at, damaged, row, whole

Raw = NDArray[Any]

_TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_UNSIGNED = (5121, 5123, 5125)
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_MOST_MADE = 9 * MAX_TRIANGLES
"""Numbers in all arrays together that are made here, and not only looked at in the file: a line of the description can
ask for a thousand million zeros."""


class Accessors:
    """`arrays` stand in place of what the file describes."""

    def __init__(self, container: Container, arrays: dict[int, Raw] | None = None) -> None:
        self._container = container
        self._rows = container.rows("accessors")
        self._raw = dict(arrays or {})
        self._made = 0

    def holding(self, arrays: dict[int, Raw]) -> Accessors:
        return Accessors(self._container, arrays)

    def count(self, index: int) -> int:
        return whole(at(self._rows, index, "accessor"), "count")

    def has_data(self, index: int) -> bool:
        """Whether values stand in the file, and not zeros alone."""
        accessor = at(self._rows, index, "accessor")
        return accessor.get("bufferView") is not None or accessor.get("sparse") is not None

    def floats(self, index: int, kind: str, rows: Ints | None = None) -> Floats:
        """(n, width of `kind`), of all rows or of those named; as fractions where the accessor is normalised."""
        accessor = at(self._rows, index, "accessor")
        raw = self._array(index, kind)
        values: Floats = (raw if rows is None else raw[rows]).astype(np.float64)
        if accessor.get("normalized") is True and raw.dtype.kind != "f":
            values = np.maximum(values / np.iinfo(raw.dtype).max, -1.0)
        return values

    def wholes(self, index: int, kind: str, rows: Ints | None = None) -> Ints:
        """(n, width of `kind`): indices, and so of the unsigned types alone."""
        if whole(at(self._rows, index, "accessor"), "componentType") not in _UNSIGNED:
            raise damaged("componentType")
        raw = self._array(index, kind)
        return (raw if rows is None else raw[rows]).astype(np.int64)

    def _array(self, index: int, kind: str) -> Raw:
        """(n, width), as it stands in the file. Without sparse values it is the file's own bytes."""
        accessor = at(self._rows, index, "accessor")
        if accessor.get("type") != kind:
            raise damaged("type")
        if index not in self._raw:
            self._raw[index] = self._decoded(accessor, _WIDTHS[kind])
        if self._raw[index].shape[1] != _WIDTHS[kind]:
            raise damaged("type")
        return self._raw[index]

    def _decoded(self, accessor: Row, width: int) -> Raw:
        count, component = whole(accessor, "count"), whole(accessor, "componentType")
        sparse = row(accessor, "sparse")
        if accessor.get("bufferView") is not None:
            base = self._of_view(accessor, count, component, width)
        else:
            self._allow(count * width)
            base = np.zeros((count, width), _type(component))
        if sparse is None:
            return base
        changed = whole(sparse, "count")
        indices, values = row(sparse, "indices") or {}, row(sparse, "values") or {}
        if whole(indices, "componentType") not in _UNSIGNED or changed > count:
            raise damaged("sparse")
        places = self._of_view(indices, changed, whole(indices, "componentType"), 1)[:, 0]
        if changed and int(places.max()) >= count:
            raise BrokenMesh("The file is damaged: a sparse value stands beyond its array. Export it again.")
        self._allow(count * width)
        base = base.copy()
        base[places] = self._of_view(values, changed, component, width)
        return base

    def _allow(self, numbers: int) -> None:
        self._made += numbers
        if self._made > _MOST_MADE:
            raise BrokenMesh(
                f"The model has more than the {_MOST_MADE // 3:,} points that can be handled. Simplify it."
            )

    def _of_view(self, owner: Row, count: int, component: int, width: int) -> Raw:
        kind = _type(component)
        view, stride = self._container.view(whole(owner, "bufferView"))
        start, size = whole(owner, "byteOffset", 0), kind.itemsize * width
        if stride is None:
            stride = size
        if stride < size:
            raise damaged("byteStride")
        if not count:
            return np.zeros((0, width), kind)
        if start + stride * (count - 1) + size > len(view):
            raise BrokenMesh(
                f"The file is damaged: {count} values do not fit into the {len(view)} bytes for them. Export it again."
            )
        return np.ndarray((count, width), kind, view, start, (stride, kind.itemsize))


def _type(component: int) -> np.dtype[Any]:
    if component not in _TYPES:
        raise damaged("componentType")
    return np.dtype(_TYPES[component])

"""Meshes packed with KHR_draco_mesh_compression: the arrays that the accessors of such a primitive only describe."""

from __future__ import annotations

from typing import Any

import numpy as np

from marketplace.meshes.formats import BrokenMesh

from .accessors import Accessors, Raw
from .container import Container, refuse_packed
from .fields import Row, extension, row, whole

DRACO = "KHR_draco_mesh_compression"
_WANTED = ("POSITION", "JOINTS_0", "WEIGHTS_0", "JOINTS_1", "WEIGHTS_1")
_TRIANGLES = 4


def unpacked(container: Container, accessors: Accessors, primitive: Row) -> Accessors:
    """The accessors, with what the primitive holds packed in its place."""
    attributes, packing = row(primitive, "attributes") or {}, extension(primitive, DRACO)
    if packing is None or accessors.has_data(whole(attributes, "POSITION")):
        return accessors
    if whole(primitive, "mode", _TRIANGLES) != _TRIANGLES or primitive.get("indices") is None:
        refuse_packed(DRACO)
    mesh = _decoded(bytes(container.view(whole(packing, "bufferView"))[0]))
    arrays = {whole(primitive, "indices"): np.asarray(mesh.faces).reshape(-1, 1)}
    numbers = row(packing, "attributes") or {}
    for name in _WANTED:
        if attributes.get(name) is not None and numbers.get(name) is not None:
            arrays[whole(attributes, name)] = _attribute(mesh, whole(numbers, name))
    for index, array in arrays.items():
        if len(array) != accessors.count(index):
            raise BrokenMesh(
                f"The file is damaged: {accessors.count(index)} values are described, and {len(array)} are packed in "
                "it. Export it again."
            )
    return accessors.holding(arrays)


def _decoded(data: bytes) -> Any:
    import DracoPy  # for the few files that need it

    try:
        mesh = DracoPy.decode(data)
    except MemoryError:
        raise
    except Exception as error:  # it has classes of its own, and others
        raise _damaged() from error
    if getattr(mesh, "faces", None) is None:
        raise _damaged()
    return mesh


def _attribute(mesh: Any, number: int) -> Raw:
    found = next((each["data"] for each in mesh.attributes if each["unique_id"] == number), None)
    if not isinstance(found, np.ndarray) or found.ndim != 2:
        raise _damaged()
    return found


def _damaged() -> BrokenMesh:
    return BrokenMesh("The file's packed data is damaged. Export it again, or without compression.")

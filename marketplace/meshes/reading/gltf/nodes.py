"""Which nodes a file shows, and where each stands."""

from __future__ import annotations

import numpy as np

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Floats, Ints

from .accessors import Accessors
from .container import Container
from .fields import Row, at, damaged, extension, numbers, whole, wholes

MAX_NODES = 100_000
_APART = "The file is damaged: its parts do not hang together. Export it again."


class Nodes:
    """`places` (n, 4, 4) of all nodes; `shown` are those of the scene, without the hidden ones, and their numbers."""

    def __init__(self, container: Container) -> None:
        self.rows = container.rows("nodes")
        if len(self.rows) > MAX_NODES:
            raise BrokenMesh(
                f"The file has {len(self.rows)} nodes; at most {MAX_NODES} can be handled. Join its parts."
            )
        children = [wholes(node, "children") for node in self.rows]
        parents = _parents(children)
        self.places = np.empty((len(self.rows), 4, 4))
        waiting = [index for index, parent in enumerate(parents) if parent is None]
        roots = list(waiting)
        reached = 0
        with np.errstate(over="ignore", invalid="ignore"):  # what grows beyond all numbers is refused with the others
            while waiting:
                index = waiting.pop()
                parent, own = parents[index], place_of(self.rows[index])
                self.places[index] = own if parent is None else self.places[parent] @ own
                waiting.extend(children[index])
                reached += 1
        if reached != len(self.rows):  # the others hold one another in a circle
            raise BrokenMesh(_APART)
        self.shown, self.hidden = self._shown(_roots(container, roots, parents), children)

    def _shown(self, roots: list[int], children: list[list[int]]) -> tuple[list[int], bool]:
        shown, hidden, waiting = [], False, roots[::-1]
        while waiting:
            index = waiting.pop()
            visibility = extension(self.rows[index], "KHR_node_visibility")
            if visibility is not None and visibility.get("visible") is False:
                hidden = True
                continue
            shown.append(index)
            waiting.extend(reversed(children[index]))
        return shown, hidden

    def leaves_out(self) -> bool:
        """Whether a mesh stands in none of the shown nodes."""
        shown = set(self.shown)
        return any(node.get("mesh") is not None for index, node in enumerate(self.rows) if index not in shown)


def _parents(children: list[list[int]]) -> list[int | None]:
    parents: list[int | None] = [None] * len(children)
    for index, named in enumerate(children):
        for child in named:
            if child >= len(parents) or parents[child] is not None:
                raise BrokenMesh(_APART)
            parents[child] = index
    return parents


def _roots(container: Container, roots: list[int], parents: list[int | None]) -> list[int]:
    """Those of the default scene, or else of the first. A file without scenes shows everything."""
    scenes = container.rows("scenes")
    if not scenes:
        return roots
    named = wholes(at(scenes, whole(container.description, "scene", 0), "scene"), "nodes")
    if len(set(named)) != len(named) or any(index >= len(parents) or parents[index] is not None for index in named):
        raise BrokenMesh(_APART)
    return named


def place_of(node: Row) -> Floats:
    """(4, 4), for column vectors."""
    matrix = numbers(node, "matrix", 16)
    if matrix is not None:
        return np.array(matrix).reshape(4, 4).T
    place = np.eye(4)
    rotation, scale = numbers(node, "rotation", 4), numbers(node, "scale", 3)
    if rotation is not None:
        place[:3, :3] = turns_of(np.array([rotation]))[0]
    if scale is not None:
        place[:3, :3] *= scale
    place[:3, 3] = numbers(node, "translation", 3) or 0.0
    return place


def turns_of(quaternions: Floats) -> Floats:
    """(n, 3, 3) of (n, 4): x, y, z, w, of any length but none."""
    with np.errstate(all="ignore"):
        x, y, z, w = (quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).T
    if not np.isfinite(w).all():
        raise damaged("rotation")
    return np.stack(
        [
            *(1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
            *(2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
            *(2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)),
        ],
        axis=1,
    ).reshape(-1, 3, 3)


def instances_of(accessors: Accessors, node: Row) -> list[int] | None:
    """The accessors of EXT_mesh_gpu_instancing: translation, rotation, scale, -1 for none."""
    instancing = extension(node, "EXT_mesh_gpu_instancing")
    if instancing is None:
        return None
    attributes = instancing.get("attributes")
    if not isinstance(attributes, dict):
        raise damaged("EXT_mesh_gpu_instancing")
    named = [whole(attributes, name) if attributes.get(name) is not None else -1 for name in _INSTANCED]
    if len({accessors.count(index) for index in named if index >= 0}) != 1:
        raise damaged("EXT_mesh_gpu_instancing")
    return named


_INSTANCED = {"TRANSLATION": "VEC3", "ROTATION": "VEC4", "SCALE": "VEC3"}


def instance_places(accessors: Accessors, named: list[int]) -> Floats:
    """(k, 4, 4): where each instance stands within its node."""
    translation, rotation, scale = (
        accessors.floats(index, kind) if index >= 0 else None
        for index, kind in zip(named, _INSTANCED.values(), strict=True)
    )
    count = max(accessors.count(index) for index in named if index >= 0)
    places = np.tile(np.eye(4), (count, 1, 1))
    if rotation is not None:
        places[:, :3, :3] = turns_of(rotation)
    if scale is not None:
        places[:, :3, :3] *= scale[:, None, :]
    if translation is not None:
        places[:, :3, 3] = translation
    return places


def joints_of(container: Container, accessors: Accessors, nodes: Nodes, index: int) -> Floats:
    """(j, 4, 4): what a skin does to the points of its mesh, as its joints stand in the file."""
    skin = at(container.rows("skins"), index, "skin")
    joints: Ints = np.array(wholes(skin, "joints"), dtype=np.int64)
    if not len(joints) or int(joints.max()) >= len(nodes.rows):
        raise damaged("joints")
    places = nodes.places[joints]
    if skin.get("inverseBindMatrices") is None:
        return places
    bound = whole(skin, "inverseBindMatrices")
    if accessors.count(bound) < len(joints):
        raise damaged("inverseBindMatrices")
    inverse = accessors.floats(bound, "MAT4", np.arange(len(joints))).reshape(-1, 4, 4).transpose(0, 2, 1)
    with np.errstate(over="ignore", invalid="ignore"):
        return places @ inverse

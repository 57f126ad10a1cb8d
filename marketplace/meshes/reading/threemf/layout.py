"""The objects of a 3MF file where its build places them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Floats, Ints
from marketplace.meshes.reading.read import MAX_TRIANGLES, too_many

from . import extensions
from .documents import DAMAGED
from .package import Package
from .parts import Part, Placing, Thing, part_read
from .slicers import MATERIAL, NEGATIVE, Roles, role_in_cura

MAX_PLACED = 20_000
"""How often objects may be placed in all. Each may hold others, which hold others: thirty lines can place one a
thousand million times."""
MAX_DEPTH = 64

Key = tuple[str, int]
"""Model part and number: parts number their objects each for itself."""


class Layout:
    """`left_out` counts what is no material, by why."""

    def __init__(self, package: Package, root: str, roles: Roles) -> None:
        self._package, self._root, self._roles = package, root, roles
        self._costs: dict[Key, tuple[int, int]] = {}
        self._solids: dict[Key, tuple[Floats, Ints]] = {}
        self.parts: dict[str, Part] = {}
        self.left_out: Counter[str] = Counter()

    def placed(self) -> tuple[Floats, Ints]:
        """(n, 3) in the unit of the root part, (m, 3). Raises BrokenMesh, before anything is laid out for what would
        take too much."""
        build = self._part(self._root).items
        items = [item for item in build if item.is_printable] or build
        self.left_out["unprintable"] = len(build) - len(items)
        keys = [self._key(self._root, item) for item in items]
        costs = [self._cost(key, 0) for key in keys]
        self._check(sum(times for times, _ in costs), sum(triangles for _, triangles in costs))
        points: list[Floats] = [np.empty((0, 3))]
        faces: list[Ints] = [np.empty((0, 3), dtype=np.int64)]
        count = 0
        for key, item in zip(keys, items, strict=True):
            for transform, solid in self._leaves(key, _matrix(item)):
                moved, turned = _moved(*solid, transform)
                points.append(moved)
                faces.append(turned + count)
                count += len(moved)
        return np.concatenate(points), np.concatenate(faces)

    def _part(self, name: str) -> Part:
        if name not in self.parts:
            read = sum(len(thing.triangles) for part in self.parts.values() for thing in part.things.values())
            self.parts[name] = part_read(self._package.pieces(name), MAX_TRIANGLES - read)
        return self.parts[name]

    def _key(self, part: str, placing: Placing) -> Key:
        return placing.part or part, placing.object_id

    def _thing(self, key: Key) -> Thing:
        thing = self._part(key[0]).things.get(key[1])
        if thing is None:
            raise BrokenMesh(
                f"The 3MF file is damaged: it places object {key[1]}, which is not there. Export it again."
            )
        return thing

    def _cost(self, key: Key, depth: int) -> tuple[int, int]:
        """How many objects and triangles it places."""
        if key in self._costs:
            times, triangles = self._costs[key]
            if times == 0:
                raise BrokenMesh("The 3MF file is damaged: its parts contain one another in a circle. Export it again.")
            return times, triangles
        if depth > MAX_DEPTH:
            raise BrokenMesh(
                f"The parts of the 3MF file lie more than {MAX_DEPTH} deep in one another. Export it flat."
            )
        self._costs[key] = 0, 0  # being counted
        thing = self._thing(key)
        times, triangles = 1, 0
        if self._is_material(thing):
            triangles = len(self._solid(key, thing)[1])
            for component in self._components(key, thing):
                more = self._cost(self._key(key[0], component), depth + 1)
                times, triangles = times + more[0], triangles + more[1]
                self._check(times, triangles)
        self._costs[key] = times, triangles
        return times, triangles

    def _check(self, times: int, triangles: int) -> None:
        if times > MAX_PLACED:
            raise BrokenMesh(
                f"The 3MF file places its parts more than {MAX_PLACED} times. Export it with fewer copies."
            )
        if triangles > MAX_TRIANGLES:
            raise too_many(triangles)

    def _is_material(self, thing: Thing) -> bool:
        return thing.kind == "model" and role_in_cura(thing.settings) == MATERIAL

    def _components(self, key: Key, thing: Thing) -> list[Placing]:
        """Those that are material. Counts the others, once an object."""
        if key[0] != self._root:
            return thing.components
        return [each for each in thing.components if self._role(thing.object_id, each.object_id) == MATERIAL]

    def _role(self, object_id: int, part: int) -> str:
        return self._roles.parts.get((object_id, part), MATERIAL)

    def _solid(self, key: Key, thing: Thing) -> tuple[Floats, Ints]:
        """The object's own mesh, without what a slicer's volumes take for something else."""
        if key in self._solids:
            return self._solids[key]
        if thing.beyond:
            raise extensions.refused(thing.beyond)
        if not thing.is_mesh and not thing.components:
            raise BrokenMesh(DAMAGED)
        faces = thing.triangles
        if key[0] == self._root:
            if self._role(thing.object_id, thing.object_id) != MATERIAL:
                faces = faces[:0]
            keep = np.ones(len(faces), dtype=bool)
            for (first, last), role in self._roles.ranges.get(thing.object_id, {}).items():
                if role != MATERIAL:
                    keep[first : last + 1] = False
            faces = faces[keep]
        self._solids[key] = thing.vertices, faces
        return self._solids[key]

    def _leaves(self, key: Key, transform: Floats) -> Iterator[tuple[Floats, tuple[Floats, Ints]]]:
        """Each mesh within an object with where it stands. What is placed was counted before."""
        thing = self._thing(key)
        if not self._is_material(thing):
            self.left_out["supports" if thing.kind != "model" else "modifiers"] += 1
            return
        self._count_left_out(key, thing)
        solid = self._solid(key, thing)
        self.left_out["slices"] += thing.has_slices
        if len(solid[1]):
            yield transform, solid
        for component in self._components(key, thing):
            yield from self._leaves(self._key(key[0], component), _matrix(component) @ transform)

    def _count_left_out(self, key: Key, thing: Thing) -> None:
        if key[0] != self._root:
            return
        roles = [self._role(thing.object_id, each.object_id) for each in thing.components]
        roles += self._roles.ranges.get(thing.object_id, {}).values()
        roles.append(self._role(thing.object_id, thing.object_id))
        for role in roles:
            if role != MATERIAL:
                self.left_out["negative parts" if role == NEGATIVE else "modifiers"] += 1


def _matrix(placing: Placing) -> Floats:
    return np.eye(4) if placing.transform is None else placing.transform


def _moved(vertices: Floats, faces: Ints, transform: Floats) -> tuple[Floats, Ints]:
    if np.array_equal(transform, np.eye(4)):
        return vertices, faces
    turned = faces[:, ::-1] if np.linalg.det(transform[:3, :3]) < 0 else faces  # mirrored: the inside would be outside
    return vertices @ transform[:3, :3] + transform[3, :3], turned

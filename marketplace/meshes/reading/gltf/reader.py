"""All triangles that a glTF or GLB file shows. It counts in metres."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Floats, Ints
from marketplace.meshes.reading.read import MAX_TRIANGLES, Read, too_many, trailing
from marketplace.meshes.results import Note

from .accessors import Accessors
from .container import Container, opened
from .fields import Row, at, numbers, rows, whole
from .looks import looks_of
from .nodes import Nodes, instance_places, instances_of, joints_of
from .primitives import Piece, is_skinned, is_surface, piece_of, posed, triangle_count


def read(file: BinaryIO) -> Read:
    container = opened(file)
    scene = _Scene(container)
    vertices, faces = scene.laid_out()
    return Read(vertices, faces, looks=looks_of(container), notes=scene.notes() + trailing(container.beyond))


class _Scene:
    def __init__(self, container: Container) -> None:
        self.container = container
        self.accessors = Accessors(container)
        self.nodes = Nodes(container)
        self.meshes = container.rows("meshes")
        self._pieces: dict[tuple[int, tuple[float, ...]], list[Piece]] = {}
        self._counted: dict[int, int] = {}
        self._is_posed = self._has_lines = False

    def laid_out(self) -> tuple[Floats, Ints]:
        """Every mesh where its nodes show it, in mm, once it is known how many triangles that makes."""
        shown = [node for node in self.nodes.shown if self.nodes.rows[node].get("mesh") is not None]
        total = sum(self._triangles(self.nodes.rows[node]) for node in shown)
        if total > MAX_TRIANGLES:
            raise too_many(total)
        if not total:
            raise self._nothing(bool(shown))
        vertices: list[Floats] = []
        faces: list[Ints] = []
        count = 0
        with np.errstate(over="ignore", invalid="ignore"):  # what is no number is refused with the others
            for node in shown:
                for points, own in self._placed(node):
                    vertices.append(points)
                    faces.append(own + count)
                    count += len(points)
            if not faces:  # strips alone that never leave their line
                raise self._nothing(True)
            together = np.concatenate(vertices)
            together *= 1000.0
        return together, np.concatenate(faces)

    def notes(self) -> list[Note]:
        notes = []
        if self._is_posed:
            notes.append(Note("posed", "info", "Its skeleton is taken in the pose in which the file holds it."))
        if self._has_lines:
            notes.append(Note("lines", "info", "Points and lines in the file are left out: they are no surface."))
        if self.nodes.leaves_out():
            kind = "hidden, or in none" if self.nodes.hidden else "in none"
            notes.append(Note("not_shown", "info", f"Meshes that are {kind} of the shown scene are left out."))
        return notes

    def _triangles(self, node: Row) -> int:
        index = whole(node, "mesh")
        if index not in self._counted:
            primitives = rows(at(self.meshes, index, "mesh"), "primitives")
            self._counted[index] = sum(triangle_count(self.accessors, primitive) for primitive in primitives)
            self._has_lines |= not all(is_surface(primitive) for primitive in primitives)
        instances = instances_of(self.accessors, node)
        times = 1 if instances is None else self.accessors.count(max(instances))
        return self._counted[index] * times

    def _nothing(self, is_shown: bool) -> BrokenMesh:
        if is_shown and self._has_lines:
            return BrokenMesh("The file holds points and lines alone, no triangles. Export the surface as a mesh.")
        if not is_shown and self.meshes:
            return BrokenMesh("The file's scene shows none of its meshes: no triangles. Export what is to be seen.")
        return BrokenMesh("The file holds no triangles. Export the surface as a mesh.")

    def _placed(self, node: int) -> list[tuple[Floats, Ints]]:
        described, place = self.nodes.rows[node], self.nodes.places[node][None]
        pieces = self._pieces_of(described)
        instances = instances_of(self.accessors, described)
        if instances is not None:
            place = place @ instance_places(self.accessors, instances)
        joints = None
        if described.get("skin") is not None and any(is_skinned(piece) for piece in pieces):
            # By the specification the place of the node itself does not matter then.
            joints = joints_of(self.container, self.accessors, self.nodes, whole(described, "skin"))
            self._is_posed = True
        placed = []
        for piece in pieces:
            if joints is not None and is_skinned(piece):
                turned = bool(np.linalg.det(joints[:, :3, :3]).sum() < 0)
                faces = piece.faces[:, ::-1] if turned else piece.faces
                placed.append((posed(piece, joints), faces))
            elif len(piece.faces):
                placed.append(_repeated(piece, place))
        return placed

    def _pieces_of(self, node: Row) -> list[Piece]:
        index = whole(node, "mesh")
        mesh = at(self.meshes, index, "mesh")
        weights = numbers(node, "weights")
        if weights is None:
            weights = numbers(mesh, "weights") or []
        known = (index, tuple(weights))
        if known not in self._pieces:
            self._pieces[known] = [
                piece_of(self.container, self.accessors, primitive, weights)
                for primitive in rows(mesh, "primitives")
                if triangle_count(self.accessors, primitive)
            ]
        return self._pieces[known]


def _repeated(piece: Piece, places: Floats) -> tuple[Floats, Ints]:
    """The piece at each of the places (k, 4, 4); at mirrored ones what was outside would be inside."""
    points = np.einsum("nj,kij->kni", piece.points, places[:, :3, :3]) + places[:, None, :3, 3]
    mirrored = np.linalg.det(places[:, :3, :3]) < 0
    faces = np.where(mirrored[:, None, None], piece.faces[None, :, ::-1], piece.faces[None])
    faces = faces + (np.arange(len(places)) * len(piece.points))[:, None, None]
    return points.reshape(-1, 3), faces.reshape(-1, 3)

"""What the libraries of other programs read: `python judges.py` gets paths as lines, and answers each with its figures.

A process of its own, since assimp ends with a segmentation fault over some files. Nothing of the platform is used here.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

METRES = (".glb", ".gltf")
_MILLIMETRES = {
    "MicroMeter": 0.001,
    "MilliMeter": 1.0,
    "CentiMeter": 10.0,
    "Inch": 25.4,
    "Foot": 304.8,
    "Meter": 1000.0,
}


@dataclass(frozen=True)
class Said:
    """Millimetres. `parts` are pieces that hang together by their edges; `volume` is that of the closed pieces."""

    triangles: int
    low: list[float]
    high: list[float]
    area: float
    volume: float
    parts: int

    def like(self, other: "Said", apart: float) -> bool:
        """Whether all agrees, to that share of the size."""
        size = max(np.subtract(self.high, self.low))
        return (self.triangles, self.parts) == (other.triangles, other.parts) and bool(
            np.allclose(self.low, other.low, rtol=0, atol=apart * size)
            and np.allclose(self.high, other.high, rtol=0, atol=apart * size)
            and np.isclose(self.area, other.area, rtol=apart, atol=0)
            and np.isclose(self.volume, other.volume, rtol=0, atol=apart * size * self.area)
        )


def said_of(corners: np.ndarray) -> Said:
    """The figures of triangles (n, 3, 3), as they stand there."""
    flat = corners.reshape(-1, 3)
    low, high = flat.min(axis=0), flat.max(axis=0)
    a, b, c = (corners[:, corner] - (low + high) / 2 for corner in range(3))
    crosses = np.cross(b - a, c - a)
    return Said(
        len(corners),
        low.tolist(),
        high.tolist(),
        float(np.linalg.norm(crosses, axis=1).sum() / 2),
        float(np.einsum("ij,ij->", a, crosses) / 6),
        _parts(flat, float((high - low).max())),
    )


def _parts(flat: np.ndarray, size: float) -> int:
    """Triangles that share an edge hang together; points within a millionth of the size are one."""
    places = np.unique(np.rint(flat / (size * 1e-6)).astype(np.int64), axis=0, return_inverse=True)[1].reshape(-1, 3)
    flat_ones = (places == np.roll(places, 1, axis=1)).any(axis=1)
    faces = places[~flat_ones]
    edges = np.sort(np.stack([faces, np.roll(faces, 1, axis=1)], axis=-1), axis=-1).reshape(-1, 2)
    number = np.unique(edges, axis=0, return_inverse=True)[1].reshape(-1)
    owner = np.arange(len(faces)).repeat(3)
    links = coo_array((np.ones(len(owner)), (owner, number + len(faces))), [len(faces) + number.max() + 1] * 2)
    return int(connected_components(links, directed=False)[0])


def by_assimp(path: str) -> Said:
    import assimp_py

    flags = assimp_py.Process_Triangulate | assimp_py.Process_PreTransformVertices
    meshes = assimp_py.import_file(path, flags).meshes
    found = [
        np.asarray(mesh.vertices).reshape(-1, 3)[np.asarray(mesh.indices)].reshape(-1, 3, 3)
        for mesh in meshes
        if mesh.num_indices == 3 * mesh.num_faces
    ]
    return said_of(np.concatenate(found).astype(float) * (1000.0 if path.endswith(METRES) else 1.0))


def by_lib3mf(path: str) -> Said:
    import lib3mf

    model = lib3mf.get_wrapper().CreateModel()
    model.QueryReader("3mf").ReadFromFile(path)
    found: list[np.ndarray] = []
    items = model.GetBuildItems()
    while items.MoveNext():
        item = items.GetCurrent()
        _lay_out(item.GetObjectResource(), _matrix(item.GetObjectTransform()), model, found)
    return said_of(np.concatenate(found) * _MILLIMETRES[model.GetUnit().name])


def _lay_out(thing, place: np.ndarray, model, found: list[np.ndarray]) -> None:
    if thing.IsComponentsObject():
        thing = model.GetComponentsObjectByID(thing.GetResourceID())
        for index in range(thing.GetComponentCount()):
            component = thing.GetComponent(index)
            _lay_out(component.GetObjectResource(), _matrix(component.GetTransform()) @ place, model, found)
        return
    mesh = model.GetMeshObjectByID(thing.GetResourceID())
    points = np.array([list(vertex.Coordinates) for vertex in mesh.GetVertices()], dtype=float)
    faces = np.array([list(triangle.Indices) for triangle in mesh.GetTriangleIndices()], dtype=int)
    if np.linalg.det(place[:3, :3]) < 0:
        faces = faces[:, ::-1]
    found.append((np.column_stack([points, np.ones(len(points))]) @ place)[:, :3][faces])


def _matrix(transform) -> np.ndarray:
    place = np.eye(4)
    place[:, :3] = np.array([list(row) for row in transform.Fields])
    return place


def ask(paths: list[Path]) -> dict[Path, Said | str]:
    """Figures, or what the judge complained of. All files in one process."""
    done = subprocess.run(
        [sys.executable, __file__],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    answers = map(json.loads, done.stdout.splitlines())
    return {path: a if isinstance(a, str) else Said(**a) for path, a in zip(paths, answers, strict=True)}


if __name__ == "__main__":
    for line in sys.stdin.read().splitlines():
        answer: dict[str, Any] | str
        try:
            answer = vars((by_lib3mf if line.endswith(".3mf") else by_assimp)(line))
        except Exception as error:  # whatever it is, the test shows it
            answer = f"{type(error).__name__}: {error}"
        print(json.dumps(answer), flush=True)

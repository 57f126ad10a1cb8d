"""A second reader, assimp, of files that are sound: in a process of its own, since there are files that end it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from marketplace.tests.meshes.solids import Solid, solid_of

ROOT = Path(__file__).parents[3]


def judged(paths) -> dict[Path, Solid | str]:
    """What assimp reads of each file, or why it does not. glTF comes in metres, as the file has it."""
    command = [sys.executable, "-m", "marketplace.tests.meshes.judge", *map(str, paths)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120).stdout.decode()
    found: dict[Path, Solid | str] = dict.fromkeys(paths, "it ended assimp")
    for path, line in zip(paths, answer.splitlines(), strict=False):
        row = json.loads(line)
        found[path] = row if isinstance(row, str) else Solid(*row[:3], tuple(row[3]))
    return found


def main(paths) -> None:
    import assimp_py

    for path in paths:
        try:
            scene = assimp_py.import_file(
                path,
                assimp_py.Process_Triangulate | assimp_py.Process_PreTransformVertices | assimp_py.Process_SortByPType,
            )
            points = [np.asarray(mesh.vertices, dtype=float).reshape(-1, 3) for mesh in scene.meshes]
            starts = np.cumsum([0, *map(len, points)])
            faces = [
                np.asarray(mesh.indices).reshape(-1, 3) + start
                for mesh, start in zip(scene.meshes, starts, strict=False)
            ]
            solid = solid_of(np.concatenate(points), np.concatenate(faces))
            print(json.dumps([solid.triangles, solid.volume, solid.area, solid.box]), flush=True)
        except Exception as error:
            print(json.dumps(f"{type(error).__name__}: {error}"), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

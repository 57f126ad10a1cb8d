"""Analyses one file within the limits that `config.core.confined` has set: `main([FILE, FORMAT, FOLDER, MEMORY])`.

Leaves `result.json`, `thumbnail.jpg`, `view-<n>.jpg` and `preview.glb` in the folder, or, for a file that cannot be
analysed, a `result.json` with nothing but why. While it works, `progress` there says how many percent are done.
Anything else that ends it is a fault of ours or of the machine.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from marketplace.meshes.fingerprint import fingerprint_of
from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Mesh
from marketplace.meshes.likeness.describing import describe
from marketplace.meshes.loading import load
from marketplace.meshes.measuring import measure
from marketplace.meshes.reducing import PICTURE_FACES, glb_of, preview_of, reduced
from marketplace.meshes.rendering import SIDES, thumbnail_of
from marketplace.meshes.results import Suggestion
from marketplace.meshes.suggestions import MOST_FACES, suggestions_of


def main(arguments: list[str]) -> None:
    source, mesh_format, folder, memory = arguments
    (Path(folder) / "result.json").write_text(json.dumps(_result(Path(source), mesh_format, Path(folder), int(memory))))


def _result(source: Path, mesh_format: str, folder: Path, memory: int) -> dict[str, Any]:
    def done(percent: int) -> None:
        (folder / "progress").write_text(str(percent))

    try:
        done(5)
        loaded = load(source, mesh_format)
        done(30)
        lighter = reduced(loaded.mesh, PICTURE_FACES)
        done(40)
        figures = measure(loaded.mesh, lighter=lighter, triangles=loaded.triangles, up=loaded.up)
        figures.notes.extend(loaded.notes)
        done(55)
        fingerprint = fingerprint_of(loaded.mesh)
        done(60)
        shape = describe(lighter)
        done(65)
        looked_at = loaded.mesh if len(loaded.mesh.faces) <= MOST_FACES else lighter
        suggestions = _suggestions(looked_at, loaded.up)
        done(75)
        (folder / "thumbnail.jpg").write_bytes(thumbnail_of(lighter, up=loaded.up))
        for number, seen_from in enumerate(SIDES):
            done(80 + 5 * number)
            (folder / f"view-{number}.jpg").write_bytes(thumbnail_of(lighter, up=loaded.up, seen_from=seen_from))
        (folder / "preview.glb").write_bytes(glb_of(preview_of(lighter)))
    except BrokenMesh as broken:
        return {"broken": str(broken)}
    except MemoryError:
        most = f"{memory // 2**20} MB of memory that an analysis may take"
        return {"broken": f"The model needs more than the {most}. Simplify it."}
    return {
        "figures": asdict(figures),
        "looks": asdict(loaded.looks),
        "views": len(SIDES),
        "fingerprint": asdict(fingerprint) | {"data": fingerprint.data.hex()},
        "shape": asdict(shape) | {"data": shape.data.hex(), "codes": shape.codes.hex()},
        "suggestions": [asdict(suggestion) for suggestion in suggestions],
    }


def _suggestions(mesh: Mesh, up: int) -> list[Suggestion]:
    """Labels are an extra: a shape that they stumble over is no worse for sale."""
    try:
        return suggestions_of(mesh, up=up)
    except (ArithmeticError, LookupError, ValueError) as error:
        sys.stderr.write(f"no suggestions: {type(error).__name__}: {error}\n")
        return []

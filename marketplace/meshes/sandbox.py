"""Has a 3-D file analysed in a process with limits (`config.core.sandbox`)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config.core.sandbox import Crashed, Limits, OutOfTime, SandboxFault, run

from .formats import BrokenMesh
from .geometry import Floats
from .results import Analysis, Character, Figures, Fingerprint, Looks, Note, Shape, Suggestion

_MAX_RESULT = 1024 * 1024


def analyse(source: Path, mesh_format: str, limits: Limits, *, tell: Callable[[int], None] | None = None) -> Analysis:
    """Analyse a file of a format that `formats.format_of` gave; `tell` hears how many percent are done.

    Raises BrokenMesh for a file that is damaged or takes more than the limits, and SandboxFault.
    """
    with tempfile.TemporaryDirectory(prefix="atelier-mesh-") as folder:
        arguments = [str(source.resolve()), mesh_format, folder, str(limits.memory)]
        try:
            watch = _telling(Path(folder) / "progress", tell) if tell is not None else None
            run("marketplace.meshes.child", arguments, Path(folder), limits, watch=watch)
        except OutOfTime:
            raise BrokenMesh(
                f"The model takes more than the {limits.seconds} s that an analysis may last. Simplify it."
            ) from None
        except Crashed:
            raise BrokenMesh(
                "The file cannot be analysed: it is damaged or too complex. Simplify the model and export it again."
            ) from None
        return _read(Path(folder))


def draw_marked(
    preview: bytes, mesh_format: str, points: Floats, normals: Floats, agree: NDArray[np.bool_], limits: Limits
) -> bytes:
    """A JPEG of a file's `Analysis.preview` with what `agree` marked: see `marking.picture_of`.

    Raises BrokenMesh where it takes more than the limits, and SandboxFault.
    """
    with tempfile.TemporaryDirectory(prefix="atelier-marked-") as name:
        folder = Path(name)
        (folder / "preview.glb").write_bytes(preview)
        np.savez(folder / "marks.npz", points=points, normals=normals, agree=agree)
        try:
            run("marketplace.meshes.marking", [mesh_format, name], folder, limits)
            return (folder / "picture.jpg").read_bytes()
        except (OutOfTime, Crashed):
            raise BrokenMesh("The model is too complex to be drawn.") from None
        except OSError as error:
            raise SandboxFault("the picture cannot be read") from error


def _telling(file: Path, tell: Callable[[int], None]) -> Callable[[], None]:
    """What looks for the percentage, and tells a new one. The child writes it, so it is not believed."""
    told = 0

    def look() -> None:
        nonlocal told
        try:
            with file.open("rb") as written:
                percent = int(written.read(4))
        except (OSError, ValueError):  # not there yet, or being written
            return
        if told < percent < 100:
            told = percent
            tell(percent)

    return look


def _read(folder: Path) -> Analysis:
    try:
        with (folder / "result.json").open("rb") as file:
            result: dict[str, Any] = json.loads(file.read(_MAX_RESULT))
        if "broken" in result:
            raise BrokenMesh(str(result["broken"]))
        figures = result["figures"]
        notes = [Note(**note) for note in figures.pop("notes")]
        fingerprint = result["fingerprint"]
        shape = result["shape"]
        return Analysis(
            figures=Figures(**figures, notes=notes),
            looks=Looks(**result["looks"]),
            fingerprint=Fingerprint(**fingerprint | {"data": bytes.fromhex(fingerprint["data"])}),
            thumbnail=(folder / "thumbnail.jpg").read_bytes(),
            preview=(folder / "preview.glb").read_bytes(),
            shape=Shape(
                data=bytes.fromhex(shape["data"]), codes=bytes.fromhex(shape["codes"]), own=Character(**shape["own"])
            ),
            suggestions=[Suggestion(**suggestion) for suggestion in result["suggestions"]],
            views=[(folder / f"view-{number}.jpg").read_bytes() for number in range(min(int(result["views"]), 8))],
        )
    except (OSError, KeyError, TypeError) as error:
        raise SandboxFault(f"the result cannot be read: {type(error).__name__}") from error
    except ValueError as error:
        if isinstance(error, BrokenMesh):
            raise
        raise SandboxFault("the result cannot be read") from error

"""Has a 3-D file analysed in a process with limits (`config.core.sandbox`)."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from config.core.sandbox import Crashed, Limits, OutOfTime, SandboxFault, run

from .formats import BrokenMesh
from .results import Analysis, Figures, Fingerprint, Looks, Note, Suggestion

_MAX_RESULT = 1024 * 1024


def analyse(source: Path, mesh_format: str, limits: Limits) -> Analysis:
    """Analyse a file of a format that `formats.format_of` gave.

    Raises BrokenMesh for a file that is damaged or takes more than the limits, and SandboxFault.
    """
    with tempfile.TemporaryDirectory(prefix="atelier-mesh-") as folder:
        arguments = [str(source.resolve()), mesh_format, folder, str(limits.memory)]
        try:
            run("marketplace.meshes.child", arguments, Path(folder), limits)
        except OutOfTime:
            raise BrokenMesh(f"The model takes more than the {limits.seconds} s that an analysis may last.") from None
        except Crashed:
            raise BrokenMesh("The file cannot be analysed: it is damaged or too complex.") from None
        return _read(Path(folder))


def _read(folder: Path) -> Analysis:
    try:
        with (folder / "result.json").open("rb") as file:
            result: dict[str, Any] = json.loads(file.read(_MAX_RESULT))
        if "broken" in result:
            raise BrokenMesh(result["broken"])
        figures = result["figures"]
        notes = [Note(**note) for note in figures.pop("notes")]
        fingerprint = result["fingerprint"]
        return Analysis(
            figures=Figures(**figures, notes=notes),
            looks=Looks(**result["looks"]),
            fingerprint=Fingerprint(**fingerprint | {"data": bytes.fromhex(fingerprint["data"])}),
            thumbnail=(folder / "thumbnail.jpg").read_bytes(),
            preview=(folder / "preview.glb").read_bytes(),
            suggestions=[Suggestion(**suggestion) for suggestion in result["suggestions"]],
        )
    except (OSError, KeyError, TypeError) as error:
        raise SandboxFault(f"the result cannot be read: {type(error).__name__}") from error
    except ValueError as error:
        if isinstance(error, BrokenMesh):
            raise
        raise SandboxFault("the result cannot be read") from error

"""Has a file analysed by a child process, so that a hostile one costs a child and never a worker.

The child limits its own memory (address space) and processor time before it opens the file; here the clock is watched.
It gets neither our environment nor our open files, and only writes into a folder of its own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .formats import BrokenMesh
from .results import Analysis, Figures, Fingerprint, Looks, Note, Suggestion

_ROOT = Path(__file__).resolve().parents[2]
_MAX_RESULT = 1024 * 1024


class AnalysisFault(Exception):
    """The analysis did not end properly, which says nothing about the file: try again later."""


@dataclass(frozen=True)
class Limits:
    """`memory` in bytes of address space; `seconds` of processor time; `wall_seconds` by the clock."""

    memory: int
    seconds: int
    wall_seconds: float


def analyse(source: Path, mesh_format: str, limits: Limits) -> Analysis:
    """Analyse a file of a format that `formats.format_of` gave.

    Raises BrokenMesh for a file that is damaged or takes more than the limits, and AnalysisFault.
    """
    with tempfile.TemporaryDirectory(prefix="atelier-mesh-") as folder:
        _run(source, mesh_format, Path(folder), limits)
        return _read(Path(folder))


def _run(source: Path, mesh_format: str, folder: Path, limits: Limits) -> None:
    command = [sys.executable, "-m", "marketplace.meshes.child"]
    command += [str(source.resolve()), mesh_format, str(folder), str(limits.memory), str(limits.seconds)]
    complaints = folder / "stderr"
    with complaints.open("wb") as stderr:
        child = subprocess.Popen(
            command,
            cwd=_ROOT,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            code = child.wait(limits.wall_seconds)
        except subprocess.TimeoutExpired:
            raise AnalysisFault(f"no result within {limits.wall_seconds:.0f} s") from None
        finally:  # whatever interrupts the waiting, a worker's time limit among it
            if child.poll() is None:
                child.kill()
                child.wait()
    if code == 0:
        return
    if code == -signal.SIGXCPU:
        raise BrokenMesh(f"The model takes more than the {limits.seconds} s that an analysis may last.")
    if code in (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGXFSZ):
        raise BrokenMesh("The file cannot be analysed: it is damaged or too complex.")
    last = complaints.read_bytes()[-2000:].decode(errors="replace").strip().rpartition("\n")[2]
    raise AnalysisFault(f"the child ended with {code}: {last}"[:250])


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_") or name == "PATH"}
    # One thread: each more would take its share of the address space, and a worker has other work beside.
    return kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "HOME": str(folder), "TMPDIR": str(folder)}


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
        raise AnalysisFault(f"the result cannot be read: {type(error).__name__}") from error
    except ValueError as error:
        if isinstance(error, BrokenMesh):
            raise
        raise AnalysisFault("the result cannot be read") from error

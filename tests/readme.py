"""What the documentation tells one to type, as it is written."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from config.launcher.environment import PROJECT_DIR
from tests.demo.stage import must


def block_of(file: Path, language: str, *, after: str = "") -> str:
    """The first block in that language, after a heading."""
    text = file.read_text().partition(f"\n## {after}\n")[2] if after else file.read_text()
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    must(found, f"{file.name} has no block of {language} after {after or 'its beginning'!r}")
    assert found is not None
    return found[1]


def play(site: str, folder: Path) -> str:
    """The first five minutes, on a platform that nobody has used yet. Gives what came back."""
    for program in ("bash", "curl"):
        must(
            shutil.which(program),
            f"{program} is missing, with which the README is tried. On Debian: apt-get install {program}",
        )
    block = block_of(PROJECT_DIR / "README.md", "bash", after="The first five minutes")
    command = ["bash", "-euo", "pipefail", "-c", block]
    environ = os.environ | {"SITE": site, "TMPDIR": str(folder)}
    done = subprocess.run(command, cwd=PROJECT_DIR, env=environ, capture_output=True, text=True, check=False)
    must(
        done.returncode == 0, f"the README's first five minutes end with {done.returncode}:\n{done.stdout}{done.stderr}"
    )
    return done.stdout.strip().splitlines()[-1]

"""What the README tells one to type, run as it is written."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from config.launcher.environment import PROJECT_DIR
from tests.demo.stage import must


def block_after(heading: str) -> str:
    text = (PROJECT_DIR / "README.md").read_text().partition(f"\n## {heading}\n")[2]
    found = re.search(r"```bash\n(.*?)```", text, re.DOTALL)
    must(found, f"the README has no block after {heading!r}")
    assert found is not None
    return found[1]


def play(site: str, folder: Path) -> str:
    """The first five minutes, on a platform that nobody has used yet. Gives what came back."""
    for program in ("bash", "curl"):
        must(
            shutil.which(program),
            f"{program} is missing, with which the README is tried. On Debian: apt-get install {program}",
        )
    command = ["bash", "-euo", "pipefail", "-c", block_after("The first five minutes")]
    environ = os.environ | {"SITE": site, "TMPDIR": str(folder)}
    done = subprocess.run(command, cwd=PROJECT_DIR, env=environ, capture_output=True, text=True, check=False)
    must(
        done.returncode == 0, f"the README's first five minutes end with {done.returncode}:\n{done.stdout}{done.stderr}"
    )
    return done.stdout.strip().splitlines()[-1]

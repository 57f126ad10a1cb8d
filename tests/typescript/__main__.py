"""`python -m tests.typescript`: lints the API documents, makes TypeScript of them, compiles the clients as
strictly as can be, and plays them on a platform that it starts, after what the README says by curl.

It prints a line a step, and ends with status 1 at the first thing that is wrong.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from config.launcher import Platform, StartFailed
from config.launcher.environment import PROJECT_DIR
from tests import readme
from tests.demo.main_job import painting
from tests.demo.printshop import P1S, sliced
from tests.demo.stage import WentWrong, must, say
from tests.demo.store import mesh
from tests.openapi import DIALECTS, FOLDER
from tests.typescript.packages import HERE, Missing, installed, node

BUILT = PROJECT_DIR / "var" / "check" / "typescript"
HOW_TO = PROJECT_DIR / "docs" / "how-to" / "typescript.md"
SOCKETS = FOLDER.parent / "asyncapi.yaml"
# What would let a client say more than the documents do. JSON that is read by hand has no type.
ASSERTED = r"\bas (?:[A-Z{(\[]|unknown|string|number|boolean|object|never|typeof|keyof|readonly)"
LOOSE = re.compile(rf"\bany\b|@ts-|{ASSERTED}|[\w)\]]!(?=[.;,)\[])|JSON\.parse|\.json\(")
ENVIRON = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}


def main() -> int:
    began = time.monotonic()
    platform = Platform(environ=os.environ)
    try:
        modules = installed() / "node_modules"
        with ThreadPoolExecutor(1) as pool:
            starting = pool.submit(platform.start)
            try:
                check(modules)
            finally:
                starting.exception()  # ended, so that it can be stopped
            starting.result()
        say("the platform runs in a fresh folder", f"{time.monotonic() - began:.1f} s after the beginning")
        say("README, the first five minutes", readme.play(platform.base_url, BUILT))
        run("", node(BUILT / "clients" / "main.ts", platform.base_url, BUILT / "files"), shows=True)
    except (Missing, StartFailed, WentWrong) as wrong:
        print(f"NOT AS IT MUST BE: {wrong}", file=sys.stderr)
        return 1
    finally:
        platform.stop()
    say("all as it must be", f"{time.monotonic() - began:.1f} s")
    return 0


def check(modules: Path) -> None:
    """Everything that needs no server."""
    documents = [FOLDER / f"{dialect}.yaml" for dialect in DIALECTS]
    redocly, spectral = modules / "@redocly/cli/bin/cli.js", modules / "@stoplight/spectral-cli/dist/index.js"
    strict()
    lint = ["lint", "--fail-severity=hint", "-r"]
    run("redocly, recommended rules", node(redocly, "lint", "--config", HERE / "redocly.yaml", *DIALECTS))
    run("spectral, OpenAPI", node(spectral, *lint, HERE / "spectral-openapi.yaml", *documents))
    run("spectral, AsyncAPI", node(spectral, *lint, HERE / "spectral-asyncapi.yaml", SOCKETS))
    lay_out(modules, documents)
    run("types of the four documents", node(BUILT / "generate.mjs", BUILT / "types", *documents))
    run("TypeScript, as strict as can be", node(modules / "typescript/bin/tsc", "--project", BUILT))


def lay_out(modules: Path, documents: Sequence[Path]) -> None:
    """The programs beside the types and packages that they import, and what the clients upload."""
    shutil.rmtree(BUILT, ignore_errors=True)
    for name in ("types", "files"):
        (BUILT / name).mkdir(parents=True)
    shutil.copytree(HERE / "clients", BUILT / "clients")
    for name in ("generate.mjs", "tsconfig.json", "package.json"):
        shutil.copy(HERE / name, BUILT)
    (BUILT / "node_modules").symlink_to(modules)
    read = {file.stem: yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in documents}
    servers = {name: document["servers"][0]["url"] for name, document in read.items()}
    (BUILT / "types" / "mounts.ts").write_text(f"export const mounts = {servers} as const;\n")
    (BUILT / "types" / "how_to.ts").write_text(readme.block_of(HOW_TO, "ts"))
    count(list(read.values()))
    for name, content in {
        "painting.jpg": painting(),
        "plate.stl": mesh(),
        "bracket.stl": mesh(),
        "bracket.gcode.3mf": sliced(P1S),
    }.items():
        (BUILT / "files" / name).write_bytes(content)


def count(documents: Sequence[dict[str, Any]]) -> None:
    """What an operation must have to be understood without its code."""
    operations = [one for document in documents for methods in document["paths"].values() for one in methods.values()]
    lacking = {name: sum(not one.get(name) for one in operations) for name in ("summary", "description")}
    lacking["example"] = sum(not has_examples(one) for one in operations)
    words = ", ".join(f"{number} without {name}" for name, number in lacking.items())
    must(not any(lacking.values()), f"of {len(operations)} operations there are {words}")
    say(f"{len(operations)} operations", words)


def has_examples(operation: dict[str, Any]) -> bool:
    """Of its body and of each success, where these are JSON."""
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    shown = [part.get("content", {}) for part in (operation.get("requestBody", {}), *answers)]
    shown = [content["application/json"] for content in shown if "application/json" in content]
    return all("example" in one or "examples" in one for one in shown)


def strict() -> None:
    """The programs say no more of an answer than its document does."""
    files = sorted((HERE / "clients").glob("*.ts"))
    for file in files:
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            found = LOOSE.search(line)
            must(not found, f"{file.name}, line {number}: {found and found[0]!r} makes a client less strict")
    say("no `any`, no assertion, no comment that hides", f"{len(files)} files")


def run(step: str, command: Sequence[str], *, shows: bool = False) -> None:
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=PROJECT_DIR, env=os.environ | ENVIRON, text=True, check=False, capture_output=not shows
    )
    must(done.returncode == 0, step if shows else f"{step}:\n{done.stdout[-20_000:]}{done.stderr[-2000:]}")
    if step:
        say(step, f"{time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    sys.exit(main())

"""What a child process makes of a file, made once: for tests that have the same files read again and again."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any


def remembering(run: Callable[..., None]) -> Callable[..., None]:
    """`config.core.sandbox.run`, but for the same bytes and arguments no second child: what the first one wrote is
    written again. A child that failed is none."""
    written: dict[tuple[str, ...], dict[str, bytes]] = {}

    def run_once(module: str, arguments: list[str], folder: Path, *rest: Any, **options: Any) -> None:
        there = {file.name for file in folder.iterdir()}
        key = module, *(_told(argument, folder) for argument in arguments)
        if key in written:
            for name, content in written[key].items():
                (folder / name).write_bytes(content)
            return
        run(module, arguments, folder, *rest, **options)
        made = [file for file in folder.iterdir() if file.is_file() and file.name not in there]
        written[key] = {file.name: file.read_bytes() for file in made}

    return run_once


def _told(argument: str, folder: Path) -> str:
    if argument == str(folder):
        return ""
    return hashlib.sha256(Path(argument).read_bytes()).hexdigest() if argument.startswith("/") else argument

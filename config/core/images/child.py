"""Reads one picture within the limits that `config.core.confined` has set.

`main([SOURCE, FOLDER, WANTED])`: WANTED is a `Wanted` in JSON. Leaves `result.json` and, for a picture that is taken,
the pixels of its renditions, one after the other, in `pixels`. Anything else that ends it is a fault of ours or of the
machine.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from config.core.images.headers import Refused
from config.core.images.reading import Reading, Wanted, read, readers_load

TOO_MUCH_MEMORY = "The image needs more memory than reading one may take."

readers_load()  # in the process that forks the children


def main(arguments: list[str]) -> None:
    source, folder, wanted = Path(arguments[0]), Path(arguments[1]), Wanted(**json.loads(arguments[2]))
    try:
        result = _described(read(source.read_bytes(), wanted), folder / "pixels")
    except Refused as refused:
        result = {"refused": str(refused)}
    except MemoryError:
        result = {"refused": TOO_MUCH_MEMORY}
    (folder / "result.json").write_text(json.dumps(result))


def _described(reading: Reading, pixels: Path) -> dict[str, Any]:
    renditions = [reading.shown, *reading.moments]
    with pixels.open("wb") as file:
        for image in renditions:
            file.write(image.tobytes())
    return {
        "format": reading.format,
        "width": reading.width,
        "height": reading.height,
        "renditions": [(image.mode, *image.size) for image in renditions],
    }

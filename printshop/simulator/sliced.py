"""What a print takes, out of its file: the simulator needs just the slicer's figures."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

INFO = "Metadata/slice_info.config"
MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Figures:
    """`grams` by filament of the file, counted from 0."""

    seconds: float
    grams: dict[int, float] = field(default_factory=dict)


def figures_of(file: Path, plate: int) -> Figures | None:
    """None for a file that is no sliced 3MF."""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(INFO) as source:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            root = etree.fromstring(source.read(MOST_BYTES), parser)
        for found in root.iter("plate"):
            values = {item.get("key"): item.get("value", "") for item in found.iter("metadata")}
            if values.get("index") == str(plate):
                grams = {
                    int(item.get("id", "0")) - 1: float(item.get("used_g", "0")) for item in found.iter("filament")
                }
                return Figures(float(values.get("prediction", "0")), grams)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, etree.XMLSyntaxError):
        pass
    return None

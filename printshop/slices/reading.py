"""What a slicer wrote into a .gcode.3mf: its plates, with minutes, grams and filaments. Pure: no Django.

Of Metadata/slice_info.config, as Bambu Studio and OrcaSlicer write it: a <plate> with <metadata key value> (index,
printer_model_id, nozzle_diameters, prediction in seconds, weight in grams) and <filament id tray_info_idx type color
used_m used_g>. What is missing there is left out; what is not a number is not known.
"""

import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import IO, Any, Final

from lxml import etree

from config.core.archives import BrokenArchive, entry, opened
from printshop.slices.errors import BrokenSlice

SLICE_INFO: Final = "Metadata/slice_info.config"
MOST_INFO: Final = 2 * 1024 * 1024
GCODE: Final = re.compile(r"Metadata/plate_([1-9][0-9]{0,2})\.gcode")
COLOR: Final = re.compile(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?")
MOST_PLATES, MOST_FILAMENTS, LONGEST = 200, 64, 40
MOST_GRAMS: Final = Decimal(1_000_000)
MOST_SECONDS: Final = Decimal(100_000_000)
MODELS: Final = {
    "BL-P001": "X1C",
    "BL-P002": "X1",
    "C13": "X1E",
    "C11": "P1P",
    "C12": "P1S",
    "N1": "A1 mini",
    "N2S": "A1",
    "N7": "P2S",
    "O1D": "H2D",
    "O1E": "H2D Pro",
    "O1S": "H2S",
    "O1C": "H2C",
}
"""Bambu's ids, which stand in the file, by the names that printers are known by; others stay as they are."""


@dataclass(frozen=True, slots=True)
class Slice:
    """`plates` are JSON: `plate` (its number), `minutes`, `grams`, and `filaments` with `position` (1 is the file's
    first), `material`, `color` (#RRGGBB), `preset`, `grams`. None: the file does not say."""

    printer_model: str = ""
    nozzle_diameter: str = ""
    plates: list[dict[str, Any]] = field(default_factory=list)


def slice_read(file: IO[bytes]) -> Slice:
    """Raises BrokenSlice: no archive, not sliced, hostile."""
    try:
        with opened(file) as archive:
            numbers = sorted({int(found[1]) for name in archive.namelist() if (found := GCODE.fullmatch(name))})
            if not numbers:
                raise BrokenSlice("The file is not sliced: export the plates as .gcode.3mf.")
            if len(numbers) > MOST_PLATES:
                raise BrokenSlice("The file has too many plates.")
            info = entry(archive, SLICE_INFO, most=MOST_INFO)
    except BrokenArchive as error:
        raise BrokenSlice(str(error)) from error
    described = _described(info) if info is not None else []
    by_number = {plate["plate"]: plate for plate in reversed(described)}
    unknown: dict[str, Any] = {"minutes": None, "grams": None, "filaments": []}
    plates = [by_number.get(number, {"plate": number, **unknown}) for number in numbers]
    first = next((by_number[number] for number in numbers if number in by_number), {})
    return Slice(
        printer_model=first.get("model", ""),
        nozzle_diameter=first.get("nozzle", ""),
        plates=[{name: plate[name] for name in ("plate", "minutes", "grams", "filaments")} for plate in plates],
    )


def _described(info: bytes) -> list[dict[str, Any]]:
    return [_plate(plate) for plate in _parsed(info).iter("plate")][:MOST_PLATES]


def _parsed(info: bytes) -> Any:
    """No entity is resolved, nothing is fetched, and a document with declarations of its own is refused."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
    try:
        root = etree.fromstring(info, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BrokenSlice(f"{SLICE_INFO} is broken.") from error
    if root.getroottree().docinfo.doctype:
        raise BrokenSlice(f"{SLICE_INFO} declares entities.")
    return root


def _plate(plate: Any) -> dict[str, Any]:
    said = {str(each.get("key")): str(each.get("value", "")) for each in plate.iterfind("metadata")}
    seconds = _number(said.get("prediction"), MOST_SECONDS)
    grams = _number(said.get("weight"), MOST_GRAMS)
    index = _number(said.get("index"), Decimal(999))
    model = _text(said.get("printer_model_id"))
    filaments: dict[int, dict[str, Any]] = {}
    for found in filter(None, map(_filament, plate.iterfind("filament"))):
        filaments.setdefault(found["position"], found)  # one that is told twice is one
    return {
        "plate": int(index) if index is not None else 1,
        "minutes": max(1, int((seconds / 60).quantize(Decimal(1), ROUND_HALF_UP))) if seconds else None,
        "grams": _grams(grams),
        "filaments": list(filaments.values())[:MOST_FILAMENTS],
        "model": MODELS.get(model, model),
        "nozzle": _text(said.get("nozzle_diameters")).split(",")[0].strip()[:10],
    }


def _filament(each: Any) -> dict[str, Any] | None:
    position = _number(each.get("id"), Decimal(MOST_FILAMENTS))
    if position is None or not 1 <= position == int(position):
        return None
    color = each.get("color") or ""
    return {
        "position": int(position),
        "material": _text(each.get("type")),
        "color": color[:7].upper() if COLOR.fullmatch(color) else "",
        "preset": _text(each.get("tray_info_idx")),
        "grams": _grams(_number(each.get("used_g"), MOST_GRAMS)),
    }


def _number(text: str | None, most: Decimal) -> Decimal | None:
    try:
        number = Decimal((text or "").strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number <= most else None


def _grams(grams: Decimal | None) -> float | None:
    return None if grams is None else float(round(grams, 2))


def _text(text: str | None) -> str:
    return "".join(sign for sign in (text or "").strip() if sign.isprintable())[:LONGEST]

"""Which parts are no material: what slicers write beside the model.

- Bambu Studio, OrcaSlicer: Metadata/model_settings.config, <object id><part id subtype>: the object of the root model
  and the objectid of its component. Only "normal_part" is material: there is no one list of the other words.
- PrusaSlicer, Slic3r and their kin: Metadata/Slic3r_PE_model.config, or with another name before _model,
  <object id><volume firstid lastid>: a range of the object's triangles, with <metadata key="volume_type">; older files
  have key="modifier" value="1".
- Cura: <metadatagroup> of the object in the model itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from marketplace.meshes.formats import BrokenMesh

from .documents import local, parse, parser_of
from .package import Package

MATERIAL, NEGATIVE, MODIFIER = "material", "negative", "modifier"
_BY_PARTS = "metadata/model_settings.config"
_BY_RANGES = re.compile(r"metadata/[^/]+_model\.config")
_WORDS = {"normal_part": MATERIAL, "modelpart": MATERIAL, "negative_part": NEGATIVE, "negativevolume": NEGATIVE}
_OF_CURA = ("infill_mesh", "cutting_mesh", "support_mesh", "anti_overhang_mesh")


@dataclass
class Roles:
    """What is said of the root model's objects. `parts`: by object and component's object. `ranges`: by object, the
    first and last triangle. What is not named is material."""

    parts: dict[tuple[int, int], str] = field(default_factory=dict)
    ranges: dict[int, dict[tuple[int, int], str]] = field(default_factory=dict)


@dataclass
class _Open:
    """The volume or part that is being read."""

    number: int | None
    first: int | None
    last: int | None
    role: str


def roles_of(package: Package) -> Roles:
    """Raises BrokenMesh and BrokenArchive."""
    found = Roles()
    for name in package.names():
        if name == _BY_PARTS or _BY_RANGES.fullmatch(name):
            _read(package, name, found)
    return found


def role_in_cura(settings: Mapping[str, str]) -> str:
    return MODIFIER if any(settings.get(name, "").strip().lower() in ("true", "1") for name in _OF_CURA) else MATERIAL


def _read(package: Package, name: str, found: Roles) -> None:
    held: list[str] = []
    object_id: int | None = None
    volume: _Open | None = None

    def start(written: str, attributes: dict[str, str]) -> None:
        nonlocal object_id, volume
        word = local(written)
        if word == "object" and len(held) == 1:
            object_id = _number(attributes.get("id"))
        elif word in ("part", "volume") and held[-1:] == ["object"]:
            first, last = _number(attributes.get("firstid")), _number(attributes.get("lastid"))
            volume = _Open(_number(attributes.get("id")), first, last, _role(attributes.get("subtype")))
        elif word == "metadata" and volume is not None:
            value = attributes.get("value", "")
            match attributes.get("key"):
                case "volume_type":
                    volume.role = _role(value)
                case "modifier" if value.strip() == "1":
                    volume.role = MODIFIER
        held.append(word)

    def end(_written: str) -> None:
        nonlocal volume
        word = held.pop()
        if word not in ("part", "volume") or held[-1:] != ["object"] or volume is None:
            return
        if object_id is not None and volume.first is not None and volume.last is not None:
            rows = found.ranges.setdefault(object_id, {})
            rows[volume.first, volume.last] = volume.role  # SuperSlicer writes the same in several files
        elif object_id is not None and volume.number is not None:
            found.parts[object_id, volume.number] = volume.role
        volume = None

    try:
        parse(parser_of(start, end), package.pieces(name))
    except BrokenMesh as error:
        raise _damaged() from error


def _role(word: str | None) -> str:
    return MATERIAL if word is None or not word.strip() else _WORDS.get(word.strip().lower(), MODIFIER)


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.strip().isdecimal() and len(text) <= 12):
        raise _damaged()
    return int(text)


def _damaged() -> BrokenMesh:
    """Without it, nobody knows what of the file is material."""
    return BrokenMesh("What the slicer wrote beside the model in the 3MF file is damaged. Export it again, or as STL.")

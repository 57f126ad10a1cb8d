"""Words in the names of models that say what they are made of or for."""

from dataclasses import dataclass, field
from typing import Final

MATERIALS: Final = {
    "petg": "PETG",
    "pla": "PLA",
    "abs": "ABS",
    "asa": "ASA",
    "tpu": "TPU",
    "nylon": "nylon",
    "polycarbonate": "polycarbonate",
    "resin": "resin",
    "carbon": "carbon fibre",
    "wood": "wood",
    "steel": "steel",
    "aluminium": "aluminium",
    "aluminum": "aluminium",
    "brass": "brass",
    "titanium": "titanium",
    "ceramic": "ceramic",
}


@dataclass(frozen=True)
class Purpose:
    """What such a thing does, which findings in the shape agree with it, and its usual material and why."""

    text: str
    kinds: frozenset[str] = field(default_factory=frozenset)
    material: str = ""
    because: str = ""


def _purpose(text: str, *kinds: str, material: str = "", because: str = "") -> Purpose:
    return Purpose(text, frozenset(kinds), material, because)


_WEARS: Final = {"material": "nylon or PETG", "because": "it wears against its counterpart"}
_BEARS: Final = {"material": "PETG or ABS", "because": "it bears a load"}
_SHOWS: Final = {"material": "PLA", "because": "it is looked at more than it is used"}

PURPOSES: Final = {
    "gear": _purpose("Passes on rotation", "gear", **_WEARS),
    "sprocket": _purpose("Drives a chain", "gear", **_WEARS),
    "pulley": _purpose("Guides a belt", "hole", "cylinder", **_WEARS),
    "bearing": _purpose("Lets a shaft turn", "hole", **_WEARS),
    "bushing": _purpose("Guides a shaft", "hole", **_WEARS),
    "shaft": _purpose("Carries turning parts", "cylinder", **_BEARS),
    "wheel": _purpose("Rolls", "hole", "cylinder", **_BEARS),
    "knob": _purpose("Is turned by hand", "blind_hole", "hole"),
    "hinge": _purpose("Lets a part swing", "hole", "part", **_WEARS),
    "bracket": _purpose("Fixes one part to another", "hole", "blind_hole", **_BEARS),
    "mount": _purpose("Holds a device in its place", "hole", "blind_hole", **_BEARS),
    "plate": _purpose("Carries or covers other parts", "hole", "flat_face", **_BEARS),
    "flange": _purpose("Joins pipes or housings", "hole", **_BEARS),
    "clamp": _purpose("Holds parts together", "hole", **_BEARS),
    "clip": _purpose("Snaps on", material="PETG", because="it has to bend without breaking"),
    "spacer": _purpose("Keeps a distance", "hole"),
    "washer": _purpose("Spreads a screw's load", "hole"),
    "adapter": _purpose("Joins parts of different sizes", "hole", "blind_hole"),
    "tube": _purpose("Leads something through", "hole"),
    "pipe": _purpose("Leads something through", "hole"),
    "nozzle": _purpose("Gives a jet its shape", "hole"),
    "hook": _purpose("Hangs something up", **_BEARS),
    "holder": _purpose("Keeps something at hand", "flat_face"),
    "stand": _purpose("Holds something upright", "flat_face"),
    "box": _purpose("Holds and covers things", "flat_face"),
    "case": _purpose("Protects what is in it", "flat_face"),
    "enclosure": _purpose("Protects electronics", "flat_face", material="PETG or ABS", because="it gets warm inside"),
    "lid": _purpose("Closes a container", "flat_face"),
    "cup": _purpose("Holds small things", "blind_hole"),
    "vase": _purpose("Holds flowers", "flat_face", **_SHOWS),
    "planter": _purpose("Holds a plant", "flat_face", material="PETG", because="it stays wet"),
    "ball": _purpose("Rolls or turns in a socket", "ball"),
    "statue": _purpose("Is looked at", **_SHOWS),
    "figurine": _purpose("Is looked at", **_SHOWS),
    "miniature": _purpose("Is played with", material="resin", because="its details are fine"),
}

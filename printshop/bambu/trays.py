"""What lies in a printer's slots, out of reports that say only a part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .values import as_bits, as_list, as_object, as_text, as_whole, is_zero, within

EXTERNAL: Final = (254, 255)
MOST_GRAMS: Final = 100_000
ALL_BITS: Final = 2**32 - 1
"""There are no trays beyond, and what is stored holds no larger numbers."""
VENDOR: Final = "Bambu"
"""Only Bambu's spools have tags that the printers read."""
_LOOKS: Final = ("tray_type", "tray_color", "tray_info_idx")
_TAGS: Final = ("tag_uid", "tray_uuid")
_TEXTS: Final = {
    "tray_type": 40,
    "tray_sub_brands": 60,
    "tray_color": 16,
    "tray_info_idx": 40,
    "tag_uid": 64,
    "tray_uuid": 64,
}
_NUMBERS: Final = ("remain", "tray_weight")


@dataclass(frozen=True, slots=True)
class TrayView:
    """One slot. `number` is the global tray id (0 to 15 AMS, 64 to 67 the built-in unit of an A2L, 128 to 135 AMS HT,
    254 and 255 external); the slot's number in the API is one more. Empty text and None: not known."""

    number: int
    ams_id: int
    tray_id: int
    is_loaded: bool
    material_type: str = ""
    """`PLA`, `PLA-CF` …"""
    preset: str = ""
    """`tray_info_idx`, such as `GFA00`."""
    color: str = ""
    """`#RRGGBB`, upper case."""
    vendor: str = ""
    """`Bambu` when the spool has a tag."""
    tray_uuid: str = ""
    """The spool's own; nothing without RFID."""
    remaining_pct: int | None = None
    weight_grams: int | None = None
    """What is left, of spools with a tag."""

    @property
    def spool(self) -> tuple[str, str, str, str]:
        """What tells one spool from another."""
        return (self.tray_uuid, self.material_type, self.preset, self.color)


def number_of(ams_id: int, tray_id: int) -> int | None:
    """The global tray id: four a unit, the unit's own for an AMS HT. None where there is no such tray."""
    if 128 <= ams_id <= 135:
        return ams_id if tray_id == 0 else None
    return ams_id * 4 + tray_id if (0 <= ams_id <= 3 or ams_id == 16) and 0 <= tray_id <= 3 else None


def place_of(number: int) -> tuple[int, int]:
    """Unit and tray of a global tray id; of an external one itself and 0."""
    return (number, 0) if number >= 128 else (number // 4, number % 4)


def exist_bit(number: int) -> int:
    """Which bit of `tray_exist_bits` tells about the tray."""
    if number >= 128:
        return 16 + number - 128
    return 24 + number - 64 if number >= 64 else number


def names_spool(tray: Mapping[str, Any]) -> bool:
    """Whether what is known of the tray says that a spool is in it."""
    return bool(tray.get("tray_type")) or any(not is_zero(tray.get(tag)) for tag in _TAGS)


def merge_trays(merged: dict[str, Any], report: Mapping[str, Any]) -> None:
    """Takes the trays of a report into the state. They stay as they are where the report says nothing of them."""
    ams = as_object(report.get("ams"))
    trays = dict(as_object(merged.get("trays")))
    reported = _reported(ams.get("ams"))
    if ams:
        merged["ams"] = _merge_ams(as_object(merged.get("ams")), trays, ams, reported)
    told = set(reported)
    for tray in _external(report):
        number = as_whole(tray.get("id"))
        if number in EXTERNAL:
            trays[str(number)] = _merged(as_object(trays.get(str(number))), tray)
            told.add(number)
    if trays or merged.get("trays"):
        merged["trays"] = trays
    if told:
        merged["told"] = sorted(told_trays(merged) | told)


def told_trays(state: Mapping[str, Any]) -> set[int]:
    """Those that were reported since the bridge began."""
    return {number for each in as_list(state.get("told")) if (number := within(each, 0, EXTERNAL[1])) is not None}


def _merge_ams(
    known: Mapping[str, Any],
    trays: dict[str, Any],
    ams: Mapping[str, Any],
    reported: Mapping[int, Mapping[str, Any]],
) -> dict[str, Any]:
    kept = dict(known)
    if (tray_now := within(ams.get("tray_now"), 0, 255)) is not None:
        kept["tray_now"] = tray_now
    if isinstance(ams.get("power_on_flag"), bool):
        kept["power_on_flag"] = ams["power_on_flag"]
    bits = as_bits(ams.get("tray_exist_bits"))
    is_shut_down = bits == 0 and kept.get("power_on_flag") is False
    if bits is not None and not is_shut_down:
        kept["tray_exist_bits"] = bits & ALL_BITS
    if ams.get("ams") == [] and not is_shut_down:
        for key in [key for key in trays if int(key) not in EXTERNAL]:
            del trays[key]
    for number, tray in reported.items():
        trays[str(number)] = _merged(as_object(trays.get(str(number))), tray)
    if "tray_exist_bits" in kept:
        for key in trays:
            number = int(key)
            if number not in EXTERNAL and _is_gone(number, kept["tray_exist_bits"], reported.get(number)):
                trays[key] = {}
    return kept


def _reported(units: Any) -> dict[int, Mapping[str, Any]]:
    found = {}
    for unit in as_list(units):
        ams_id = as_whole(as_object(unit).get("id"))
        for tray in as_list(as_object(unit).get("tray")):
            tray_id = as_whole(as_object(tray).get("id"))
            if ams_id is not None and tray_id is not None and (number := number_of(ams_id, tray_id)) is not None:
                found[number] = tray
    return found


def _external(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """External spools: one object on most printers, a list on newer firmware, or both; each with its `id`."""
    told: list[Any] = []
    for key in ("vt_tray", "vir_slot"):
        value = report.get(key)
        if isinstance(value, Mapping):
            told.append({"id": EXTERNAL[0], **value})
        else:
            told += as_list(value)
    return [tray for tray in told if isinstance(tray, Mapping)]


def _merged(known: Mapping[str, Any], tray: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {key: as_text(tray.get(key), most) for key, most in _TEXTS.items()}
    found |= {key: within(tray.get(key), -1, 1_000_000) for key in _NUMBERS}
    told = {key: value for key, value in found.items() if value is not None}
    is_same = all(not told.get(key) or told[key] == known.get(key) for key in _LOOKS)
    for tag in _TAGS:
        # Between two readings of the tag a printer sends zeros for a spool that is still there.
        if tag in told and is_zero(told[tag]) and not is_zero(known.get(tag)) and is_same:
            del told[tag]
    return {**known, **told}


def _is_gone(number: int, bits: int, tray: Mapping[str, Any] | None) -> bool:
    """Whether the slot is empty. An AMS HT's bit is believed only when its tray is told without a spool."""
    if bits >> exist_bit(number) & 1:
        return False
    return number < 128 or (tray is not None and not names_spool(tray))


def trays_of(state: Mapping[str, Any]) -> tuple[TrayView, ...]:
    """By number."""
    bits = as_object(state.get("ams")).get("tray_exist_bits")
    trays = as_object(state.get("trays"))
    return tuple(_view(number, as_object(trays[str(number)]), bits) for number in sorted(map(int, trays)))


def active_head(state: Mapping[str, Any]) -> int:
    """Of a printer with two heads: 0 right, 1 left."""
    return (within(as_object(state.get("device")).get("extruders"), 0, 2**32 - 1) or 0) >> 4 & 0xF


def active_tray_of(state: Mapping[str, Any]) -> int | None:
    """Which tray is fed; 254 and 255 are external spools. None: none, or not known.

    A printer with two heads numbers `tray_now` anew for each: there the head itself says it.
    """
    heads = as_object(state.get("heads"))
    snow = within(as_object(heads.get(str(active_head(state)))).get("snow"), 0, 2**16 - 1)
    if snow is None:
        return within(as_object(state.get("ams")).get("tray_now"), 0, 254) if len(heads) < 2 else None
    ams_id, tray_id = snow >> 8, snow & 3
    if ams_id not in EXTERNAL:
        return number_of(ams_id, tray_id)
    if tray_id:
        return None
    # Printers with one head call their one external spool 254 in the list of trays, and 255 here.
    return ams_id if len(heads) > 1 or str(ams_id) in as_object(state.get("trays")) else EXTERNAL[0]


def _view(number: int, tray: Mapping[str, Any], bits: Any) -> TrayView:
    ams_id, tray_id = place_of(number)
    uuid = "" if is_zero(tray.get("tray_uuid")) else str(tray["tray_uuid"])
    has_tag = bool(uuid) or not is_zero(tray.get("tag_uid"))
    remain = within(tray.get("remain"), 0, 100) if has_tag else None
    weight = within(tray.get("tray_weight"), 1, MOST_GRAMS) if has_tag else None
    is_loaded = names_spool(tray)
    if bits is not None and number < EXTERNAL[0]:
        has_bit = bool(bits >> exist_bit(number) & 1)
        is_loaded = has_bit or (number >= 128 and is_loaded)
    if not is_loaded:
        return TrayView(number, ams_id, tray_id, False)
    return TrayView(
        number=number,
        ams_id=ams_id,
        tray_id=tray_id,
        is_loaded=True,
        material_type=str(tray.get("tray_type", "")),
        preset=str(tray.get("tray_info_idx", "")),
        color=color_of(tray.get("tray_color")),
        vendor=VENDOR if has_tag else "",
        tray_uuid=uuid,
        remaining_pct=remain,
        weight_grams=None if weight is None or remain is None else round(weight * remain / 100),
    )


def color_of(told: Any) -> str:
    """`#RRGGBB` of RRGGBBAA. A colour that is wholly transparent is none."""
    text = str(told or "").upper()
    is_hex = text.isascii() and text.isalnum() and as_bits(text) is not None
    if len(text) not in (6, 8) or not is_hex or text == "00000000":
        return ""
    return f"#{text[:6]}"

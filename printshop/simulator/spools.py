"""What lies in a simulated printer's slots, and how it tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .shapes import Shape

NO_TAG = "0" * 16
NO_UUID = "0" * 32


@dataclass
class Spool:
    """`color` is RRGGBBAA. With a `tray_uuid` it has an RFID tag, so the printer knows what is left."""

    material: str = "PLA"
    color: str = "FF0000FF"
    preset: str = "GFL99"
    brand: str = ""
    tray_uuid: str = ""
    grams: float = 1000.0
    """When full."""
    left: float = 1000.0

    @property
    def has_tag(self) -> bool:
        return bool(self.tray_uuid)

    def report(self, shape: Shape, tray_id: int) -> dict[str, Any]:
        remain = round(100 * self.left / self.grams) if self.has_tag else shape.remain_without_tag
        return {
            "id": str(tray_id),
            "state": 11,
            "remain": remain,
            "k": 0.02,
            "n": 1,
            "tag_uid": self.tray_uuid[:16].upper() if self.has_tag else NO_TAG,
            "tray_uuid": self.tray_uuid.upper() if self.has_tag else NO_UUID,
            "tray_id_name": "",
            "tray_info_idx": self.preset,
            "tray_type": self.material,
            "tray_sub_brands": self.brand,
            "tray_color": self.color,
            "tray_weight": f"{self.grams:.0f}" if self.has_tag else "0",
            "tray_diameter": "1.75",
            "tray_temp": "55",
            "tray_time": "8",
            "bed_temp_type": "1",
            "bed_temp": "35",
            "nozzle_temp_max": "230",
            "nozzle_temp_min": "190",
            "xcam_info": NO_TAG,
            "total_len": 330000,
            "cols": [self.color],
        }


def bambu_spool(uuid: str, *, material: str = "PLA", color: str = "FF0000FF", left: float = 1000.0) -> Spool:
    """With a tag, as Bambu sells them. `uuid` is 32 hexadecimal digits."""
    preset = {"PLA": "GFA00", "PETG": "GFG00", "ABS": "GFB00"}.get(material, "GFA00")
    return Spool(material, color, preset, f"{material} Basic", uuid, left=left)


def empty_tray(shape: Shape, tray_id: int) -> dict[str, Any]:
    return {"id": str(tray_id), "state": 9} if shape.sends_partial_trays else {"id": str(tray_id)}

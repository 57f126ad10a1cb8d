"""Sliced 3MF files for tests, as Bambu Studio writes them, and hostile ones."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from printshop.models import PrintFile, Shop

RED = {"id": 1, "tray_info_idx": "GFA00", "type": "PLA", "color": "#FF0000", "used_m": "7.75", "used_g": "23.15"}
BLACK = {"id": 2, "tray_info_idx": "GFG99", "type": "PETG", "color": "#000000", "used_m": "1.20", "used_g": "3.60"}


def plate_xml(index: int = 1, *filaments: Mapping[str, Any], **metadata: Any) -> str:
    said = {
        "index": index,
        "printer_model_id": "C12",
        "nozzle_diameters": "0.4",
        "prediction": 5235,
        "weight": "23.15",
    } | metadata
    keys = "".join(f'<metadata key="{key}" value="{value}"/>' for key, value in said.items())
    rows = "".join(
        "<filament " + " ".join(f'{name}="{value}"' for name, value in row.items()) + "/>"
        for row in filaments or (RED,)
    )
    return f"<plate>{keys}{rows}</plate>"


def config_xml(*plates: str) -> str:
    header = '<header><header_item key="X-BBL-Client-Type" value="slicer"/></header>'
    return f'<?xml version="1.0" encoding="UTF-8"?><config>{header}{"".join(plates or (plate_xml(),))}</config>'


def sliced_bytes(config: str | bytes | None = "", *, gcodes: Sequence[int] = (1,), **entries: bytes) -> bytes:
    """`config` "" is a plain one, None none."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("3D/3dmodel.model", "<model/>")
        for number in gcodes:
            archive.writestr(f"Metadata/plate_{number}.gcode", "G28\n")
        if config is not None:
            archive.writestr("Metadata/slice_info.config", config or config_xml())
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def sliced_upload(name: str = "bracket.gcode.3mf", data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, sliced_bytes() if data is None else data, "model/3mf")


def print_file(shop: Shop, name: str = "bracket.gcode.3mf", **columns: Any) -> PrintFile:
    """A row, without bytes: one plate of 87 minutes and 23.15 g of red PLA."""
    filament = {"position": 1, "material": "PLA", "color": "#FF0000", "preset": "GFA00", "grams": 23.15}
    plate = {"plate": 1, "minutes": 87, "grams": 23.15, "filaments": [filament]}
    values = {"file": f"prints/{name}", "size": 1, "digest": "0" * 64, "md5": "0" * 32, "plates": [plate]}
    return PrintFile.objects.create(shop=shop, name=name, **values | columns)

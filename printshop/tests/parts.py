"""What is printed of something sold, for tests."""

from typing import Any

from printshop.models import PrintFile, PrintPart, Shop


def part_of(shop: Shop, **columns: Any) -> PrintPart:
    """By SKU, unless a listing is named."""
    file, _ = PrintFile.objects.get_or_create(
        shop=shop,
        name="bracket.gcode.3mf",
        defaults={"file": "bracket.gcode.3mf", "size": 9, "digest": "d", "md5": "m"},
    )
    if not columns.keys() & {"sku", "listing", "etsy_listing_id"}:
        columns["sku"] = "BRKT-L-RED"
    return PrintPart.objects.create(
        shop=shop, name="Bracket", file=file, material_type="PLA", grams=20, minutes=60, **columns
    )

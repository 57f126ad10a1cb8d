"""What a print needs: the filaments of its plate, or what its owner says of it; and what stock that is reserved of."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from printshop.models import Filament, PrintFilament, PrintFile, ScheduledPrint
from printshop.services.filaments.stock import grams_of
from printshop.services.prints.matching import is_similar, material_of


def plate_of(file: PrintFile | None, number: int) -> dict[str, Any] | None:
    """What the slicer wrote about a plate; None when the file has no such one."""
    plates = file.plates if file is not None else []
    return next((plate for plate in plates if plate.get("plate") == number), None)


def needs_of(scheduled: ScheduledPrint, *, file: PrintFile | None, grams: Decimal | None = None) -> list[PrintFilament]:
    """Not stored yet. The plate's filaments; of a plate with one the print's own material, colour and grams stand in
    place of it. Without a plate one filament, where there is something to say about it."""
    plate = plate_of(file, scheduled.plate)
    listed: Sequence[dict[str, Any]] = plate.get("filaments", []) if plate is not None else []
    if len(listed) > 1:
        return [
            PrintFilament(
                scheduled_print=scheduled,
                position=each["position"],
                preset=each.get("preset", ""),
                material_type=each.get("material", ""),
                color=each.get("color", ""),
                grams=_grams(each.get("grams")),
            )
            for each in listed
        ]
    only = listed[0] if listed else {}
    need = PrintFilament(
        scheduled_print=scheduled,
        position=only.get("position", 1),
        preset="" if scheduled.material_type or scheduled.color else only.get("preset", ""),
        material_type=scheduled.material_type or only.get("material", ""),
        color=scheduled.color or only.get("color", ""),
        grams=grams if grams is not None else _grams(only.get("grams")),
    )
    is_said = need.material_type or need.color or need.grams is not None or scheduled.material_slot is not None
    return [need] if is_said else []


def needs_reserve(needs: Iterable[PrintFilament], *, shop_id: int) -> None:
    """Say of which of the shop's filaments each is taken, in memory: the same material in this colour, else in a
    similar one, else the only one of the material. Nothing is reserved of what is not clear."""
    rows = Filament.objects.filter(shop=shop_id, removed_at=None)
    stock = list(rows.order_by("pk").only("pk", "material", "color_hex"))
    for need in needs:
        same = [each for each in stock if material_of(each.material) == material_of(need.material_type)]
        if need.color:
            exact = [each for each in same if each.color_hex == need.color]
            like = [each for each in same if each.color_hex and is_similar(each.color_hex, need.color)]
            found = exact[:1] or like[:1]
        else:
            found = same if len(same) == 1 else []
        need.filament = found[0] if found else None


def needs_renew(scheduled: ScheduledPrint) -> None:
    """A print that comes into the queue again is reserved of nothing that was deleted meanwhile."""
    gone = list(scheduled.needs.filter(filament__removed_at__isnull=False))
    if gone:
        needs_reserve(gone, shop_id=scheduled.shop_id)
        PrintFilament.objects.bulk_update(gone, ["filament"])


def _grams(value: object) -> Decimal | None:
    """Of what was read out of a file."""
    try:
        return grams_of(Decimal(str(value))) if value is not None else None
    except InvalidOperation:
        return None

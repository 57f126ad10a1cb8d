"""What one piece of something sold is printed from."""

from typing import Any

from django.db import transaction

from accounts.models import User
from config.core.errors import Invalid, Missing
from config.core.idempotency import Once, done_once
from marketplace.models import Listing
from printshop.models import PrintFile, PrintPart
from printshop.selectors.print_files import part_own, print_file_own
from printshop.services.prints.files import print_files_hold
from printshop.services.prints.from_orders import part_prints_ask
from printshop.services.prints.needs import plate_of

WHAT = ("sku", "etsy_listing_id", "listing_id")


@done_once(PrintPart)
def part_create(*, actor: User, file_id: int, name: str = "", once: Once | None = None, **columns: Any) -> PrintPart:
    """Orders that waited for it get their prints, made by a worker. `columns` are those of PrintPart. Raises Missing
    and Denied (file), Invalid (the field: of nothing that is sold, a plate that the file has not, a listing of somebody
    else)."""
    file = print_file_own(actor=actor, file_id=file_id)
    part = PrintPart(shop_id=file.shop_id, file=file, name=name or file.name, **columns)
    with transaction.atomic():
        _hold(file.pk)
        _check(actor, part)
        part.save()
        part_prints_ask(part)
    return part


def part_change(*, actor: User, part_id: int, **columns: Any) -> PrintPart:
    """What is left out stays; prints that are in the queue stay as they are. Raises as `part_create` does."""
    part_own(actor=actor, part_id=part_id)
    if "file_id" in columns:
        print_file_own(actor=actor, file_id=columns["file_id"])
    with transaction.atomic():
        if "file_id" in columns:
            _hold(columns["file_id"])  # before its parts, as whoever replaces it
        part = PrintPart.objects.select_for_update(of=("self",)).select_related("file").filter(pk=part_id).first()
        if part is None:
            raise Missing("Part")
        for name, value in columns.items():
            setattr(part, name, value)
        _check(actor, part)
        part.save()
        part_prints_ask(part)
    return part_own(actor=actor, part_id=part_id)


def part_delete(*, actor: User, part_id: int) -> None:
    """Prints that were made of it stay in the queue until another part takes its place. Raises Missing and Denied."""
    part_own(actor=actor, part_id=part_id).delete()


def _hold(file_id: int) -> None:
    """Raises Missing for one that was deleted or replaced a moment ago."""
    file = print_files_hold([file_id]).get(file_id)
    if file is None or file.removed_at is not None:
        raise Missing("Print file")


def _check(actor: User, part: PrintPart) -> None:
    if not any(getattr(part, name) for name in WHAT):
        raise Invalid("Say what it is a part of: sku, etsy_listing_id or listing_id.", field="sku")
    file = PrintFile.objects.get(pk=part.file_id)
    if plate_of(file, part.plate) is None:
        raise Invalid(f"{file.name} has no plate {part.plate}.", field="plate")
    if part.listing_id and not Listing.objects.filter(pk=part.listing_id, seller_id=actor.pk).exists():
        raise Invalid("You sell no such listing.", field="listing_id")

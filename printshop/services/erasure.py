"""What a print shop leaves when its owner's account is deleted: nothing. What other shops printed for the person is
their orders', without name and address."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from config.core.erasing import Later, Step, name_of, one_part, rows_delete, rows_write
from config.core.files import file_discard
from printshop.models import (
    EtsySignIn,
    Filament,
    Printer,
    PrinterCommand,
    PrinterEvent,
    PrinterReading,
    PrintFile,
    PrintPart,
    ScheduledPrint,
    Shop,
    ShopOrder,
    Spool,
    SpoolChange,
    SyncRun,
)
from printshop.services.shops.sign_in import shop_disconnect

BRIDGE_NOTICES: Final = timedelta(minutes=1)
"""In which the bridge has let go of printers that were removed."""


def person_erase(*, user_id: int) -> bool:
    """One part of it; whether nothing is left. Raises Later while the bridge may be at its printers."""
    if _printers_leave(user_id):
        raise Later
    return one_part(STEPS, user_id)


def _printers_leave(user_id: int) -> bool:
    """Whether some of them have left just now. Etsy is asked for nothing any more, and no secret stays."""
    now = timezone.now()
    with transaction.atomic():
        shop = Shop.objects.select_for_update().filter(owner=user_id).first()
        if shop is None:
            return False
        if shop.access_token or shop.etsy_user_id:
            shop_disconnect(shop)
        printers = Printer.objects.filter(shop=shop)
        printers.exclude(access_code="").update(access_code="")
        printers.filter(removed_at=None).update(removed_at=now, changed_at=now)
        return printers.filter(removed_at__gt=now - BRIDGE_NOTICES).exists()


def _orders_elsewhere(user_id: int) -> int:
    """What the person ordered on the platform, in the shops that print it."""
    blank = {"buyer_name": name_of(user_id), "buyer_email": None, "address": "", "message": ""}
    return rows_write(ShopOrder.objects.filter(order__buyer=user_id), **blank)


def _files(user_id: int) -> int:
    rows = list(PrintFile.objects.select_for_update().filter(shop__owner=user_id).order_by("pk")[:20])
    for file in rows:
        file_discard("private", str(file.file.name or ""))
    return rows_delete(PrintFile.objects.filter(pk__in=[file.pk for file in rows]))


def _all_of(model: Any, path: str) -> Callable[[int], int]:
    return lambda user_id: rows_delete(model.objects.filter(**{path: user_id}))


STEPS: Final[tuple[Step, ...]] = (
    _orders_elsewhere,
    _all_of(EtsySignIn, "user"),
    _all_of(SpoolChange, "spool__filament__shop__owner"),
    _all_of(PrinterCommand, "printer__shop__owner"),
    _all_of(ScheduledPrint, "shop__owner"),
    _all_of(PrintPart, "shop__owner"),
    _files,
    _all_of(ShopOrder, "shop__owner"),
    _all_of(PrinterReading, "printer__shop__owner"),
    _all_of(PrinterEvent, "printer__shop__owner"),
    _all_of(Printer, "shop__owner"),
    _all_of(Spool, "filament__shop__owner"),
    _all_of(Filament, "shop__owner"),
    _all_of(SyncRun, "shop__owner"),
    _all_of(Shop, "owner"),
)

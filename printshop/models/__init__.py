"""The print shop: orders, filament, printers, the queue."""

from printshop.models.filaments import Filament, Spool, SpoolChange
from printshop.models.orders import Communication, OrderNote, Shipment, ShopOrder, ShopOrderItem
from printshop.models.printers import (
    NotificationSettings,
    Printer,
    PrinterBridge,
    PrinterCommand,
    PrinterEvent,
    PrinterReading,
    PrinterSlot,
)
from printshop.models.prints import (
    PrintChange,
    PrintFilament,
    PrintFile,
    PrintPart,
    PrintRun,
    RunFilament,
    ScheduledPrint,
)
from printshop.models.shops import EtsyEvent, EtsySignIn, Shop, SyncRun

__all__ = [
    "Communication",
    "EtsyEvent",
    "EtsySignIn",
    "Filament",
    "NotificationSettings",
    "OrderNote",
    "PrintChange",
    "PrintFilament",
    "PrintFile",
    "PrintPart",
    "PrintRun",
    "Printer",
    "PrinterBridge",
    "PrinterCommand",
    "PrinterEvent",
    "PrinterReading",
    "PrinterSlot",
    "RunFilament",
    "ScheduledPrint",
    "Shipment",
    "Shop",
    "ShopOrder",
    "ShopOrderItem",
    "Spool",
    "SpoolChange",
    "SyncRun",
]

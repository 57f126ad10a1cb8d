"""Print shops' orders in the admin site: items, what is printed for them, parcels, what they bring, what happened. What
they are worth and who is paid back is their source's; staff may only call off what is to be printed."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from config.adminsite.amounts import in_currency
from config.adminsite.decisions import ReasonForm, decision
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link
from config.adminsite.ranges import DateRange, NumberRange
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from config.adminsite.timeline import Happening
from config.core.idempotency import Once
from printshop.admin.parts import SHOWN, filament_panel, prints_happened, prints_panel
from printshop.choices import ProductionStatus
from printshop.models import (
    Communication,
    OrderNote,
    ScheduledPrint,
    Shipment,
    ShopOrder,
    ShopOrderItem,
    SpoolChange,
)
from printshop.policies import may_manage_shops
from printshop.selectors.analytics import profit_of
from printshop.services.by_staff import shop_order_call_off, shop_order_take_up


def may_be_called_off(order: ShopOrder) -> bool:
    made = order.is_shipped or order.production_status == ProductionStatus.COMPLETED
    return not order.is_called_off and not made


def may_be_taken_up(order: ShopOrder) -> bool:
    return order.production_status == ProductionStatus.CANCELLED


@admin.register(ShopOrder)
class ShopOrderAdmin(RecordAdmin):
    list_display = (
        "created_at",
        "shop",
        "source",
        "etsy_order_id",
        "status",
        "production_status",
        "total_amount",
        "currency",
        "expected_ship_at",
        "promised_ship_at",
    )
    list_filter = (
        *(
            "source",
            "production_status",
            "is_paid",
            "is_shipped",
            ("created_at", DateRange),
            ("total_amount", NumberRange),
        ),
    )
    list_select_related = ("shop",)
    search_fields = ("=etsy_order_id", "shop__etsy_shop_name", "shop__owner__username")
    date_hierarchy = "created_at"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(("shop", "source"), ("etsy_order_id", "order"), ("status", "production_status")),
                    *(("buyer_name", "country"), ("total_amount", "refunded_amount"), ("is_paid", "is_shipped")),
                    *(("created_at", "expected_ship_at"), ("promised_ship_at", "shipped_at"), "message"),
                )
            },
        ),
        (
            "More",
            {
                "classes": ("collapse",),
                "fields": (
                    *(("buyer_email", "is_gift"), ("shipping_amount", "tax_amount"), ("fees", "fees_read_at")),
                    *(("source_status", "changed_at"), ("read_at", "asked_at"), ("source_missing_at", "paid_at")),
                    *("notes", ("added_at", "updated_at")),
                ),
            },
        ),
    )
    readonly_fields = (
        *("source", "source_status", "promised_ship_at", "fees_read_at", "read_at", "asked_at", "source_missing_at"),
        *("added_at", "updated_at"),
    )
    decisions = ("call_off", "take_up")

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: ShopOrder) -> Iterator[Panel]:
        items = list(row.items.order_by("pk"))
        prints = ScheduledPrint.objects.filter(item__order=row.pk)
        yield _items_panel(row, items)
        yield prints_panel(
            request,
            "Prints",
            prints.order_by("-pk"),
            address=list_address(request, "printshop.ScheduledPrint", f"q={row.etsy_order_id}")
            if row.etsy_order_id
            else "",
        )
        taken = SpoolChange.objects.filter(run__scheduled_print__in=prints)
        yield filament_panel(request, "Filament taken", taken)
        yield _parcels_panel(request, row)
        yield _profit_panel(row)
        yield from _words_panels(row)

    def happened(self, request: HttpRequest, row: ShopOrder) -> Iterator[Happening]:
        for at, words, icon in (
            (row.created_at, f"Placed at {row.get_source_display()}", "shopping_bag"),
            (row.paid_at, "Paid", "payments"),
            (row.shipped_at, "Shipped", "local_shipping"),
        ):
            if at is not None:
                yield Happening(at, words, row.get_source_display(), icon=icon)
        for parcel in row.shipments.order_by("-pk")[:SHOWN]:
            told = parcel.error or parcel.get_state_display()
            yield Happening(parcel.created_at, f"Parcel {parcel}".strip(), "the shop", told, "package_2")
        yield from prints_happened(ScheduledPrint.objects.filter(item__order=row.pk))

    # ------------------------------------------------------------ decisions
    def has_manage_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_manage_shops(request.user)

    @decision(
        "Call off its prints",
        form=ReasonForm,
        permissions=["manage"],
        when=may_be_called_off,
        danger=True,
        icon="print_disabled",
        warning=(
            "What has not started is cancelled; what is printing goes on. The shop's owner is told, the buyer is not. "
            "No money moves: a refund is made where the order was placed."
        ),
    )
    def call_off(self, request: HttpRequest, row: ShopOrder, sent: dict[str, Any], once: Once) -> str:
        shop_order_call_off(actor=request.user, order_id=row.pk, reason=sent["reason"])
        return "Called off."

    @decision(
        "Print it after all",
        form=ReasonForm,
        permissions=["manage"],
        when=may_be_taken_up,
        icon="print",
        warning="The prints that it lacks come into the shop's queue again, and its owner is told.",
    )
    def take_up(self, request: HttpRequest, row: ShopOrder, sent: dict[str, Any], once: Once) -> str:
        shop_order_take_up(actor=request.user, order_id=row.pk, reason=sent["reason"])
        return "Taken up again."


def _items_panel(order: ShopOrder, items: list[ShopOrderItem]) -> Panel:
    return Panel(
        "Items",
        ("What", "SKU", "Pieces", "Price of one", "As the buyer chose", "Ships by", ""),
        [
            (
                item.title,
                item.sku,
                item.quantity,
                in_currency(item.price, order.currency),
                " ".join(filter(None, (*map(_chosen, item.variations), item.personalization))),
                item.expected_ship_at,
                "given back" if item.is_called_off else "a file" if item.is_digital else "",
            )
            for item in items[:SHOWN]
        ],
        numeric=(2, 3),
    )


def _chosen(variation: Any) -> str:
    """Such as "Size: L"."""
    return ": ".join(str(word) for word in variation.values()) if isinstance(variation, dict) else str(variation)


def _parcels_panel(request: HttpRequest, order: ShopOrder) -> Panel:
    return Panel(
        "Parcels",
        ("Parcel", "Carrier", "Tracking code", "State", "Why not", "Made", "Told"),
        [
            (
                link(f"#{parcel.pk}", row_address(request, "printshop.Shipment", parcel.pk)),
                parcel.carrier,
                parcel.tracking_code,
                parcel.get_state_display(),
                parcel.error,
                parcel.created_at,
                parcel.told_at,
            )
            for parcel in order.shipments.order_by("-pk")[:SHOWN]
        ],
    )


def _profit_panel(order: ShopOrder) -> Panel:
    found = profit_of(order)
    words = f"Not known: {', '.join(found.missing)}." if found.missing else ""
    return Panel(
        "Profit",
        ("", "Amount"),
        [
            (name, "not known" if value is None else in_currency(value, found.currency))
            for name, value in (
                ("Income, less refunds and taxes", found.income),
                ("Fees", found.fees),
                ("Fees, estimated", found.estimated_fees),
                ("Filament", found.filament),
                ("Failed prints", found.failed_prints),
                ("Profit", found.profit),
            )
        ],
        numeric=(1,),
        note=words if found.is_final or not words else f"{words} It is not final.",
    )


def _words_panels(order: ShopOrder) -> Iterator[Panel]:
    yield Panel(
        "Said to and by the buyer",
        ("When", "Which way", "By", "Logged by", "Words"),
        [
            (said.created_at, said.get_direction_display(), said.get_channel_display(), str(said.author), said.message)
            for said in order.communications.select_related("author").order_by("-pk")[:SHOWN]
        ],
        note="As the shop logged it by hand; nothing is sent from here.",
    )
    yield Panel(
        "The shop's notes",
        ("When", "By", "Words"),
        [
            (note.created_at, str(note.author), note.content)
            for note in order.order_notes.select_related("author").order_by("-pk")[:SHOWN]
        ],
    )


@admin.register(ShopOrderItem)
class ShopOrderItemAdmin(ReadOnlyAdmin):
    list_display = ("order", "title", "sku", "quantity", "price", "is_digital")
    list_select_related = ("order",)
    search_fields = ("sku", "title", "=order__etsy_order_id")


@admin.register(OrderNote)
class OrderNoteAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "order", "author", "content")
    list_select_related = ("order", "author")
    search_fields = ("=order__etsy_order_id", "author__username")


@admin.register(Communication)
class CommunicationAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "order", "author", "direction", "channel")
    list_filter = ("direction", "channel")
    list_select_related = ("order", "author")
    search_fields = ("=order__etsy_order_id", "author__username")


@admin.register(Shipment)
class ShipmentAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "order", "carrier", "tracking_code", "state", "told_at", "error")
    list_filter = ("state",)
    list_select_related = ("order",)
    search_fields = ("tracking_code", "=order__etsy_order_id")

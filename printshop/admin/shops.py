"""Print shops in Django's admin site: looked at. Their tokens are shown nowhere."""

from collections.abc import Iterator

from django.contrib import admin
from django.http import HttpRequest

from config.adminsite.amounts import in_currency
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from printshop.admin.parts import SHOWN, grams, prints_panel
from printshop.models import EtsyEvent, EtsySignIn, Shop, SyncRun
from printshop.services.prints.states import UNFINISHED


@admin.register(Shop)
class ShopAdmin(RecordAdmin):
    list_display = (
        "owner",
        "etsy_shop_name",
        "etsy_state",
        "currency",
        "etsy_seen_until",
        "next_sync_at",
        "sync_error",
    )
    list_filter = ("etsy_state",)
    list_select_related = ("owner",)
    search_fields = ("owner__username", "etsy_shop_name", "etsy_shop_id")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(("owner", "etsy_shop_name"), ("etsy_state", "currency"), ("sync_error", "next_sync_at")),
                    *(("etsy_seen_until", "token_expires_at"), ("time_zone", "working_days")),
                    *(("working_from", "working_until"), ("created_at", "updated_at")),
                )
            },
        ),
        (
            "At Etsy",
            {
                "classes": ("collapse",),
                "fields": (
                    *(("etsy_shop_id", "etsy_user_id"), ("etsy_open_until", "etsy_cancelled_until")),
                    ("etsy_settled_until", "sync_claimed_until"),
                    "etsy_user_before",
                ),
            },
        ),
    )
    readonly_fields = (
        *("etsy_state", "etsy_shop_name", "etsy_shop_id", "etsy_user_id", "etsy_user_before", "etsy_seen_until"),
        *("etsy_open_until", "etsy_settled_until", "etsy_cancelled_until", "token_expires_at", "sync_claimed_until"),
        *("sync_error", "next_sync_at", "created_at", "updated_at"),
    )

    def panels(self, request: HttpRequest, row: Shop) -> Iterator[Panel]:
        about = f"shop__id__exact={row.pk}"
        yield Panel(
            "Printers",
            ("Printer", "State", "Why", "Prints", "%", "Takes prints", "Heard"),
            [
                (
                    link(printer, row_address(request, "printshop.Printer", printer.pk)),
                    printer.get_status_display(),
                    printer.status_detail,
                    printer.current_job,
                    printer.progress,
                    "yes" if printer.is_taking_prints else "no",
                    printer.heard_at,
                )
                for printer in row.printers.filter(removed_at=None)
                .defer("report", "access_code")
                .order_by("pk")[:SHOWN]
            ],
            address=list_address(request, "printshop.Printer", about),
            numeric=(4,),
        )
        queue = row.prints.filter(status__in=UNFINISHED).order_by("priority", "pk")
        yield prints_panel(request, "Queue", queue, address=list_address(request, "printshop.ScheduledPrint", about))
        yield Panel(
            "Orders",
            ("Order", "State", "Production", "Amount", "Ships by", "Placed"),
            [
                (
                    link(order, row_address(request, "printshop.ShopOrder", order.pk)),
                    order.status,
                    order.get_production_status_display(),
                    in_currency(order.total_amount, order.currency),
                    order.expected_ship_at,
                    order.created_at,
                )
                for order in row.orders.defer("address").order_by("-created_at", "-pk")[:SHOWN]
            ],
            address=list_address(request, "printshop.ShopOrder", about),
            numeric=(3,),
        )
        yield Panel(
            "Filament that runs low",
            ("Filament", "Left", "Threshold"),
            [
                (
                    link(filament, row_address(request, "printshop.Filament", filament.pk)),
                    grams(filament.current_amount),
                    grams(filament.low_stock_threshold),
                )
                for filament in row.filaments.filter(is_low=True).order_by("-pk")[:SHOWN]
            ],
            address=list_address(request, "printshop.Filament", about),
            numeric=(1, 2),
        )
        yield Panel(
            "Reading from Etsy",
            ("Begun", "Ended", "Calls", "Read", "New", "Changed", "Why not"),
            [
                (
                    run.started_at,
                    run.ended_at,
                    run.calls,
                    run.receipts_read,
                    run.orders_new,
                    run.orders_changed,
                    run.error,
                )
                for run in row.sync_runs.order_by("-started_at")[:SHOWN]
            ],
            address=list_address(request, "printshop.SyncRun", about),
            numeric=(2, 3, 4, 5),
        )


@admin.register(EtsySignIn)
class EtsySignInAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "used_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    exclude = ("state", "challenge")


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = (
        "started_at",
        "shop",
        "ended_at",
        "calls",
        "receipts_read",
        "orders_new",
        "orders_changed",
        "error",
    )
    list_select_related = ("shop",)
    search_fields = ("shop__etsy_shop_name", "shop__owner__username")
    date_hierarchy = "started_at"


@admin.register(EtsyEvent)
class EtsyEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "event_type", "etsy_shop_id", "receipt_id", "attempts", "done_at")
    list_filter = ("event_type",)
    search_fields = ("event_id", "receipt_id")
    date_hierarchy = "received_at"

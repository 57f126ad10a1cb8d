"""What a person's print shop has: without access codes and tokens, and without its customers' names and addresses."""

from typing import Final

from config.core.own_data import Given, GivenFiles, OwnData
from printshop.models import (
    Communication,
    Filament,
    OrderNote,
    Printer,
    PrinterEvent,
    PrintFile,
    PrintPart,
    PrintRun,
    ScheduledPrint,
    Shipment,
    Shop,
    ShopOrder,
    ShopOrderItem,
    Spool,
    SpoolChange,
)


def in_the_way(user_id: int) -> list[str]:
    """Printers at work."""
    running = PrintRun.objects.filter(scheduled_print__shop__owner=user_id, ended_at=None).count()
    return [f"{running} prints are running."] if running else []


OWN_DATA: Final = OwnData(
    given=(
        Given(
            "print_shop",
            Shop,
            "owner",
            "id currency time_zone working_days working_from working_until etsy_state etsy_shop_id etsy_shop_name"
            " created_at",
        ),
        Given(
            "shop_orders",
            ShopOrder,
            "shop__owner",
            "id source etsy_order_id order status production_status notes is_paid is_shipped total_amount"
            " shipping_amount tax_amount refunded_amount fees currency expected_ship_at shipped_at created_at",
        ),
        Given(
            "shop_order_items",
            ShopOrderItem,
            "order__shop__owner",
            "order sku title quantity price currency=order__currency variations is_digital is_called_off",
        ),
        Given("shop_order_notes", OrderNote, "author", "order content created_at"),
        Given("shop_communications", Communication, "author", "order direction channel message created_at"),
        Given(
            "shipments", Shipment, "order__shop__owner", "order carrier tracking_code note_to_buyer state created_at"
        ),
        Given(
            "printers",
            Printer,
            "shop__owner",
            "id name connection_type serial_number host port model firmware needs_clear_plate is_taking_prints status"
            " created_at removed_at",
        ),
        Given("printer_events", PrinterEvent, "printer__shop__owner", "printer kind words at"),
        Given(
            "print_files",
            PrintFile,
            "shop__owner",
            "id name size digest printer_model nozzle_diameter plates created_at removed_at",
        ),
        Given(
            "print_parts",
            PrintPart,
            "shop__owner",
            "id sku etsy_listing_id listing name file plate material_type color grams minutes pieces per_item"
            " created_at",
        ),
        Given(
            "prints",
            ScheduledPrint,
            "shop__owner",
            "id printer item part copy_number job_name file_name plate material_type color priority status not_before"
            " ship_by failure_reason created_at started_at ended_at",
        ),
        Given(
            "print_runs",
            PrintRun,
            "scheduled_print__shop__owner",
            "id print=scheduled_print printer state outcome is_by_hand started_at ended_at reason",
        ),
        Given(
            "filaments",
            Filament,
            "shop__owner",
            "id material color vendor initial_amount current_amount cost_per_gram currency=shop__currency"
            " low_stock_threshold created_at removed_at",
        ),
        Given(
            "spools",
            Spool,
            "filament__shop__owner",
            "id filament initial_amount used_amount label created_at archived_at",
        ),
        Given(
            "spool_changes",
            SpoolChange,
            "spool__filament__shop__owner",
            "spool kind grams run cost currency note created_at",
        ),
    ),
    files=(GivenFiles("prints", PrintFile, "shop__owner", "file", "private", called="name"),),
    left_out={
        "EtsySignIn.user": "a sign-in that is under way for minutes",
        "SpoolChange.actor": "spools are their shop's: see spool_changes",
        "PrinterCommand.actor": "what a printer was asked to do; see print_runs and printer_events",
        "ScheduledPrint.created_by": "prints are their shop's: see prints",
        "PrintChange.actor": "the history of a print",
    },
    in_the_way=in_the_way,
)

"""Background work of the print shop: each task calls one service. Each may run twice, and at the same time."""

from celery import shared_task
from django.utils import timezone

from printshop.services.orders import events, fees, platform, shipping, sync
from printshop.services.printers import events as printer_events
from printshop.services.printers import readings
from printshop.services.prints import dispatch, files, from_orders
from printshop.services.shops import sign_in


@shared_task
def shop_sync(shop_id: int) -> None:
    sync.shop_sync(shop_id=shop_id)


@shared_task
def syncs_sweep() -> None:
    sync.syncs_sweep()


@shared_task
def shop_fees_read(shop_id: int) -> None:
    fees.shop_fees_read(shop_id=shop_id)


@shared_task
def fees_sweep() -> None:
    fees.fees_sweep()


@shared_task
def etsy_event(event_id: int) -> None:
    events.event_work_off(event_id=event_id)


@shared_task
def etsy_events_sweep() -> None:
    events.events_sweep()


@shared_task
def etsy_forget() -> None:
    events.events_forget()
    sign_in.sign_ins_forget()
    sync.sync_runs_forget()


@shared_task
def shipments_sweep() -> None:
    shipping.shipments_sweep()


@shared_task
def platform_orders_sweep() -> None:
    platform.platform_orders_sweep()


@shared_task
def readings_take() -> None:
    readings.readings_take()


@shared_task
def printers_sweep() -> None:
    readings.printers_without_bridge()


@shared_task
def printer_events_forget() -> None:
    printer_events.printer_events_forget()


@shared_task
def queue_pass() -> None:
    """The bridge makes one every few seconds; this one is for when none runs."""
    dispatch.dispatch_pass(now=timezone.now())


@shared_task
def part_prints_make(part_id: int) -> None:
    from_orders.part_prints_make(part_id=part_id)


@shared_task
def part_prints_sweep() -> None:
    from_orders.part_prints_sweep()


@shared_task
def print_files_sweep() -> None:
    files.print_files_sweep()

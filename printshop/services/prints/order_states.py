"""What prints make of their order's production."""

from django.utils import timezone

from printshop.choices import PrintStatus, ProductionStatus
from printshop.models import ScheduledPrint, ShopOrder


def order_follow(order: ShopOrder) -> None:
    """The first print that starts puts a locked order into production; with the last one that is completed it is made.
    What the shop's owner has set otherwise stays."""
    prints = ScheduledPrint.objects.filter(item__order=order).exclude(status=PrintStatus.CANCELLED)
    statuses = set(prints.order_by().values_list("status", flat=True).distinct())
    before, production = order.production_status, order.production_status
    if production == ProductionStatus.PENDING and statuses & {PrintStatus.STARTED, PrintStatus.COMPLETED}:
        production = ProductionStatus.IN_PROGRESS
    if production == ProductionStatus.IN_PROGRESS and statuses == {PrintStatus.COMPLETED}:
        production, order.promised_ship_at = ProductionStatus.COMPLETED, timezone.now()
    if production != before:
        order.production_status = production
        order.save(update_fields=["production_status", "promised_ship_at", "updated_at"])

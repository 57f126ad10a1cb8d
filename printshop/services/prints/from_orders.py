"""An order's items become prints, by the shop's parts; what is called off is not printed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from config.core.announce import enqueue_after_commit
from printshop.choices import (
    AWAY,
    BEFORE_PRINTING,
    TO_BE_MADE,
    CommandState,
    PrintStatus,
    ProductionStatus,
    RunOutcome,
    RunState,
)
from printshop.models import (
    PrinterCommand,
    PrintFilament,
    PrintPart,
    PrintRun,
    ScheduledPrint,
    ShopOrder,
    ShopOrderItem,
)
from printshop.models.orders import GONE
from printshop.services.live import tell_queue_changed
from printshop.services.prints.files import print_files_hold
from printshop.services.prints.needs import needs_of, needs_reserve, plate_of
from printshop.services.prints.states import WAITING, prints_move

MOST_COPIES: Final = 1000
"""Of one part in one item: more is a mistake rather than an order."""
AT_ONCE: Final = 100
TAKEN_UP_AFTER: Final = timedelta(minutes=2)
"""A worker has it meanwhile, if it was told."""
TRIES: Final = 3
CANCELLED_BY_ORDER: Final = "order"
"""`waiting_code` of prints that their order called off; an owner's own cancellation is never made again."""


def order_prints_make(*, order_id: int) -> int:
    """Make the prints that a paid order lacks, and cancel those it has too many of that have not started. In the
    caller's transaction, after its change of the order; may be called again and again. Returns how many were made.

    An item is found by its SKU, else by its listing; each part of it is printed as often as it takes. Prints that
    failed, or that the shop's owner has cancelled, count as made: they are not made behind their back again. What was
    made of a part that another one has taken the place of counts as made of that.
    """
    with transaction.atomic():
        order = ShopOrder.objects.select_for_update(of=("self",)).select_related("shop").filter(pk=order_id).first()
        if order is None or not _is_to_print(order):
            return 0
        items = list(order.items.order_by("pk"))
        parts = _parts_held(order.shop_id, items)
        there = _prints_of(items)
        wanted: list[ScheduledPrint] = []
        surplus: list[int] = []
        replaced = 0
        for item in items:
            prints_of = there[item.pk]
            replaced += _replace(parts[item.pk], prints_of)
            for part in parts[item.pk]:
                prints = prints_of[part.pk]
                counted = [each for each in prints if not _is_cancelled_by_order(each)]
                copies = _copies(item, part)
                last = max((each.copy_number for each in prints), default=0)
                wanted += [
                    _print_of(order, item, part, last + number) for number in range(1, copies - len(counted) + 1)
                ]
                if len(counted) > copies:
                    waiting = [each.pk for each in counted if each.status in WAITING]
                    surplus += sorted(waiting, reverse=True)[: len(counted) - copies]
            if item.is_digital or item.is_called_off:
                surplus += [each.pk for prints in prints_of.values() for each in prints if each.status in WAITING]
        made = _store(wanted, order.shop_id)
        cancelled = _cancel(surplus, reason="The order needs fewer of it.")
        if made or cancelled or replaced:
            tell_queue_changed(order.shop_id)
    return made


def order_prints_cancel(*, order_id: int, item_id: int | None = None, reason: str) -> int:
    """Cancel the prints of an order, or of one item of it, that have not started. In the caller's transaction. Returns
    how many were cancelled. What is being sent to a printer at this moment is printed."""
    with transaction.atomic():
        prints = ScheduledPrint.objects.filter(item__order=order_id, status__in=WAITING)
        if item_id is not None:
            prints = prints.filter(item=item_id)
        cancelled = _cancel(list(prints.values_list("pk", flat=True)), reason=reason)
        if cancelled:
            shop_id = ShopOrder.objects.values_list("shop_id", flat=True).get(pk=order_id)
            tell_queue_changed(shop_id)
    return cancelled


def part_prints_ask(part: PrintPart) -> None:
    """A part was added or changed: have the prints of the orders that waited for it made after the commit."""
    part.prints_due_at, part.prints_due_after = timezone.now() + TAKEN_UP_AFTER, 0
    part.save(update_fields=["prints_due_at", "prints_due_after"])
    enqueue_after_commit("printshop.tasks.part_prints_make", part.pk)


def part_prints_make(*, part_id: int) -> int:
    """Make the prints of the orders that waited for a part, those of some orders at a time. May run twice, and at the
    same time. Returns how many were made."""
    part = PrintPart.objects.filter(pk=part_id, prints_due_at__isnull=False).first()
    if part is None:
        return 0
    items = ShopOrderItem.objects.filter(
        _meant_by(part),
        order__shop=part.shop_id,
        order__in=ShopOrder.objects.filter(
            is_paid=True,
            is_shipped=False,
            production_status__in=TO_BE_MADE,
        ).exclude(GONE),
        order__gt=part.prints_due_after,
    )
    orders = list(items.order_by("order_id").values_list("order_id", flat=True).distinct()[:AT_ONCE])
    made = sum(order_prints_make(order_id=order_id) for order_id in orders)
    # One that was changed meanwhile is due from its first order again.
    unchanged = PrintPart.objects.filter(pk=part_id, prints_due_at=part.prints_due_at)
    if len(orders) < AT_ONCE:
        unchanged.update(prints_due_at=None, prints_due_after=0)
    elif unchanged.update(prints_due_at=timezone.now() + TAKEN_UP_AFTER, prints_due_after=orders[-1]):
        enqueue_after_commit("printshop.tasks.part_prints_make", part_id)
    return made


def part_prints_sweep() -> int:
    """Hand the parts that no worker has taken up to the workers."""
    due = PrintPart.objects.filter(prints_due_at__lte=timezone.now()).order_by("prints_due_at")
    numbers = list(due.values_list("pk", flat=True)[:AT_ONCE])
    for number in numbers:
        enqueue_after_commit("printshop.tasks.part_prints_make", number)
    return len(numbers)


def _meant_by(part: PrintPart) -> Q:
    meant = Q(pk=None)
    if part.sku:
        meant |= Q(sku=part.sku)
    if part.etsy_listing_id:
        meant |= Q(etsy_listing_id=part.etsy_listing_id)
    if part.listing_id:
        meant |= Q(listing=part.listing_id)
    return meant


def _is_to_print(order: ShopOrder) -> bool:
    is_open = order.production_status in (ProductionStatus.PENDING, ProductionStatus.IN_PROGRESS)
    return order.is_paid and not order.is_shipped and is_open and not order.is_called_off


def _parts_held(shop_id: int, items: Sequence[ShopOrderItem]) -> dict[int, list[PrintPart]]:
    """By item, as `_parts_of` gives them. Their files stay as they are until the transaction ends: the bytes of one
    that is replaced meanwhile would go before a print that waits for them is there."""
    for _ in range(TRIES):
        parts = _parts_of(shop_id, items)
        held = print_files_hold(part.file_id for found in parts.values() for part in found)
        if all(file.removed_at is None for file in held.values()):
            break
    return parts


def _parts_of(shop_id: int, items: Sequence[ShopOrderItem]) -> dict[int, list[PrintPart]]:
    """By item. A SKU says exactly what was bought (size, colour); a listing only in which shelf it stood."""
    skus = {item.sku for item in items if item.sku}
    etsy = {item.etsy_listing_id for item in items if item.etsy_listing_id}
    listings = {item.listing_id for item in items if item.listing_id}
    parts = list(
        PrintPart.objects.filter(Q(sku__in=skus) | Q(etsy_listing_id__in=etsy) | Q(listing__in=listings), shop=shop_id)
        .select_related("file")
        .order_by("pk")
    )
    found: dict[int, list[PrintPart]] = {}
    for item in items:
        by_sku = [part for part in parts if part.sku and part.sku == item.sku]
        by_listing = [
            part
            for part in parts
            if not part.sku
            and (
                (part.etsy_listing_id and part.etsy_listing_id == item.etsy_listing_id)
                or (part.listing_id and part.listing_id == item.listing_id)
            )
        ]
        found[item.pk] = [] if item.is_digital or item.is_called_off else by_sku or by_listing
    return found


def _prints_of(items: Sequence[ShopOrderItem]) -> dict[int, dict[int, list[ScheduledPrint]]]:
    """By item and part; 0 is a part that was deleted."""
    found: dict[int, dict[int, list[ScheduledPrint]]] = defaultdict(lambda: defaultdict(list))
    for each in ScheduledPrint.objects.filter(item__in=items).order_by("pk"):
        found[each.item_id or 0][each.part_id or 0].append(each)
    return found


def _replace(parts: Sequence[PrintPart], prints_of: dict[int, list[ScheduledPrint]]) -> int:
    """Parts of an item that nothing was made of yet stand in place of those that its prints were made of and that it
    has no more: what of these waits is cancelled, and what was begun becomes the new part's. How many that is."""
    kept = {part.pk for part in parts}
    fresh = [part for part in parts if all(map(_is_cancelled_by_order, prints_of[part.pk]))]
    others = [
        each
        for part_id, prints in prints_of.items()
        if part_id not in kept
        for each in prints
        if not _is_cancelled_by_order(each)
    ]
    if not fresh or not others:
        return 0
    _cancel([each.pk for each in others if each.status in WAITING], reason="Another part has taken its place.")
    begun = list(
        ScheduledPrint.objects.filter(pk__in=[each.pk for each in others])
        .exclude(status=PrintStatus.CANCELLED, waiting_code=CANCELLED_BY_ORDER)
        .order_by("pk")
    )
    _hand_over(begun, fresh, prints_of)
    return len(others)


def _hand_over(
    begun: list[ScheduledPrint], fresh: Sequence[PrintPart], prints_of: dict[int, list[ScheduledPrint]]
) -> None:
    """To the parts of the same file before others, each as many as it takes."""
    item = begun[0].item if begun else None
    if item is None:
        return
    moved: list[ScheduledPrint] = []
    for is_same in (True, False):
        for part in fresh:
            prints = prints_of[part.pk]
            last = max((each.copy_number for each in prints), default=0)
            lacking = _copies(item, part) - sum(not _is_cancelled_by_order(each) for each in prints)
            suiting = [
                each for each in begun if not is_same or (each.file_id, each.plate) == (part.file_id, part.plate)
            ]
            for number, each in enumerate(suiting[: max(lacking, 0)], start=last + 1):
                begun.remove(each)
                each.part, each.copy_number = part, number
                prints.append(each)
                moved.append(each)
    ScheduledPrint.objects.bulk_update(moved, ["part", "copy_number"])


def _copies(item: ShopOrderItem, part: PrintPart) -> int:
    """How many prints that takes."""
    return min(-(-item.quantity * part.per_item // part.pieces), MOST_COPIES)


def _is_cancelled_by_order(each: ScheduledPrint) -> bool:
    return each.status == PrintStatus.CANCELLED and each.waiting_code == CANCELLED_BY_ORDER


def _print_of(order: ShopOrder, item: ShopOrderItem, part: PrintPart, copy: int) -> ScheduledPrint:
    plate = plate_of(part.file, part.plate) or {}
    return ScheduledPrint(
        shop_id=order.shop_id,
        item=item,
        part=part,
        copy_number=copy,
        job_name=part.name,
        file=part.file,
        file_name=part.file.name,
        plate=part.plate,
        material_type=part.material_type,
        color=part.color,
        must_match_color=bool(part.color),
        estimated_minutes=part.minutes or plate.get("minutes"),
        ship_by=item.expected_ship_at or order.expected_ship_at,
        waiting_code="queue",
        waiting_reason="It has just come into the queue.",
    )


def _store(prints: list[ScheduledPrint], shop_id: int) -> int:
    if not prints:
        return 0
    ScheduledPrint.objects.bulk_create(prints)
    needs = [
        need for each in prints for need in needs_of(each, file=each.file, grams=each.part.grams if each.part else None)
    ]
    needs_reserve(needs, shop_id=shop_id)
    PrintFilament.objects.bulk_create(needs)
    return len(prints)


def _cancel(print_ids: Sequence[int], *, reason: str) -> int:
    """Those that wait and are not being sent; a claim that the bridge has not published is taken back."""
    if not print_ids:
        return 0
    rows = ScheduledPrint.objects.select_for_update(of=("self",)).filter(pk__in=print_ids, status__in=WAITING)
    prints = list(rows.order_by("pk"))
    kept = claims_withdraw([each.pk for each in prints], reason=reason)
    off = [each for each in prints if each.pk not in kept]
    prints_move(off, PrintStatus.CANCELLED, reason=reason)
    ScheduledPrint.objects.filter(pk__in=[each.pk for each in off]).update(
        waiting_code=CANCELLED_BY_ORDER, waiting_reason=reason[:300]
    )
    return len(off)


def claims_withdraw(print_ids: Sequence[int], *, reason: str) -> set[int]:
    """End the open runs of locked prints as not started, and give back the ids of those prints for which it is too
    late: the bridge has told the printer, or is just about to. Of a printer that does not answer it is not: it may
    never come back."""
    now = timezone.now()
    rows = PrintRun.objects.filter(scheduled_print__in=print_ids, ended_at=None, is_extra=False).select_related(
        "printer"
    )
    runs = list(rows.order_by("pk"))
    away_ids = [run.pk for run in runs if run.state in BEFORE_PRINTING and run.printer.status in AWAY]
    open_ids = [run.pk for run in runs if run.state in (RunState.CLAIMED, RunState.UPLOADED) or run.pk in away_ids]
    PrinterCommand.objects.filter(
        Q(run__in=open_ids, state=CommandState.WAITING) | Q(run__in=away_ids, state=CommandState.SENT)
    ).update(state=CommandState.LOST, detail="The start was called off.", ended_at=now)
    sent = set(
        PrinterCommand.objects.filter(run__in=open_ids, state=CommandState.SENT).values_list("run_id", flat=True)
    )
    ended = [run.pk for run in runs if run.pk in open_ids and run.pk not in sent]
    PrintRun.objects.filter(pk__in=ended).update(
        state=RunState.ENDED, outcome=RunOutcome.NOT_STARTED, ended_at=now, reason=reason[:300]
    )
    return {run.scheduled_print_id for run in runs if run.pk not in ended}

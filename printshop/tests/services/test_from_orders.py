"""Orders become prints, and only what is missing is made."""

import pytest
from django.utils import timezone

from marketplace.tests.factories import Model3DFactory
from printshop.models import Printer, PrintPart, PrintRun, ScheduledPrint, ShopOrder, ShopOrderItem
from printshop.services.prints.from_orders import order_prints_cancel, order_prints_make, part_prints_make
from printshop.services.prints.parts import part_create, part_delete
from printshop.services.prints.prints import print_cancel
from printshop.services.prints.runs import run_failed, run_sent
from printshop.tests.factories import ShopFactory, ShopOrderFactory, ShopOrderItemFactory
from printshop.tests.printing import dispatched, printer_with, printing, stocked
from printshop.tests.sliced import print_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(alice):
    return ShopFactory.create(owner=alice)


@pytest.fixture
def part(shop):
    return PrintPart.objects.create(shop=shop, sku="BRKT-L-RED", name="Bracket", file=print_file(shop))


@pytest.fixture
def order(shop):
    return ShopOrderFactory.create(shop=shop, item__quantity=2, expected_ship_at=timezone.now())


def made(order):
    return order_prints_make(order_id=order.pk)


def added(**columns):
    """A part, after the worker."""
    part = part_create(**columns)
    part_prints_make(part_id=part.pk)
    return part


def statuses(order):
    return list(ScheduledPrint.objects.filter(item__order=order).order_by("pk").values_list("status", flat=True))


def quantity(order, number):
    ShopOrderItem.objects.filter(order=order).update(quantity=number)


def test_each_piece_becomes_a_print_with_what_the_file_says(order, part, shop):
    filament, _ = stocked(shop)
    assert made(order) == 2
    job = ScheduledPrint.objects.filter(item__order=order).first()
    assert (job.job_name, job.file, job.plate, job.estimated_minutes) == ("Bracket", part.file, 1, 87)
    assert (job.ship_by, job.printer, job.part, job.status) == (order.expected_ship_at, None, part, "queued")
    need = job.needs.get()
    assert (need.material_type, need.color, str(need.grams), need.filament) == ("PLA", "#FF0000", "23.15", filament)
    assert made(order) == 0


def test_what_the_part_says_stands_in_place_of_the_file(order, part):
    PrintPart.objects.update(material_type="PETG", color="#0000FF", grams="30.5", minutes=12)
    made(order)
    job = ScheduledPrint.objects.first()
    need = job.needs.get()
    assert (job.estimated_minutes, job.must_match_color) == (12, True)
    assert (need.material_type, need.color, need.preset, str(need.grams)) == ("PETG", "#0000FF", "", "30.50")


@pytest.mark.parametrize(
    ("pieces", "per_item", "quantity_", "prints"),
    [(1, 1, 3, 3), (4, 1, 9, 3), (4, 3, 4, 3), (1, 2, 2, 4), (10, 1, 1, 1)],
)
def test_how_many_prints_that_takes(order, part, pieces, per_item, quantity_, prints):
    PrintPart.objects.update(pieces=pieces, per_item=per_item)
    quantity(order, quantity_)
    assert made(order) == prints


def test_a_sku_says_more_than_a_listing(shop, order, part, alice):
    listing = Model3DFactory.create(seller=alice)
    by_listing = PrintPart.objects.create(shop=shop, etsy_listing_id="1234500001", name="Any bracket", file=part.file)
    of_platform = PrintPart.objects.create(shop=shop, listing=listing, name="Model", file=part.file)
    lid = PrintPart.objects.create(shop=shop, sku="BRKT-L-RED", name="Lid", file=part.file)
    ShopOrderItemFactory.create(order=order, sku="UNKNOWN")
    ShopOrderItemFactory.create(order=order, sku="", etsy_listing_id="", listing=listing)
    ShopOrderItemFactory.create(order=order, is_digital=True)
    ShopOrderItemFactory.create(order=order, sku="", etsy_listing_id="")
    made(order)
    found = ScheduledPrint.objects.order_by("pk").values_list("part", flat=True)
    assert list(found) == [part.pk, part.pk, lid.pk, lid.pk, by_listing.pk, of_platform.pk]


@pytest.mark.parametrize(
    "columns",
    [
        {"is_paid": False},
        {"is_shipped": True},
        {"status": "canceled"},
        {"source_status": "fully refunded"},
        {"refunded_amount": "49.99"},
        {"production_status": "completed"},
        {"production_status": "cancelled"},
    ],
)
def test_orders_that_are_not_printed(order, part, columns):
    ShopOrder.objects.update(**columns)
    assert made(order) == 0
    assert order_prints_make(order_id=order.pk + 1) == 0


def test_a_quantity_that_falls_and_grows(order, part):
    quantity(order, 3)
    assert made(order) == 3
    quantity(order, 1)
    assert made(order) == 0
    assert statuses(order) == ["queued", "cancelled", "cancelled"]
    quantity(order, 2)
    assert made(order) == 1
    assert statuses(order) == ["queued", "cancelled", "cancelled", "queued"]
    assert made(order) == 0


def test_what_has_started_stays_when_the_quantity_falls(order, part, shop):
    made(order)
    printer_with(shop, "#FF0000")
    printing(ScheduledPrint.objects.earliest("pk"))
    quantity(order, 1)
    made(order)
    assert statuses(order) == ["started", "cancelled"]
    ShopOrderItem.objects.all().update(quantity=1)
    assert made(order) == 0


def test_what_its_owner_cancelled_or_what_failed_is_not_made_again(order, part, shop, alice):
    made(order)
    first, second = ScheduledPrint.objects.order_by("pk")
    print_cancel(actor=alice, print_id=second.pk)
    printer_with(shop, "#FF0000")
    run_failed(run_id=printing(first).pk, reason="Clogged")
    assert made(order) == 0
    assert statuses(order) == ["failed", "cancelled"]


def test_a_called_off_order_cancels_what_has_not_started(order, part, shop):
    quantity(order, 4)
    made(order)
    printers = [printer_with(shop, "#FF0000") for _ in range(3)]
    jobs = list(ScheduledPrint.objects.order_by("pk"))
    printing(jobs[0])
    sent, claimed = PrintRun.objects.get(scheduled_print=jobs[1]), PrintRun.objects.get(scheduled_print=jobs[2])
    run_sent(run_id=sent.pk)
    assert order_prints_cancel(order_id=order.pk, reason="the order was called off") == 2
    assert statuses(order) == ["started", "scheduled", "cancelled", "cancelled"]
    claimed.refresh_from_db()
    assert (claimed.outcome, claimed.reason, len(printers)) == ("not_started", "the order was called off", 3)
    assert jobs[3].history.get().reason == "the order was called off"
    assert order_prints_cancel(order_id=order.pk, reason="again") == 0


def test_what_was_sent_to_a_printer_that_went_is_called_off(order, part, shop):
    made(order)
    printer = printer_with(shop, "#FF0000")
    run_sent(run_id=dispatched(ScheduledPrint.objects.earliest("pk")).pk)
    Printer.objects.filter(pk=printer.pk).update(status="offline")
    assert order_prints_cancel(order_id=order.pk, reason="refunded") == 2
    assert statuses(order) == ["cancelled", "cancelled"]
    assert PrintRun.objects.get().outcome == "not_started"


def test_one_item_of_an_order_is_cancelled(order, part):
    other = ShopOrderItemFactory.create(order=order)
    made(order)
    assert order_prints_cancel(order_id=order.pk, item_id=other.pk, reason="refunded") == 1
    assert statuses(order) == ["queued", "queued", "cancelled"]


def test_a_dispatched_print_of_an_order_is_not_doubled(order, part, shop):
    made(order)
    printer_with(shop, "#FF0000")
    dispatched(ScheduledPrint.objects.first())
    assert made(order) == 0


# ---------------------------------------------------------------- a part takes the place of another one
def test_a_part_that_was_deleted_and_made_anew_prints_nothing_twice(order, part, shop, alice):
    quantity(order, 3)
    made(order)
    printer_with(shop, "#FF0000")
    begun = ScheduledPrint.objects.earliest("pk")
    printing(begun)
    part_delete(actor=alice, part_id=part.pk)
    assert made(order) == 0
    assert statuses(order) == ["started", "queued", "queued"]  # nothing has taken its place yet
    new = added(actor=alice, file_id=part.file_id, sku="BRKT-L-RED")
    assert statuses(order) == ["started", "cancelled", "cancelled", "queued", "queued"]
    begun.refresh_from_db()
    assert (begun.part, begun.copy_number) == (new, 1)
    assert made(order) == 0
    quantity(order, 4)
    assert made(order) == 1


def test_a_sku_takes_over_from_a_listing(order, shop, alice):
    file = print_file(shop)
    old = PrintPart.objects.create(shop=shop, etsy_listing_id="1234500001", name="Any bracket", file=file)
    made(order)
    printer_with(shop, "#FF0000")
    printing(ScheduledPrint.objects.earliest("pk"))
    added(actor=alice, file_id=file.pk, sku="BRKT-L-RED")
    lid = added(actor=alice, file_id=print_file(shop, "lid.gcode.3mf").pk, sku="BRKT-L-RED")
    assert statuses(order) == ["started", "cancelled", "queued", "queued", "queued"]
    assert (old.prints.count(), lid.prints.count()) == (1, 2)
    assert made(order) == 0


def test_a_part_that_is_kept_takes_nothing_over(order, part, shop, alice):
    lid = added(actor=alice, file_id=part.file_id, sku="BRKT-L-RED", name="Lid")
    assert statuses(order) == ["queued"] * 4
    part_delete(actor=alice, part_id=lid.pk)
    quantity(order, 3)
    assert made(order) == 1
    assert ScheduledPrint.objects.filter(part=part, status="queued").count() == 3


def test_what_is_being_sent_counts_for_the_new_part(order, part, shop, alice):
    made(order)
    printer_with(shop, "#FF0000")
    run_sent(run_id=dispatched(ScheduledPrint.objects.earliest("pk")).pk)
    part_delete(actor=alice, part_id=part.pk)
    added(actor=alice, file_id=part.file_id, sku="BRKT-L-RED")
    assert statuses(order) == ["scheduled", "cancelled", "queued"]

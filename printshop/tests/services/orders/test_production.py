"""Paid orders are printed, called-off ones are not."""

import pytest

from printshop.models import ScheduledPrint
from printshop.services.orders.orders import shop_order_change
from printshop.services.orders.sync import orders_sync
from printshop.tests.parts import part_of

pytestmark = pytest.mark.django_db


def statuses():
    return sorted(ScheduledPrint.objects.values_list("status", flat=True))


@pytest.fixture
def parted(shop):
    return part_of(shop)


def test_a_paid_order_becomes_queued_prints_an_unpaid_one_does_not(etsy, there, shop, alice, parted):
    etsy.receipt(there, quantity=3)
    unpaid = etsy.receipt(there, paid=False)
    orders_sync(actor=alice)
    assert statuses() == ["queued"] * 3

    etsy.change(unpaid, status="Paid", is_paid=True)
    orders_sync(actor=alice)

    assert statuses() == ["queued"] * 4
    orders_sync(actor=alice)
    assert statuses() == ["queued"] * 4


@pytest.mark.parametrize("whole", [True, False])
def test_a_refund_of_everything_cancels_what_did_not_start_one_of_a_part_does_not(
    etsy, there, shop, alice, parted, whole
):
    receipt = etsy.receipt(there, quantity=2)
    orders_sync(actor=alice)

    etsy.refund(receipt, receipt["grandtotal"]["amount"] if whole else 100, whole=whole)
    orders_sync(actor=alice)

    assert statuses() == (["cancelled"] if whole else ["queued"]) * 2


def test_a_cancellation_cancels_what_did_not_start(etsy, there, shop, alice, parted):
    receipt = etsy.receipt(there, quantity=2)
    orders_sync(actor=alice)
    etsy.cancel(receipt)
    orders_sync(actor=alice)

    assert statuses() == ["cancelled"] * 2


def test_an_item_that_is_taken_out_is_not_printed(etsy, there, shop, alice, parted):
    receipt = etsy.receipt(there)
    other = etsy.receipt(there)["transactions"][0]
    etsy.change(receipt, transactions=[*receipt["transactions"], other])
    orders_sync(actor=alice)
    assert statuses() == ["queued"] * 3

    etsy.change(receipt, transactions=receipt["transactions"][:1])
    orders_sync(actor=alice)

    assert statuses() == ["cancelled", "queued", "queued"]


def test_an_order_that_its_shop_calls_off_is_not_printed_until_it_is_taken_up_again(etsy, there, shop, alice, parted):
    etsy.receipt(there)
    orders_sync(actor=alice)
    order = shop.orders.get()

    shop_order_change(actor=alice, order_id=order.pk, production_status="cancelled")
    assert statuses() == ["cancelled"]
    shop_order_change(actor=alice, order_id=order.pk, production_status="pending")
    assert statuses() == ["cancelled", "queued"]
    shop_order_change(actor=alice, order_id=order.pk, status="Cancelled")
    assert statuses() == ["cancelled", "cancelled"]

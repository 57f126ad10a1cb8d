"""Two at once: one trades a token, one syncs a shop, one tells of a parcel, one stores a receipt."""

import pytest
from django.utils import timezone

from commerce.tests.steps import at_once
from printshop.gateways.etsy_receipts import receipt_read
from printshop.models import Shop, ShopOrder, SyncRun
from printshop.services.orders.receipts import receipts_store
from printshop.services.orders.shipping import order_ship
from printshop.services.orders.sync import orders_sync, shop_sync
from printshop.services.shops.tokens import access_token

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_refresh_token_is_traded_once(etsy, there, shop):
    Shop.objects.update(token_expires_at=shop.created_at)

    tokens = at_once(*[lambda: access_token(shop_id=shop.pk).reveal()] * 4)

    assert set(tokens) == {Shop.objects.get().access_token}
    assert etsy.counts["token"] == 1
    assert Shop.objects.get().refresh_token in etsy.refresh


def test_one_sync_of_a_shop_runs_at_a_time(etsy, there, shop, alice):
    for _ in range(120):
        etsy.receipt(there)

    results = at_once(*[lambda: shop_sync(shop_id=shop.pk)] * 3, lambda: orders_sync(actor=alice))

    assert not [result for result in results if isinstance(result, Exception)]
    assert sum(result.new for result in results if result is not None) == 120
    runs = list(SyncRun.objects.order_by("started_at"))
    assert all(first.ended_at <= second.started_at for first, second in zip(runs, runs[1:], strict=False))


def test_a_parcel_is_told_once(etsy, there, shop, alice):
    etsy.receipt(there)
    orders_sync(actor=alice)
    order = shop.orders.get()

    at_once(*[lambda: order_ship(actor=alice, order_id=order.pk, carrier="dhl", tracking_code="1")] * 3)

    assert len(etsy.mailed) == 1
    assert order.shipments.count() == 1


def test_a_receipt_that_two_read_is_stored_once(etsy, there, shop):
    receipt = receipt_read(etsy.receipt(there))

    results = at_once(*[lambda: receipts_store(shop_id=shop.pk, receipts=[receipt], read_at=timezone.now())] * 3)

    assert sorted(result.new for result in results) == [0, 0, 1]
    assert ShopOrder.objects.count() == 1

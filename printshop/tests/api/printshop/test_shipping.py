"""Parcels: Etsy is told once, whatever happens on the way."""

import pytest
from django.utils import timezone

from accounts.tests.people import as_bearer
from printshop.models import Shipment
from printshop.services.orders.shipping import shipment_tell, shipments_sweep
from printshop.services.orders.sync import orders_sync

pytestmark = pytest.mark.django_db

PARCEL = {"carrier": "usps", "tracking_code": "9400111899"}


@pytest.fixture
def receipt(etsy, there, shop, alice):
    made = etsy.receipt(there)
    orders_sync(actor=alice)
    return made


@pytest.fixture
def ship(shop, receipt, alice):
    address = f"/api/printshop/orders/{shop.orders.get().pk}/shipments"
    return lambda **sent: as_bearer(alice).post(address, sent, format="json")


def later():
    Shipment.objects.update(next_try_at=timezone.now())


@pytest.mark.operation("printshop.orders.shipments.create")
@pytest.mark.operation("printshop.orders.shipments.list")
def test_a_parcel_is_told_once(etsy, receipt, ship, shop, alice):
    answer = ship(**PARCEL, note_to_buyer="Thank you")

    assert answer.status_code == 201, answer.json()
    order = shop.orders.get()
    assert answer.json() == PARCEL | {
        "id": Shipment.objects.get().pk,
        "order_id": order.pk,
        "note_to_buyer": "Thank you",
        "state": "told",
        "error": "",
        "created_at": answer.json()["created_at"],
        "told_at": answer.json()["told_at"],
    }
    assert (order.is_shipped, order.status) == (True, "completed")
    again = ship(**PARCEL | {"carrier": "USPS"})
    assert (again.status_code, again.json()["id"]) == (200, answer.json()["id"])
    assert etsy.mailed == [(receipt["receipt_id"], "usps", "9400111899")]
    orders_sync(actor=alice)
    assert Shipment.objects.count() == 1
    listed = as_bearer(alice).get(f"/api/printshop/orders/{order.pk}/shipments").json()
    assert [row["id"] for row in listed] == [answer.json()["id"]]


def test_an_answer_that_was_lost_is_looked_up_before_it_is_told_again(etsy, receipt, ship):
    etsy.drop(after_work=True)

    assert ship(**PARCEL).json()["state"] == "unclear"

    later()
    assert shipments_sweep() == 1
    assert Shipment.objects.get().state == "told"
    assert etsy.counts["tracking"] == 1
    assert len(etsy.mailed) == 1


def test_what_did_not_reach_etsy_is_told_by_the_sweep(etsy, receipt, ship):
    etsy.drop(after_work=False)
    assert ship(**PARCEL).json()["state"] == "unclear"
    assert shipments_sweep() == 0

    later()
    shipments_sweep()

    assert Shipment.objects.get().state == "told"
    assert len(etsy.mailed) == 1


def test_a_limit_is_known_not_to_have_told(etsy, receipt, ship):
    etsy.limit(retry_after=60)

    answer = ship(**PARCEL).json()

    assert (answer["state"], answer["error"]) == ("waiting", "Etsy allows no more requests now.")
    later()
    shipment_tell(shipment_id=answer["id"])
    assert Shipment.objects.get().state == "told"


def test_what_etsy_refuses_is_said_and_can_be_tried_again(etsy, receipt, ship):
    receipt["status"] = "canceled"

    answer = ship(**PARCEL)

    assert (answer.status_code, answer.json()["error"]) == (409, "Etsy did not take it: The receipt is canceled")
    receipt["status"] = "paid"
    assert ship(**PARCEL).json()["state"] == "told"


def test_without_a_parcel_the_order_is_only_marked_as_shipped(etsy, ship, shop):
    assert ship().json()["state"] == "told"
    assert ship().status_code == 200

    assert etsy.mailed == []
    assert etsy.counts["tracking"] == 1
    assert shop.orders.get().is_shipped


def test_a_parcel_that_was_told_at_etsy_stands_in_the_list(etsy, there, receipt, shop, alice):
    etsy._track(receipt, {"tracking_code": "123", "carrier_name": "dhl"})

    orders_sync(actor=alice)

    assert Shipment.objects.get().tracking_code == "123"
    assert shop.orders.get().shipments.get().state == "told"


@pytest.mark.parametrize("sent", [{"carrier": "usps"}, {"tracking_code": "1"}, PARCEL | {"note_to_buyer": "x" * 501}])
def test_half_a_parcel_is_none(ship, sent):
    assert ship(**sent).status_code == 400
    assert not Shipment.objects.exists()


def test_what_is_not_paid_or_called_off_is_not_shipped(etsy, receipt, ship, shop):
    for columns in ({"is_paid": False}, {"is_paid": True, "status": "canceled"}):
        shop.orders.update(**columns)
        assert ship(**PARCEL).status_code == 409
    assert not Shipment.objects.exists()
    assert etsy.counts.get("tracking", 0) == 0

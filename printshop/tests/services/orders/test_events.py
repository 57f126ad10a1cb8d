"""Etsy's webhooks: proven, taken once, worked off."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from django.test import Client
from django.utils import timezone

from printshop.models import EtsyEvent, ShopOrder
from printshop.services.orders.events import event_work_off, events_sweep

pytestmark = pytest.mark.django_db

KEY = b"a key of some thirty-two letters"


@pytest.fixture(autouse=True)
def secret(settings):
    settings.ETSY_WEBHOOK_SECRET = "whsec_" + base64.b64encode(KEY).decode()


def body_of(there, receipt, **changes):
    address = f"https://api.etsy.com/v3/application/shops/{there.shop_id}/receipts/{receipt['receipt_id']}"
    said = {"event_type": "order.paid", "resource_url": address, "shop_id": str(there.shop_id)}
    return json.dumps(said | changes).encode()


def send(body, *, event_id="msg_1", at=None, key=KEY, form="v1,{}"):
    at = str(int(time.time() if at is None else at))
    digest = base64.b64encode(hmac.new(key, f"{event_id}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
    headers = {"webhook-id": event_id, "webhook-timestamp": at, "webhook-signature": form.format(digest)}
    return Client().post("/api/webhooks/etsy", body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("form", ["v1,{}", "{}", "v1,bm8= v1,{}"])
def test_an_event_has_its_receipt_read(etsy, there, shop, form):
    receipt = etsy.receipt(there)

    answer = send(body_of(there, receipt), form=form)

    assert (answer.status_code, answer.json()) == (200, {"received": True})
    event_work_off(event_id=EtsyEvent.objects.get().pk)
    assert ShopOrder.objects.get().etsy_order_id == str(receipt["receipt_id"])
    assert EtsyEvent.objects.get().done_at is not None


def test_an_event_is_taken_once(etsy, there, shop):
    body = body_of(there, etsy.receipt(there))

    assert [send(body).status_code for _ in range(3)] == [200] * 3

    assert events_sweep() == 1
    assert events_sweep() == 0
    assert etsy.counts["receipt"] == 1


def test_what_is_not_genuine_is_refused(etsy, there, shop, settings):
    body = body_of(there, etsy.receipt(there))

    assert send(body, key=b"another").status_code == 400
    assert send(body, at=time.time() - 301).status_code == 400
    assert send(body, at=time.time() + 301).status_code == 400
    assert send(b"[]").status_code == 400
    assert Client().post("/api/webhooks/etsy", body, content_type="application/json").status_code == 400
    assert Client().get("/api/webhooks/etsy").status_code == 405
    settings.ETSY_WEBHOOK_SECRET = ""
    assert send(body, key=b"").status_code == 400
    assert not EtsyEvent.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://api.etsy.com/v3/application/shops/1/receipts/2",
        "https://api.etsy.com/v3/application/shops/../receipts/2",
    ],
)
def test_an_address_is_never_called(etsy, there, shop, address):
    assert send(body_of(there, etsy.receipt(there), resource_url=address)).status_code == 200

    assert events_sweep() == 0
    assert etsy.requests == []


def test_an_event_of_a_shop_that_nobody_has_is_done(etsy, there):
    send(body_of(there, etsy.receipt(there)))

    assert events_sweep() == 1
    assert EtsyEvent.objects.get().done_at is not None


def test_an_event_waits_while_etsy_is_away(etsy, there, shop):
    send(body_of(there, etsy.receipt(there)))

    with etsy.down():
        events_sweep()

    event = EtsyEvent.objects.get()
    assert (event.done_at, event.attempts) == (None, 1)
    assert event.next_try_at > timezone.now()
    EtsyEvent.objects.update(next_try_at=timezone.now())
    assert events_sweep() == 1
    assert ShopOrder.objects.count() == 1


def test_a_fault_of_ours_with_one_event_holds_up_no_other(shop, monkeypatch):
    for number in (1, 2):
        EtsyEvent.objects.create(
            event_id=f"msg_{number}", event_type="order.paid", etsy_shop_id=shop.etsy_shop_id, receipt_id=str(number)
        )

    def broken(**_about):
        raise RuntimeError

    monkeypatch.setattr("printshop.services.orders.events.access_token", broken)
    assert events_sweep() == 2
    assert not EtsyEvent.objects.filter(next_try_at__lte=timezone.now()).exists()
    assert list(EtsyEvent.objects.values_list("attempts", "done_at")) == [(1, None), (1, None)]

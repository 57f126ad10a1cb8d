"""Etsy's webhooks: proven, taken once, and answered at once; what they tell of is then asked of Etsy itself.

Signed as Standard Webhooks (https://www.standardwebhooks.com): the base64 of the HMAC with SHA-256 over
`{id}.{timestamp}.{body}`, whose key is the base64 in ETSY_WEBHOOK_SECRET, with or without `whsec_`.
"""

import base64
import binascii
import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from config.core.announce import enqueue_after_commit
from config.core.errors import DomainError
from config.core.storable import UNSTORABLE
from printshop.choices import ConnectionState
from printshop.errors import EventNotGenuine
from printshop.gateways.etsy import Etsy, NoSuchReceipt, number_of
from printshop.gateways.etsy_receipts import Unreadable, receipt_read
from printshop.models import EtsyEvent, Shop
from printshop.services.orders.receipts import receipts_store
from printshop.services.shops.tokens import access_token, with_token

logger = logging.getLogger(__name__)

WINDOW: Final = 300
"""Seconds that a webhook may be old, or our clocks apart."""
RECEIPT: Final = re.compile(r"/v3/application/shops/(\d{1,20})/receipts/(\d{1,20})/?")
LONGEST_WAIT: Final = 6 * 3600


def event_receive(*, body: bytes, headers: Mapping[str, str]) -> None:
    """Keep an event, once. Raises EventNotGenuine."""
    event_id = headers.get("webhook-id", "")
    _prove(event_id, headers.get("webhook-timestamp", ""), headers.get("webhook-signature", ""), body)
    try:
        said = json.loads(body)
        shop_number = number_of(said["shop_id"])
        parts = urlsplit(str(said["resource_url"]))
        kind = UNSTORABLE.sub("", str(said.get("event_type") or ""))[:40]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise EventNotGenuine from None
    # The address is never called: the two numbers in its path are what is wanted of it.
    found = RECEIPT.fullmatch(parts.path)
    if found is None or found.group(1) != shop_number:
        return
    with transaction.atomic():
        event, is_new = EtsyEvent.objects.get_or_create(
            event_id=event_id,
            defaults={"event_type": kind, "etsy_shop_id": shop_number, "receipt_id": found.group(2)},
        )
        if is_new:
            enqueue_after_commit("printshop.tasks.etsy_event", event.pk)


def _prove(event_id: str, timestamp: str, signatures: str, body: bytes) -> None:
    """With no secret set nothing is genuine."""
    try:
        key = base64.b64decode(settings.ETSY_WEBHOOK_SECRET.removeprefix("whsec_"), validate=True)
        is_fresh = abs(time.time() - int(timestamp)) <= WINDOW
    except (binascii.Error, ValueError):
        raise EventNotGenuine from None
    if not key or not is_fresh or not 0 < len(event_id) <= 100 or "\0" in event_id:
        raise EventNotGenuine
    signed = f"{event_id}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    sent = [entry.removeprefix("v1,").encode() for entry in signatures.split()]
    if not any(hmac.compare_digest(expected, entry) for entry in sent):
        raise EventNotGenuine


def event_work_off(*, event_id: int) -> None:
    """Read the receipt that an event tells of. May run twice; what cannot be done now is tried again by the sweep."""
    event = EtsyEvent.objects.filter(pk=event_id, done_at=None).first()
    if event is None:
        return
    shop = Shop.objects.filter(etsy_shop_id=event.etsy_shop_id, etsy_state=ConnectionState.CONNECTED).first()
    if shop is not None:
        try:
            etsy = Etsy(access_token(shop_id=shop.pk), shop_id=shop.pk)
            said = with_token(etsy, shop.pk, lambda: etsy.receipt(event.etsy_shop_id, event.receipt_id))
            receipts_store(shop_id=shop.pk, receipts=[receipt_read(said)], read_at=timezone.now())
        except (NoSuchReceipt, Unreadable) as reason:
            logger.warning("what Etsy event %s tells of cannot be read: %s", event.pk, type(reason).__name__)
        except Exception as error:
            if not isinstance(error, DomainError):  # a fault of ours holds up no other event
                logger.exception("Etsy event %s could not be worked off", event.pk)
            wait = min(LONGEST_WAIT, 30 * 2 ** min(event.attempts, 12))
            EtsyEvent.objects.filter(pk=event.pk).update(
                attempts=F("attempts") + 1, next_try_at=timezone.now() + timedelta(seconds=wait)
            )
            return
    EtsyEvent.objects.filter(pk=event.pk).update(done_at=timezone.now())


def events_sweep() -> int:
    """Those that were not worked off."""
    due = EtsyEvent.objects.filter(done_at=None, next_try_at__lte=timezone.now()).order_by("next_try_at")
    numbers = list(due.values_list("pk", flat=True)[:100])
    for number in numbers:
        event_work_off(event_id=number)
    return len(numbers)


def events_forget() -> int:
    """Old ones."""
    return EtsyEvent.objects.filter(received_at__lt=timezone.now() - settings.KEEP["etsy_events"]).delete()[0]

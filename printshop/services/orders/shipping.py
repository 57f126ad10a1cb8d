"""Parcels. Telling Etsy of one mails the buyer, so it is told once: what may have been told is looked up at Etsy before
it is told again."""

import logging
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.services.notifications import notification_send
from commerce.choices import OrderStatus as PlatformStatus
from commerce.services.checkout.fulfilment import order_progress
from config.core.errors import DomainError, Invalid
from printshop.choices import OrderSource, ShipmentState
from printshop.errors import EtsyLimited, EtsyNotConfigured, EtsyUnavailable, NotConnected, ShipmentRefused, WrongStatus
from printshop.gateways.etsy import Etsy, NoSuchReceipt, TrackingRefused
from printshop.gateways.etsy_receipts import Receipt, Unreadable, receipt_read
from printshop.models import Shipment, ShopOrder
from printshop.selectors.orders import order_of
from printshop.services.orders.receipts import receipts_store
from printshop.services.shops.tokens import access_token, with_token

logger = logging.getLogger(__name__)

CLAIM: Final = timedelta(seconds=120)
"""Longer than telling takes: nobody else tells meanwhile."""
OPEN: Final = (ShipmentState.WAITING, ShipmentState.UNCLEAR)
LONGEST_WAIT: Final = 3600


def order_ship(
    *, actor: User, order_id: int, carrier: str = "", tracking_code: str = "", note_to_buyer: str = ""
) -> tuple[Shipment, bool]:
    """A parcel of an order, and whether it is new: the same code by the same carrier is one parcel, told once. Without
    both the order is only marked as shipped.

    Etsy tells the buyer, at once where it answers, else later; the buyer of an order of the platform's gets a notice.
    Raises Missing, Denied, Invalid, WrongStatus (unpaid, called
    off), NotConnected and ShipmentRefused.
    """
    carrier, tracking_code = carrier.strip(), tracking_code.strip()
    if bool(carrier) != bool(tracking_code):
        name = "tracking_code" if carrier else "carrier"
        raise Invalid("A tracking code and its carrier are given together.", field=name)
    order = order_of(actor=actor, order_id=order_id)
    with transaction.atomic():
        if order.order_id is not None and not order.is_shipped and order.items.filter(line__is_digital=False).exists():
            lines = set(order.items.values_list("line", flat=True))
            order_progress(actor=actor, order_id=order.order_id, status=PlatformStatus.SHIPPED, only=lines)
        order = ShopOrder.objects.select_for_update().select_related("shop").get(pk=order.pk)
        if order.is_called_off or not order.is_paid:
            raise WrongStatus("An order that is not paid, or was called off, is not shipped.")
        if order.source == OrderSource.ETSY and not order.shop.access_token:
            raise NotConnected
        same = (
            order.shipments.select_for_update()
            .filter(carrier__iexact=carrier, tracking_code__iexact=tracking_code)
            .first()
        )
        shipment = same or Shipment(order=order, carrier=carrier, tracking_code=tracking_code)
        if same is None or same.state == ShipmentState.REFUSED:  # after a refusal it may be right
            shipment.note_to_buyer, shipment.state, shipment.error = note_to_buyer, ShipmentState.WAITING, ""
            shipment.next_try_at = timezone.now()
            if order.source == OrderSource.PLATFORM:
                shipment.state, shipment.told_at = ShipmentState.TOLD, timezone.now()
            shipment.save()  # not one that is known: it may be claimed by whoever tells of it now
            if order.source == OrderSource.PLATFORM:
                _tell_buyer(shipment)
    if shipment.state in OPEN:
        shipment_tell(shipment_id=shipment.pk)
        shipment.refresh_from_db()
    if shipment.state == ShipmentState.REFUSED:
        raise ShipmentRefused(f"Etsy did not take it: {shipment.error}")
    return shipment, same is None


def _tell_buyer(shipment: Shipment) -> None:
    """Of a parcel of an order of the platform's. That all of the order is shipped, the platform has said itself."""
    order = shipment.order.order
    if order is None:
        return
    message = f"A parcel of your order #{order.pk} was sent"
    if shipment.carrier:
        message += f" by {shipment.carrier}, tracking code {shipment.tracking_code}"
    elif not shipment.note_to_buyer and order.status == PlatformStatus.SHIPPED:
        return
    notification_send(
        user=order.buyer,
        notification_type="order_updated",
        title="Parcel Sent",
        message=f"{message}. {shipment.note_to_buyer}".rstrip(),
        data={
            "order_id": order.pk,
            "status": order.status,
            "carrier": shipment.carrier,
            "tracking_code": shipment.tracking_code,
        },
    )


def shipment_tell(*, shipment_id: int) -> None:
    """Tell Etsy of a parcel, unless it is told, or is being told at this moment. Nothing is raised: it keeps what came
    of it, and the sweep tries again."""
    now = timezone.now()
    open_ones = Shipment.objects.filter(pk=shipment_id, state__in=OPEN, next_try_at__lte=now)
    shipment = open_ones.select_related("order__shop").first()
    # What is about to be told is unclear until Etsy has answered, whatever happens to us.
    if shipment is None or not open_ones.filter(state=shipment.state).update(
        state=ShipmentState.UNCLEAR, attempts=F("attempts") + 1, next_try_at=now + CLAIM
    ):
        return
    wait = min(LONGEST_WAIT, 60 * 2 ** min(shipment.attempts, 6))
    try:
        receipt = _told(shipment)
    except TrackingRefused as refusal:
        _keep(shipment, state=ShipmentState.REFUSED, error=str(refusal)[:200])
    except EtsyLimited as refusal:  # Etsy did not look at it
        _keep(shipment, state=shipment.state, error=refusal.message, wait=max(refusal.wait, 5))
    except (NotConnected, EtsyNotConfigured) as refusal:
        _keep(shipment, state=shipment.state, error=refusal.message, wait=LONGEST_WAIT)
    except (DomainError, NoSuchReceipt, Unreadable) as refusal:
        error = refusal.message if isinstance(refusal, DomainError) else EtsyUnavailable.message
        _keep(shipment, state=ShipmentState.UNCLEAR, error=error[:200], wait=wait)
    else:
        if receipt is not None:
            receipts_store(shop_id=shipment.order.shop_id, receipts=[receipt], read_at=timezone.now())
        Shipment.objects.filter(pk=shipment.pk).update(state=ShipmentState.TOLD, error="")
        Shipment.objects.filter(pk=shipment.pk, told_at=None).update(told_at=timezone.now())


def shipments_hold_back() -> int:
    """Of an earlier database: what waits may have been told since, which is looked up. How many there were."""
    waiting = Shipment.objects.filter(state=ShipmentState.WAITING, order__source=OrderSource.ETSY)
    return waiting.update(state=ShipmentState.UNCLEAR)


def shipments_sweep() -> int:
    """Those that are still to be told."""
    due = Shipment.objects.filter(state__in=OPEN, next_try_at__lte=timezone.now(), order__source=OrderSource.ETSY)
    numbers = list(due.order_by("next_try_at").values_list("pk", flat=True)[:50])
    for number in numbers:
        shipment_tell(shipment_id=number)
    return len(numbers)


def _told(shipment: Shipment) -> Receipt | None:
    """The receipt with the parcel in it; None where Etsy's answer cannot be read although it took the parcel."""
    order = shipment.order
    shop, number = order.shop.etsy_shop_id or "", order.etsy_order_id
    etsy = Etsy(access_token(shop_id=order.shop_id), shop_id=order.shop_id)
    if shipment.state == ShipmentState.UNCLEAR:
        receipt = receipt_read(with_token(etsy, order.shop_id, lambda: etsy.receipt(shop, number)))
        codes = {parcel.tracking_code.lower() for parcel in receipt.parcels}
        if shipment.tracking_code.lower() in codes or (not shipment.tracking_code and receipt.columns["is_shipped"]):
            return receipt
    form = {"tracking_code": shipment.tracking_code, "carrier_name": shipment.carrier}
    form = {name: value for name, value in form.items() if value}
    if shipment.note_to_buyer:
        form["note_to_buyer"] = shipment.note_to_buyer
    said = with_token(etsy, order.shop_id, lambda: etsy.ship(shop, number, form))
    try:
        return receipt_read(said)
    except Unreadable:
        return None


def _keep(shipment: Shipment, *, state: str, error: str, wait: int = 0) -> None:
    Shipment.objects.filter(pk=shipment.pk, state=ShipmentState.UNCLEAR).update(
        state=state, error=error, next_try_at=timezone.now() + timedelta(seconds=wait)
    )

"""A shop's orders: Etsy's receipts and the platform's own, with what the shop adds to them."""

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from config.core.fields import EncryptedTextField, MoneyField
from printshop.choices import CALLED_OFF, Channel, Direction, OrderSource, OrderStatus, ProductionStatus, ShipmentState
from printshop.models.shops import Shop

GONE: Final = (
    Q(status__in=CALLED_OFF)
    | Q(source_status__in=CALLED_OFF)
    | Q(production_status=ProductionStatus.CANCELLED)
    | Q(total_amount__gt=0, refunded_amount__gte=F("total_amount"))
)
"""Orders of which nothing is printed any more: what `ShopOrder.is_called_off` says of one."""


class ShopOrder(models.Model):
    """`status` is what is shown: Etsy's as long as the shop sets none, and Etsy's again when Etsy changes it.
    `production_status` and `notes` are the shop's alone; no sync touches them.

    Amounts are in `currency`. `fees` are Etsy's or the platform's, empty while they are not known.
    """

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="orders")
    source = models.CharField(max_length=10, choices=OrderSource, default=OrderSource.ETSY, editable=False)
    etsy_order_id = models.CharField(max_length=20, blank=True, help_text="Etsy's receipt_id.")
    order = models.ForeignKey(
        "commerce.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="The platform's."
    )
    buyer_name = models.CharField(max_length=255, blank=True)
    buyer_email = models.EmailField(max_length=254, null=True, blank=True)
    address = EncryptedTextField(blank=True, help_text="Where it is shipped to, in lines.")
    country = models.CharField(max_length=2, blank=True)
    message = models.TextField(blank=True, help_text="From the buyer.")
    is_gift = models.BooleanField(default=False)
    status = models.CharField(max_length=40, choices=OrderStatus, default=OrderStatus.OPEN)
    source_status = models.CharField(max_length=40, blank=True, editable=False, help_text="As its source last said.")
    production_status = models.CharField(
        max_length=12, choices=ProductionStatus, default=ProductionStatus.PENDING, help_text="The shop's own."
    )
    notes = models.TextField(blank=True)
    is_paid = models.BooleanField(default=False)
    is_shipped = models.BooleanField(default=False)
    total_amount = MoneyField()
    shipping_amount = MoneyField(default=0)
    tax_amount = MoneyField(default=0)
    refunded_amount = MoneyField(default=0)
    fees = MoneyField(null=True, blank=True)
    fees_read_at = models.DateTimeField(null=True, blank=True, editable=False)
    currency = models.CharField(max_length=3)
    expected_ship_at = models.DateTimeField(null=True, blank=True, help_text="By when the buyer was told it ships.")
    promised_ship_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its last print is expected to be ready, by the queue."
    )
    paid_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, editable=False, help_text="Of what its source last said.")
    created_at = models.DateTimeField(help_text="When it was placed, by its source's clock.")
    changed_at = models.DateTimeField(help_text="When its source last changed it.")
    read_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its source said what is stored; older sayings are late."
    )
    asked_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its source was last asked for it alone."
    )
    source_missing_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its source knew nothing of it."
    )
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "etsy_order_id"], condition=~Q(etsy_order_id=""), name="receipt_once"
            ),
            models.UniqueConstraint(fields=["shop", "order"], condition=Q(order__isnull=False), name="shop_order_once"),
            models.CheckConstraint(
                condition=Q(source=OrderSource.ETSY, order__isnull=True) & ~Q(etsy_order_id="")
                | Q(source=OrderSource.PLATFORM, order__isnull=False, etsy_order_id=""),
                name="shop_order_has_its_source",
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "-created_at", "-id"], name="shop_orders_newest"),
            models.Index(fields=["-created_at", "-id"], name="all_shop_orders_newest"),
            models.Index(fields=["etsy_order_id"], name="shop_orders_by_receipt", condition=~Q(etsy_order_id="")),
            models.Index(fields=["total_amount", "id"], name="all_shop_orders_by_total"),
            models.Index(fields=["shop", "status", "-created_at", "-id"], name="shop_orders_by_status"),
            models.Index(fields=["shop", "production_status", "-created_at", "-id"], name="shop_orders_by_production"),
            models.Index(
                fields=["shop", "fees_read_at"],
                name="shop_orders_fees_to_read",
                condition=Q(source=OrderSource.ETSY, is_paid=True),
            ),
            models.Index(
                fields=["shop", "created_at"],
                name="shop_orders_to_ship",
                condition=Q(is_shipped=False) & ~Q(status__in=[OrderStatus.CANCELED, OrderStatus.FULLY_REFUNDED]),
            ),
        ]

    def __str__(self) -> str:
        return f"Order {self.etsy_order_id or self.order_id}"

    @property
    def is_called_off(self) -> bool:
        """By its source or the shop, or because all of its money went back."""
        return (
            self.status in CALLED_OFF
            or self.source_status in CALLED_OFF
            or self.production_status == ProductionStatus.CANCELLED
            or 0 < self.total_amount <= self.refunded_amount
        )


class ShopOrderItem(models.Model):
    """`price` is of one piece."""

    order = models.ForeignKey(ShopOrder, on_delete=models.CASCADE, related_name="items")
    transaction_id = models.CharField(max_length=20, blank=True, help_text="Etsy's, of this line.")
    line = models.ForeignKey(
        "commerce.OrderLine", on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Ours."
    )
    etsy_listing_id = models.CharField(max_length=20, blank=True)
    listing = models.ForeignKey(
        "marketplace.Listing", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    sku = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=500)
    quantity = models.PositiveIntegerField()
    price = MoneyField(currency="order.currency")
    variations = models.JSONField(default=list, blank=True, help_text="Names and values, as the buyer chose them.")
    personalization = models.TextField(blank=True)
    is_digital = models.BooleanField(default=False, help_text="Nothing of it is printed.")
    is_called_off = models.BooleanField(
        default=False, editable=False, help_text="It was given back alone: nothing more of it is printed."
    )
    expected_ship_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "transaction_id"], condition=~Q(transaction_id=""), name="receipt_line_once"
            ),
            models.UniqueConstraint(fields=["order", "line"], condition=Q(line__isnull=False), name="shop_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="shop_item_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"


class OrderNote(models.Model):
    """Internal to the shop."""

    order = models.ForeignKey(ShopOrder, on_delete=models.CASCADE, related_name="order_notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    content = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["order", "id"], name="notes_of_shop_order")]

    def __str__(self) -> str:
        return f"Note {self.pk} on order {self.order_id}"


class Communication(models.Model):
    """What was said to or by a customer elsewhere, logged by hand: Etsy has no interface for messages."""

    order = models.ForeignKey(ShopOrder, on_delete=models.CASCADE, related_name="communications")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    message = models.TextField()
    direction = models.CharField(max_length=10, choices=Direction, default=Direction.INBOUND)
    channel = models.CharField(max_length=20, choices=Channel, default=Channel.ETSY_MESSAGE)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["order", "id"], name="communications_of_shop_order")]

    def __str__(self) -> str:
        return f"{self.direction} {self.channel} on order {self.order_id}"


class Shipment(models.Model):
    """A parcel of an order. Telling Etsy mails the buyer, so it is told once; the same code is one parcel."""

    order = models.ForeignKey(ShopOrder, on_delete=models.CASCADE, related_name="shipments")
    carrier = models.CharField(max_length=100, blank=True)
    tracking_code = models.CharField(max_length=100, blank=True)
    note_to_buyer = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=ShipmentState, default=ShipmentState.WAITING)
    etsy_shipping_id = models.CharField(max_length=20, blank=True)
    error = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "carrier", "tracking_code"], name="shipment_once")]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                name="shipments_to_tell",
                condition=Q(state__in=[ShipmentState.WAITING, ShipmentState.UNCLEAR]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking_code}"

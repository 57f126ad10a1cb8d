"""Orders: what somebody bought, at the price of that moment."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from commerce.choices import OrderStatus, OrderType, PayBy, PieceSize
from config.core.fields import MoneyField, adds_up
from config.core.history import StatusHistory
from marketplace.choices import Kind, Licence


class Order(models.Model):
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    channel = models.CharField(max_length=10, help_text="The dialect it was placed in; decides the fee.")
    order_type = models.CharField(max_length=10, choices=OrderType)
    status = models.CharField(max_length=10, choices=OrderStatus, default=OrderStatus.PENDING, editable=False)
    total_amount = MoneyField()
    currency = models.CharField(max_length=3)
    shipping_address = models.CharField(max_length=500)
    coupon_code = models.CharField(max_length=50, blank=True, db_default="", default="", editable=False)
    checkout_id = models.CharField(
        max_length=24, null=True, blank=True, unique=True, editable=False, help_text="chk_…, of a checkout in Nexus."
    )
    pay_by = models.CharField(
        max_length=10, blank=True, db_default="", default="", choices=PayBy, help_text="What its buyer chose in Nexus."
    )
    tax_name = models.CharField(max_length=40, blank=True, db_default="", default="", editable=False)
    tax_percent = models.DecimalField(
        max_digits=4,
        decimal_places=2,
        default=0,
        db_default=0,
        editable=False,
        help_text="Of the price without it, which the total holds. 0: no tax was charged.",
    )
    stock_returned_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(total_amount__gte=0), name="order_total_positive")]
        indexes = [
            models.Index(fields=["buyer", "-created_at", "-id"], name="orders_of_buyer"),
            models.Index(fields=["buyer", "total_amount", "id"], name="orders_of_buyer_total"),
            models.Index(fields=["status", "created_at"], name="orders_by_status"),
            models.Index(fields=["-created_at", "-id"], name="orders_newest"),
            models.Index(fields=["total_amount", "id"], name="orders_by_total"),
            models.Index(
                fields=["buyer"], name="orders_checked_out", condition=Q(checkout_id__isnull=False, status="pending")
            ),
        ]

    def __str__(self) -> str:
        return f"Order #{self.pk}"


class OrderLine(models.Model):
    """One listing in an order. Title, seller, price and licence are copies that later edits do not touch."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    listing = models.ForeignKey("marketplace.Listing", on_delete=models.PROTECT, related_name="order_lines")
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sold_lines")
    kind = models.CharField(max_length=10, choices=Kind)
    is_digital = models.BooleanField(help_text="The buyer gets the file.")
    title = models.CharField(max_length=200)
    seller_name = models.CharField(max_length=150)
    licence = models.CharField(
        max_length=20, choices=Licence, blank=True, db_default="", default="", help_text="Of a 3-D model."
    )
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    size = models.CharField(max_length=10, choices=PieceSize, blank=True)
    color = models.CharField(max_length=50, blank=True)
    quantity = models.PositiveIntegerField()
    list_price = MoneyField(
        currency="order.currency", null=True, blank=True, help_text="Of a piece before a discount; empty without one."
    )
    unit_price = MoneyField(currency="order.currency")
    discount_amount = MoneyField(
        currency="order.currency", default=0, db_default=0, help_text="The coupon's, off the line in all."
    )
    total_price = MoneyField(currency="order.currency")
    took_stock = models.BooleanField(default=False, help_text="Pieces were taken from a limited stock.")
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    download_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_quantity"),
            models.CheckConstraint(condition=Q(discount_amount__gte=0), name="order_line_discount_positive"),
            models.CheckConstraint(condition=Q(total_price__gte=0), name="order_line_total_positive"),
            models.CheckConstraint(
                condition=adds_up("total_price", F("unit_price") * F("quantity") - F("discount_amount")),
                name="order_line_total_is_price_less_discount",
            ),
        ]
        indexes = [models.Index(fields=["seller", "-id"], name="lines_of_seller")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    @property
    def is_sent(self) -> bool:
        """By post."""
        return self.kind == Kind.EQUIPMENT or not self.is_digital


class OrderChange(StatusHistory):
    """The history of an order's status. Rows are only added."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=10, choices=OrderStatus, blank=True)
    after = models.CharField(max_length=10, choices=OrderStatus)
    reason = models.CharField(max_length=200, blank=True)

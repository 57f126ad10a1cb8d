"""Coupons: a code of the platform's that takes a percentage off what campaigns do not make cheaper."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from commerce.models.orders import Order
from config.core.fields import FoldedField, MoneyField


class Coupon(models.Model):
    """`used_count` counts the orders that hold a use now. One that was used is never deleted, only taken out of sight,
    and its code may be given to another one then."""

    code = models.CharField(max_length=50)
    code_folded = FoldedField(of="code")
    discount_percent = models.DecimalField(
        max_digits=5, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    max_uses = models.PositiveIntegerField()
    used_count = models.PositiveIntegerField(default=0, editable=False)
    expires_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code_folded"], condition=Q(removed_at=None), name="coupon_code_once"),
            models.CheckConstraint(condition=Q(used_count__lte=F("max_uses")), name="coupon_within_its_uses"),
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lte=100), name="coupon_percent_to_100"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="coupons_newest", condition=Q(removed_at=None)),
            models.Index(
                fields=["is_active", "-created_at", "-id"], name="coupons_by_state", condition=Q(removed_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CouponUse(models.Model):
    """The discount that an order got. Given back when the order is cancelled or its payment fails."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="uses")
    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="coupon_use")
    amount = MoneyField(currency="order.currency", help_text="Off the order in all.")
    returned_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="coupon_use_positive")]

    def __str__(self) -> str:
        return f"Coupon {self.coupon_id} on order {self.order_id}"


class CartCoupon(models.Model):
    """The coupon that somebody put on their cart, whichever dialect they did it in. It reserves nothing."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cart_coupon")
    coupon = models.ForeignKey(Coupon, on_delete=models.CASCADE, related_name="+")
    applied_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Coupon {self.coupon_id} on the cart of {self.user_id}"

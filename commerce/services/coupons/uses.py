"""Uses of coupons: taken under the coupon's lock when an order is placed, given back when nothing comes of it or its
payment fails, and taken again when that is tried anew.

A coupon is locked after listings and campaigns, as everywhere, so no two orders can wait for each other.
"""

from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from accounts.models import User
from commerce.errors import CouponExpired, CouponInactive, CouponRefused, CouponUnknown, CouponUsedUp, EmptyCart
from commerce.models import CartCoupon, CartItem, Coupon, CouponUse, Order
from config.core.folding import folded

FIELD = "coupon_code"


def coupon_refuse(coupon: Coupon | None) -> Coupon:
    """The coupon, when it can be used now. Raises CouponUnknown, CouponInactive, CouponExpired and CouponUsedUp."""
    if coupon is None:
        raise CouponUnknown(field=FIELD)
    if not coupon.is_active:
        raise CouponInactive(field=FIELD)
    if coupon.expires_at <= timezone.now():
        raise CouponExpired(field=FIELD)
    if coupon.used_count >= coupon.max_uses:
        raise CouponUsedUp(field=FIELD)
    return coupon


def coupon_lock(code: str) -> Coupon:
    """The coupon of that code, however it is written, locked, and with a use left. Raises CouponRefused."""
    rows = Coupon.objects.select_for_update().filter(code_folded=folded(code.strip()), removed_at=None)
    return coupon_refuse(rows.first())


def coupon_reopen(order: Order) -> Coupon | None:
    """Take the coupon's use back from a locked order whose lines are written anew. None when it has none, or one that
    can no longer be used."""
    use = CouponUse.objects.filter(order=order, returned_at=None).first()
    if use is None:
        return None
    coupon = Coupon.objects.select_for_update().get(pk=use.coupon_id)
    coupon_return(order)
    coupon.used_count -= 1
    try:
        return coupon_refuse(coupon)
    except CouponRefused:
        return None


def coupon_take(order: Order, coupon: Coupon | None, amount: Decimal) -> None:
    """Count a use of a locked coupon that takes `amount` off a locked order. One that takes nothing off is not used."""
    used = coupon is not None and amount > 0
    if used and coupon is not None:
        CouponUse.objects.update_or_create(
            order=order, defaults={"coupon": coupon, "amount": amount, "returned_at": None}
        )
        Coupon.objects.filter(pk=coupon.pk).update(used_count=F("used_count") + 1)
    code = coupon.code if used and coupon is not None else ""
    if order.coupon_code != code:
        order.coupon_code = code
        order.save(update_fields=["coupon_code"])


def coupon_return(order: Order) -> None:
    """Nothing came of a locked order: somebody else may use its coupon. Safe to call again."""
    use = CouponUse.objects.filter(order=order, returned_at=None).first()
    if use is not None:
        CouponUse.objects.filter(pk=use.pk).update(returned_at=timezone.now())
        Coupon.objects.filter(pk=use.coupon_id).update(used_count=F("used_count") - 1)


def coupon_take_again(order: Order) -> None:
    """A locked order whose use was given back when its payment failed is to be paid after all. Its price stands, also
    when the coupon has expired since; raises CouponUsedUp when others have taken all uses, and holds no lock then."""
    use = CouponUse.objects.filter(order=order, returned_at__isnull=False).first()
    if use is None or not order.coupon_code:
        return
    left = Coupon.objects.filter(pk=use.coupon_id, used_count__lt=F("max_uses"))
    if not left.update(used_count=F("used_count") + 1):
        raise CouponUsedUp(field=FIELD)
    CouponUse.objects.filter(pk=use.pk).update(returned_at=None)


# ---------------------------------------------------------------- the cart's
def cart_coupon(*, actor: User) -> Coupon | None:
    """What is on the actor's cart and can be used now."""
    kept = CartCoupon.objects.select_related("coupon").filter(user=actor, coupon__removed_at=None).first()
    try:
        return coupon_refuse(kept.coupon) if kept is not None else None
    except CouponRefused:
        return None


def cart_coupon_apply(*, actor: User, code: str) -> Coupon:
    """Put a coupon on the cart, in the place of another one. It holds wherever the cart is shown and checked out, and
    reserves nothing. Raises EmptyCart and CouponRefused."""
    if not CartItem.objects.filter(user=actor).exists():
        raise EmptyCart
    coupon = coupon_refuse(Coupon.objects.filter(code_folded=folded(code.strip()), removed_at=None).first())
    CartCoupon.objects.update_or_create(user=actor, defaults={"coupon": coupon, "applied_at": timezone.now()})
    return coupon


def cart_coupon_forget(*, actor: User) -> bool:
    """Take it off again. Whether there was one."""
    return bool(CartCoupon.objects.filter(user=actor).delete()[0])


def cart_coupon_code(*, actor: User) -> str:
    """Of the one on the cart, whether or not it can still be used; empty without one."""
    kept = CartCoupon.objects.filter(user=actor, coupon__removed_at=None).values_list("coupon__code", flat=True)
    return kept.first() or ""

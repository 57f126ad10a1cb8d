"""Coupons, for those who manage them."""

from django.db.models import QuerySet

from accounts.actors import Actor
from commerce import policies
from commerce.models import Coupon
from config.core.errors import Denied, Missing


def coupons(*, actor: Actor) -> QuerySet[Coupon]:
    """The newest first; not those taken out of sight. Raises Denied."""
    if not policies.may_manage_coupons(actor):
        raise Denied
    return Coupon.objects.filter(removed_at=None).order_by("-created_at", "-pk")


def coupon_managed(*, actor: Actor, coupon_id: int) -> Coupon:
    """Raises Denied and Missing."""
    coupon = coupons(actor=actor).filter(pk=coupon_id).first()
    if coupon is None:
        raise Missing("Coupon")
    return coupon

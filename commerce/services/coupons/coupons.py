"""Coupons, made and changed by administrators; the audit trail keeps each decision."""

from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actors import Actor
from commerce import policies
from commerce.errors import CouponTaken
from commerce.models import Coupon
from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing
from config.core.idempotency import Once, done_once

MOST_USES: Final = 2_000_000_000


@done_once(Coupon)
def coupon_create(
    *,
    actor: Actor,
    code: str,
    discount_percent: Decimal,
    max_uses: int,
    expires_at: datetime,
    is_active: bool = True,
    once: Once | None = None,
) -> Coupon:
    """Kept in upper case, and compared however it is written. Raises Denied, Invalid (the field) and CouponTaken."""
    _check_may(actor)
    code = " ".join(code.split()).upper()
    if not code or len(code) > 50:
        raise Invalid("A code has 1 to 50 characters.", field="code")
    _check(discount_percent, max_uses)
    coupon = Coupon(
        code=code,
        discount_percent=discount_percent,
        max_uses=max_uses,
        expires_at=expires_at,
        is_active=is_active,
    )
    try:
        with transaction.atomic():
            coupon.save()
            with _audited(actor, "coupon.create", coupon, code=code, expires_at=expires_at.isoformat()):
                pass
    except IntegrityError:
        raise CouponTaken from None
    return coupon


def coupon_change(
    *,
    actor: Actor,
    coupon_id: int,
    discount_percent: Decimal | None = None,
    max_uses: int | None = None,
    expires_at: datetime | None = None,
    is_active: bool | None = None,
) -> Coupon:
    """What is None stays. Orders that hold a use keep their discount. Raises Denied, Missing and Invalid (also for
    fewer uses than there are)."""
    _check_may(actor)
    with transaction.atomic():
        coupon = _locked(coupon_id)
        _check(discount_percent or Decimal(0), coupon.max_uses if max_uses is None else max_uses)
        if max_uses is not None and max_uses < coupon.used_count:
            raise Invalid(f"It was used {coupon.used_count} times already.", field="max_uses")
        until = expires_at.isoformat() if expires_at is not None else None
        with _audited(actor, "coupon.change", coupon, expires_at=until):
            changes: dict[str, Any] = {
                "discount_percent": discount_percent,
                "max_uses": max_uses,
                "expires_at": expires_at,
                "is_active": is_active,
            }
            for name, value in changes.items():
                if value is not None:
                    setattr(coupon, name, value)
            coupon.save(update_fields=list(changes))
    return coupon


def coupon_remove(*, actor: Actor, coupon_id: int) -> None:
    """It can be used no more, and its code be given to another one. Orders keep their discount. Raises Denied and
    Missing."""
    _check_may(actor)
    with transaction.atomic():
        coupon = _locked(coupon_id)
        with _audited(actor, "coupon.remove", coupon, code=coupon.code):
            if not coupon.uses.exists():
                Coupon.objects.filter(pk=coupon.pk).delete()
                return
            coupon.is_active, coupon.removed_at = False, timezone.now()
            coupon.save(update_fields=["is_active", "removed_at"])


def _audited(actor: Actor, action: str, coupon: Coupon, **values: Any) -> AbstractContextManager[None]:
    percent = partial(_percent, coupon)
    return audited(actor, action, coupon, "max_uses", "is_active", discount_percent=percent, **values)


def _percent(coupon: Coupon) -> str:
    return f"{Decimal(coupon.discount_percent):f}"


def _check_may(actor: Actor) -> None:
    if not policies.may_manage_coupons(actor):
        raise Denied


def _check(discount_percent: Decimal, max_uses: int) -> None:
    if not 0 <= discount_percent <= 100 or discount_percent != round(discount_percent, 2):
        raise Invalid("A percentage is 0 to 100, with up to two decimals.", field="discount_percent")
    if not 1 <= max_uses <= MOST_USES:
        raise Invalid(f"It can be used 1 to {MOST_USES} times.", field="max_uses")


def _locked(coupon_id: int) -> Coupon:
    coupon = Coupon.objects.select_for_update().filter(pk=coupon_id, removed_at=None).first()
    if coupon is None:
        raise Missing("Coupon")
    return coupon

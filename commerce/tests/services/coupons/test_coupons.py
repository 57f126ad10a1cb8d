"""Coupons in the hands of administrators: each decision is in the audit trail."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from commerce.errors import CouponTaken
from commerce.models import Coupon
from commerce.selectors.coupons import coupons
from commerce.services.coupons.coupons import coupon_change, coupon_create, coupon_remove
from commerce.tests.shop import coupon_of, design_of
from commerce.tests.steps import order_of
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db


def created(actor, code="Spring10", percent="10", uses=5) -> Coupon:
    return coupon_create(
        actor=actor,
        code=code,
        discount_percent=Decimal(percent),
        max_uses=uses,
        expires_at=timezone.now() + timedelta(days=1),
    )


def audited() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_one_is_made(admin):
    coupon = created(admin)
    assert (coupon.code, coupon.used_count, coupon.is_active) == ("SPRING10", 0, True)
    for same in ("SPRING10", "spring10", "ｓｐｒｉｎｇ１０"):
        with pytest.raises(CouponTaken):
            created(admin, same)
    assert (audited(), Coupon.objects.count()) == (["coupon.create"], 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "  "}, "code"),
        ({"code": "x" * 51}, "code"),
        ({"percent": "100.01"}, "discount_percent"),
        ({"percent": "1.005"}, "discount_percent"),
        ({"uses": 0}, "max_uses"),
    ],
)
def test_what_is_refused(admin, changes, field):
    with pytest.raises(Invalid) as refusal:
        created(admin, **changes)
    assert (refusal.value.field, Coupon.objects.count()) == (field, 0)


def test_one_is_changed(admin, alice, bob):
    coupon = created(admin)
    order_of(bob, design_of(alice), coupon_code="SPRING10")
    order_of(bob, design_of(alice), coupon_code="SPRING10")
    with pytest.raises(Invalid) as refusal:
        coupon_change(actor=admin, coupon_id=coupon.pk, max_uses=1)
    assert refusal.value.field == "max_uses"
    coupon = coupon_change(actor=admin, coupon_id=coupon.pk, max_uses=2, discount_percent=Decimal(0), is_active=False)
    assert (coupon.max_uses, coupon.discount_percent, coupon.is_active, coupon.used_count) == (2, 0, False, 2)
    entry = AuditEntry.objects.get(action="coupon.change")
    assert (entry.before["max_uses"], entry.after["max_uses"]) == (5, 2)


def test_one_is_removed(admin, alice, bob):
    coupon_remove(actor=admin, coupon_id=created(admin, "NEVER").pk)
    used = created(admin)
    order = order_of(bob, design_of(alice), coupon_code="SPRING10")
    coupon_remove(actor=admin, coupon_id=used.pk)
    assert list(coupons(actor=admin)) == []
    assert list(Coupon.objects.values_list("pk", flat=True)) == [used.pk]
    order.refresh_from_db()
    assert order.coupon_code == "SPRING10"
    assert created(admin).pk != used.pk
    with pytest.raises(Missing):
        coupon_remove(actor=admin, coupon_id=used.pk)


def test_administrators_alone(staff, bob):
    coupon = coupon_of()
    for actor in (staff, bob):
        for decide in (
            lambda actor=actor: created(actor, "X"),
            lambda actor=actor: coupon_change(actor=actor, coupon_id=coupon.pk, is_active=False),
            lambda actor=actor: coupon_remove(actor=actor, coupon_id=coupon.pk),
            lambda actor=actor: coupons(actor=actor),
        ):
            with pytest.raises(Denied):
                decide()
    assert (audited(), coupon.is_active) == ([], True)

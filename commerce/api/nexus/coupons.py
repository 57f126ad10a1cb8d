"""Nexus's coupons, for administrators."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce import policies
from commerce.models import Coupon
from commerce.selectors.coupons import coupon_managed, coupons
from commerce.services.coupons.coupons import MOST_USES, coupon_change, coupon_create, coupon_remove
from config.dialects.base import operation
from config.dialects.moments import EndIn
from config.dialects.nexus import MessageOut, NexusView
from config.dialects.permissions import asking


class CouponChangeIn(serializers.Serializer[Any]):
    discount_percent = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False
    )
    max_uses = serializers.IntegerField(min_value=1, max_value=MOST_USES, required=False)
    expires_at = EndIn(required=False)
    is_active = serializers.BooleanField(required=False)


class CouponIn(serializers.Serializer[Any]):
    """`code` is kept in upper case."""

    code = serializers.CharField(max_length=50)
    discount_percent = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=0, max_value=100)
    max_uses = serializers.IntegerField(min_value=1, max_value=MOST_USES)
    expires_at = EndIn()
    is_active = serializers.BooleanField(default=True)


class CouponsQuery(serializers.Serializer[Any]):
    is_active = serializers.BooleanField(required=False, allow_null=True, default=None)


class CouponOut(serializers.Serializer[Coupon]):
    """`used_count` counts the orders that hold a use: also those that wait to be paid."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    discount_percent = serializers.FloatField()
    max_uses = serializers.IntegerField()
    used_count = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class Coupons(NexusView):
    @operation(query=CouponsQuery, answer=CouponOut, rows="page", who=asking(policies.may_manage_coupons))
    def list(self, request: Request) -> Response:
        """The newest first."""
        is_active, rows = self.query()["is_active"], coupons(actor=self.caller)
        return self.page(rows if is_active is None else rows.filter(is_active=is_active))

    @operation(body=CouponIn, answer=CouponOut, status=201, who=asking(policies.may_manage_coupons))
    def create(self, request: Request) -> Response:
        return self.answer(coupon_create(actor=self.caller, **self.body()))


class OneCoupon(NexusView):
    @operation(answer=CouponOut)
    def retrieve(self, request: Request, id: int) -> Response:
        return self.answer(coupon_managed(actor=self.caller, coupon_id=id))

    @operation(body=CouponChangeIn, answer=CouponOut, who=asking(policies.may_manage_coupons))
    def update(self, request: Request, id: int) -> Response:
        """What is left out stays. Orders that hold a use keep their discount."""
        return self.answer(coupon_change(actor=self.caller, coupon_id=id, **self.body()))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        coupon_remove(actor=self.caller, coupon_id=id)
        return self.answer({"message": "Coupon deleted"})

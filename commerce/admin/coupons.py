"""Coupons in Django's admin site: looked at, and switched off and on by the same services as in the API."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from commerce import policies
from commerce.models import CartCoupon, Coupon, CouponUse
from commerce.services.coupons.coupons import coupon_change, coupon_remove
from config.adminsite.actions import confirmed, for_each
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(Coupon)
class CouponAdmin(ReadOnlyAdmin):
    list_display = ("code", "percent", "used_count", "max_uses", "expires_at", "is_active", "removed_at", "created_at")
    list_filter = ("is_active",)
    search_fields = ("code",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    actions = ("switch_on", "switch_off", "remove")

    @admin.display(description="discount", ordering="discount_percent")
    def percent(self, coupon: Coupon) -> str:
        return f"{coupon.discount_percent.normalize():f} %"

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return policies.may_manage_coupons(request.user)

    @admin.action(description="Switch on", permissions=["manage"])
    def switch_on(self, request: HttpRequest, rows: QuerySet[Coupon]) -> None:
        self._switch(request, rows, is_active=True)

    @admin.action(description="Switch off", permissions=["manage"])
    def switch_off(self, request: HttpRequest, rows: QuerySet[Coupon]) -> None:
        self._switch(request, rows, is_active=False)

    def _switch(self, request: HttpRequest, rows: QuerySet[Coupon], *, is_active: bool) -> None:
        for_each(
            self,
            request,
            rows,
            lambda coupon: coupon_change(actor=request.user, coupon_id=coupon.pk, is_active=is_active),
        )

    @admin.action(description="Remove: the code can be given to another", permissions=["manage"])
    @confirmed
    def remove(self, request: HttpRequest, rows: QuerySet[Coupon]) -> None:
        for_each(self, request, rows, lambda coupon: coupon_remove(actor=request.user, coupon_id=coupon.pk))


@admin.register(CouponUse)
class CouponUseAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "coupon", "order", "amount", "returned_at")
    list_select_related = ("coupon", "order")
    search_fields = ("coupon__code", "=order__id")


@admin.register(CartCoupon)
class CartCouponAdmin(ReadOnlyAdmin):
    list_display = ("applied_at", "user", "coupon")
    list_select_related = ("user", "coupon")
    search_fields = ("user__username", "coupon__code")

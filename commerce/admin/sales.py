"""Carts, campaigns and promotions in Django's admin site: looked at, never edited. They are their owners' to change."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from commerce.models import Campaign, CampaignUse, CartItem, Promotion
from commerce.services.campaigns.campaigns import campaign_status
from config.adminsite.amounts import amount
from config.adminsite.rows import ReadOnlyAdmin
from config.core.money import quantise


@admin.register(CartItem)
class CartItemAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "listing", "quantity", "size", "color", "channel", "added_at")
    list_filter = ("channel", "size")
    list_select_related = ("user", "listing")
    search_fields = ("user__username", "listing__title")
    date_hierarchy = "added_at"


@admin.register(Campaign)
class CampaignAdmin(ReadOnlyAdmin):
    list_display = (
        *("id", "name", "seller", "discount", "designs", "target_audience", "status"),
        *("start_date", "end_date", "most", "so_far", "total_uses"),
    )
    list_filter = ("state", "discount_type", "target_audience", "currency")
    list_select_related = ("seller",)
    search_fields = ("name", "seller__username")
    date_hierarchy = "start_date"
    fields = (
        *(("name", "seller"), "description", ("discount", "target_audience"), ("start_date", "end_date")),
        *(("status", "state"), ("most", "so_far", "total_uses"), "designs", ("created_at", "updated_at")),
    )
    readonly_fields = ("discount", "designs", "status", "most", "so_far")
    so_far = amount("given", "given off")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        return super().get_queryset(request).annotate(designs_count=Count("listings"))

    @admin.display(description="discount")
    def discount(self, campaign: Campaign) -> str:
        if campaign.discount_type == "percentage":
            return f"{campaign.discount_value.normalize():f} %"
        return f"{quantise(campaign.discount_value, campaign.currency)} {campaign.currency}"

    @admin.display(description="designs")
    def designs(self, campaign: Campaign) -> int:
        return campaign.designs_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="status")
    def status(self, campaign: Campaign) -> str:
        return campaign_status(campaign)

    @admin.display(description="budget", ordering="budget")
    def most(self, campaign: Campaign) -> str:
        if campaign.budget is None:
            return "no limit"
        return f"{quantise(campaign.budget, campaign.currency)} {campaign.currency}"


@admin.register(CampaignUse)
class CampaignUseAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "campaign", "line", "amount", "returned_at")
    list_select_related = ("campaign", "line")
    search_fields = ("campaign__name", "=line__order__id")


@admin.register(Promotion)
class PromotionAdmin(ReadOnlyAdmin):
    list_display = (
        *("number", "listing", "seller", "promotion_type", "duration_days", "price", "of_balance"),
        *("starts_at", "expires_at", "called_off_at"),
    )
    list_filter = ("promotion_type", "currency")
    list_select_related = ("listing", "seller")
    search_fields = ("=number", "listing__title", "seller__username")
    date_hierarchy = "created_at"
    price, of_balance = amount("cost"), amount("from_balance", "from the balance")

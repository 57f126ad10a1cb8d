"""Categories, equipment, appeals and what is kept of them in Django's admin site."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.backends import address_of
from adminpanel import policies
from adminpanel.services import moderation
from config.adminsite import AuditedAdmin, ReadOnlyAdmin, for_each
from marketplace.models import (
    Appeal,
    Category,
    ComparedPicture,
    DiscardedFile,
    Equipment,
    Like,
    StatusChange,
    View,
)


@admin.register(Category)
class CategoryAdmin(AuditedAdmin):
    list_display = ("name", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "description")


@admin.register(Equipment)
class EquipmentAdmin(AuditedAdmin):
    """Words, price and stock of what there is."""

    list_display = (
        *("title", "seller", "category", "price", "currency", "status", "is_available", "equipment_type", "stock"),
    )
    list_filter = ("equipment_type", "is_available")
    list_select_related = ("seller", "category")
    search_fields = ("title", "description")
    fields = (
        *("title", "description", "equipment_type", "category", "price", "currency", "stock", "is_available"),
        *("is_featured", "image", "status", "seller"),
    )
    readonly_fields = ("currency", "image", "status", "seller")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(ComparedPicture)
class ComparedPictureAdmin(ReadOnlyAdmin):
    list_display = ("id", "picture")
    list_select_related = ("picture",)


@admin.register(Appeal)
class AppealAdmin(ReadOnlyAdmin):
    list_display = ("id", "picture", "author", "state", "decided_by", "created_at", "decided_at")
    list_filter = ("state",)
    list_select_related = ("picture", "author", "decided_by")
    search_fields = ("author__username", "reason")
    actions = ("accept", "decline")

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return policies.may_moderate(request.user)

    def _decide(self, request: HttpRequest, rows: QuerySet[Appeal], accept: bool) -> None:
        address = address_of(request) or None
        for_each(
            self,
            request,
            rows,
            lambda appeal: moderation.appeal_decide(
                actor=request.user, appeal_id=appeal.pk, accept=accept, address=address
            ),
        )

    @admin.action(description="Accept: the picture is the artist's own", permissions=["moderate"])
    def accept(self, request: HttpRequest, rows: QuerySet[Appeal]) -> None:
        self._decide(request, rows, accept=True)

    @admin.action(description="Decline: the picture is a copy", permissions=["moderate"])
    def decline(self, request: HttpRequest, rows: QuerySet[Appeal]) -> None:
        self._decide(request, rows, accept=False)


@admin.register(StatusChange)
class StatusChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "listing", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("listing", "actor")
    search_fields = ("listing__title",)


@admin.register(Like)
class LikeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "listing", "user")
    list_select_related = ("listing", "user")
    search_fields = ("listing__title", "user__username")


@admin.register(View)
class ViewAdmin(ReadOnlyAdmin):
    list_display = ("day", "listing")
    list_select_related = ("listing",)
    search_fields = ("listing__title",)


@admin.register(DiscardedFile)
class DiscardedFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "storage", "created_at")
    list_filter = ("storage",)
    search_fields = ("name",)

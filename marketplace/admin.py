"""The catalogue in Django's admin site. Moderation goes through the admin panel's services."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.backends import address_of
from adminpanel import policies
from adminpanel.services import moderation
from config.adminsite import AuditedAdmin, ReadOnlyAdmin, for_each
from marketplace.models import (
    Appeal,
    Artwork,
    Category,
    ComparedPicture,
    DiscardedFile,
    Equipment,
    Like,
    Picture,
    StatusChange,
    View,
)

LISTING_COLUMNS = ("title", "seller", "category", "price", "currency", "status", "is_available")


@admin.register(Category)
class CategoryAdmin(AuditedAdmin):
    list_display = ("name", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "description")


@admin.register(Artwork)
class ArtworkAdmin(ReadOnlyAdmin):
    list_display = (*LISTING_COLUMNS, "is_featured", "artwork_type", "risk_score", "created_at")
    list_filter = ("status", "artwork_type", "is_featured", "is_available", "picture__verdict", "category")
    list_select_related = ("seller", "category", "picture")
    search_fields = ("title", "description", "seller__username")
    ordering = ("-created_at", "-pk")
    actions = ("approve", "reject", "feature", "unfeature")

    @admin.display(description="similarity", ordering="picture__similarity_score")
    def risk_score(self, artwork: Artwork) -> str:
        return str(artwork.picture.similarity_score) if artwork.picture else "-"

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return policies.may_moderate(request.user)

    def _decide(self, request: HttpRequest, rows: QuerySet[Artwork], service: Any, **options: Any) -> None:
        address = address_of(request) or None
        for_each(
            self,
            request,
            rows,
            lambda artwork: service(actor=request.user, artwork_id=artwork.pk, address=address, **options),
        )

    @admin.action(description="Approve", permissions=["moderate"])
    def approve(self, request: HttpRequest, rows: QuerySet[Artwork]) -> None:
        self._decide(request, rows, moderation.artwork_approve)

    @admin.action(description="Reject", permissions=["moderate"])
    def reject(self, request: HttpRequest, rows: QuerySet[Artwork]) -> None:
        self._decide(request, rows, moderation.artwork_reject)

    @admin.action(description="Feature", permissions=["moderate"])
    def feature(self, request: HttpRequest, rows: QuerySet[Artwork]) -> None:
        self._decide(request, rows, moderation.artwork_feature, featured=True)

    @admin.action(description="Feature no longer", permissions=["moderate"])
    def unfeature(self, request: HttpRequest, rows: QuerySet[Artwork]) -> None:
        self._decide(request, rows, moderation.artwork_feature, featured=False)


@admin.register(Equipment)
class EquipmentAdmin(AuditedAdmin):
    """Words, price and stock of what there is."""

    list_display = (*LISTING_COLUMNS, "equipment_type", "stock")
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


@admin.register(Picture)
class PictureAdmin(ReadOnlyAdmin):
    list_display = ("id", "artwork", "owner", "check_state", "verdict", "similarity_score", "matched", "created_at")
    list_filter = ("check_state", "verdict", "detector")
    list_select_related = ("artwork", "owner", "matched")
    search_fields = ("artwork__title", "owner__username", "=sha256")
    exclude = ("hashes", "features")


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

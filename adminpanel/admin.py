"""The audit trail and the daily figures in Django's admin site, looked at, never edited; and the homepage."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from adminpanel import policies
from adminpanel.models import DailyFigures, HomepageContent, SliderModel
from adminpanel.services.homepage import homepage_write
from config.adminsite import ReadOnlyAdmin, RowsAdmin
from config.core.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "actor", "action", "target_type", "target_id", "address")
    list_filter = ("action", "target_type")
    list_select_related = ("actor",)
    search_fields = ("=target_id", "actor__username")
    date_hierarchy = "created_at"


@admin.register(DailyFigures)
class DailyFiguresAdmin(ReadOnlyAdmin):
    list_display = (
        *("date", "total_users", "total_artists", "total_buyers", "total_artworks", "total_jobs", "total_orders"),
        *("total_revenue", "updated_at"),
    )
    ordering = ("-date",)
    date_hierarchy = "date"


@admin.register(HomepageContent)
class HomepageContentAdmin(RowsAdmin):
    """One JSON object, in whatever form the front-end understands."""

    list_display = ("__str__", "updated_at")
    fields = ("content",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not HomepageContent.objects.exists() and policies.may_write_homepage(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.may_write_homepage(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: HomepageContent, form: Any, change: bool) -> None:
        obj.pk = homepage_write(actor=request.user, content=form.cleaned_data["content"]).pk


@admin.register(SliderModel)
class SliderModelAdmin(ReadOnlyAdmin):
    """The models of the homepage's slider, in their order."""

    list_display = ("position", "model")
    list_select_related = ("model",)
    ordering = ("position",)

"""The audit trail and the daily figures in Django's admin site: looked at, never edited."""

from django.contrib import admin

from adminpanel.models import DailyFigures
from config.adminsite import ReadOnlyAdmin
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

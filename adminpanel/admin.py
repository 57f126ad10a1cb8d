"""The audit trail in Django's admin site."""

from django.contrib import admin

from adminpanel.models import AuditEntry
from config.adminsite import ReadOnlyAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "actor", "action", "target_type", "target_id", "address")
    list_filter = ("action", "target_type")
    list_select_related = ("actor",)
    search_fields = ("=target_id", "actor__username")
    date_hierarchy = "created_at"

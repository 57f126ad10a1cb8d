"""What people asked for of their own data. The files themselves are nobody's but theirs."""

from django.contrib import admin

from accounts.models import AccountDeletion, DataExport
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(DataExport)
class DataExportAdmin(ReadOnlyAdmin):
    list_display = ("user", "state", "progress", "byte_size", "asked_by", "created_at", "ended_at", "expires_at")
    list_filter = ("state",)
    list_select_related = ("user", "asked_by")
    search_fields = ("=user__username",)
    ordering = ("-pk",)
    fields = ("user", "asked_by", "state", "progress", "attempts", "byte_size", "created_at", "ended_at", "expires_at")


@admin.register(AccountDeletion)
class AccountDeletionAdmin(ReadOnlyAdmin):
    list_display = ("user", "state", "by_staff", "asked_by", "created_at", "due_at", "closed_at", "ended_at")
    list_filter = ("state", "by_staff")
    list_select_related = ("user", "asked_by")
    search_fields = ("=user__username",)
    ordering = ("-pk",)
    fields = (
        *("user", "asked_by", "by_staff", "reason", "state", "in_the_way", "told_at"),
        *("created_at", "due_at", "closed_at", "ended_at"),
    )

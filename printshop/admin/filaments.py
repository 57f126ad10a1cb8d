"""Filament in Django's admin site: looked at, with the history of each spool."""

from django.contrib import admin

from config.adminsite.inlines import ReadOnlyInline
from config.adminsite.rows import ReadOnlyAdmin
from printshop.models import Filament, Spool, SpoolChange


class Changes(ReadOnlyInline):
    model = SpoolChange
    fields = ("created_at", "kind", "grams", "cost", "run", "actor", "note")
    readonly_fields = fields
    ordering = ("-pk",)
    verbose_name_plural = "history"


class Spools(ReadOnlyInline):
    model = Spool
    fields = ("label", "initial_amount", "used_amount", "tare_amount", "tray_uuid", "archived_at")
    show_change_link = True


@admin.register(Filament)
class FilamentAdmin(ReadOnlyAdmin):
    list_display = ("material", "color", "shop", "current_amount", "low_stock_threshold", "is_low", "removed_at")
    list_filter = ("is_low",)
    list_select_related = ("shop",)
    search_fields = ("material", "color", "vendor")
    exclude = ("material_folded", "color_folded")
    inlines = (Spools,)
    ordering = ("-pk",)


@admin.register(Spool)
class SpoolAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "filament", "initial_amount", "used_amount", "tray_uuid", "last_used_at", "archived_at")
    list_select_related = ("filament",)
    search_fields = ("label", "=tray_uuid")
    inlines = (Changes,)
    ordering = ("-pk",)


@admin.register(SpoolChange)
class SpoolChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "spool", "kind", "grams", "cost", "run", "actor", "note")
    list_select_related = ("spool", "run", "actor")
    list_filter = ("kind",)
    search_fields = ("=spool__id", "=run__id")
    ordering = ("-pk",)

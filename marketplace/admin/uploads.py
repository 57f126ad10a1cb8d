"""Uploaded files, whole and in parts, in Django's admin site."""

from django.contrib import admin

from config.adminsite.rows import ReadOnlyAdmin
from marketplace.models import PartedUpload, UploadedFile, UploadPart, UploadUse


@admin.register(UploadedFile)
class UploadedFileAdmin(ReadOnlyAdmin):
    list_display = ("file_name", "kind", "owner", "format", "byte_size", "created_at")
    list_filter = ("kind", "format")
    list_select_related = ("owner",)
    search_fields = ("file_name", "owner__username", "=sha256")
    exclude = ("stored",)


@admin.register(UploadUse)
class UploadUseAdmin(ReadOnlyAdmin):
    list_display = ("upload", "by")
    list_select_related = ("upload",)
    search_fields = ("by", "upload__file_name")


@admin.register(PartedUpload)
class PartedUploadAdmin(ReadOnlyAdmin):
    list_display = ("file_name", "kind", "owner", "state", "byte_size", "created_at", "expires_at")
    list_filter = ("state", "kind")
    list_select_related = ("owner",)
    search_fields = ("file_name", "owner__username")


@admin.register(UploadPart)
class UploadPartAdmin(ReadOnlyAdmin):
    list_display = ("parted", "number", "byte_size")
    list_select_related = ("parted",)
    exclude = ("stored",)

"""Where things are in the admin site, for those who may see them."""

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse


def list_address(request: HttpRequest, label: str, query: str = "") -> str:
    """The address of a model's list, such as "commerce.Payment"; empty when there is none that the caller may see."""
    model = apps.get_model(label)
    if not admin.site.is_registered(model):
        return ""
    if not admin.site.get_model_admin(model).has_view_permission(request):
        return ""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?{query}" if query else address


def row_address(request: HttpRequest, label: str, pk: int) -> str:
    """The address of one row, under the same conditions."""
    return f"{address}{pk}/change/" if (address := list_address(request, label)) else ""

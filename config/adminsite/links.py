"""Where things are in the admin site, for those who may see them."""

from functools import cache
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse


def list_address(request: HttpRequest, label: str, query: str = "") -> str:
    """The address of a model's list, such as "commerce.Payment"; empty when there is none that the caller may see."""
    page, address = _list(label)
    if page is None or not page.has_view_permission(request):
        return ""
    return f"{address}?{query}" if query else address


def row_address(request: HttpRequest, label: str, pk: int) -> str:
    """The address of one row, under the same conditions."""
    return f"{address}{pk}/change/" if (address := list_address(request, label)) else ""


@cache
def _list(label: str) -> "tuple[admin.ModelAdmin[Any] | None, str]":
    """A model's admin page and the address of its list. Fifty stand in the menu of every page."""
    model = apps.get_model(label)
    if not admin.site.is_registered(model):
        return None, ""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return admin.site.get_model_admin(model), address

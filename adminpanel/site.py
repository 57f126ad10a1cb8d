"""The admin site itself: Unfold's, with our search over records and with the lists of plumbing apart."""

from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from unfold.sites import UnfoldAdminSite

from adminpanel.pages import exports, saved_filters
from adminpanel.pages.plumbing import PLUMBING
from adminpanel.pages.search import search


class Site(UnfoldAdminSite):  # type: ignore[misc]
    def get_urls(self) -> "list[URLPattern | URLResolver]":
        export = self.admin_view(partial(exports.export, site=self))
        save = self.admin_view(partial(saved_filters.save, site=self))
        return [
            path("plumbing/", self.admin_view(self.plumbing), name="plumbing"),
            path("<str:app_label>/<str:model_name>/export/", export, name="list_export"),
            path("<str:app_label>/<str:model_name>/saved/", save, name="filter_save"),
            path("saved/<number:filter_id>/remove/", self.admin_view(saved_filters.remove), name="filter_remove"),
            *super().get_urls(),
        ]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """What stands under "All applications": the lists that people look things up in."""
        return _lists(super().get_app_list(request, app_label), of_plumbing=False)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return search(request, self.get_app_list(request))

    def plumbing(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied
        apps = _lists(super().get_app_list(request), of_plumbing=True)
        context = {**self.each_context(request), "title": "Plumbing", "app_list": apps, "show_changelinks": True}
        return TemplateResponse(request, "admin/plumbing.html", context)


def _lists(apps: list[dict[str, Any]], *, of_plumbing: bool) -> list[dict[str, Any]]:
    found = []
    for app in apps:
        models = [each for each in app["models"] if (each["model"]._meta.label in PLUMBING) is of_plumbing]
        if models:
            found.append({**app, "models": models})
    return found

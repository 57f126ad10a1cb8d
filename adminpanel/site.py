"""The admin site itself: Unfold's, with our search over records and with the lists of plumbing apart."""

from functools import cached_property, partial
from typing import Any

from django.apps import apps
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, resolve, reverse
from django.utils.text import capfirst
from django.views.decorators.common import no_append_slash
from unfold.sites import UnfoldAdminSite

from adminpanel.pages import exports, saved_filters
from adminpanel.pages.plumbing import PLUMBING
from adminpanel.pages.search import search


class _Listed:
    """A model with an admin page. `named` is what is the same for everybody."""

    def __init__(self, model_admin: "ModelAdmin[Any]") -> None:
        meta = model_admin.model._meta
        self.of_plumbing = meta.label in PLUMBING
        self.named = {
            "model": model_admin.model,
            "name": capfirst(meta.verbose_name_plural),
            "object_name": meta.object_name,
        }
        self._admin, site = model_admin, model_admin.admin_site.name
        self._rows = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist", current_app=site)
        self._add = reverse(f"admin:{meta.app_label}_{meta.model_name}_add", current_app=site)

    def shown(self, request: HttpRequest) -> dict[str, Any] | None:
        """To whoever may do something there."""
        if not self._admin.has_module_permission(request):
            return None
        perms = self._admin.get_model_perms(request)
        if not any(perms.values()):
            return None
        shown = {**self.named, "perms": perms, "admin_url": None, "add_url": self._add if perms["add"] else None}
        if perms["change"] or perms["view"]:
            shown |= {"admin_url": self._rows, "view_only": not perms["change"]}
        return shown


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

    @no_append_slash
    def catch_all_view(self, request: HttpRequest, url: str) -> HttpResponse:
        """Leads on from an address without its last slash, as Django's own does with APPEND_SLASH, which is off for the
        dialects' sake."""
        if not url.endswith("/") and request.method in {"GET", "HEAD"}:
            found = resolve(f"{request.path_info}/")
            if getattr(found.func, "should_append_slash", True):
                return HttpResponseRedirect(request.get_full_path(force_append_slash=True))
        raise Http404

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """What stands under "All applications": the lists that people look things up in."""
        return self._lists(request, app_label, of_plumbing=False)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return search(request, self.get_app_list(request))

    def plumbing(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied
        lists = self._lists(request, None, of_plumbing=True)
        context = {**self.each_context(request), "title": "Plumbing", "app_list": lists, "show_changelinks": True}
        return TemplateResponse(request, "admin/plumbing.html", context)

    def _lists(self, request: HttpRequest, app_label: str | None, *, of_plumbing: bool) -> list[dict[str, Any]]:
        """Django's own list, as every page has it, in a fifth of its time."""
        found = []
        for app, rows in self._known:
            if app_label is not None and app["app_label"] != app_label:
                continue
            models = [shown for row in rows if row.of_plumbing is of_plumbing and (shown := row.shown(request))]
            if models:
                found.append({**app, "has_module_perms": True, "models": models})
        return found

    @cached_property
    def _known(self) -> list[tuple[dict[str, Any], list[_Listed]]]:
        """What is the same for everybody: apps and models by their names, with their addresses. To find these takes a
        tenth of a page's time."""
        by_app: dict[str, list[_Listed]] = {}
        for model, model_admin in self._registry.items():
            by_app.setdefault(model._meta.app_label, []).append(_Listed(model_admin))
        known = []
        for label, rows in by_app.items():
            address = reverse("admin:app_list", kwargs={"app_label": label}, current_app=self.name)
            name = apps.get_app_config(label).verbose_name
            app = {"name": name, "app_label": label, "app_url": address}
            known.append((app, sorted(rows, key=lambda row: str(row.named["name"]))))
        return sorted(known, key=lambda each: str(each[0]["name"]).lower())

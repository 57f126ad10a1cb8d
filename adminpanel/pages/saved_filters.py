"""Saving the filters of a list, and removing them again, above the list."""

from typing import Any

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST

from adminpanel.pages.exports import page_of
from adminpanel.policies import saved_filters_visible_to
from adminpanel.services.saved_filters import saved_filter_remove, saved_filter_save
from config.core.errors import Denied, DomainError


@require_POST
def save(request: HttpRequest, app_label: str, model_name: str, *, site: Any) -> HttpResponse:
    page = page_of(site, app_label, model_name)
    if not page.has_view_or_change_permission(request):
        raise PermissionDenied
    query = request.GET.urlencode()
    is_shared = request.POST.get("shared") == "yes"
    sent: dict[str, Any] = {"name": request.POST.get("name", ""), "query": query, "is_shared": is_shared}
    try:
        row = saved_filter_save(actor=request.user, label=page.opts.label, **sent)
    except Denied:
        raise PermissionDenied from None
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        query = row.query
        messages.success(request, f"“{row.name}” is kept above this list{', for all who see it' if is_shared else ''}.")
    return HttpResponseRedirect(f"{reverse(f'admin:{app_label}_{model_name}_changelist')}?{query}")


@require_POST
def remove(request: HttpRequest, filter_id: int) -> HttpResponse:
    row = saved_filters_visible_to(request.user).filter(pk=filter_id).first()
    if row is None:
        raise Http404
    try:
        saved_filter_remove(actor=request.user, filter_id=filter_id)
    except Denied:
        raise PermissionDenied from None
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"“{row.name}” is removed.")
    return HttpResponseRedirect(_list_of(row.list))


def _list_of(label: str) -> str:
    try:
        opts = apps.get_model(label)._meta
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    except (LookupError, NoReverseMatch):  # of a model that is no more
        return reverse("admin:index")

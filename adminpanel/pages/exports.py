"""Every list of the admin site as a file: its rows as filtered and sorted, its columns as shown."""

from collections.abc import Iterator
from typing import Any, Final

from django.apps import apps
from django.contrib import messages
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from adminpanel.pages.export_columns import Cell, columns_of
from adminpanel.pages.export_files import csv_of, xlsx_of
from adminpanel.services.exports import list_export_note

CSV, XLSX = "csv", "xlsx"
MOST: Final = {CSV: 1_000_000, XLSX: 50_000}
"""Rows. CSV is sent while it is read; XLSX must be whole before its first byte is sent, within the proxy's patience."""
KINDS: Final = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CHUNK: Final = 2000


@require_POST
def export(request: HttpRequest, app_label: str, model_name: str, *, site: Any) -> HttpResponseBase:
    """A POST, so that no other site's page makes staff's browsers read whole tables."""
    page = page_of(site, app_label, model_name)
    if not page.has_view_or_change_permission(request):
        raise PermissionDenied
    form = request.POST.get("form", "")
    if form not in MOST:
        raise Http404
    back = reverse(f"admin:{app_label}_{model_name}_changelist")
    try:
        shown = page.get_changelist_instance(request)
    except IncorrectLookupParameters:
        return HttpResponseRedirect(f"{back}?e=1")
    if shown.result_count > MOST[form]:
        told = f"{shown.result_count:,} rows; {form.upper()} takes up to {MOST[form]:,}. Choose fewer by the filters"
        page.message_user(request, f"{told}{', or CSV' if form == XLSX else ''}.", messages.WARNING)
        return HttpResponseRedirect(f"{back}?{request.GET.urlencode()}")
    asked = {name: values[-1] for name, values in request.GET.lists()}
    list_export_note(actor=request.user, model=page.model, asked=asked, rows=shown.result_count, form=form)
    columns = columns_of(page, request)
    titles = [column.title for column in columns]
    rows = _cells(shown.queryset, columns, MOST[form])
    response: HttpResponseBase
    if form == XLSX:
        response = FileResponse(xlsx_of(str(page.opts.verbose_name_plural), titles, rows))
    else:
        response = StreamingHttpResponse(csv_of(titles, rows))
    name = f"{model_name}-{timezone.now():%Y-%m-%d-%H%M}.{form}"
    response["Content-Type"] = KINDS[form]
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def page_of(site: Any, app_label: str, model_name: str) -> Any:
    """The model's page in the site."""
    try:
        return site.get_model_admin(apps.get_model(app_label, model_name))
    except (LookupError, NotRegistered):
        raise Http404 from None


def _cells(queryset: Any, columns: Any, most: int) -> Iterator[list[Cell]]:
    for number, row in enumerate(queryset.iterator(chunk_size=CHUNK)):
        if number >= most:  # more came since they were counted
            return
        yield [column.value(row) for column in columns]

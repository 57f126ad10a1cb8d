"""The search of the admin site (Ctrl-K): records first, then lists by their names.

Unfold's own keeps what it found for five minutes, also for who loses a level meanwhile; here nothing is kept, so that
an answer is of this moment and of what its caller may see now.
"""

import time
from typing import Any, Final

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.dataclasses import SearchResult

from adminpanel.selectors.records import ICONS, LABELS, LONGEST, records_found
from config.adminsite.links import list_address, row_address

MOST_LISTS: Final = 10


def search(request: HttpRequest, app_list: list[dict[str, Any]]) -> HttpResponse:
    text = request.GET.get("s", "").replace("\0", "").strip()[:LONGEST]
    if not text:
        return HttpResponse()
    began = time.monotonic()
    found = [*_records(request, text), *_lists(app_list, text)]
    context = {"results": found, "execution_time": time.monotonic() - began}
    return TemplateResponse(request, "admin/command_results.html", context, headers={"HX-Trigger": "search"})


def _records(request: HttpRequest, text: str) -> list[SearchResult]:
    labels = [label for label in LABELS if list_address(request, label)]
    return [
        SearchResult(
            title=record.title,
            description=f"{apps.get_model(record.label)._meta.verbose_name}: {record.note}",
            link=row_address(request, record.label, record.pk),
            icon=ICONS[record.label],
        )
        for record in records_found(actor=request.user, text=text, labels=labels)
    ]


def _lists(app_list: list[dict[str, Any]], text: str) -> list[SearchResult]:
    found = [
        SearchResult(title=str(model["name"]), description=str(app["name"]), link=model["admin_url"], icon="list")
        for app in app_list
        for model in app["models"]
        if text.lower() in str(model["name"]).lower() and model["admin_url"]
    ]
    return found[:MOST_LISTS]

"""Actions over the chosen rows of a list."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from config.core.errors import DomainError
from config.core.idempotency import Once

SHOWN_TO_CONFIRM = 20
AT_ONCE = 500
"""Rows of a list's action: each is a transaction of its own, and they must end within a request."""


def for_each(
    page: ModelAdmin,
    request: HttpRequest,
    rows: models.QuerySet[Any],
    decide: Callable[[Any], object],
    *,
    words: str = "",
) -> None:
    """Run a service for every chosen row. Says for how many it was done and what each became, and of the others why it
    was refused; so is a row that is about another thing than the list showed (`RecordPage.seen`). `decide` may give the
    row as it is afterwards; `words` say what each became where its state does not, such as "featured". Of more than
    AT_ONCE, as by "select all", nothing is done."""
    chosen = list(rows.order_by("pk")[: AT_ONCE + 1])
    if len(chosen) > AT_ONCE:
        page.message_user(request, f"Choose up to {AT_ONCE} rows. Nothing was done.", messages.WARNING)
        return
    done: list[str] = []
    refused = 0
    for row in chosen:
        try:
            if isinstance(row, page.model) and hasattr(page, "refuse_unseen"):
                page.refuse_unseen(request, row)
            made = decide(row)
        except DomainError as refusal:
            refused += 1
            if refused <= SHOWN_TO_CONFIRM:
                page.message_user(request, f"{row}: {refusal.message}", messages.WARNING)
        else:
            done.append(f"{row}: {words}" if words else became(made if isinstance(made, type(row)) else row))
    if refused > SHOWN_TO_CONFIRM:
        page.message_user(request, f"{refused - SHOWN_TO_CONFIRM} more were refused.", messages.WARNING)
    told = [*done[:SHOWN_TO_CONFIRM], *(["and more"] if len(done) > SHOWN_TO_CONFIRM else [])]
    page.message_user(
        request,
        f"{len(done)} done." + (f" {'; '.join(told)}." if told else ""),
        messages.SUCCESS if done else messages.INFO,
    )


def became(row: models.Model) -> str:
    """A row and the state it is in, in words."""
    try:
        row.refresh_from_db()
    except ObjectDoesNotExist:
        return f"{row}: removed"
    if getattr(row, "removed_at", None) or getattr(row, "is_deleted", False):
        return f"{row}: removed"
    for name in ("status", "state"):
        if hasattr(row, f"get_{name}_display"):
            return f"{row}: {getattr(row, f'get_{name}_display')()}"
    return str(row)


Action = Callable[[Any, HttpRequest, Any], HttpResponse | None]


def confirmed(action: Callable[[Any, HttpRequest, Any], None]) -> Action:
    """An action that cannot simply be taken back: the rows it concerns are shown first, and it runs on a second yes.

    That yes carries `once`, a UUID of its own: a button that was pressed twice sends the same one.
    """

    @wraps(action)
    def asked(page: ModelAdmin, request: HttpRequest, rows: "models.QuerySet[Any]") -> HttpResponse | None:
        if request.POST.get("confirmed") == "yes":
            action(page, request, rows)
            return None
        request.current_app = page.admin_site.name  # type: ignore[attr-defined]
        again = [(name, value) for name, values in request.POST.lists() for value in values]
        context = {
            **page.admin_site.each_context(request),
            "title": "Are you sure?",
            "opts": page.opts,
            "what": getattr(asked, "short_description", ""),
            "rows": rows.order_by("pk")[:SHOWN_TO_CONFIRM],
            "count": rows.count(),
            "sent": [
                *((name, value) for name, value in again if name not in {"csrfmiddlewaretoken", "once"}),
                ("once", str(uuid4())),
            ],
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/confirm_action.html", context)

    return asked


def once_for(request: HttpRequest, row: models.Model) -> Once:
    """What is done for a row by a button, which may be pressed twice; another one with the same `once` is refused."""
    pressed = f"{request.POST.get('once', '')[:36] or uuid4()}:{row._meta.label_lower}:{row.pk}"
    sent = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    return Once(
        user_id=request.user.pk or 0,
        key=f"admin:{pressed}",
        operation=f"admin.{row._meta.model_name}",
        fingerprint=hashlib.sha256(repr((request.path, pressed, sent)).encode()).hexdigest(),
    )

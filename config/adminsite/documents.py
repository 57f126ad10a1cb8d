"""Buttons on a thing's page that give a file: a receipt, a statement."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponseBase
from unfold.decorators import action

from config.adminsite.decisions import back_to
from config.core.errors import DomainError

Make = Callable[..., HttpResponseBase]


def document(description: str, *, permissions: Sequence[str], icon: str = "download") -> Callable[[Make], Any]:
    """A method of a RecordAdmin named in its `decisions`: `(self, request, row) -> HttpResponseBase`, which changes
    nothing. A refusal is told on the thing's page. `permissions` are as of a decision."""

    def decorate(make: Make) -> Any:
        @wraps(make)
        def asked(page: Any, request: HttpRequest, object_id: str) -> HttpResponseBase:
            row = page.get_object(request, unquote(str(object_id)))
            if row is None or not page.has_view_permission(request, row):
                raise Http404
            try:
                return make(page, request, row)
            except DomainError as refusal:
                page.message_user(request, refusal.message, messages.WARNING)
                return back_to(page, row)

        return action(
            asked,
            description=description,
            permissions=permissions,
            url_path=make.__name__.replace("_", "-"),
            icon=icon,
        )

    return decorate

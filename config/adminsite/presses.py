"""A button that is pressed twice, as by a double click: the browser shows what the second press is answered, which is
what the first one was. A service sees to it that it is done once."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from config.core.idempotency import Once, call_answer, call_forget
from config.core.models import IdempotentCall

UNDER_WAY: Final = timedelta(minutes=2)
"""Longer than a request takes: of an older press without an answer the process has died."""


@dataclass
class Press:
    """Of a button. `once` is None of one that cannot come again, since the form was only looked at."""

    request: HttpRequest
    once: Once | None = None
    is_second: bool = False

    def answered(self) -> HttpResponse | None:
        """As the first press was, when it has been."""
        mine = IdempotentCall.objects.filter(user_id=self.once.user_id, key=self.once.key) if self.once else None
        call = mine.first() if mine is not None else None
        if call is None or call.body is None:
            return None
        messages.success(self.request, call.body["told"])
        return HttpResponseRedirect(call.body["to"])

    def instead(self, page: str) -> HttpResponse:
        """Of the refusal of a second press: the first one has done it, or is about to."""
        answer = self.answered()
        if answer is None:
            messages.info(self.request, "It is being done already.")
        return answer or HttpResponseRedirect(page)

    def done(self, told: str, response: HttpResponseBase) -> None:
        """Keep the answer. One that is no redirect, such as a file, is made anew by every press."""
        if self.once is not None and isinstance(response, HttpResponseRedirect):
            call_answer(self.once, status=response.status_code, body={"told": told, "to": response.url})


Button = Callable[..., HttpResponseBase]


def answered_again(button: Button) -> Button:
    """A view `(page, request, ...)`, which finds its `Press` as `request.press`."""

    @wraps(button)
    def pressed(page: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        press = request.press = _press(request)  # type: ignore[attr-defined]
        if press.is_second and (answer := press.answered()) is not None:
            return answer
        try:
            return button(page, request, *args, **kwargs)
        except (Http404, PermissionDenied):  # also of a thing that the first press has taken away
            if not press.is_second:
                raise
            return press.instead(reverse("admin:index"))
        finally:
            if not press.is_second:
                call_forget(press.once)  # unless it was answered

    return pressed


def _press(request: HttpRequest) -> Press:
    pressed = request.POST.get("once", "")[:36]
    if request.method != "POST" or not pressed or request.user.pk is None:
        return Press(request)
    sent = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    digest = hashlib.sha256(repr((request.path, pressed, sent)).encode()).hexdigest()
    once = Once(user_id=request.user.pk, key=f"press:{digest}", operation="admin.press", fingerprint=digest)
    mine = IdempotentCall.objects.filter(user_id=once.user_id, key=once.key)
    mine.filter(status=None, created_at__lt=timezone.now() - UNDER_WAY).delete()
    _call, is_first = IdempotentCall.objects.get_or_create(
        user_id=once.user_id, key=once.key, defaults={"operation": once.operation, "fingerprint": digest}
    )
    return Press(request, once, is_second=not is_first)

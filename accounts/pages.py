"""Pages of accounts that are opened from e-mails."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.errors import InvalidLink
from accounts.services.verification import email_verify


@require_GET
def verify_email(request: HttpRequest, signed: str) -> HttpResponse:
    """The link of the verification e-mail; opened again, it says the same."""
    try:
        user = email_verify(signed=signed)
    except InvalidLink:
        return _private(render(request, "pages/verify_email.html", {"user_verified": None}, status=400))
    return _private(render(request, "pages/verify_email.html", {"user_verified": user}))


def _private(page: HttpResponse) -> HttpResponse:
    """The address is a secret: it goes neither into caches nor, as a referrer, to other sites."""
    page["Cache-Control"] = "no-store"
    page["Referrer-Policy"] = "no-referrer"
    return page

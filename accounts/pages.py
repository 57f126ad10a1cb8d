"""Pages of accounts that are opened from e-mails."""

from django.http import HttpRequest, HttpResponse


def verify_email(request: HttpRequest, signed: str) -> HttpResponse: ...

"""What payment gateways call, and the sandbox gateway's 3-D Secure page."""

from django.http import HttpRequest, HttpResponse


def webhook(request: HttpRequest, gateway: str) -> HttpResponse: ...


def sandbox_challenge(request: HttpRequest, challenge: str) -> HttpResponse: ...

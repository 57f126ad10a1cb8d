"""Where a request comes from."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The caller's network address, past as many proxies as TRUSTED_PROXIES says; "" behind a socket that has none.

    What a proxy wrote and is no address does not count: it is then the proxy's own.
    """
    proxies = int(settings.REST_FRAMEWORK["NUM_PROXIES"])  # type: ignore[call-overload]
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if proxies and forwarded:
        passed = forwarded.split(",")
        written = passed[-min(proxies, len(passed))].strip()
        if _is_address(written):
            return written
    remote = str(request.META.get("REMOTE_ADDR", ""))
    return remote if _is_address(remote) else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text  # a zone is a matter of one machine; columns hold none

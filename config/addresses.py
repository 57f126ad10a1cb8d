"""Where a request comes from, and where it may be sent on to."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


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


def own_page(request: HttpRequest, target: str) -> str:
    """Where somebody is led after signing in: `target`, as far as it is on this server."""
    hosts = {request.get_host()}
    return target if url_has_allowed_host_and_scheme(target, hosts, require_https=request.is_secure()) else "/"

"""Signing in to Django's admin site with the user name or the e-mail address, under the same lock as everywhere."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.errors import InvalidCredentials
from accounts.models import User
from accounts.services.sign_in import password_accept
from config.core.errors import Busy, Limited


class NameOrEmailBackend(ModelBackend):
    """Checks the password; the admin site's login form asks for the second factor."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if not username or password is None or "\0" in username:
            return None
        try:
            return password_accept(name=username, password=password, address=address_of(request))
        except InvalidCredentials:
            return None
        except (Limited, Busy) as error:
            raise PermissionDenied(error.message) from None


def address_of(request: HttpRequest | None) -> str:
    """The caller's network address, past as many proxies as TRUSTED_PROXIES says."""
    if request is None:
        return ""
    proxies = int(settings.REST_FRAMEWORK["NUM_PROXIES"])  # type: ignore[call-overload]
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if proxies and forwarded[0]:
        return str(forwarded[-min(proxies, len(forwarded))]).strip()
    return str(request.META.get("REMOTE_ADDR", ""))

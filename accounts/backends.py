"""Signing in to Django's admin site with the user name or the e-mail address, under the same lock as everywhere."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.errors import AccountDisabled, InvalidCredentials
from accounts.models import User
from accounts.services.sign_in import password_accept
from config.addresses import address_of
from config.core.errors import Busy, Limited


class NameOrEmailBackend(ModelBackend):
    """Checks the password; the admin site's login form asks for the second factor."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if not username or password is None or "\0" in username:
            return None
        try:
            address = address_of(request) if request is not None else ""
            return password_accept(name=username, password=password, address=address)
        except (InvalidCredentials, AccountDisabled):
            return None
        except (Limited, Busy) as error:
            raise PermissionDenied(error.message) from None

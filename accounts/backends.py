"""Signing in with the user name or the e-mail address, whatever its case."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User


class NameOrEmailBackend(ModelBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if not username or password is None:
            return None
        field = "email__iexact" if "@" in username else "username__iexact"
        user = User.objects.filter(**{field: username}).first()
        if user is None and field == "email__iexact":
            user = User.objects.filter(username__iexact=username).first()
        if user is None:
            User().set_password(password)  # as slow as a real check, so that the time tells nothing
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
